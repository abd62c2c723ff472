"""Checks written in a dialect and read again: other words, the same meaning for every row."""

import itertools
import json
import random
from collections.abc import Iterator

import duckdb
import pytest

from synth_jupyter.schema.ddl import SPOKEN, read
from synth_jupyter.schema.document import read as read_document
from synth_jupyter.schema.model import Schema, Table
from synth_jupyter.sql import parse_expression
from synth_jupyter.warehouses.creation import create_script

CHECKS = (
    "a > 0", "a BETWEEN 1 AND 9", "a >= 2 AND a <= 7", "a IN (1, 2, 3)", "b >= a", "a <> b", "a IS NULL OR a > 3",
    "tier IN ('gold', 'silver')", "tier LIKE 'g%'", "length(tier) >= 3", "price > 0.5", "price * 2 <= 500",
    "born >= DATE '2020-01-01'", "NOT (a > 3 AND b > 3)", "a + b < 10", "a % 2 = 0", '"Odd Name" > 1', "lower(tier) = tier",
    "coalesce(a, 0) < 5", "CASE WHEN flag THEN a > 1 ELSE b > 1 END", "flag OR a > 2", "tier NOT IN ('x')",
    "(a > 1 OR b > 1) AND price > 1", "a > 1 OR (b > 1 AND price > 1)", "abs(a) < 5", "ended > started",
    "tier || 'x' <> 'goldx'", "year(born) > 2020", "started < TIMESTAMP '2024-05-05 10:00:00'", "a / 2 > 1",
    "upper(tier) <> 'GOLD'", "tier = 'it''s' OR tier IS NULL OR a > 1", "substring(tier, 1, 1) <> 'g'", "a * (b + 1) > 6",
    "(a - b) - 1 > a - (b - 1)",
)  # fmt: skip
COLUMNS = {
    "a": ("int", "INTEGER", (None, -7, 0, 1, 2, 3, 4, 7, 9)), "b": ("int", "INTEGER", (None, 0, 1, 2, 5)),
    "price": ("decimal(10,2)", "DECIMAL(10,2)", (None, "0.50", "0.51", "250.00", "250.01")),
    "tier": ("varchar(10)", "VARCHAR", (None, "gold", "Gold", "silver", "x", "it's", "", "g")),
    "born": ("date", "DATE", (None, "2019-12-31", "2020-01-01", "2021-05-05")), "flag": ("boolean", "BOOLEAN", (None, True, False)),
    "Odd Name": ("int", "INTEGER", (None, 1, 2)),
    "started": ("timestamp", "TIMESTAMP", (None, "2024-05-05 10:00:00", "2024-05-05 09:59:59")),
    "ended": ("timestamp", "TIMESTAMP", (None, "2024-05-05 10:00:00", "2025-01-01 00:00:00")),
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> Schema:
    columns = {name: {"type": kind, "nullable": True} for name, (kind, _, _) in COLUMNS.items()}
    columns |= {"mood": {"type": "enum('ok','it''s')", "nullable": True}}
    return read_document(
        json.dumps({"experiment": "x", "tables": {"t": {"rows": 5, "checks": CHECKS, "columns": columns}}})
    ).schema


@pytest.fixture(scope="module")
def rows() -> Iterator[duckdb.DuckDBPyConnection]:
    """Rows in which every value meets many others, and everything may be NULL."""
    chance = random.Random(7)
    drawn = [[chance.choice(values) for _, _, values in COLUMNS.values()] for _ in range(500)]
    made = ", ".join(f'"{name}" {sql}' for name, (_, sql, _) in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({made}, mood VARCHAR)")
        moods = itertools.cycle((None, "ok", "it's", "sad"))
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * (len(COLUMNS) + 1))})",
                               [[*row, mood] for row, mood in zip(drawn, moods, strict=False)])  # fmt: skip
        yield connection


def _truth(check: str, table: Table, rows: duckdb.DuckDBPyConnection) -> tuple[bool, ...]:
    """Which rows a check lets pass."""
    parsed = parse_expression(check)
    sql = parsed.render({path: table.column(path).name for path in parsed.columns})
    return tuple(
        row[0]
        for row in rows.execute(f"SELECT coalesce(CAST(({sql}) AS BOOLEAN), true) FROM t ORDER BY rowid").fetchall()
    )


@pytest.mark.parametrize("dialect", SPOKEN, ids=lambda name: name or "ansi")
def test_every_check_means_the_same_after_a_script(
    schema: Schema, rows: duckdb.DuckDBPyConnection, dialect: str
) -> None:
    script = create_script(schema, dialect or "ansi")
    reading = read(script, name="x", dialect=dialect or "ansi")
    assert [line for line in reading.report if line.outcome == "not carried"] == []
    before, after = schema.tables[0], reading.schema.tables[0]
    said = [check for check in before.checks if f"-- t: check ({check})" in script]
    assert not said or dialect == "sqlite"
    kept = [check for check in before.checks if check not in said]
    mood = after.column("mood").type
    listed = "mood IN ('ok', 'it''s')"
    known = {_truth(check, after, rows) for check in after.checks}
    known |= {_truth(listed, after, rows)} if mood.labels == ("ok", "it's") else set()
    assert [check for check in [*kept, listed] if _truth(check, before, rows) not in known] == []
    assert len(after.checks) == len(kept) + (not mood.labels)
    assert bool(mood.labels) == (dialect not in ("postgres", "duckdb", "sqlite", "mysql"))
