"""The reference system's JSON is read unchanged, with its own defaults."""

import json
from typing import Any

import numpy as np
import pytest

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.errors import SchemaError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema.document import Reading, read, to_document
from synth_jupyter.schema.model import Column, Rule


def _read(*columns: dict[str, Any], **table: Any) -> Reading:
    key = {"name": "id", "data_type": "INT", "is_unique": True}
    first = {"name": "t", "target_rows": 7, "columns": [key, *columns]}
    parent = {"name": "p", "target_rows": 3, "columns": [{"name": "pid", "data_type": "INT", "is_unique": True}]}
    return read(json.dumps({"name": "library", "tables": [first | table, parent]}))


def _column(**keys: Any) -> Column:
    return _read({"name": "c", "data_type": "INT", **keys}).schema.table("t").column("c")


def test_a_list_of_tables_is_their_format() -> None:
    reading = _read()
    assert (reading.format, reading.report) == ("reference", ())
    assert (reading.schema.name, reading.schema.table("t").rows.count) == ("library", 7)
    assert reading.schema.table("t").primary_key == ("id",)
    assert reading.schema.table("t").column("id").rule == Rule("sequence", {"start": 1, "step": 1})


@pytest.mark.parametrize(
    ("keys", "kind", "low", "high"),
    [
        ({}, "int", 0, 1_000_000),
        ({"min_value": 0, "max_value": 10}, "int", 0, 10),
        ({"min_value": 0.5, "max_value": 9.5}, "int", 1, 9),
        ({"min_value": 2_000_000}, "int", 2_000_000, 3_000_000),
        ({"max_value": -5}, "int", -1_000_005, -5),
        ({"data_type": "float", "min_value": 9.99}, "double", "9.99", 1_000_000),
        ({"data_type": "SMALLINT"}, "smallint", 0, 32_767),
        ({"data_type": "BIGINT", "min_value": 9007199254740993, "max_value": 9007199254740994}, "bigint",
         9007199254740993, 9007199254740994),
        ({"data_type": "DECIMAL", "precision": 6, "scale": 2}, "decimal(6,2)", 0, 9999),
        ({"data_type": "DATE"}, "date", "2020-01-01", "2025-12-31"),
        ({"data_type": "DATE", "date_start": "2023-01-01", "date_end": "2023-02-01"}, "date", "2023-01-01",
         "2023-02-01"),
        ({"data_type": "DATETIME"}, "timestamp", "2020-01-01T00:00:00", "2025-12-31T23:59:59.999999"),
        ({"data_type": "TIMESTAMP", "timestamp_start": "2024-01-01 08:00:00"}, "timestamp", "2024-01-01T08:00:00",
         "2025-12-31T23:59:59.999999"),
        ({"data_type": "TIME", "time_end": "12:00"}, "time", "00:00:00", "12:00:00"),
    ],
)  # fmt: skip
def test_ranges_are_theirs_where_none_is_given(keys: dict[str, Any], kind: str, low: Any, high: Any) -> None:
    column = _column(**keys)
    assert str(column.type) == kind
    assert (column.rule.name, column.rule.options) == ("uniform", {"min": low, "max": high})


@pytest.mark.parametrize(
    ("keys", "kind", "rule"),
    [
        ({"data_type": "VARCHAR", "faker_rule": "username"}, "varchar(255)", "faker"),
        ({"data_type": "VARCHAR", "varchar_length": 20}, "varchar(20)", "faker"),
        ({"data_type": "CHAR", "char_length": 3}, "char(3)", "pattern"),
        ({"data_type": "TEXT"}, "text", "text"),
        ({"data_type": "BOOLEAN"}, "boolean", "bernoulli"),
        ({"data_type": "UUID"}, "uuid", "uuid"),
        ({"data_type": "JSON"}, "json", "json"),
        ({"data_type": "TIMESTAMPTZ"}, "timestamptz", "uniform"),
        ({"data_type": "DOUBLE"}, "double", "uniform"),
        ({"is_unique": True, "min_value": 100}, "int", "sequence"),
    ],
)
def test_every_type_of_code_and_documentation_is_read(keys: dict[str, Any], kind: str, rule: str) -> None:
    column = _column(**keys)
    assert (str(column.type), column.rule.name) == (kind, rule)


def test_a_column_is_required_unless_it_says_otherwise() -> None:
    assert not _column().nullable
    assert (_column(required=False).nullable, _column(required=False).nulls) == (True, 0.05)


