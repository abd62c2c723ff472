"""Reading what people have: a large script, a wide document, a Parquet file of ten million rows."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from synth_jupyter.schema.binding import unfit_expressions
from synth_jupyter.schema.ddl import read as read_ddl
from synth_jupyter.schema.document import canonical, read
from synth_jupyter.schema.infer import infer, source_of

from .measure import Figure, compare

TABLES, COLUMNS = 400, 12
PROFILED = 10_000_000
"""Rows of the file that is profiled."""
_ROWS = """
    SELECT i + 1 AS order_id, (hash(i) % 1_000_000)::BIGINT AS customer_id,
        TIMESTAMP '2020-01-01' + to_seconds((hash(i, 1) % 150_000_000)::BIGINT) AS ordered_at,
        ['paid', 'open', 'void', 'sent'][1 + (hash(i, 2) % 4)::INT] AS status,
        ((hash(i, 3) % 100_000) / 100)::DECIMAL(10, 2) AS amount,
        (hash(i, 4) % 1_000_003) / 1_000_003.0::DOUBLE AS share,
        CASE WHEN i % 20 > 0 THEN 'AB-' || lpad((hash(i, 5) % 10_000)::VARCHAR, 4, '0') END AS code,
        DATE '2020-01-01' + (hash(i, 6) % 2_000)::INT AS due_on
    FROM range({rows}) AS rows (i)
"""


def script(tables: int) -> str:
    """DDL of so many tables of 12 or 13 columns each, in a tree of foreign keys, some columns checked."""
    columns = ", ".join(f"c{number} VARCHAR(20) DEFAULT 'x'" for number in range(COLUMNS - 3))
    return ";\n".join(
        f"CREATE TABLE t{number} (id INT PRIMARY KEY, {columns}, n INT CHECK (n BETWEEN 1 AND 9), "
        f"up INT REFERENCES t{number // 2}{', at TIMESTAMP' if number % 2 else ''})"
        for number in range(tables)
    )


def document(columns: int) -> str:
    """A document of so many columns in one table."""
    lines = [f"      c{number}: {{type: varchar(40), faker: city}}\n" for number in range(columns - 1)]
    head = "experiment: x\ntables:\n  t:\n    rows: 10\n    columns:\n      id: {type: int, primary_key: true}\n"
    return head + "".join(lines)


def figures(scale: float) -> Iterator[Figure | str]:
    """Columns per second of reading, and rows per second of profiling.

    `scale` 1.0 is 400 tables of 5,000 columns (10 s at most), a document of 2,000 columns (1 s at most), and 10 million
    rows of 8 columns in a Parquet file (1.5 times DuckDB's SUMMARIZE at most).
    """
    taken, reading = _timed(lambda: read_ddl(script(max(1, int(TABLES * scale))), name="x"))
    columns = sum(len(table.columns) for table in reading.schema.tables)
    yield Figure("a script, to a schema and its report", columns, taken)
    text = canonical(reading.schema)
    yield Figure("its document again, as it is stored", columns, _timed(lambda: read(text))[0])
    wide = document(max(2, int(2_000 * scale)))
    taken, reading = _timed(lambda: read(wide))
    yield Figure("a document in YAML, columns", wide.count("\n") - 5, taken)
    yield Figure(
        "its expressions and checks", wide.count("\n") - 5, _timed(lambda: [*unfit_expressions(reading.schema)])[0]
    )

    yield from _profiled(max(1_000, int(PROFILED * scale)))


def _profiled(rows: int) -> Iterator[Figure]:
    """The schema of a Parquet file beside SUMMARIZE of the same file, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        duckdb.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{path}' (FORMAT parquet)")

        def ours() -> None:
            source = source_of(str(path), {}, "orders")
            infer(source, "orders")
            source.close()

        def summarize() -> None:
            with duckdb.connect() as connection:
                connection.execute(f"SUMMARIZE FROM '{path}'").fetchall()

        yield compare("the schema of a Parquet file, rows", rows, ours, summarize, "SUMMARIZE", repeats=3)


def _timed(work: Any) -> tuple[float, Any]:
    started = perf_counter()
    made = work()
    return perf_counter() - started, made
