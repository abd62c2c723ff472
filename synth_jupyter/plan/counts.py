"""How many rows each table gets: the document's counts, scaled and overridden, children after their parents."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil

from ..errors import NotFoundError, PlanError, Problem
from ..schema.counts import children
from ..schema.model import Schema, Table

MOST_ROWS = 1 << 62


def row_counts(schema: Schema, overrides: Mapping[str, int], scale: Decimal) -> dict[str, int]:
    """Rows by table name, in document order; `overrides` win over everything, `scale` multiplies fixed counts.

    A scaled count is rounded up, so that a table with rows keeps at least one.

    Raises:
        PlanError: an override names no table or is out of range, or `per` tables depend on each other.
    """
    wanted, problems = _overrides(schema, overrides)
    if not (scale.is_finite() and scale >= 0):
        problems.append(Problem("rows", f"the scale {scale} is no number from 0 up"))
    counts: dict[str, int] = {}
    waiting = list(schema.tables)
    while waiting and not problems:
        ready = [table for table in waiting if not table.rows.per or table.rows.per in counts or table.name in wanted]
        if not ready:
            names = ", ".join(table.name for table in waiting)
            problems.append(Problem(f"tables.{waiting[0].name}.rows", f"`per` goes in a circle through {names}"))
        for table in ready:
            count = wanted[table.name] if table.name in wanted else _count(table, counts, scale)
            counts[table.name] = count
            if not 0 <= count <= MOST_ROWS:
                problems.append(Problem(f"tables.{table.name}.rows", f"{count:,} rows are out of range"))
        waiting = [table for table in waiting if table.name not in counts]
    if problems:
        raise PlanError.of(problems)
    return {table.name: counts[table.name] for table in schema.tables}


def _overrides(schema: Schema, overrides: Mapping[str, int]) -> tuple[dict[str, int], list[Problem]]:
    wanted, problems = {}, []
    for given, count in overrides.items():
        try:
            name = schema.table(given).name
        except NotFoundError as error:
            problems.append(Problem("rows", error.message))
            continue
        if count < 0:
            problems.append(Problem("rows", f"{name}={count}: a table cannot have fewer than 0 rows"))
        else:
            wanted[name] = count
    return wanted, problems


def _count(table: Table, counts: Mapping[str, int], scale: Decimal) -> int:
    rows = table.rows
    if not rows.per:
        return rows.count or 0 if rows.fixed else ceil(Decimal(rows.count or 0) * scale)
    total = None if rows.total is None else ceil(Decimal(rows.total) * scale)
    return children(replace(rows, total=total), counts[rows.per])