@pytest.mark.parametrize(
    ("required", "nullable", "nulls"), [(True, None, 0.0), (False, None, 0.1), (True, True, 0.1), (False, False, 0.0)]
)
def test_a_foreign_key_inherits_whether_it_may_be_null(required: bool, nullable: bool | None, nulls: float) -> None:
    end = {"references_table": "P", "references_column": "pid", "nullable": nullable}
    table = _read({"name": "c", "data_type": "INT", "required": required, "foreign_key": end}).schema.table("t")
    assert (table.foreign_keys[0].table, table.foreign_keys[0].nulls) == ("p", nulls)
    assert table.column("c").nullable is (nulls > 0)


def test_distributions_are_truncated_to_the_range_and_beta_is_scaled_into_it() -> None:
    normal = {"type": "Normal", "parameters": {"mean": 50, "stddev": 12.5}}
    assert _column(distribution=normal, max_value=100).rule == Rule(
        "distribution", {"law": "normal", "parameters": {"mean": 50, "stddev": 12.5}, "max": 100}
    )
    beta = {"type": "beta", "parameters": {"alpha": 2, "beta": 5}}
    assert _column(distribution=beta).rule.options["parameters"] == {"alpha": 2, "beta": 5, "low": 0, "high": 1_000_000}
    decay = {"type": "exponential", "parameters": {"lambda": 0.5}}
    assert _column(data_type="FLOAT", distribution=decay).rule.options["parameters"] == {"lambda": 0.5}


def test_composite_keys_are_really_unique_and_the_first_is_primary_when_there_is_none() -> None:
    pair = [{"name": name, "data_type": "INT"} for name in "ab"]
    surrogate = _read(*pair, composite_keys=[["a", "b"]]).schema.table("t")
    assert surrogate.keys == (("id",), ("a", "b"))
    alone = _read(columns=pair, composite_keys=[["a", "b"], ["b"]]).schema.table("t")
    assert (alone.primary_key, alone.unique) == (("a", "b"), (("b",),))
    small = [{"name": name, "data_type": "INT", "min_value": 1, "max_value": 3} for name in "ab"]
    plan = build_plan(_read(columns=small, composite_keys=[["a", "b"]]).schema, 1, rows={"t": 9})
    made = evaluate(plan, "t", np.arange(9)).to_pylist()
    assert {(row["a"], row["b"]) for row in made} == {(a, b) for a in (1, 2, 3) for b in (1, 2, 3)}


def test_what_has_no_meaning_here_is_reported_and_not_lost_in_silence() -> None:
    reading = _read({"name": "c", "data_type": "INT", "faker_rule": "name", "colour": 1}, warnings=["w"], extra=1)
    assert {(line.construct, line.where) for line in reading.report} == {
        ("warnings", "tables.t.warnings"), ("extra", "tables.t.extra"),
        ("faker_rule", "tables.t.columns.c.faker_rule"), ("colour", "tables.t.columns.c.colour"),
    }  # fmt: skip
    assert {line.outcome for line in reading.report} == {"not carried"}
    assert reading.report[0].to_dict().keys() == {"construct", "where", "outcome"}


def test_it_is_written_in_our_format() -> None:
    schema = _read({"name": "c", "data_type": "VARCHAR", "required": False}).schema
    again = read(json.dumps(to_document(schema)))
    assert (again.schema, again.format) == (schema, "json")


@pytest.mark.parametrize(
    ("column", "place", "piece"),
    [
        ({"data_type": "BLOB"}, "tables.t.columns.c.data_type", "is not one of the types"),
        ({"min_value": "low"}, "tables.t.columns.c.min_value", "must be a number"),
        ({"min_value": 5, "max_value": 1}, "tables.t.columns.c.min", "above max"),
        ({"data_type": "VARCHAR", "varchar_length": 0}, "tables.t.columns.c.varchar_length", "whole number"),
        ({"data_type": "DATE", "date_start": "soon"}, "tables.t.columns.c.min", "is not a date"),
        ({"distribution": {"type": "cauchy"}}, "tables.t.columns.c.distribution", "normal, exponential, beta"),
        ({"distribution": {"type": "normal"}}, "tables.t.columns.c.distribution.normal", "needs the parameter 'mean'"),
        ({"foreign_key": {}}, "tables.t.columns.c.foreign_key", "references_table"),
        ({"foreign_key": {"references_table": "q", "references_column": "x"}}, "tables.t.columns.c.references", "'q'"),
        ({"required": "no"}, "tables.t.columns.c.required", "true or false"),
        ({"name": "ID"}, "tables[0].columns[1].name", "used twice"),
        ({"name": 5}, "tables[0].columns[1]", "needs a name"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(column: dict[str, Any], place: str, piece: str) -> None:
    with pytest.raises(SchemaError) as refused:
        _column(**column)
    assert any(problem.place == place and piece in problem.message for problem in refused.value.problems)
    assert all(problem.line for problem in refused.value.problems)
