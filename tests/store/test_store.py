"""What the store promises: nothing is lost, nothing is reused, history stays."""

import multiprocessing
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.errors import ConflictError, GenerationError, NotFoundError, StoreError
from synth_jupyter.store import Store
from synth_jupyter.store.leaves import pack, unpack


def test_a_definition_is_stored_once_and_replaced_only_on_wish(store: Store) -> None:
    with pytest.raises(ConflictError, match="'shop' exists already"):
        store.experiments.define("SHOP", "{}", "sha256:2", seed=7)
    assert store.experiments.version("shop").version == 1
    assert store.experiments.define("Shop", "{}", "sha256:2", seed=7, replace=True).version == 2
    assert [version.digest for version in store.experiments.versions("shop")] == ["sha256:1", "sha256:2"]


def test_an_unchanged_definition_stays_its_version(store: Store) -> None:
    assert store.experiments.define("shop", "{}", "sha256:1", seed=7, replace=True).version == 1
    assert [event.kind for event in store.history.events()] == ["defined"]


def test_an_unknown_experiment_is_answered_with_the_nearest_name(store: Store) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'shop'"):
        store.experiments.version("shpo")


def test_a_recorded_partition_comes_back_as_it_was(store: Store, make: Any) -> None:
    run = store.runs.begin(make.run(1))
    files = [make.file(0), make.file(1), make.file(0, "a; drop table runs")]
    for file in files:
        store.runs.record_partition(run.key, run.epoch, file)
    assert store.runs.partitions(run.key) == sorted(files, key=lambda file: (file.table, file.index))
    assert [file.leaves for file in store.runs.partitions(run.key)] == [make.file().leaves] * 3
    assert store.runs.progress(run.key) == {"orders": 20, "a; drop table runs": 10}


def test_the_owner_of_an_older_epoch_records_nothing(store: Store, make: Any) -> None:
    first = store.runs.begin(make.run(1))
    second = store.runs.claim(first.key, "there, pid 2", ("running",))
    assert second.epoch == first.epoch + 1
    for late in (
        lambda: store.runs.record_partition(first.key, first.epoch, make.file()),
        lambda: store.runs.complete(first.key, first.epoch, "sha256:c", 1.0),
        lambda: store.runs.stop(first.key, first.epoch, "failed", "late"),
        lambda: store.runs.drop_partitions(first.key, first.epoch, [make.file()]),
    ):
        with pytest.raises(GenerationError, match="taken over by there, pid 2"):
            late()
    assert store.runs.partitions(first.key) == []
    assert store.runs.get(first.key).status == "running"


def test_a_run_never_becomes_complete_with_another_content(store: Store, make: Any) -> None:
    run = store.runs.begin(make.run(1))
    store.runs.complete(run.key, 1, "sha256:a", 1.0)
    again = store.runs.claim(run.key, "me", ("complete",))
    with pytest.raises(GenerationError, match="nothing was published"):
        store.runs.complete(run.key, again.epoch, "sha256:b", 1.0)
    assert store.runs.get(run.key).content_digest == "sha256:a"


def test_run_numbers_are_not_given_again_even_after_a_delete(store: Store, make: Any) -> None:
    assert [store.runs.begin(make.run(number)).number for number in (1, 2)] == [1, 2]
    assert store.experiments.delete("shop") == [f"{1:032x}", f"{2:032x}"]
    store.experiments.define("Shop", "{}", "sha256:1", seed=7)
    assert store.runs.begin(make.run(3)).number == 3


def test_deleting_an_experiment_leaves_nothing_but_its_history(store: Store, make: Any) -> None:
    run = store.runs.begin(make.run(1))
    store.runs.record_partition(run.key, 1, make.file())
    store.runs.complete(run.key, 1, "sha256:c", 1.0)
    store.experiments.tag("shop", run.key, "v1")
    store.runs.record_load(run.key, "sqlite:x", {"orders": 10})
    before = store.history.events("shop")
    store.experiments.delete("shop")
    with sqlite3.connect(store.path) as connection:
        for table in ("experiments", "schema_versions", "runs", "partitions", "tags", "loads"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert store.history.events("shop")[:-1] == before
    assert store.trash.intents() == [run.key]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET kind = 'nothing happened'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT number, at, experiment, 'x', details FROM events",
        "REPLACE INTO events VALUES (1, '', '', '', '')",
    ],
)
def test_events_cannot_be_changed_even_by_hand(store: Store, statement: str) -> None:
    before = store.history.events()
    with sqlite3.connect(store.path) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    assert store.history.events() == before


def test_a_tag_does_not_move(store: Store, make: Any) -> None:
    for number in (1, 2):
        run = store.runs.begin(make.run(number))
        store.runs.complete(run.key, 1, f"sha256:{number}", 1.0)
    first = store.experiments.tag("shop", f"{1:032x}", "v1")
    assert store.experiments.tag("shop", f"{1:032x}", "v1") == first
    with pytest.raises(ConflictError, match="names shop@1, of other content"):
        store.experiments.tag("shop", f"{2:032x}", "v1")
    assert store.experiments.tagged("shop", "v1") == f"{1:032x}"


def test_a_run_whose_folder_is_doomed_cannot_be_claimed(store: Store, make: Any) -> None:
    run = store.runs.begin(make.run(1))
    assert store.runs.reset([run.key], "reset")[0].status == "reset"
    with pytest.raises(ConflictError, match="not removed yet"):
        store.runs.claim(run.key, "me", ("reset",))
    store.trash.finish(run.key)
    assert store.runs.claim(run.key, "me", ("reset",)).status == "running"


def test_a_cancel_is_seen_once_and_only_while_running(store: Store, make: Any) -> None:
    run = store.runs.begin(make.run(1))
    assert store.runs.request_cancel(run.key).cancel_requested
    assert not store.runs.stop(run.key, 1, "partial", "cancelled").cancel_requested
    with pytest.raises(ConflictError, match="is not running"):
        store.runs.request_cancel(run.key)


@given(st.dictionaries(st.text(min_size=1), st.binary(max_size=96), max_size=8))
def test_packed_leaves_unpack_to_themselves(leaves: dict[str, bytes]) -> None:
    assert list(unpack(pack(leaves)).items()) == list(leaves.items())


@given(st.integers(0, 60), st.binary(max_size=3))
def test_damaged_leaves_are_noticed(cut: int, tail: bytes) -> None:
    blob = pack({"a": b"x" * 32, "b": b"y" * 32})
    damaged = blob[: len(blob) - 1 - cut] + tail[:cut]
    with pytest.raises(StoreError, match="digests"):
        unpack(damaged)


def _bump(path: str, experiment: str, count: int) -> None:
    from synth_jupyter.store import NewRun, Store

    store = Store.open(Path(path))
    for number in range(count):
        key = f"{hash((experiment, number)) & (1 << 120) - 1:032x}"
        store.runs.begin(NewRun(key, "shop", 1, 7, {}, "p", experiment))


def test_runs_begun_by_several_processes_at_once_are_all_counted(store: Store, path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=_bump, args=(str(path), f"process {number}", 12)) for number in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert [job.exitcode for job in jobs] == [0, 0, 0]
    assert [run.number for run in store.runs.of("shop")] == list(range(1, 37))
    assert len(store.history.events("shop")) == 37


def test_the_store_and_its_folder_are_for_this_user_alone(store: Store, path: Path) -> None:
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with sqlite3.connect(path) as connection:  # keeps -wal and -shm there to be looked at
        connection.execute("SELECT * FROM events").fetchall()
        store.history.add("shop", "looked")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert {"store.db", "store.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}
