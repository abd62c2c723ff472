"""What could never work is told when it is defined: expressions, conditions and checks against the columns' types."""

from pathlib import Path

import pytest

from synth_jupyter.errors import GenerationError, SchemaError
from synth_jupyter.schema.binding import unfit_expressions
from synth_jupyter.schema.document import read
from synth_jupyter.workspace import Workspace

COLUMNS = """
      id: {type: int, primary_key: true}
      a: {type: smallint, min: 0, max: 1000}
      b: {type: int, min: 0, max: 3, nullable: true}
      n: {type: varchar(40), faker: name}
      p: {references: parents.id, nullable: true}
"""
WRONG = {
    "expr-range": ('{type: smallint, expr: "a * a"}', "from 0 to 1,000,000, too large for smallint"),
    "expr-types": ('{type: int, expr: "n * 2"}', "* cannot be applied to text and a whole number"),
    "expr-length": ('{type: varchar(20), expr: "upper(n)"}', "up to 40 characters, and varchar(20) has room for 20"),
    "expr-joined": ('{type: varchar(41), expr: "n || id"}', "up to 43 characters"),
    "expr-unknown-length": ("{type: varchar(60), expr: \"replace(n, 'a', 'bb')\"}", "write left(.., 60)"),
    "expr-null": ('{type: int, expr: "b + 1"}', "may be NULL, and the column is NOT NULL"),
    "expr-null-parent": ('{type: int, expr: "p.x"}', "may be NULL, and the column is NOT NULL"),
    "expr-zero": ('{type: double, expr: "a / b", nullable: true}', "b may be 0"),
    "expr-always-zero": ('{type: double, expr: "a / 0"}', "nothing can be divided by 0"),
    "expr-kind": ('{type: date, expr: "a"}', "makes whole numbers, not date"),
    "expr-decimal": ('{type: "decimal(5,2)", expr: "a * 1.5"}', "from 0 to 1,500, too large for decimal(5,2)"),
    "expr-missing": ('{type: int, expr: "nope + 1"}', "there is no column"),
    "expr-parent-missing": ('{type: int, expr: "p.nope"}', "there is no column"),
    "expr-cut-off": ('{type: int, expr: "a +"}', "wrong at position 3: something is missing here"),
    "when-number": ('{type: int, when: "id + 2"}', "a condition is true or false, and this makes whole numbers"),
    "when-constant": ("{type: int, when: \"a > 'x'\"}", "Could not convert string 'x'"),
}
RIGHT = [
    '{type: int, expr: "a * a"}', '{type: varchar(40), expr: "upper(n)"}', '{type: varchar(44), expr: "n || id"}',
    '{type: int, expr: "coalesce(b, 0) + 1"}', '{type: int, expr: "b + 1", nullable: true}',
    '{type: double, expr: "a / nullif(b, 0)", nullable: true}', '{type: double, expr: "a / b", when: "b > 0"}',
    '{type: double, expr: "case when b > 0 then a / b else 0 end"}', '{type: int, expr: "length(n)"}',
    '{type: int, expr: "case when b is null then 0 else b end"}', '{type: boolean, expr: "a > 5"}',
    "{type: varchar(12), expr: \"'C-' || id\"}", '{type: varchar(9), expr: "left(n, 9)"}',
    '{type: smallint, expr: "greatest(least(a * a, 99), 0)"}', '{type: "decimal(6,2)", expr: "a * 1.5"}',
    '{type: smallint, expr: "CAST(a + 1 AS smallint)"}', '{type: int, expr: "p.x", nullable: true}',
]  # fmt: skip


def _document(column: str, checks: str = "[]") -> str:
    return (f"experiment: x\ntables:\n  parents:\n    rows: 9\n    columns:\n      id: {{type: int, primary_key: true}}\n"
            f"      x: {{type: int, min: 1, max: 9}}\n"
            f"  t:\n    rows: 200\n    checks: {checks}\n    columns:{COLUMNS}      c: {column}\n")  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_could_never_work_is_told_with_its_place_and_line(case: str, tmp_path: Path) -> None:
    column, said = WRONG[case]
    with pytest.raises(SchemaError) as refused:
        Workspace.open(tmp_path).define(_document(column))
    (problem,) = refused.value.problems
    assert said in problem.message
    assert (problem.place, problem.line) == (f"tables.t.columns.c.{case.partition('-')[0]}", 17)
    assert "sqlglot" not in problem.message


def test_what_works_is_taken_and_the_data_hold_it(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    columns = "\n".join(f"      c{at}: {column}" for at, column in enumerate(RIGHT))
    workspace.define(_document("{type: int}") + columns)
    workspace.experiment("x").generate()
    assert workspace.experiment("x").verify().ok


@pytest.mark.parametrize(
    ("check", "said"),
    [("a > 'x'", "Could not convert string 'x'"), ("a + 1", "a condition is true or false"), ("n > 5", "text"),
     ("zz > 1", "there is no column"), ("p.x > 1", "there is no column"), ("sum(a) > 1", "the aggregate sum")],
)  # fmt: skip
def test_a_check_that_is_no_condition_is_told(check: str, said: str) -> None:
    schema = read(_document("{type: int}", f'["{check}"]')).schema
    (found,) = unfit_expressions(schema)
    assert found[0] == ("tables", "t", "checks", 0)
    assert said in found[1]


@pytest.mark.parametrize(
    ("column", "said"),
    [('{type: smallint, expr: "CAST(a * a AS smallint)"}', r"t\.c, row \d+: .*CAST\(a \* a AS SMALLINT\)"),
     ('{type: double, expr: "exp(a)"}', r"of t\.c made inf in row \d+, which is no double"),
     ("{type: \"enum('x','y')\", expr: \"left(n, 1)\"}", r"of t\.c made '.' in row \d+, which is no enum")],
)  # fmt: skip
def test_what_only_a_row_can_tell_names_the_column_and_the_row(column: str, said: str, tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    workspace.define(_document(column))
    with pytest.raises(GenerationError, match=said):
        workspace.experiment("x").generate()


@pytest.mark.parametrize("warehouse", ["foo", "mysql:x", "duckdb:"])
def test_a_warehouse_that_is_none_is_told(warehouse: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="is no load target"):
        Workspace.open(tmp_path).define(
            _document("{type: int}").replace("tables:", f"warehouse: '{warehouse}'\ntables:", 1)
        )
