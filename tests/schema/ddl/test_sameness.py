"""One schema in the words of eight dialects is one model, and a large script is read in a moment."""

import time
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.schema.ddl import read
from synth_jupyter.schema.document import canonical, to_document
from synth_jupyter.schema.document import read as read_document

TYPES = {
    "ansi": ("BIGINT", "INTEGER", "VARCHAR(40)", "DECIMAL(10,2)", "TIMESTAMP", "BOOLEAN", "DOUBLE PRECISION", "CHAR(3)"),
    "postgres": ("int8", "integer", "character varying(40)", "numeric(10,2)", "timestamp without time zone", "bool",
                 "double precision", "character(3)"),
    "redshift": ("BIGINT ENCODE az64", "INT", "NVARCHAR(40)", "DECIMAL(10,2)", "TIMESTAMP SORTKEY", "BOOL", "FLOAT8", "BPCHAR(3)"),
    "snowflake": ("NUMBER(38,0)", "NUMBER(9,0)", "STRING(40)", "NUMBER(10,2)", "TIMESTAMP_NTZ(9)", "BOOLEAN", "DOUBLE", "CHAR(3)"),
    "mysql": ("bigint", "int(11)", "varchar(40) CHARACTER SET utf8mb4", "decimal(10,2)", "datetime(6)", "tinyint(1)",
              "double", "char(3)"),
    "sqlite": ("INTEGER", "INT", "NVARCHAR(40)", "NUMERIC(10,2)", "DATETIME", "BOOLEAN", "REAL", "NCHAR(3)"),
    "tsql": ("bigint", "[int]", "nvarchar(40)", "decimal(10,2)", "datetime2(7)", "bit", "float", "nchar(3)"),
    "oracle": ("NUMBER(18)", "NUMBER(9)", "VARCHAR2(40 CHAR)", "NUMBER(10,2)", "TIMESTAMP(6)", "BOOLEAN", "BINARY_DOUBLE", "CHAR(3)"),
    "duckdb": ("BIGINT", "INTEGER", "VARCHAR(40)", "DECIMAL(10,2)", "TIMESTAMP", "BOOLEAN", "DOUBLE", "CHAR(3)"),
}  # fmt: skip


def _script(dialect: str) -> str:
    big, whole, text, money, moment, flag, real, code = TYPES[dialect]
    return f"""
        CREATE TABLE customers (id {big} NOT NULL PRIMARY KEY, name {text} NOT NULL, code {code} NOT NULL UNIQUE,
            score {real} NULL, active {flag} NOT NULL, boss {big} REFERENCES customers (id));
        CREATE TABLE orders (id {big} NOT NULL, line {whole} NOT NULL, customer {big} NOT NULL, total {money},
            at {moment} NOT NULL, paid {moment}, CONSTRAINT pk PRIMARY KEY (id, line), CHECK (total >= 0 AND total <= 99),
            CHECK (paid >= at));
        ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer) REFERENCES customers (id);
    """


@pytest.mark.parametrize("dialect", TYPES)
def test_one_schema_in_every_dialect_is_one_model(dialect: str) -> None:
    assert to_document(read(_script(dialect), name="x", dialect=dialect).schema) == to_document(
        read(_script("ansi"), name="x", dialect="ansi").schema
    )


SAME = sorted((Path(__file__).parent / "same").glob("*.sql"))


def _model(path: Path, dialect: str | None) -> dict[str, Any]:
    """The document without the reasons, for which dialects have other words."""
    document: dict[str, Any] = to_document(read(path.read_text(), name="shop", dialect=dialect).schema)
    for table in document["tables"].values():
        for column in table["columns"].values():
            column.pop("reason", None)
    return document


@pytest.mark.parametrize("path", SAME, ids=lambda path: path.stem)
def test_one_shop_in_six_dialects_is_one_model(path: Path) -> None:
    assert len(SAME) == 6
    model = _model(path, path.stem)
    assert len(model["tables"]) == 31
    assert model == _model(SAME[0], SAME[0].stem)
    assert _model(path, None) == model  # told from the text


# What has no meaning for the rows: where and how they are kept, what an INSERT would do, and objects that are no tables.
WITHOUT_MEANING = (
    "CHARACTER SET", "ENGINE=", "DEFAULT", "setting", "database", "ENCODE", "DISTSTYLE", "DISTKEY", "SORTKEY",
    "COMPOUND SORTKEY", "CLUSTER BY", "PARTITION BY", "ON ", "AUTO_INCREMENT=", "KEY `", "view", "function", "trigger",
    "task", "GRANT", "data",
)  # fmt: skip
# The fields of a document are not described in a schema, and a SET has one member at a time.
LESS = ("type ROW(...) as json", "type place of several fields as json", "type SET: one member at a time")


@pytest.mark.parametrize("path", SAME, ids=lambda path: path.stem)
def test_nothing_that_is_said_of_the_data_of_the_shop_is_lost(path: Path) -> None:
    reading = read(path.read_text(), name="shop", dialect=path.stem)
    lost = {line.construct for line in reading.report if line.outcome == "not carried"}
    assert [construct for construct in lost if not construct.startswith((*WITHOUT_MEANING, *LESS))] == []
    for what in ("view", "function", "GRANT", "data"):
        assert any(construct.startswith(what) for construct in lost), what
    comments = {one.comment for table in reading.schema.tables for one in table.columns if one.comment}
    assert comments == {"how people are reached", "before tax"}


def test_the_shop_has_every_kind_of_construct() -> None:
    document = _model(SAME[0], SAME[0].stem)["tables"]
    tickets = document["shop.tickets"]["columns"]
    assert {name: column["type"] for name, column in tickets.items()} == {
        "ticket_id": "bigint", "customer_id": "bigint", "severity": "enum('low','medium','high')", "flags": "varchar(13)",
        "progress": "int", "contact": "varchar(80)", "tags": "varchar(20)[]", "place": "json", "extra": "json",
        "opened_at": "timestamptz", "minutes": "int", "doubled": "int", "caption": "varchar(90)",
    }  # fmt: skip
    assert tickets["ticket_id"]["generator"] == {"sequence": {"start": 1000, "step": 10}}
    assert tickets["flags"]["choices"] == ["fragile", "heavy"]
    assert (tickets["doubled"]["expr"], tickets["caption"]["expr"]) == ("minutes * 2", "contact || ' #' || severity")
    assert document["shop.tickets"]["checks"] == ["progress BETWEEN 0 AND 100"]
    assert document["audit.changes"]["columns"]["change_id"]["generator"] == {"sequence": {"start": 5, "step": 5}}
    assert [name for name in document if "events" in name] == ["shop.events"]  # partitions are part of it


def test_a_large_script_is_read_quickly() -> None:
    columns = ", ".join(f"c{number} VARCHAR(20) DEFAULT 'x' " for number in range(11))
    script = ";\n".join(f"CREATE TABLE t{number} (id INT PRIMARY KEY, {columns}, up INT REFERENCES t{number // 2})"
                        for number in range(384))  # fmt: skip
    started = time.process_time()
    reading = read(script, name="x")
    assert time.process_time() - started < 10
    assert read_document(canonical(reading.schema)).schema == reading.schema
    assert sum(len(table.columns) for table in reading.schema.tables) == 4992
