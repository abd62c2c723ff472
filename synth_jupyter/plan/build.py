"""A schema becomes a plan: row counts, foreign keys as choices, columns as generators, partitions.

Building reads pools and evaluates laws into tables; it writes nothing. All that cannot be satisfied is one PlanError.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ..datatypes import DataType
from ..digests import LEAF_ROWS
from ..errors import PlanError, Problem
from ..pools import PoolSource
from ..schema.model import Schema, Table
from ..streams import STREAM_FORMAT
from .binder import Binder
from .counts import row_counts
from .cuts import Cuts
from .fingerprint import fingerprint
from .model import Plan
from .paths import check_paths

PARTITION_BYTES = 32 << 20
MOST_PARTITION_ROWS = 16 * LEAF_ROWS


def build_plan(
    schema: Schema,
    seed: int,
    *,
    rows: Mapping[str, int] | None = None,
    scale: Decimal | float = 1,
    partition_rows: int | None = None,
    pools: PoolSource | None = None,
) -> Plan:
    """The plan of one generation; `rows` overrides counts by table, `partition_rows` is a multiple of 65,536.

    Raises:
        PlanError: with every place that cannot be satisfied.
    """
    if partition_rows is not None and (partition_rows < 1 or partition_rows % LEAF_ROWS):
        problem = f"partitions of {partition_rows:,} rows are not whole leaves; ask for a multiple of {LEAF_ROWS:,}"
        raise PlanError.of([Problem("rows", problem)])
    counts = row_counts(schema, rows or {}, Decimal(str(scale)))
    binder = Binder(schema, seed, counts, pools or PoolSource(None))
    tables = tuple(
        replace(binder.table(number, table), cuts=Cuts.even(partition_rows) if partition_rows else _cuts(table))
        for number, table in enumerate(schema.tables, start=1)
    )
    plan = Plan(schema, seed, tables, "", binder.draws_on)
    problems = binder.problems or check_paths(plan)
    if problems:
        raise PlanError.of(problems)
    return replace(plan, digest=_digest(plan))


def _digest(plan: Plan) -> str:
    """`sha256:...` of the stream format, the seed, and all tables with their generators (not of any partitioning)."""
    tables = [replace(table, cuts=Cuts()) for table in plan.tables]
    return "sha256:" + fingerprint([STREAM_FORMAT, plan.seed, tables]).hex()


def _cuts(table: Table) -> Cuts:
    """By the bytes of a row: the largest partitions have about 32 MiB of raw values, or one leaf where that is more."""
    leaves = min(MOST_PARTITION_ROWS, PARTITION_BYTES // row_width(table)) // LEAF_ROWS
    return Cuts(LEAF_ROWS, LEAF_ROWS << max(0, leaves.bit_length() - 1))


def row_width(table: Table) -> int:
    """Typical bytes of one row's raw values."""
    return sum(_width(column.type) for column in table.columns)


def _width(type: DataType) -> int:
    """Typical bytes of one value."""
    if type.is_text or type.kind in ("json", "binary", "array"):
        return min(type.length or 40, 80)
    return {"decimal": 16, "uuid": 36, "smallint": 2, "int": 4, "boolean": 1, "date": 4, "real": 4}.get(type.kind, 8)
