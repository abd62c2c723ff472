"""Tables of several schemas: called with their schema, or without it where only one table is called so."""

from pathlib import Path

import pytest

from synth_jupyter.errors import NotFoundError
from synth_jupyter.workspace import Experiment, Workspace

SCRIPT = """
CREATE SCHEMA sales; CREATE SCHEMA "main"; CREATE SCHEMA multi;
CREATE TABLE "main".items (id int PRIMARY KEY, title varchar(20));
CREATE TABLE sales.items (id int PRIMARY KEY, made_of int REFERENCES "main".items (id));
CREATE TABLE sales."Order Details" (id int PRIMARY KEY);
CREATE TABLE multi.parts (id int PRIMARY KEY);
"""
ROWS = {"SALES.items": 50, "sales.Order Details": 7, "main.items": 9, "parts": 5}


@pytest.fixture(scope="module")
def multi(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    workspace = Workspace.open(tmp_path_factory.mktemp("home"))
    workspace.define(SCRIPT, "multi")
    experiment = workspace.experiment("multi")
    experiment.generate(rows=ROWS, load=False)
    return experiment


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sales.items", 50), ('"sales"."items"', 50), ('"sales.items"', 50), ("Sales.Items", 50), ("main.items", 9),
        ('sales."Order Details"', 7), ('"Order Details"', 7), ("multi.parts", 5), ("parts", 5), ('"multi@1".parts', 5),
    ],
)  # fmt: skip
def test_sql_takes_every_name_of_a_table(multi: Experiment, name: str, count: int) -> None:
    assert multi.sql(f"SELECT count(*) AS n FROM {name}").to_arrow().to_pylist() == [{"n": count}]


def test_a_join_of_two_tables_that_are_called_the_same(multi: Experiment) -> None:
    sql = "SELECT count(*) AS n FROM sales.items i LEFT JOIN main.items m ON i.made_of = m.id"
    assert multi.sql(sql).to_arrow().to_pylist() == [{"n": 50}]
    assert multi.sql("SELECT TOP 1 [id] FROM [sales].[items]", dialect="tsql").to_arrow().num_rows == 1


def test_previews_traces_and_counts_take_them_too(multi: Experiment) -> None:
    for name, table in (("sales.items", "sales.items"), ("SALES.Items", "sales.items"), ("parts", "multi.parts"),
                        ("Order Details", "sales.Order Details")):  # fmt: skip
        assert multi.preview(name, 1).num_rows == 1
        assert multi.trace(name, 1).to_dict()["table"] == table
    with pytest.raises(NotFoundError, match=r"there is no table 'items'; did you mean '\w+\.items'"):
        multi.preview("items", 1)


def test_a_document_may_name_the_schema_that_all_its_tables_are_in(tmp_path: Path) -> None:
    document = """
        experiment: x
        namespace: app
        tables:
          p: {columns: {id: {type: int, primary_key: true}}}
          q: {rows: {per: APP.p, via: p, min: 1, max: 1}, columns: {p: {references: app.p.id}, other: {references: app.p}}}
          r:
            columns: {p: {type: int}}
            foreign_keys: [{columns: [p], references: {table: app.p}}]
    """
    schema = Workspace.open(tmp_path).define(document).schema
    ends = [(key.table, key.references) for table in schema.tables for key in table.foreign_keys]
    assert ends == [("p", ("id",))] * 3
    assert schema.table("q").rows.per == "p"
    assert schema.table("app.q").name == "q"
