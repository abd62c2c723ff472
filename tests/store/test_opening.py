"""How a store is opened: new, old, newer, foreign, damaged, locked or out of reach."""

import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from synth_jupyter.errors import ConflictError, StoreError
from synth_jupyter.store import Store
from synth_jupyter.store.database import Database
from synth_jupyter.store.migrations import MIGRATIONS, VERSION
from synth_jupyter.store.tables import EVENTS, METADATA


def test_the_migrations_make_the_tables_that_the_code_uses(store: Store, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        for table in METADATA.sorted_tables:
            found = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
            assert [column[1] for column in found] == [column.name for column in table.columns], table.name
            assert {column[1] for column in found if column[5]} == {column.name for column in table.primary_key}
            optional = {column[1] for column in found if not column[3] and not column[5]}
            assert optional == {column.name for column in table.columns if column.nullable}, table.name


def test_every_connection_is_durable_strict_and_waits(store: Store, path: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "busy_timeout": 30000}
    with Database(path).reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    assert found == wanted


def test_an_older_store_is_copied_and_then_migrated(store: Store, path: Path) -> None:
    steps = (*MIGRATIONS, ("ALTER TABLE experiments ADD COLUMN note TEXT",))
    Database.open(path, steps=steps)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
        assert connection.execute("SELECT name, note FROM experiments").fetchall() == [("shop", None)]
    backup = path.with_name(f"store.db.v{VERSION}.backup")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert Store.open(backup).experiments.version("shop").version == 1


def test_a_migration_that_fails_leaves_the_store_as_it_was(store: Store, path: Path) -> None:
    steps = (*MIGRATIONS, ("ALTER TABLE experiments ADD COLUMN note TEXT", "SELECT nonsense"))
    for _ in range(2):
        with pytest.raises(StoreError, match="nonsense"):
            Database.open(path, steps=steps)
    with sqlite3.connect(path) as connection:
        assert "note" not in [column[1] for column in connection.execute("PRAGMA table_info(experiments)")]
    assert Store.open(path).experiments.version("shop").version == 1
    assert len(list(path.parent.glob("*.backup"))) == 2


def test_a_newer_store_is_refused_and_not_touched(store: Store, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=f"version {VERSION + 1}.*versions up to {VERSION}") as caught:
        Store.open(path)
    assert "upgrade" in caught.value.hint
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_the_file_of_another_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(StoreError, match="damaged") as caught:
        Store.open(path)
    assert "backup" in caught.value.hint
    assert path.read_bytes() == b"not a database " * 100


def test_a_store_with_garbage_pages_says_so(store: Store, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="damaged"):
        store.experiments.all()


def test_a_store_that_vanished_is_an_error_and_not_a_new_one(store: Store, path: Path) -> None:
    for file in path.parent.glob("store.db*"):
        file.unlink()
    with pytest.raises(StoreError, match="cannot be written"):
        store.experiments.all()
    assert not path.exists()


def test_a_folder_in_the_place_of_the_store_is_an_error_with_a_way_out(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be written") as caught:
        Store.open(path)
    assert "SYNTH_HOME" in caught.value.hint


def test_a_file_in_the_place_of_the_folder_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        Store.open(tmp_path / "home" / "store.db")
    assert "SYNTH_HOME" in caught.value.hint


def test_readers_do_not_wait_for_a_writer_and_a_second_writer_says_what_it_waits_for(store: Store, path: Path) -> None:
    hasty = Store.open(path, busy_seconds=0.05)
    with Database(path).writing() as connection:
        connection.execute(insert(EVENTS).values(at="", experiment="shop", kind="x", details="{}"))
        assert len(hasty.history.events()) == 1
        with pytest.raises(ConflictError, match="busy"):
            hasty.history.add("shop", "y")
    assert [event.kind for event in hasty.history.events()] == ["defined", "x"]


def test_a_block_that_fails_leaves_no_trace(store: Store, path: Path) -> None:

    def fail() -> None:
        with Database(path).writing() as connection:
            connection.execute(insert(EVENTS).values(at="", experiment="shop", kind="x", details="{}"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [event.kind for event in store.history.events()] == ["defined"]


def test_a_store_opened_by_many_at_once_is_made_once(path: Path) -> None:
    failures: list[Any] = []

    def open_it() -> None:
        try:
            Store.open(path).history.add("shop", "opened")
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(Store.open(path).history.events()) == 8
