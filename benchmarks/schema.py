"""Reading what people have: a large script, a wide document, and checking both."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from synth_jupyter.schema.binding import unfit_expressions
from synth_jupyter.schema.ddl import read as read_ddl
from synth_jupyter.schema.document import canonical, read

from .measure import Figure

TABLES, COLUMNS = 400, 12


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


def figures(scale: float) -> Iterator[Figure]:
    """Columns per second of reading; `scale` 1.0 is 400 tables of 5,000 columns, and a document of 2,000 columns."""
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


def _timed(work: Any) -> tuple[float, Any]:
    started = perf_counter()
    made = work()
    return perf_counter() - started, made
