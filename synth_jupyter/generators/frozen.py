"""Columns that exist already: their values by row, from a file that is mapped, not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..streams import Rows, Stream


@dataclass(frozen=True)
class Frozen:
    """Row r of a stored column; `digest` stands for its content, `path` is only where this machine keeps it."""

    digest: str
    type: pa.DataType
    path: str = field(compare=False, metadata={"identity": False})
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return mapped(self.path).take(pa.array(rows)).cast(self.type)

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """The first row that holds each value, or -1."""
        held = mapped(self.path)
        found = pc.index_in(values.cast(held.type), held)
        return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


@lru_cache(maxsize=64)
def mapped(path: str) -> pa.Array:
    """The one column of an Arrow IPC file, without a copy."""
    with pa.memory_map(path) as source:
        column = pa.ipc.open_file(source).read_all().column(0)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
