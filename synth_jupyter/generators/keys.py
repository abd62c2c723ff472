"""Sequences and components of composite keys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..streams import Rows, Stream
from .arrays import integers, unscaled
from .domains import Domain, permutation


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


@dataclass(frozen=True)
class ShiftedDigit:
    """For number = g * inner + core: a keyed bijection of [0, size) at (g + hash(core)) mod size.

    Rows of the same core have different g < size, so they get different digits.
    """

    needs: tuple[str, ...]
    inner: int
    size: int

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        turn, core = np.divmod(inputs[self.needs[0]].to_numpy(zero_copy_only=False), self.inner)
        shifted = (turn + stream.child("shift").below(core, self.size)) % self.size
        return pa.array(permutation(stream, self.size).forward(shifted))


@dataclass(frozen=True)
class SumDigit:
    """For number = x * middle + y: (x + y) mod size, different from row to row when either x or y is held."""

    needs: tuple[str, ...]
    middle: int
    size: int

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        x, y = np.divmod(inputs[self.needs[0]].to_numpy(zero_copy_only=False), self.middle)
        return pa.array((x + y) % self.size)


@dataclass(frozen=True)
class WithinOwner:
    """Numbers in [0, size) that differ among the children of one owner: the owner's own bijection at the position.

    `needs` are the owner's row and the position, as int64 columns.
    """

    size: int
    needs: tuple[str, ...]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        owners, positions = (inputs[need].to_numpy(zero_copy_only=False) for need in self.needs)
        tweaks = stream.child("owner").bits(owners)
        return pa.array(permutation(stream, self.size).forward_tweaked(positions, tweaks))
