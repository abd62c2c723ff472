"""A schema as DDL of a dialect, and read again: every key is still there."""

import sqlite3

import duckdb
import pytest

from synth_jupyter.errors import QueryError
from synth_jupyter.schema.ddl import SPOKEN, read
from synth_jupyter.schema.document import canonical
from synth_jupyter.schema.document import read as read_document
from synth_jupyter.schema.model import Schema
from synth_jupyter.warehouses.creation import create_script

SCRIPT = """
    CREATE TABLE "Order" (
        id INT PRIMARY KEY, boss INT REFERENCES "Order", item INT NOT NULL, part INT NOT NULL, code CHAR(3) NOT NULL UNIQUE,
        price DECIMAL(10,2) CHECK (price > 0), made TIMESTAMP, big BIGINT, name VARCHAR(20), yes BOOLEAN, d DATE,
        CHECK (id < big OR big IS NULL), FOREIGN KEY (item, part) REFERENCES items (id, part)
    );
    CREATE TABLE items (id INT, part INT, "from" INT REFERENCES items_of (id), PRIMARY KEY (id, part), UNIQUE (part, id));
    CREATE TABLE items_of (id INT PRIMARY KEY);
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read(SCRIPT, name="x").schema


@pytest.mark.parametrize("dialect", SPOKEN, ids=lambda name: name or "ansi")
def test_every_key_survives_being_written_and_read(schema: Schema, dialect: str) -> None:
    again = read(create_script(schema, dialect or "ansi"), name="x", dialect=dialect or "ansi")
    assert {table.name for table in again.schema.tables} == {table.name for table in schema.tables}
    assert [line for line in again.report if line.outcome == "not carried"] == []
    for table in schema.tables:
        other = again.schema.table(table.name)
        assert set(other.keys) == set(table.keys)
        assert {(key.columns, key.table, key.references) for key in other.foreign_keys} == {
            (key.columns, key.table, key.references) for key in table.foreign_keys
        }
        assert len(other.checks) == len(table.checks)
        assert [(one.name, one.nullable) for one in other.columns] == [
            (one.name, one.nullable) for one in table.columns
        ]


@pytest.mark.parametrize("dialect", ["postgres", "duckdb"])
def test_every_type_survives_being_written_and_read(schema: Schema, dialect: str) -> None:
    again = read(create_script(schema, dialect), name="x", dialect=dialect).schema
    types = {(table.name, one.name): str(one.type) for table in again.tables for one in table.columns}
    wanted = {(table.name, one.name): str(one.type) for table in schema.tables for one in table.columns}
    wanted |= {("Order", "code"): "varchar(3)"} if dialect == "duckdb" else {}
    assert types == wanted


def test_engines_take_what_is_written(schema: Schema) -> None:
    with duckdb.connect() as connection:
        connection.execute(create_script(schema, "duckdb"))
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (3,)
    with sqlite3.connect(":memory:") as lite:
        lite.executescript(create_script(schema, "sqlite"))
        assert len(lite.execute("PRAGMA foreign_key_list('Order')").fetchall()) == 3


def test_what_duckdb_cannot_hold_stands_in_a_comment() -> None:
    cycle = read("CREATE TABLE a (id INT PRIMARY KEY, b INT REFERENCES b); CREATE TABLE b (id INT PRIMARY KEY, a INT REFERENCES a)",
                 name="x").schema  # fmt: skip
    assert "-- a: foreign_key (b): DuckDB has no foreign keys that form a cycle" in create_script(cycle, "duckdb")
    assert create_script(cycle, "sqlite").count("FOREIGN KEY") == 2


def test_a_dialect_that_does_not_exist_is_refused(schema: Schema) -> None:
    with pytest.raises(QueryError, match="no SQL dialect 'postgrs'; did you mean 'postgres'"):
        create_script(schema, "postgrs")


SAID = """CREATE SCHEMA s; CREATE TABLE s.t (a SMALLINT PRIMARY KEY, b INT[], c TEXT UNIQUE, d BYTEA, i INTERVAL, u UUID, j JSON,
    m TEXT, f TEXT REFERENCES s.t (c), CHECK (a * a < 5));
    COMMENT ON TABLE s.t IS 'it''s a {table}'; COMMENT ON COLUMN s.t.m IS 'back\\slash ''q'''; """


@pytest.mark.parametrize("dialect", [name for name in SPOKEN if name != "sqlite"], ids=lambda name: name or "ansi")
def test_comments_survive_and_other_types_are_said(dialect: str) -> None:
    schema = read(SAID, name="x", dialect="postgres").schema
    script = create_script(schema, dialect or "ansi")
    again = read(script, name="x", dialect=dialect or "ansi")
    assert [line for line in again.report if line.outcome == "not carried"] == []
    table = again.schema.tables[0]
    assert (table.comment, table.column("m").comment) == ("it's a {table}", "back\\slash 'q'")
    for column in table.columns:
        told = f"-- t.{column.name}: {schema.tables[0].column(column.name).type} as {column.type}\n"
        same = str(column.type) == str(schema.tables[0].column(column.name).type)
        assert same or told in script or (column.name, dialect) in UNLIKE


UNLIKE = [("u", "bigquery"), ("b", "bigquery"), ("a", "bigquery"), ("a", "oracle")]
"""Types that the dialect has under another name of ours."""


def test_a_key_of_mysql_has_a_length() -> None:
    script = create_script(read(SAID, name="x", dialect="postgres").schema, "mysql")
    assert "`c` VARCHAR(255)" in script
    assert "`d` LONGBLOB" in script
    assert "ARRAY" not in script
    assert "`d`" not in script.split("`d` LONGBLOB")[1]


def test_the_only_schema_of_a_script_may_be_written() -> None:
    schema = read(SAID, name="x", dialect="postgres").schema
    assert (schema.namespace, schema.table("s.t").name, schema.table("T").name) == ("s", "t", "t")
    assert read_document(canonical(schema)).schema == schema


def test_what_nobody_can_tell_apart_is_no_comment() -> None:
    script = (
        "CREATE TABLE t (\n a INT, -- @synth nulls=5%\n b INT, c INT -- which\n);\nCREATE TABLE u (a INT); -- neither\n"
    )
    for dialect in ("sqlite", "ansi"):
        tables = read(script, name="x", dialect=dialect).schema.tables
        assert {table.comment for table in tables} == {""}
        assert {column.comment for table in tables for column in table.columns} == {""}


def test_comments_survive_in_the_text_of_sqlite() -> None:
    schema = read(SAID, name="x", dialect="postgres").schema
    table = read(create_script(schema, "sqlite"), name="x", dialect="sqlite").schema.tables[0]
    assert (table.comment, table.column("m").comment) == ("it's a {table}", "back\\slash 'q'")
