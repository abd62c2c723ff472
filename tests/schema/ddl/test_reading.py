"""Scripts of every dialect: what is understood, what is reported, and that the data hold what is kept."""

from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from judges import database, violations

from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema.ddl import read
from synth_jupyter.schema.document import Reading, canonical
from synth_jupyter.schema.document import read as read_document
from synth_jupyter.sql import parse_expression


def _module(name: str) -> Any:
    spec = spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FACTS = _module("facts").facts
CASES = [case for name in ("tables", "types", "dialects", "checks") for case in _module(f"cases_of_{name}").CASES]
ROWS = 60


def _missing(reading: Reading, expected: str) -> list[str]:
    known = list(FACTS(reading))
    wanted = [line.strip() for line in expected.splitlines() if line.strip()]
    return [line for line in wanted if not _is_there(line, known)]


def _is_there(line: str, known: Iterable[str]) -> bool:
    return any(fact.startswith(line) if line.startswith("report") else fact == line for fact in known)


@pytest.mark.parametrize(
    ("dialect", "script", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_script_is_understood(dialect: str | None, script: str, expected: str) -> None:
    reading = read(script, name="x", dialect=dialect)
    assert _missing(reading, expected) == [], "\n".join(FACTS(reading))
    assert reading.format == "ddl"
    assert read_document(canonical(reading.schema)).schema == reading.schema


@pytest.mark.parametrize(("dialect", "script"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_the_data_of_a_script_hold_its_keys_and_compiled_checks(dialect: str | None, script: str) -> None:
    reading = read(script, name="x", dialect=dialect)
    plan = build_plan(reading.schema, 7, rows={table.name: ROWS for table in reading.schema.tables})
    connection = database(plan)
    assert list(violations(plan, connection)) == []
    broken = []
    for table in reading.schema.tables:
        for check in table.checks:
            parsed = parse_expression(check)
            names = {path: table.column(path).name for path in parsed.columns}
            count = f'SELECT count(*) FROM "{table.name}" WHERE NOT ({parsed.render(names)})'
            if connection.execute(count).fetchone() != (0,):
                broken.append(check)
    verified = {line.construct for line in reading.report if line.outcome == "verified"}
    assert len(broken) <= len(verified), broken
