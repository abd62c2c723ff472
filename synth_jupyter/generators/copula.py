"""Correlated numbers by a Gaussian copula: hidden normal scores, mixed, and read off a table of the column's law.

The score of a column that others are correlated with is the normal quantile of the very draw that makes its value, so
asking for a correlation changes no other column. Tables are made when the plan is made (scipy) and frozen in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows, Stream
from .arrays import integers, whole
from .distributions import Quantiles
from .numeric import rounded

REACH = 8.0
STEPS = 128
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """Normal scores: the standard normal quantile of this stream's draw, plus `shares` of the scores in `needs`."""

    normal: Quantiles
    own: float = 1.0
    shares: tuple[float, ...] = ()
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        scores = self.normal.at(rows, stream) * self.own
        for share, need in zip(self.shares, self.needs, strict=True):
            scores += inputs[need].to_numpy(zero_copy_only=False) * share
        return pa.array(scores)


@dataclass(frozen=True, eq=False)
class Curve:
    """A rising function of a normal score by linear interpolation: `knots` and `slopes` (float64 (2,048,))."""

    knots: Floats
    slopes: Floats

    @classmethod
    def of(cls, values: Floats) -> "Curve":
        """Through the values at `grid()`, taken to ten significant digits."""
        frozen = np.array([float(f"{value:.9e}") for value in values])
        return cls(frozen[:-1], np.diff(frozen))

    def at(self, scores: Floats) -> Floats:
        """float64 (n,): the function there; beyond 8 standard deviations its ends."""
        place = (np.clip(scores, -REACH, REACH - 1e-9) + REACH) * float(STEPS)
        index = np.floor(place).astype(np.intp)
        place -= index
        place *= self.slopes[index]
        place += self.knots[index]
        return place


def grid() -> Floats:
    """The scores at which a curve is tabled."""
    return np.arange(int(2 * REACH * STEPS) + 1) / STEPS - REACH


@dataclass(frozen=True, eq=False)
class CorrelatedValues:
    """A continuous law at the score in `needs[0]`; `scale` decimal digits for decimals and for rounded floats."""

    type: pa.DataType
    curve: Curve
    scale: int | None
    needs: tuple[str, ...]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        values = self.curve.at(inputs[self.needs[0]].to_numpy(zero_copy_only=False))
        if pa.types.is_floating(self.type):
            return pa.array(rounded(values, self.scale)).cast(self.type)
        return whole(np.rint(values * 10.0 ** (self.scale or 0)), self.type)


@dataclass(frozen=True, eq=False)
class CorrelatedSteps:
    """low, low + step, ... in units of `type`: the first value whose share `below` (float64 (k,)) exceeds the score's.

    Without `below` all `size` values are equally likely.
    """

    type: pa.DataType
    probability: Curve
    low: int
    step: int
    size: int
    needs: tuple[str, ...]
    below: Floats | None = None

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        share = self.probability.at(inputs[self.needs[0]].to_numpy(zero_copy_only=False))
        if self.below is None:
            index = np.floor(share * float(self.size)).astype(np.int64)
        else:
            index = np.searchsorted(self.below, share, side="right").astype(np.int64)
        return integers(np.minimum(index, self.size - 1) * np.int64(self.step) + np.int64(self.low), self.type)
