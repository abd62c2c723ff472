"""What a plan will cost before it runs: a sample of each table is made and encoded, in memory."""

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..digests import LEAF_ROWS
from ..plan.build import row_width
from ..plan.model import Plan, TablePlan
from .parquet import encode

_SAMPLED_ROWS = 50 * LEAF_ROWS
"""Sampled rows in all: as many tables as a plan may have, an estimate takes some seconds."""


@dataclass(frozen=True)
class Estimate:
    """Bytes of Parquet by table, and seconds of one core for all of them."""

    bytes_by_table: Mapping[str, int]
    core_seconds: float

    @property
    def bytes(self) -> int:
        """Bytes of all tables together."""
        return sum(self.bytes_by_table.values())

    def seconds(self, workers: int) -> float:
        """Seconds with so many workers."""
        return self.core_seconds / workers

    def to_dict(self, workers: int) -> dict[str, Any]:
        return {"bytes": self.bytes, "seconds": round(self.seconds(workers), 1), "workers": workers,
                "bytes_by_table": dict(self.bytes_by_table)}  # fmt: skip


def estimate(plan: Plan) -> Estimate:
    """The size of every table from the size of some of its rows; exact for tables that the sample holds whole."""
    share = max(1024, min(LEAF_ROWS, _SAMPLED_ROWS // max(1, len(plan.tables))))
    sizes, seconds = {}, 0.0
    for table in plan.tables:
        size, took = _sampled(plan, table, min(table.rows, share))
        sizes[table.name] = size
        seconds += took
    return Estimate(sizes, seconds)


def most_bytes(plan: Plan) -> int:
    """A bound on the bytes of a plan that needs no sample: its raw values, uncompressed."""
    return sum(plan.table(table.name).rows * row_width(table) for table in plan.schema.tables)


def _sampled(plan: Plan, table: TablePlan, count: int) -> tuple[int, float]:
    """Bytes and seconds of the whole table, from `count` rows in its middle."""
    start = (table.rows - count) // 2 // LEAF_ROWS * LEAF_ROWS
    encode(plan, table, start, start + min(count, 64), io.BytesIO())  # what is done once is not counted
    file, begun = io.BytesIO(), time.perf_counter()
    encode(plan, table, start, start + count, file)
    took, size = time.perf_counter() - begun, len(file.getbuffer())
    scale = table.rows / max(count, 1)
    return round(size * scale) if count else size, took * scale
