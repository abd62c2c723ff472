"""Any schema that can be planned holds all its keys, verifies, and changes with no partitioning.

SQL over the evaluated tables judges the keys; `verify` must agree on the files that a run writes.
"""

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judges import database, violations

from synth_jupyter.digests import LEAF_ROWS
from synth_jupyter.documents import to_json
from synth_jupyter.engine.batches import evaluate
from synth_jupyter.engine.digest import content_digest
from synth_jupyter.engine.execute import execute
from synth_jupyter.engine.executors import InlineExecutor
from synth_jupyter.errors import PlanError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema.document import read
from synth_jupyter.schema.model import Schema
from synth_jupyter.verify import verify

EXAMPLES = int(os.environ.get("SYNTH_SCHEMAS", "100"))
FIXED = "SYNTH_SCHEMAS" not in os.environ
"""The same hundred schemas each time; `SYNTH_SCHEMAS=5000` tries as many new ones."""
pytestmark = pytest.mark.xdist_group("any schema")
KEY_TYPES: list[dict[str, Any]] = [
    {"type": "int"}, {"type": "bigint"}, {"type": "uuid"}, {"type": "decimal(12,2)", "min": 1, "max": 100_000},
    {"type": "date", "min": "1900-01-01", "max": "2020-01-01"}, {"type": "varchar(9)", "pattern": "[A-Z]{3}[0-9]{5}"},
    {"type": "varchar(60)", "faker": "email"},
]  # fmt: skip
VALUE_TYPES: list[dict[str, Any]] = [
    {"type": "smallint", "min": -9, "max": 9}, {"type": "double"}, {"type": "boolean"}, {"type": "timestamp"},
    {"type": "varchar(30)", "faker": "city"}, {"type": "decimal(20,4)"}, {"type": "time"}, {"type": "int[]"},
    {"type": "varchar(5)", "choices": {"a": 1, "b": 2}}, {"type": "bigint", "distribution": {"poisson": {"mean": 4}}},
]  # fmt: skip
DIGITS: list[dict[str, Any]] = [
    {"type": "int", "min": 1, "max": 40}, {"type": "varchar(2)", "choices": [f"c{number}" for number in range(8)]},
    {"type": "date", "min": "2024-01-01", "max": "2024-02-01"},
]  # fmt: skip
seen: Counter[str] = Counter()


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Two to five tables; parents may come later in the document, or be the table itself."""
    names = [f"t{number}" for number in range(draw(st.integers(2, 5)))]
    tables = {name: _base(draw, name) for name in names}
    for name in names:
        for number in range(draw(st.integers(0, 2))):
            _refer(draw, tables, name, draw(st.sampled_from(names)), f"r{number}")
    _maybe_own(draw, tables, names)
    for name in names:
        _maybe_compose(draw, tables[name])
    _maybe_large(draw, tables)
    return {"experiment": "any", "tables": tables}


def _base(draw: st.DrawFn, name: str) -> dict[str, Any]:
    columns = {"id": {**draw(st.sampled_from(KEY_TYPES)), "primary_key": True}}
    for number in range(draw(st.integers(0, 3))):
        nulls = {"nulls": 0.3} if draw(st.booleans()) else {}
        columns[f"v{number}"] = {**draw(st.sampled_from(VALUE_TYPES)), **nulls}
    if draw(st.booleans()):
        columns["u"] = {**draw(st.sampled_from(KEY_TYPES)), "unique": True}
    return {"rows": draw(st.integers(1, 150)), "columns": columns}


def _refer(draw: st.DrawFn, tables: dict[str, Any], child: str, parent: str, column: str) -> None:
    target = "u" if "u" in tables[parent]["columns"] and draw(st.booleans()) else "id"
    how = draw(st.sampled_from([{}, {"nulls": 0.4}, {"distribution": {"zipf": 1.2}}]))
    tables[child]["columns"][column] = {"references": f"{parent}.{target}", **how}
    enough = tables[parent]["rows"] >= tables[child]["rows"] or draw(st.integers(0, 9)) == 0
    if enough and "distribution" not in how and draw(st.booleans()):
        tables[child]["columns"][column]["unique"] = True


def _maybe_large(draw: st.DrawFn, tables: dict[str, Any]) -> None:
    """One table of two partitions, with relations of its own."""
    if draw(st.integers(0, 9)) == 9:
        columns = {"id": {"type": "bigint", "primary_key": True}, "to": {"references": "t0.id"}, "v": {"type": "int"}}
        tables["large"] = {"rows": 70_000, "columns": columns}


def _maybe_own(draw: st.DrawFn, tables: dict[str, Any], names: list[str]) -> None:
    if draw(st.integers(0, 3)):
        low, width = draw(st.integers(0, 2)), draw(st.integers(0, 6))
        rows = {"per": names[0], "min": low, "max": max(1, low + width)}
        columns = {"owner": {"references": f"{names[0]}.id"}, "place": {"type": "int", "position": True}}
        tables["owned"] = {"rows": rows, "primary_key": ["owner", "place"], "columns": columns}
        if draw(st.booleans()):
            columns["other"] = {"references": f"{names[-1]}.id"}
            tables["owned"]["unique"] = [["owner", "other"]]


def _maybe_compose(draw: st.DrawFn, table: dict[str, Any]) -> None:
    if draw(st.booleans()):
        for name, column in zip(("d0", "d1"), draw(st.permutations(DIGITS))[:2], strict=True):
            table["columns"][name] = dict(column)
        references = [name for name in table["columns"] if name in ("r0", "r1")]
        free = [name for name in references if "unique" not in table["columns"][name]]
        table["unique"] = [["d0", "d1"]]
        if free:
            table["unique"] = [["d0", free[0]], ["d0", "d1"]] if draw(st.booleans()) else [["d0", free[0]]]


def kinds(document: dict[str, Any]) -> set[str]:
    tables = document["tables"]
    parents = {
        name: {c["references"].split(".")[0] for c in table["columns"].values() if "references" in c}
        for name, table in tables.items()
    }
    cyclic = any(name in parents[name] or any(name in parents[parent] for parent in parents[name]) for name in parents)
    return {
        *({"cycle"} if cyclic else ()),
        *({"per"} if "owned" in tables else ()),
        *({"composite"} if any(len(key) > 1 for table in tables.values() for key in table.get("unique", [])) else ()),
        *({"unique"} if any("unique" in c for table in tables.values() for c in table["columns"].values()) else ()),
    }


def run_and_verify(schema: Schema, seed: int, out: Path, leaves: int) -> str:
    """The content digest of a run with partitions of so many leaves, whose every constraint `verify` has counted."""
    plan = build_plan(schema, seed, partition_rows=leaves * LEAF_ROWS)
    files = tuple(file for file in execute(plan, out, InlineExecutor(), epoch=1) if file)
    report = verify(RunFiles("any@1", schema, out, files, "", seed))
    assert report.ok, [check for check in report.checks if check.violations]
    return content_digest(schema, files)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=FIXED, suppress_health_check=list(HealthCheck))
@given(documents(), st.integers(0, 2**31), st.integers(0, 2**31))
def test_every_schema_that_can_be_planned_holds(document: dict[str, Any], seed: int, cut: int) -> None:
    try:
        schema = read(to_json(document)).schema
        plan = build_plan(schema, seed)
    except PlanError as error:
        seen["refused"] += 1
        assert all(problem.place for problem in error.problems)
        return
    seen["planned"] += 1
    seen.update(kinds(document))
    assert list(violations(plan, database(plan))) == []
    with TemporaryDirectory() as folder:
        digests = {run_and_verify(schema, seed, Path(folder) / str(leaves), leaves) for leaves in (1, 3)}
    assert len(digests) == 1
    for table in plan.tables:
        rows = np.arange(table.rows)
        whole = evaluate(plan, table.name, rows)
        at = cut % (table.rows + 1)
        parts = [evaluate(plan, table.name, part) for part in (rows[:at], rows[at:])]
        assert pa.concat_tables(parts).combine_chunks().equals(whole.combine_chunks())


def test_the_schemas_covered_every_pattern() -> None:
    """Runs after the property (same file, in order): each pattern in a fifth of the planned schemas or more."""
    assert seen["planned"] >= 4 * seen["refused"], seen
    assert all(seen[kind] >= seen["planned"] / 5 for kind in ("cycle", "per", "composite", "unique")), seen
