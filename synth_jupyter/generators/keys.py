"""Sequences and components of composite keys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..streams import Rows, Stream
from .arrays import integers, unscaled
from .domains import Domain


@dataclass(frozen=True)
class Sequence:
    """start, start + step, ... in row order, as an Arrow type of whole or unscaled numbers."""

    type: pa.DataType
    start: int = 1
    step: int = 1
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return integers(rows * np.int64(self.step) + np.int64(self.start), self.type)

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """(value - start) / step, or -1 where that is no whole number of steps."""
        offsets = unscaled(values) - self.start
        rows, rest = np.divmod(offsets, self.step)
        return np.where((rest == 0) & (rows >= 0) & ~np.asarray(values.is_null()), rows, -1)


@dataclass(frozen=True)
class KeyDigit:
    """One digit of the number in the hidden column `needs[0]`: (number // divisor) % size, as a value of `domain`.

    Without a domain the digit itself, int64: a parent's row.
    """

    needs: tuple[str, ...]
    divisor: int
    size: int
    domain: Domain | None = None

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        index = inputs[self.needs[0]].to_numpy(zero_copy_only=False) // self.divisor % self.size
        return self.domain.at(index) if self.domain else pa.array(index)
