"""Every wrong document is refused with the place, the line and the way out, all problems at once."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.errors import Problem, SchemaError
from synth_jupyter.schema.document import read


def _cases() -> Any:
    spec = spec_from_file_location("bad_documents", Path(__file__).parent / "bad_documents.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = _cases()


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SchemaError) as refused:
        read(text)
    assert "nothing was stored" in refused.value.message
    return refused.value.problems


def _expect(text: str, place: str, piece: str) -> None:
    problems = _problems(text)
    assert any(problem.place == place and piece in problem.message for problem in problems), problems
    assert len(problems) <= 2, problems


@pytest.mark.parametrize(("column", "place", "piece"), CASES.COLUMNS, ids=[case[0] for case in CASES.COLUMNS])
def test_a_wrong_column_is_told_at_its_place(column: str, place: str, piece: str) -> None:
    text = CASES.HEAD + f"      a: {column}\n"
    _expect(text, place, piece)
    found = next(problem for problem in _problems(text) if problem.place == place and piece in problem.message)
    assert found.line == text.count("\n")


@pytest.mark.parametrize(("text", "place", "piece"), CASES.DOCUMENTS, ids=[case[0][:70] for case in CASES.DOCUMENTS])
def test_a_wrong_document_is_told_at_its_place(text: str, place: str, piece: str) -> None:
    _expect(text, place, piece)


@pytest.mark.parametrize(
    ("rows", "column", "place", "piece"), CASES.PER, ids=[f"{one[0]} {one[1]}" for one in CASES.PER]
)
def test_rows_that_cannot_be_counted_are_told(rows: str, column: str, place: str, piece: str) -> None:
    _expect(CASES.HEAD.replace("rows: 5", f"rows: {rows}") + f"      a: {column}\n", place, piece)


def test_two_ways_to_the_owner_need_via() -> None:
    text = CASES.HEAD.replace("rows: 5", "rows: {per: p, max: 3}")
    text += "      a: {references: p.id}\n      b: {references: p.id}\n"
    _expect(text, "tables.t.rows.per", "2 foreign keys lead to 'p'; say via: a or b")


def test_tables_that_count_one_another_are_a_circle() -> None:
    text = """{experiment: e, tables: {
      a: {rows: {per: b, max: 2}, columns: {id: {type: int, primary_key: true}, b: {references: b.id}}},
      b: {rows: {per: a, max: 2}, columns: {id: {type: int, primary_key: true}, a: {references: a.id}}}}}"""
    assert any("a per b per a" in problem.message for problem in _problems(text))


def test_all_problems_of_a_document_come_in_one_error_with_their_lines() -> None:
    text = """experiment: e
sed: 1
tables:
  a:
    rowz: 5
    columns:
      id: {type: int, primary_key: true, nulls: 5%}
      x: {type: imt}
      y: {type: int, min: 3, max: 1}
      z: {references: b.id}
      z: {type: int}
"""
    assert {(problem.place, problem.line) for problem in _problems(text)} == {
        ("sed", 2), ("tables.a.rowz", 5), ("tables.a.columns.id.nulls", 7), ("tables.a.columns.x.type", 8),
        ("tables.a.columns.y.min", 9), ("tables.a.columns.z.references", 10), ("tables.a.columns.z", 11),
    }  # fmt: skip


def test_problems_of_json_have_their_lines_too() -> None:
    text = json.dumps({"experiment": "e", "tables": {"t": {"columns": {"a": {"type": "imt"}}}}}, indent=1)
    (problem,) = _problems(text)
    assert (problem.place, problem.line) == ("tables.t.columns.a.type", 7)


def test_more_than_five_thousand_columns_are_refused() -> None:
    columns = {f"c{number}": {"type": "int"} for number in range(5001)}
    (problem,) = _problems(json.dumps({"experiment": "e", "tables": {"t": {"columns": columns}}}))
    assert "5,001 columns; at most 5,000" in problem.message


def test_what_hangs_on_a_broken_part_is_not_told_again() -> None:
    text = "experiment: e\ntables:\n  p: {colums: {id: {type: int}}}\n  t: {columns: {a: {references: p.id}}}\n"
    assert {problem.place for problem in _problems(text)} == {"tables.p.colums", "tables.p"}
