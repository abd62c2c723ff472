"""What is written is read again as the same schema, in every form."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from synth_jupyter.datatypes import DataType
from synth_jupyter.errors import Problem, SchemaError
from synth_jupyter.schema.ddl import SPOKEN
from synth_jupyter.schema.ddl import read as read_ddl
from synth_jupyter.schema.document import canonical, definition_document, read, to_document, to_yaml
from synth_jupyter.schema.findings import Problems, Spot
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table
from synth_jupyter.schema.rules import RULES, normalised
from synth_jupyter.schema.suggest import suggest
from synth_jupyter.warehouses.creation import create_script


def _load(name: str) -> Any:
    spec = spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAWN = _load("strategies")


def _problems(text: str) -> tuple[Problem, ...] | None:
    """The problems of a document; None stands for a refusal that names none."""
    try:
        read(text)
    except SchemaError as error:
        return error.problems or None
    return ()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DRAWN.documents())
def test_a_schema_survives_yaml_json_and_its_canonical_text(document: dict[str, Any]) -> None:
    schema = read(json.dumps(document)).schema
    assert read(json.dumps(to_document(schema))).schema == schema
    assert read(canonical(schema)).schema == schema
    assert read(to_yaml(schema)).schema == schema
    assert canonical(read(to_yaml(schema)).schema) == canonical(schema)
    definition_document(schema)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(DRAWN.NAMES), st.sampled_from(DRAWN.KINDS), st.booleans(), st.booleans())
def test_a_suggestion_always_fits_its_type_and_has_a_reason(name: str, kind: str, unique: bool, primary: bool) -> None:
    rule = suggest(name, DataType.parse(kind), unique=unique, primary=primary)
    problems = Problems()
    assert rule.name in RULES
    assert normalised(rule.name, rule.options, DataType.parse(kind), Spot(problems, ())) == rule.options
    assert problems.found == []
    assert rule.reason


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    assert _problems(text) is not None


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(("int", "5%", "t.a", "t", "date", "1d", "")),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
            ("experiment", "tables", "t", "columns", "rows", "a", "type", "min", "max", "references", "nulls", "tree",
             "choices", "faker", "distribution", "unique", "primary_key", "foreign_keys", "per", "generator", "after",
             "table", "provider", "weights", "roots", "int", "str", "via")), inner, max_size=5),
        max_leaves=25,
    )
)  # fmt: skip
def test_any_tree_is_read_or_refused_and_nothing_else(tree: Any) -> None:
    table = {"rows": tree, "columns": {"a": tree, "b": {"type": "int"}}}
    for whole in (tree, {"experiment": "e", "tables": {"t": table, "u": tree}}):
        assert _problems(json.dumps(whole)) is not None


def test_keys_in_any_order_survive() -> None:
    """A schema from elsewhere may list its keys otherwise than columns would."""
    columns = tuple(Column(name, DataType("int"), Rule("reference"), name == "b") for name in "ab")
    keys = tuple(ForeignKey((name,), "t", ("id",), nulls=0.25 if name == "b" else 0.0) for name in "ba")
    key = Column("id", DataType("int"), Rule("sequence", {"start": 5, "step": 2}, "why"))
    table = Table("t", (key, *columns), Rows(3), ("id",), (("b", "a"), ("b",), ("a", "id")), keys, ("a > b",), "said")
    schema = Schema("s", (table,), 7, "sqlite", "what for")
    assert read(json.dumps(to_document(schema))).schema == schema
    assert read(to_yaml(schema)).schema == schema


def _constraints_survive(document: dict[str, Any], dialect: str) -> None:
    """Every key, foreign key, NOT NULL and number of checks, or a line of the script that says which is not there."""
    assume(dialect != "tsql" or "#x" not in document["tables"])  # which makes temporary tables of these
    names = [name for table in document["tables"].values() for name in table["columns"]]
    assume(dialect != "bigquery" or not any("." in name for name in names))  # whose names in backquotes are paths
    schema = read(json.dumps(document)).schema
    script = create_script(schema, dialect or "ansi")
    again = read_ddl(script, name="drawn", dialect=dialect or "ansi").schema
    lost = [line for line in script.splitlines() if line.startswith("-- ")]
    for table in schema.tables:
        other = again.table(table.name)
        about = [line for line in lost if line.startswith(f"-- {table.name}: ")]
        assert set(table.keys) - set(other.keys) == set() or any("unique" in line for line in about)
        ends = {(key.columns, key.table, key.references) for key in table.foreign_keys}
        kept = {(key.columns, key.table, key.references) for key in other.foreign_keys}
        assert ends <= kept or any("foreign_key" in line for line in about)
        enums = sum(column.type.kind == "enum" for column in other.columns)
        assert len(other.checks) + enums >= len(table.checks) or any("check" in line for line in about)
        assert [(one.name, one.nullable) for one in other.columns] == [
            (one.name, one.nullable and one.name not in table.primary_key) for one in table.columns
        ]


@given(DRAWN.documents(), st.sampled_from(SPOKEN))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_constraint_survives_a_script(document: dict[str, Any], dialect: str) -> None:
    _constraints_survive(document, dialect)


@pytest.mark.slow
@given(DRAWN.documents(), st.sampled_from(SPOKEN))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_constraint_of_many_survives_a_script(document: dict[str, Any], dialect: str) -> None:
    _constraints_survive(document, dialect)
