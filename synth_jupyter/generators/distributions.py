"""Probability laws: quantile tables for continuous ones, alias tables for discrete ones, made when the plan is made.

At generation only multiply, add and compare are used. A table holds the quantile function of the law *truncated* to
the column's bounds, at 2**7 knots per octave of the tail probability in both tails (relative spacing 1/128), rounded
to ten significant digits, and interpolates linearly between knots.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows, Stream
from .arrays import integers, whole, wide
from .categorical import Alias
from .laws import Function, law, masses
from .numeric import rounded

OCTAVES = 44
BITS = 7
_BASE = (1023 - OCTAVES) << BITS
_WITHIN = np.int64(52 - BITS)
"""Bits of a tail probability that lie between two knots."""
_HALF = np.float64(0.5)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quantiles:
    """`knots` and `slopes` (float64 (2, K)): the lower tail by p, the upper tail by 1 - p."""

    knots: Floats
    slopes: Floats

    def at(self, rows: Rows, stream: Stream) -> Floats:
        """float64 (n,) distributed by the law."""
        u = ((stream.bits(rows) >> np.uint64(11)).view(np.int64).astype(np.float64) + _HALF) * 2.0**-53
        upper = u >= _HALF
        tail = np.maximum(np.minimum(u, 1.0 - u), 2.0**-OCTAVES)
        octave = tail.view(np.int64) >> _WITHIN
        offset = tail - (octave << _WITHIN).view(np.float64)
        octave += upper * np.int64(self.knots.shape[1]) - np.int64(_BASE)
        offset *= self.slopes.ravel().take(octave)
        offset += self.knots.ravel().take(octave)
        return offset


def quantiles(name: str, parameters: Mapping[str, Any], low: float, high: float) -> Quantiles:
    """The table of a continuous law truncated to [low, high] (infinities allowed).

    Raises:
        ValueError: the law has no mass there.
    """
    lower, upper = truncated(name, parameters, low, high)
    tail = _knots()
    values = np.array([np.clip(_ten_digits(side(tail)), low, high) for side in (lower, upper)])
    spacing = np.diff(tail)
    return Quantiles(values[:, :-1], np.diff(values, axis=1) / spacing)


def truncated(name: str, parameters: Mapping[str, Any], low: float, high: float) -> tuple[Function, Function]:
    """The quantile functions of a continuous law within [low, high]: by the share below, and by the share above.

    Raises:
        ValueError: the law has no mass there.
    """
    chosen = law(name, parameters)
    edges = np.array([low, high])
    (below, within), (above, beyond) = chosen.cdf(edges), chosen.sf(edges)
    mass = within - below if below < 0.5 else above - beyond
    if not mass > 0:
        raise ValueError(f"{name} with these parameters has no values between {low} and {high}")
    return (
        lambda p: chosen.ppf(below + p * mass) if below < 0.5 else chosen.isf(above - p * mass),
        lambda q: chosen.isf(beyond + q * mass) if within > 0.5 else chosen.ppf(within - q * mass),
    )


def _knots() -> Floats:
    """Tail probabilities 2**-44 ... 1/2, 128 an octave, and one beyond."""
    at = np.arange(((OCTAVES - 1) << BITS) + 2, dtype=np.int64) + _BASE
    return np.minimum((at << _WITHIN).view(np.float64), 0.504)


def _ten_digits(values: Floats) -> Floats:
    return np.array([float(f"{value:.9e}") for value in values])


@dataclass(frozen=True, eq=False)
class Continuous:
    """A continuous law in a column of numbers; `scale` decimal digits for decimals and for rounded floats."""

    type: pa.DataType
    quantiles: Quantiles
    scale: int | None = None
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        values = self.quantiles.at(rows, stream)
        if pa.types.is_floating(self.type):
            return pa.array(rounded(values, self.scale)).cast(self.type)
        scaled = np.rint(values * 10.0 ** (self.scale or 0))
        return whole(scaled, self.type)


@dataclass(frozen=True, eq=False)
class Discrete:
    """A discrete law over low, low + 1, ... as alias tables."""

    type: pa.DataType
    low: int
    alias: Alias
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        numbers = self.alias.draw(rows, stream) + np.int64(self.low)
        factor = 10**self.type.scale if pa.types.is_decimal(self.type) else 1
        if int(numbers.max(initial=0)) * factor >= 1 << 63:
            return wide([number * factor for number in numbers.tolist()], self.type)
        return integers(numbers * np.int64(factor), self.type)


def discrete(name: str, parameters: Mapping[str, float], low: float, high: float) -> tuple[int, Alias]:
    """(smallest value, alias table) of a discrete law truncated to [low, high]; tails below 1e-12 are left out.

    Raises:
        ValueError: the law has no mass there.
    """
    start, weights = masses(name, {key: float(value) for key, value in parameters.items()})
    first, last = (
        max(start, int(np.ceil(max(low, -(2**62))))),
        min(start + len(weights) - 1, int(np.floor(min(high, 2**62)))),
    )
    kept = weights[first - start : last - start + 1] if first <= last else []
    if not sum(kept) > 0:
        raise ValueError(f"{name} with these parameters has no values between {low} and {high}")
    return first, Alias.of(kept)
