"""Loads into folders, scripts, and through SQLAlchemy; who owns what; locks and rights."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from synth_jupyter.errors import ConflictError, WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.warehouses import open_target
from synth_jupyter.warehouses.folder import Folder

FORMATS = ["csv", "jsonl", "parquet"]


def folder(path: Path) -> Folder:
    return Folder(path / "out", "dir:out")


def typed(text: str, kind: str) -> object:
    read = {"bigint": int, "decimal(10,2)": Decimal, "date": date.fromisoformat, "timestamp": datetime.fromisoformat}
    return text == "true" if kind == "boolean" else read.get(kind, str)(text)


def read_back(path: Path, form: str, table: str) -> list[dict[str, object]]:
    """The rows of a table's file, typed by the folder's list alone."""
    entry = json.loads((path / "out/_synth_load.json").read_text())["tables"][table]
    data = path / "out" / entry["file"]
    if form == "parquet":
        return list(pq.read_table(data).to_pylist())
    if form == "jsonl":
        rows = [json.loads(line) for line in data.read_text().splitlines()]
        return [
            {name: typed(str(value).lower() if isinstance(value, bool) else str(value), entry["columns"][name])
             if value is not None else None for name, value in row.items()} for row in rows
        ]  # fmt: skip
    head, *lines = csv.reader(io.StringIO(data.read_text()), strict=True)
    return [
        {name: typed(text, entry["columns"][name]) if text != "" else None
         for name, text in zip(head, line, strict=True)} for line in lines
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_the_files_of_a_folder_hold_every_value_of_its_type(form: str, shop: RunFiles, tmp_path: Path) -> None:
    report = folder(tmp_path).load(shop, format=form)
    assert {name: table.rows for name, table in report.tables.items()} == {"customers": 4, "orders": 5}
    for table in shop.schema.tables:
        rows = [row for path in shop.paths(table.name) for row in pq.read_table(path).to_pylist()]
        assert read_back(tmp_path, form, table.name) == rows


def test_a_null_and_an_empty_text_differ_in_csv(make_run: object, shop_rows: dict[str, dict[str, list[object]]],
                                                tmp_path: Path) -> None:  # fmt: skip
    shop_rows["customers"]["email"][0] = ""
    folder(tmp_path).load(make_run(rows=shop_rows), format="csv")  # type: ignore[operator]
    lines = (tmp_path / "out/customers.csv").read_text().splitlines()
    assert lines[1] == '1,"","gold",2024-01-01,2'
    assert lines[2] == '2,"b@x","basic",2024-02-29,'


def test_a_folder_is_loaded_once_and_swapped_only_when_asked(shop: RunFiles, tmp_path: Path) -> None:
    assert not folder(tmp_path).load(shop, format="csv").already
    assert folder(tmp_path).load(shop, format="csv").already
    other = replace(shop, run="shop@2", content_digest="sha256:2")
    with pytest.raises(ConflictError, match="shop@1"):
        folder(tmp_path).load(other, format="csv")
    folder(tmp_path).load(other, format="jsonl", replace=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["_synth_load.json", "customers.jsonl", "orders.jsonl"]  # fmt: skip
    assert [path.name for path in tmp_path.glob(".out*")] == []


def test_what_a_load_did_not_write_is_never_removed(shop: RunFiles, tmp_path: Path) -> None:
    folder(tmp_path).load(shop)
    (tmp_path / "out/mine.txt").write_text("mine")
    for attempt in (lambda: folder(tmp_path).load(shop, format="csv", replace=True),
                    lambda: folder(tmp_path).unload([(shop.run, shop.content_digest)])):  # fmt: skip
        with pytest.raises(ConflictError, match=r"mine\.txt"):
            attempt()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file").write_text("")
    with pytest.raises(ConflictError, match="not loaded from here"):
        Folder(tmp_path / "other", "dir:other").load(shop, replace=True)


def test_a_damaged_run_leaves_the_old_folder(shop: RunFiles, make_run: object, tmp_path: Path) -> None:
    folder(tmp_path).load(shop, format="csv")
    before = (tmp_path / "out/orders.csv").read_bytes()
    bad = make_run(run="shop@2")  # type: ignore[operator]
    bad.paths("orders")[1].write_bytes(b"PAR1 nothing")
    with pytest.raises(Exception, match=r"damaged|Parquet|footer"):
        folder(tmp_path).load(replace(bad, content_digest="sha256:2"), format="csv", replace=True)
    assert (tmp_path / "out/orders.csv").read_bytes() == before
    assert [path.name for path in tmp_path.glob(".out*")] == []


@pytest.mark.parametrize("kind", ["snowflake", "redshift"])
def test_scripts_hold_tables_stage_and_copies(kind: str, shop: RunFiles, tmp_path: Path) -> None:
    with closing(open_target(f"{kind}:script={tmp_path}/out", {})) as scripts:
        scripts.load(shop, schema="raw")
        assert scripts.load(shop, schema="raw").already
    made = tmp_path / "out"
    assert "CREATE TABLE" in (made / "1-tables.sql").read_text()
    copies = (made / "2-copy.sql").read_text()
    assert copies.count("COPY ") >= 2
    assert copies.index('"customers"') < copies.index('"orders"')
    assert sum(pq.read_metadata(path).num_rows for path in (made / "stage/orders").iterdir()) == 5


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "dir"])
def test_provenance_names_run_and_row(kind: str, shop: RunFiles, tmp_path: Path) -> None:
    with closing(open_target(f"{kind}:{tmp_path}/out", {})) as target:
        target.load(shop, provenance=True)
        if kind == "dir":
            rows = [list(row.values())[-2:] for row in pq.read_table(tmp_path / "out/orders.parquet").to_pylist()]
        else:
            rows = target.query("SELECT _synth_run_id, _synth_row FROM orders ORDER BY order_id").rows()
    assert rows == [["shop@1", row] for row in range(5)]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_unloading_drops_what_the_ledger_owns_and_nothing_else(kind: str, shop: RunFiles, tmp_path: Path) -> None:
    with closing(open_target(f"{kind}:{tmp_path}/x.db", {})) as target:
        with target.transaction():  # type: ignore[attr-defined]
            target.run("CREATE TABLE mine (a INTEGER)")  # type: ignore[attr-defined]
        target.load(shop)
        assert target.unload([("shop@9", shop.content_digest)]) == {}
        assert target.unload([(shop.run, shop.content_digest)]) == {"customers": 4, "orders": 5}
        assert target.existing(None) == {"mine"}  # type: ignore[attr-defined]
        assert not target.load(shop).already


def test_comments_of_columns_reach_the_target(shop: RunFiles, tmp_path: Path) -> None:
    customers, orders = shop.schema.tables
    columns = (replace(customers.columns[0], comment="who's who"), *customers.columns[1:])
    said = replace(shop, schema=replace(shop.schema, tables=(replace(customers, columns=columns, comment="all"), orders)))  # fmt: skip
    with closing(open_target(f"duckdb:{tmp_path}/x.duckdb", {})) as target:
        target.load(said)
        found = target.query("SELECT comment FROM duckdb_columns() WHERE comment IS NOT NULL").rows()
    assert found == [["who's who"]]
    with closing(open_target(f"sqlite:{tmp_path}/x.db", {})) as target:
        target.load(said)
        assert "/* who's who */" in target.query("SELECT sql FROM sqlite_schema WHERE name = 'customers'").rows()[0][0]


HOLD = """
import sys
kind, path = sys.argv[1:]
if kind == "duckdb":
    import duckdb
    held = duckdb.connect(path)
