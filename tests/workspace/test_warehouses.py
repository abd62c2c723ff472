"""Loads and verification through the workspace, on wish and by the document."""

import sqlite3
from pathlib import Path

import pytest

from synth_jupyter.errors import CommandError, ConflictError, SchemaError, WarehouseError
from synth_jupyter.workspace import Experiment, Workspace


def test_a_load_is_remembered_once_and_verified_where_it_is(shop: Experiment, tmp_path: Path) -> None:
    shop.generate(rows={"customers": 1000})
    target = f"sqlite:{tmp_path / 'shop.sqlite'}"
    assert shop.load(target).tables["orders"].rows == 1000
    assert shop.load(target).already
    assert [load["tables"] for load in shop.deletion_plan()["loaded"]] == [{"customers": 1000, "orders": 1000}]
    assert shop.verify().ok
    assert shop.verify(target).ok
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("UPDATE orders SET customer_id = -1 WHERE order_id = 17")
    report = shop.verify(target)
    assert not report.ok
    assert "foreign_key" in {check.kind for check in report.checks if check.violations}
    assert shop.verify().ok


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_the_warehouse_of_a_document_is_filled_by_each_run(workspace: Workspace, document: str, kind: str) -> None:
    workspace.define(document.replace("seed: 42", f"seed: 42\nwarehouse: {kind}"))
    shop = workspace.experiment("shop")
    assert shop.generate(rows={"customers": 10}, load=False).loaded is None
    for count in (20, 30):
        run = shop.generate(rows={"customers": count})
        assert run.to_dict()["loaded"]["tables"]["customers"]["rows"] == count
    assert [path.name for path in workspace.folders.warehouses.iterdir()] == [f"shop.{kind}"]
    assert shop.verify(f"{kind}:{workspace.folders.warehouses / 'shop'}.{kind}").ok


def test_a_run_whose_load_fails_is_complete_all_the_same(workspace: Workspace, document: str) -> None:
    workspace.define(document.replace("seed: 42", "seed: 42\nwarehouse: sqlite"))
    shop = workspace.experiment("shop")
    workspace.folders.warehouses.mkdir()
    (workspace.folders.warehouses / "shop.sqlite").write_text("no database " * 100)
    with pytest.raises(WarehouseError, match="shop@1 is complete, but could not be loaded"):
        shop.generate(rows={"customers": 10})
    assert shop.run().status == "complete"


def test_what_is_not_complete_is_not_loaded(shop: Experiment, tmp_path: Path) -> None:
    shop.generate(rows={"customers": 10})
    shop.reset()
    with pytest.raises(ConflictError, match="is reset") as caught:
        shop.workspace.experiment("shop@1").load(f"sqlite:{tmp_path / 'x.sqlite'}")
    assert "synth restore shop@1" in caught.value.hint
    assert not (tmp_path / "x.sqlite").exists()


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_definition_written_out_is_read_as_the_same(shop: Experiment, form: str) -> None:
    text = shop.definition().text(form)
    again = shop.workspace.define(text, "again")
    assert again.to_dict()["tables"] == shop.definition().to_dict()["tables"]


def test_a_definition_is_written_out_as_ddl_that_an_engine_takes(shop: Experiment) -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(shop.definition().text("ddl", "sqlite"))
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall()
    assert tables == [("customers",), ("orders",)]
    with pytest.raises(CommandError, match="no form 'toml'"):
        shop.definition().text("toml")


def test_sql_is_told_from_a_document_by_its_first_statement(workspace: Workspace) -> None:
    for text in (
        "CREATE TABLE t (a int)",
        "-- mine\n/* all\nmine */ create table t (a int)",
        "\\c shop\nCREATE TABLE t (a int);",
    ):
        definition = workspace.define(text, "t", replace=True)
        assert definition.to_dict()["tables"]["t"]["columns"]["a"]["type"] == "int"
    row = {"construct": "no row count: 1,000 rows, it refers to no other table", "where": "t", "outcome": "kept"}
    assert row in definition.to_dict()["report"]
    with pytest.raises(SchemaError, match="no table could be read"):
        workspace.define("CREATE VIEW v AS SELECT 1", "v")


def test_tables_of_the_only_schema_of_a_script_answer_to_it(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    workspace.define("CREATE TABLE sales.orders (id INT PRIMARY KEY, total DECIMAL(9,2))", "x")
    experiment = workspace.experiment("x")
    experiment.generate(rows={"sales.orders": 12})
    for name in ("orders", "sales.orders", "SALES.Orders", "x.orders"):
        assert experiment.sql(f"SELECT count(*) FROM {name}").to_arrow().column(0).to_pylist() == [12]
    assert experiment.preview("sales.orders", 3).num_rows == 3
    assert experiment.trace("sales.orders", row=1).to_dict()["table"] == "orders"
