"""Exact domains: finite ordered sets of values, addressed by index, drawn from freely or each value once."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

import numpy as np
import pyarrow as pa

from ..streams import Permutation, Rows, Stream
from .arrays import WIDE, integers, unscaled, wide

PERMUTABLE = 1 << 62
_HEX = np.array([list(f"{byte:02x}".encode()) for byte in range(256)], dtype=np.uint8).view(np.uint16).ravel()
"""The two digits of each byte, next to each other."""
_UUID_GROUPS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36))


class Domain(Protocol):
    """`size` values in a fixed order."""

    @property
    def size(self) -> int:
        """How many values there are; any Python int."""

    def at(self, index: Rows) -> pa.Array:
        """The values at `index` (int64 (n,) in [0, size))."""

    def index(self, values: pa.Array) -> Rows:
        """int64 (n,): where each value stands, or -1 for a value outside the domain."""


@dataclass(frozen=True)
class Steps:
    """low, low + step, ... (`size` of them) in units of `type`: integers, unscaled decimals, days or microseconds."""

    low: int
    size: int
    type: pa.DataType
    step: int = 1

    def at(self, index: Rows) -> pa.Array:
        if self._narrow:
            return integers(index * np.int64(self.step) + np.int64(self.low), self.type)
        return wide([self.low + self.step * int(number) for number in index], self.type)

    def index(self, values: pa.Array) -> Rows:
        if self._narrow:
            offsets = unscaled(values) - np.int64(self.low)
            index = offsets // self.step
            valid = (offsets % self.step == 0) & (index >= 0) & (index < self.size)
            return np.where(valid & ~np.asarray(values.is_null()), index, -1)
        return np.fromiter((self._position(value) for value in values.to_pylist()), np.int64, len(values))

    def thinned(self, size: int) -> "Steps":
        """`size` evenly spaced values of it, for a domain too wide to permute."""
        return Steps(self.low, size, self.type, self.step * (self.size // size))

    @property
    def _narrow(self) -> bool:
        last = self.low + self.step * (self.size - 1)
        return self.low >= -(1 << 62) and last < 1 << 62

    def _position(self, value: Decimal | int | None) -> int:
        if value is None:
            return -1
        number = int(value.scaleb(self.type.scale, WIDE)) if isinstance(value, Decimal) else value
        index, rest = divmod(number - self.low, self.step)
        return index if not rest and 0 <= index < min(self.size, 1 << 63) else -1


@dataclass(frozen=True)
class Uuids:
    """Random-looking version 4 UUIDs as text; the index fills 62 of the 122 free bits, a mix of it the others."""

    size: int = PERMUTABLE

    def at(self, index: Rows) -> pa.Array:
        low = index.astype(np.uint64)
        high = Stream.of(0, "uuid").bits(index)
        high = (high & np.uint64(0xFFFFFFFFFFFF0FFF)) | np.uint64(0x4000)
        raw = np.empty((len(index), 2), dtype=">u8")
        raw[:, 0], raw[:, 1] = high, low | np.uint64(1 << 63)
        letters = np.full((len(index), 36), ord("-"), dtype=np.uint8)
        digits = _HEX.take(raw.view(np.uint8)).view(np.uint8).reshape(len(index), 32)
        for dashes, (start, stop) in enumerate(_UUID_GROUPS):
            letters[:, start:stop] = digits[:, start - dashes : stop - dashes]
        offsets = np.arange(len(index) + 1, dtype=np.int32) * 36
        return pa.Array.from_buffers(pa.string(), len(index), [None, pa.py_buffer(offsets), pa.py_buffer(letters)])

    def index(self, values: pa.Array) -> Rows:
        tails = [int(value[19:].replace("-", ""), 16) & (PERMUTABLE - 1) if value else 0 for value in _texts(values)]
        index = np.array(tails, dtype=np.int64)
        same = np.array([a == b for a, b in zip(self.at(index).to_pylist(), values.to_pylist(), strict=True)], bool)
        return np.where(same, index, -1)


def _texts(values: pa.Array) -> list[str]:
    """Values that look like a UUID, and empty strings for those that do not."""
    texts = (str(value or "").lower() for value in values.to_pylist())
    return [text if len(text) == 36 and set(text) <= set("0123456789abcdef-") else "" for text in texts]


@dataclass(frozen=True)
class Listed:
    """The values of an Arrow array, each once."""

    values: pa.Array

    @property
    def size(self) -> int:
        return len(self.values)

    def at(self, index: Rows) -> pa.Array:
        return self.values.take(pa.array(index))

    def index(self, values: pa.Array) -> Rows:
        found = pa.compute.index_in(values.cast(self.values.type), self.values)
        return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


@dataclass(frozen=True)
class AnyOf:
    """Every value of the domain equally likely."""

    domain: Domain
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        if self.domain.size <= 1 << 63:
            return self.domain.at(stream.below(rows, self.domain.size))
        return self.domain.at(_wide_below(rows, stream, self.domain.size))


def _wide_below(rows: Rows, stream: Stream, size: int) -> Rows:
    """Object (n,): uniform Python ints in [0, size), from 192 bits each, so the bias is below 2**-64."""
    words = [stream.child(f"word {number}").bits(rows).tolist() for number in range(3)]
    return np.array([((a << 128 | b << 64 | c) * size) >> 192 for a, b, c in zip(*words, strict=True)], dtype=object)


@dataclass(frozen=True)
class EachOnce:
    """Values of the domain (at most 2**62) without repetition: row -> keyed bijection -> value; invertible."""

    domain: Domain
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return self.domain.at(permutation(stream, self.domain.size).forward(rows))

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """The row of each value, or -1 where the domain does not hold it."""
        index = self.domain.index(values)
        rows = permutation(stream, self.domain.size).inverse(np.maximum(index, 0))
        return np.where(index < 0, -1, rows)


@lru_cache(maxsize=64)
def permutation(stream: Stream, size: int) -> Permutation:
    """The stream's bijection of [0, size); small ones hold tables worth keeping for the next batch."""
    return Permutation.of(stream, size)
