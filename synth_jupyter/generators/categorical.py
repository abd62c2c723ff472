"""Weighted choices by the alias method on integer thresholds, as dictionary arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows, Stream
from .arrays import chosen

_COIN = 1 << 32


@dataclass(frozen=True, eq=False)
class Alias:
    """Draws of 0..m-1 by weight: `keep` (uint64 (m,), out of 2**32) and `other` (int64 (m,)).

    Walker's alias method in integers: the probability of each index is exact to 2**-32 / m.
    """

    keep: npt.NDArray[np.uint64]
    other: npt.NDArray[np.int64]

    @classmethod
    def of(cls, weights: Sequence[float | int]) -> "Alias":
        """The tables for weights >= 0 with a positive sum; weights are taken to ten significant digits."""
        shares = apportion([Fraction(f"{weight:.9e}") for weight in weights], len(weights) * _COIN)
        return cls(*_tables(shares))

    def draw(self, rows: Rows, stream: Stream) -> Rows:
        """int64 (n,) in [0, m)."""
        if len(self.other) == 1:
            return np.zeros(len(rows), dtype=np.int64)
        index = stream.below(rows, len(self.other))
        if self._even:
            return index
        coin = stream.child("coin").bits(rows) >> np.uint64(32)
        return chosen(coin < self.keep.take(index), index, self.other.take(index))

    @cached_property
    def _even(self) -> bool:
        """Whether every index keeps all of its share, so that no coin can change it."""
        return bool((self.keep >= _COIN).all())


def apportion(weights: Sequence[Fraction], total: int) -> list[int]:
    """`total` split in proportion to the weights by largest remainders, exactly."""
    whole = sum(weights, Fraction(0))
    if whole <= 0:
        raise ValueError("the weights must have a positive sum")
    exact = [weight * total / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_rest = sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))
    for at in by_rest[: total - sum(shares)]:
        shares[at] += 1
    return shares


def _tables(shares: list[int]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    keep, other = [_COIN] * len(shares), list(range(len(shares)))
    left = list(shares)
    small = [at for at, share in enumerate(left) if share < _COIN]
    large = [at for at, share in enumerate(left) if share > _COIN]
    while small:
        low = small.pop()
        high = large[-1]
        keep[low], other[low] = left[low], high
        left[high] -= _COIN - left[low]
        if left[high] <= _COIN:
            large.pop()
        if left[high] < _COIN:
            small.append(high)
    return np.array(keep, dtype=np.uint64), np.array(other, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Choices:
    """One of `values` (an Arrow array) by weight; dictionary-coded where the type allows."""

    values: pa.Array
    alias: Alias
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return coded(self.alias.draw(rows, stream), self.values)


def coded(index: Rows, values: pa.Array) -> pa.Array:
    """values[index] as a dictionary array with the smallest index type (plain for booleans and lists)."""
    if pa.types.is_boolean(values.type) or pa.types.is_nested(values.type):
        return values.take(pa.array(index))
    narrow = np.int8 if len(values) <= 1 << 7 else np.int16 if len(values) <= 1 << 15 else np.int32
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(narrow)), values)