else:
    import sqlite3
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_file_that_another_process_holds_is_waited_for_and_then_named(
    kind: str, shop: RunFiles, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", HOLD, kind, str(tmp_path / "x.db")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(WarehouseError, match=rf"python.*pid {holder.pid}"),
            closing(open_target(f"{kind}:{tmp_path}/x.db", {})) as target,
        ):
            target.load(shop)
        holder.communicate("")
    with closing(open_target(f"{kind}:{tmp_path}/x.db", {})) as target:
        assert not target.load(shop).already


def test_any_sqlalchemy_address_is_loaded_and_proved(shop: RunFiles, tmp_path: Path) -> None:
    environment = {"ANY": f"sqlite+pysqlite:///{tmp_path}/any.db"}
    with closing(open_target("env:ANY", environment)) as target:
        report = target.load(shop)
        assert "foreign_key" in report.tables["orders"].enforced
        assert target.load(shop).already
    with closing(sqlite3.connect(tmp_path / "any.db")) as connection:
        assert connection.execute("SELECT count(*), round(sum(amount), 2) FROM orders").fetchall() == [(5, 526.7)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.postgres
def test_postgresql_through_sqlalchemy_has_every_constraint(shop: RunFiles, postgres_url: str) -> None:
    environment = {"ANY": postgres_url.replace("postgresql:", "postgresql+psycopg:"), "OWN": postgres_url}
    with closing(open_target("env:ANY", environment)) as target:
        target.load(shop, schema="general", replace=True)
    with closing(open_target("env:OWN", environment)) as own:
        own.find(shop)
        counted = own.query("SELECT count(*) FROM pg_constraint WHERE connamespace = 'general'::regnamespace").rows()
    assert counted == [[7]]


def test_a_folder_that_may_not_be_written_is_named(shop: RunFiles, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="no folder"):
        Folder(tmp_path / "none/out", "dir:none/out").load(shop)
    assert os.listdir(tmp_path) != ["none"]
