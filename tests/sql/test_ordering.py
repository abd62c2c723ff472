"""To count rows nobody sorts them, and what decides how many there are stays."""

import duckdb
import pytest

from synth_jupyter.sql import unordered

T = "(VALUES (3, 'ORDER BY'), (1, 'b'), (2, NULL)) AS t(a, b)"


@pytest.mark.parametrize(
    ("sql", "counted"),
    [
        (f"SELECT a FROM {T} ORDER BY a", f"SELECT a FROM {T}"),
        (f"SELECT a FROM {T} order by 1 DESC NULLS LAST, b; -- done", f"SELECT a FROM {T}"),
        (f"WITH x AS (SELECT a FROM {T} ORDER BY a LIMIT 2) FROM x ORDER BY ALL",
         f"WITH x AS (SELECT a FROM {T} ORDER BY a LIMIT 2) FROM x"),
        ("(SELECT 1 ORDER BY 1) UNION ALL (SELECT 2) ORDER BY 1", "(SELECT 1 ORDER BY 1) UNION ALL (SELECT 2)"),
        ("SELECT $q$ ORDER BY $q$ AS a ORDER BY 1", "SELECT $q$ ORDER BY $q$ AS a"),
    ],
)  # fmt: skip
def test_the_order_at_the_end_is_left_out(sql: str, counted: str) -> None:
    assert unordered(sql) == counted
    assert len(duckdb.sql(counted).fetchall()) == len(duckdb.sql(sql).fetchall())


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT a FROM {T} ORDER BY a LIMIT 2", f"SELECT a FROM {T} ORDER BY a OFFSET 1",
        f"SELECT a FROM {T} ORDER BY a FETCH FIRST 1 ROW ONLY", f"SELECT a FROM {T} ORDER BY a USING SAMPLE 1",
        f"SELECT a FROM {T} ORDER BY a = $x", f"SELECT sum(a) OVER (ORDER BY b) FROM {T}", "SELECT 'ORDER BY 1'",
        "SELECT 'open",
    ],
)  # fmt: skip
def test_a_statement_whose_rows_might_change_is_counted_as_it_is(sql: str) -> None:
    assert unordered(sql) == sql
