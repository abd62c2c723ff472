"""How many rows a schema means, table by table, before anything is scaled or overridden."""

from decimal import ROUND_HALF_EVEN, Decimal

from .model import Rows, Schema


def expected_rows(schema: Schema) -> dict[str, int]:
    """Rows by table name: the counts of the document, children from their parents. `per` may form no circle."""
    counts: dict[str, int] = {}
    waiting = list(schema.tables)
    while waiting:
        for table in [table for table in waiting if not table.rows.per or table.rows.per in counts]:
            rows = table.rows
            counts[table.name] = children(rows, counts[rows.per]) if rows.per else rows.count or 0
        waiting = [table for table in waiting if table.name not in counts]
    return {table.name: counts[table.name] for table in schema.tables}


def children(rows: Rows, parents: int) -> int:
    """`total`, else round(`mean` x parents), else the middle of min and max for every parent that has children."""
    if rows.total is not None:
        return rows.total
    if rows.mean is not None:
        return _rounded(rows.mean * parents)
    least = max(rows.min, 1) if rows.childless else rows.min
    return _rounded(Decimal(least + rows.max) / 2 * (parents - childless_parents(rows, parents)))


def childless_parents(rows: Rows, parents: int) -> int:
    """How many parents have no children at all: round(share x parents)."""
    return _rounded((rows.childless or Decimal(0)) * parents)


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
