"""Values of several parts: arrays of another generator's values, and bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..streams import Rows, Stream
from .protocol import Generator


@dataclass(frozen=True)
class ArrayOf:
    """Between `least` and `most` values of `item`, a generator that reads no other column.

    Item k of row r is the item generator's value at r * most + k of a stream of its own.
    """

    item: Generator
    type: pa.DataType
    least: int
    most: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        counts = self.least + stream.child("length").below(rows, self.most - self.least + 1)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        places = np.arange(offsets[-1], dtype=np.int64) - np.repeat(offsets[:-1].astype(np.int64), counts)
        values = self.item.generate(np.repeat(rows, counts) * self.most + places, stream.child("item"), {})
        plain = values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else values
        return pa.ListArray.from_arrays(pa.array(offsets), plain.cast(self.type))


@dataclass(frozen=True)
class Bytes:
    """Random bytes, between `least` and `most` of them."""

    least: int
    most: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        counts = self.least + stream.child("length").below(rows, self.most - self.least + 1)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        words = -(-self.most // 8)
        places = np.repeat(rows, words) * words + np.tile(np.arange(words, dtype=np.int64), len(rows))
        block = stream.bits(places).astype("<u8").view(np.uint8).reshape(len(rows), words * 8)
        data = block[np.arange(words * 8) < counts[:, None]]
        return pa.Array.from_buffers(
            pa.binary(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data))]
        )


@dataclass(frozen=True)
class EightBytes:
    """The 8 bytes, big-endian, of each number: a domain of binary values, one for each index."""

    size: int = 1 << 62

    def at(self, index: Rows) -> pa.Array:
        offsets = np.arange(len(index) + 1, dtype=np.int32) * 8
        raw = np.ascontiguousarray(index.astype(">u8"))
        return pa.Array.from_buffers(pa.binary(), len(index), [None, pa.py_buffer(offsets), pa.py_buffer(raw)])

    def index(self, values: pa.Array) -> Rows:
        numbers = (int.from_bytes(value) if value and len(value) == 8 else self.size for value in values.to_pylist())
        return np.array([number if number < self.size else -1 for number in numbers], dtype=np.int64)
