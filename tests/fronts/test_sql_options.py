"""`sql` with its options, from a shell: saved statements, files, plans, several experiments, Ctrl-C."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Document = Callable[..., Any]
Process = Callable[..., subprocess.Popen[str]]

MONTHLY = """-- revenue by month
SELECT to_char(DATE '2024-01-05' + CAST(o.order_id % 90 AS INTEGER), 'YYYY-MM') AS order_month, COUNT(DISTINCT o.order_id) AS total_orders,
    ROUND(100.0 * COUNT(DISTINCT o.customer_id) / COUNT(*), 2) AS share
FROM orders o LEFT JOIN customers c ON c.customer_id = o.customer_id
GROUP BY order_month ORDER BY order_month"""


def test_a_saved_statement_is_asked_by_its_name(document: Document, generated: Any) -> None:
    first = document("sql", "shop", "--save", "monthly", MONTHLY)
    assert first["rows"]
    assert document("sql", "shop", "@monthly") == first
    saved = document("queries", "shop")["queries"]
    assert [(each["query"], each["sql"], each["dialect"]) for each in saved] == [("monthly", MONTHLY, "duckdb")]
    assert document("queries", "shop", "--remove", "Monthly") == {"queries": []}


def test_a_saved_statement_is_not_lost_unasked(document: Document, generated: Any) -> None:
    document("sql", "shop", "--save", "q", "SELECT 1 AS a")
    error = document("sql", "shop", "--save", "q", "SELECT 2 AS a", code=1)["error"]
    assert error["type"] == "ConflictError"
    document("sql", "shop", "--save", "q", "--replace", "SELECT 2 AS a")
    assert document("sql", "shop", "@q")["rows"] == [[2]]


def test_a_statement_that_is_refused_is_not_saved(document: Document, generated: Any) -> None:
    document("sql", "shop", "--save", "q", "DROP TABLE orders", code=1)
    document("sql", "shop", "--save", "no name", "SELECT 1", code=2)
    assert document("queries", "shop") == {"queries": []}
    assert "did you mean" not in document("sql", "shop", "@q", code=1)["error"]["message"]


def test_a_saved_statement_keeps_its_dialect(document: Document, generated: Any) -> None:
    document("sql", "shop", "--dialect", "redshift", "--save", "half", "SELECT 7 / 2")
    assert document("sql", "shop", "@half")["rows"] == [[3]]


def test_a_result_becomes_a_file(document: Document, generated: Any, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    made = document("sql", "shop", "--export", str(path), "FROM orders")
    assert made == {
        "file": str(path), "format": "jsonl", "rows": generated["rows"]["orders"],
        "bytes": path.stat().st_size, "verdict": "native",
    }  # fmt: skip
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == made["rows"]
    assert "--replace" in document("sql", "shop", "--export", str(path), "FROM orders", code=1)["error"]["hint"]


def test_an_explanation_runs_nothing(document: Document, generated: Any) -> None:
    sql = "SELECT NVL(NULL, COUNT(*)) AS a FROM orders o, orders p, orders q, orders r, orders s, orders t"
    told = document("sql", "shop", "--dialect", "snowflake", "--explain", sql)
    assert (told["verdict"], told["columns"]) == ("rewritten", ["a"])
    assert "COALESCE" in told["sql"]
    assert told["plan"]


def test_an_interrupt_stops_an_export_within_a_second(process: Process, generated: Any, tmp_path: Path) -> None:
    slow = "SELECT count(*) FROM range(3000000000000) t WHERE t.range % 7 = 3"
    running = process("sql", "shop", "--export", str(tmp_path / "x.csv"), slow)
    assert _is_busy(running)
    os.kill(running.pid, signal.SIGINT)
    started = time.monotonic()
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "interrupted" in said
    assert time.monotonic() - started < 3, "a second, and the time that a busy machine takes to end a process"
    assert [path.name for path in tmp_path.iterdir() if "x.csv" in path.name] == []


def _is_busy(running: subprocess.Popen[str], seconds: float = 2.5) -> bool:
    """Whether the process has used so much processor time that the statement must be under way."""
    while running.poll() is None:
        fields = Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()
        if (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") > seconds:
            return True
    return False
