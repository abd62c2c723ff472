"""Statements of other warehouses: each gets its verdict, and the answer that its own warehouse gives."""

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from synth_jupyter.duck import connect_sealed
from synth_jupyter.errors import QueryError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.sql.macros import MACROS, needed_macros
from synth_jupyter.warehouses import open_target
from synth_jupyter.warehouses.query import query

STATEMENTS = Path(__file__).parent.parent / "sql" / "statements"
Case = dict[str, Any]


def _cases() -> Iterator[tuple[str, Case]]:
    for file in sorted(STATEMENTS.glob("*.yaml")):
        for case in yaml.safe_load(file.read_text()):
            yield file.stem, case


def _params(wanted: Any) -> list[Any]:
    found = [(dialect, case) for dialect, case in _cases() if wanted(case)]
    return [pytest.param(dialect, case, id=f"{dialect}: {case['what']}") for dialect, case in found]


@pytest.mark.parametrize(("dialect", "case"), _params(lambda case: "answer" in case))
def test_a_statement_gets_its_verdict_and_its_answer(shop: RunFiles, dialect: str, case: Case) -> None:
    result = query(shop, case["sql"], dialect=dialect)
    assert result.verdict == case["verdict"], result.sql
    assert _same(result.rows(), case["answer"]), (result.rows(), result.sql)


@pytest.mark.parametrize(("dialect", "case"), _params(lambda case: case["verdict"] == "refused"))
def test_what_cannot_be_said_is_refused_with_its_place(shop: RunFiles, dialect: str, case: Case) -> None:
    with pytest.raises(QueryError) as caught:
        query(shop, case["sql"], dialect=dialect)
    assert case["says"] in caught.value.message
    if "place" in case:
        assert "(line {}, column {})".format(*case["place"]) in caught.value.message


@pytest.mark.parametrize(("dialect", "case"), _params(lambda case: case["verdict"] == "fails"))
def test_what_fails_there_fails_here(shop: RunFiles, dialect: str, case: Case) -> None:
    with pytest.raises(QueryError, match=case["says"]):
        query(shop, case["sql"], dialect=dialect).rows()


@pytest.mark.postgres
def test_postgresql_itself_gives_the_same_answers(shop: RunFiles, postgres_url: str) -> None:
    cases = [case for _, case in _cases() if case.get("also") == "postgres"]
    assert len(cases) >= 15
    with closing(open_target("env:URL", {"URL": postgres_url})) as warehouse:
        warehouse.load(shop, schema="asked", replace=True)
        for case in cases:
            sql = _in_schema(case["sql"])
            assert _same(warehouse.query(sql).rows(), case["answer"]), case["what"]
            assert _same(query(shop, case["sql"], dialect="postgres").rows(), case["answer"]), case["what"]


def test_sqlite_itself_gives_the_same_answers(shop: RunFiles, tmp_path: Path) -> None:
    cases = [case for _, case in _cases() if case.get("also") == "sqlite"]
    assert len(cases) >= 20
    with closing(open_target(f"sqlite:{tmp_path / 'asked.sqlite'}", {})) as warehouse:
        warehouse.load(shop)
        for case in cases:
            assert _same(warehouse.query(case["sql"]).rows(), case["answer"]), case["what"]


def _in_schema(sql: str) -> str:
    return sql.replace("FROM orders", "FROM asked.orders").replace("FROM customers", "FROM asked.customers")


@pytest.mark.parametrize("dialect", ["snowflake", "redshift", "bigquery"])
def test_each_dialect_has_forty_statements(dialect: str) -> None:
    assert sum(name == dialect for name, _ in _cases()) >= 40


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return found is not None and math.isclose(float(found), wanted, rel_tol=1e-5)
    return bool(found == wanted and type(found) is type(wanted))


def test_every_macro_is_made_and_is_no_function_of_the_engine() -> None:
    connection = connect_sealed()
    known = {row[0] for row in connection.execute("SELECT function_name FROM duckdb_functions()").fetchall()}
    assert not known & set(MACROS)
    for name in MACROS:
        fresh = connect_sealed()
        for statement in needed_macros(name):
            fresh.execute(statement)


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT to_char(DATE '2024-02-10', 'YYYY-MM')", "2024-02"),
        ("SELECT to_char(TIMESTAMP '2024-02-10 15:04:05', 'HH12:MI:SS PM')", "03:04:05 PM"),
        ("SELECT to_char(DATE '2024-02-10', '100%')", "100%"),
        ("SELECT nvl(NULL, 'x')", "x"),
        ("SELECT strftime(DATE '2024-02-10', '%Y')", "2024"),
    ],
)
def test_common_functions_of_other_warehouses_work_without_naming_one(shop: RunFiles, sql: str, answer: str) -> None:
    result = query(shop, sql)
    assert (result.verdict, result.rows()) == ("native", [[answer]])


@pytest.mark.parametrize(
    ("dialect", "sql", "place"),
    [
        ("redshift", "SELECT nvl(paid, false),\n  amont FROM orders", "(line 2, column 3)"),
        ("snowflake", "SELECT IFF(TRUE, 1, 2)\nFROM ordrs", "(line 2, column 6)"),
    ],
)
def test_a_mistake_is_placed_in_the_statement_as_it_was_written(
    shop: RunFiles, dialect: str, sql: str, place: str
) -> None:
    with pytest.raises(QueryError) as caught:
        query(shop, sql, dialect=dialect)
    assert place in caught.value.message
    assert "did you mean" in caught.value.message


@pytest.mark.parametrize(
    ("dialect", "sql", "answer"),
    [
        ("sqlite", "SELECT 7 / 2, 1 / 0, 'ABC' LIKE 'abc'", [[3, None, True]]),
        ("mysql", "SELECT 7 / 2, 1 / 0, 'ABC' LIKE 'abc', DATE_FORMAT('2024-02-10', '%Y-%m')",
         [[3.5, None, True, "2024-02"]]),
        ("tsql", "SELECT TOP 1 7 / 2, ISNULL(NULL, 4), LEN('abc'), IIF(1 = 1, 'y', 'n')", [[3, 4, 3, "y"]]),
        ("oracle", "SELECT NVL(NULL, 1), TO_CHAR(DATE '2024-02-10', 'YYYY') FROM dual", [[1, "2024"]]),
        ("postgres", "SELECT 7 / 2, '2024-01-01'::date + 1", [[3, "2024-01-02"]]),
    ],
)  # fmt: skip
def test_other_dialects_mean_what_they_mean_at_home(
    shop: RunFiles, dialect: str, sql: str, answer: list[list[Any]]
) -> None:
    assert _same(query(shop, sql, dialect=dialect).rows(), answer)
