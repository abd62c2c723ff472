"""Floating-point values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows, Stream
from .domains import permutation


@dataclass(frozen=True)
class UniformFloat:
    """Uniform in [low, high], rounded to `decimals` places when that is given."""

    type: pa.DataType
    low: float
    high: float
    decimals: int | None = None
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        values = stream.uniform(rows) * (self.high - self.low)
        values += self.low
        return pa.array(rounded(values, self.decimals)).cast(self.type)


@dataclass(frozen=True)
class EachFloatOnce:
    """`count` evenly spaced values from `low` in steps of `step`, each at one row."""

    type: pa.DataType
    low: float
    step: float
    count: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        index = permutation(stream, self.count).forward(rows)
        return pa.array(index.astype(np.float64) * self.step + self.low).cast(self.type)

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """The row of each value, or -1 where no row has exactly that value."""
        given = values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            index = np.nan_to_num(np.rint((given - self.low) / self.step), nan=-1, posinf=-1, neginf=-1)
        inside = (index >= 0) & (index < self.count)
        index = np.where(inside, index, 0).astype(np.int64)
        same = pa.array(index.astype(np.float64) * self.step + self.low).cast(self.type).cast(pa.float64())
        return np.where(inside & (same.to_numpy() == given), permutation(stream, self.count).inverse(index), -1)


def rounded(values: npt.NDArray[np.float64], decimals: int | None) -> npt.NDArray[np.float64]:
    """To `decimals` places by multiply, rint and divide (IEEE operations alone)."""
    if decimals is None:
        return values
    scale = 10.0**decimals
    return np.rint(values * scale) / scale
