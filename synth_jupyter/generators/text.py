"""Texts that may repeat: values of a frozen pool, lorem text of any length, small JSON objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..documents import to_json
from ..pools import Pool, PoolSource, Request, draw_rows
from ..streams import Rows, Stream
from .categorical import coded
from .products import Joined, Words

CODED = 1 << 16
"""Pools of up to so many values become dictionary arrays."""
STARTS = 8_192
"""So many sentences, drawn from their pool, make the page that texts are cut from; each may begin a text."""
_INLINE = 12
Places = npt.NDArray[np.int32]


@dataclass(frozen=True)
class PoolValues:
    """One of the pool's values, each equally likely."""

    pool: Pool
    needs: tuple[str, ...] = ()

    @classmethod
    def build(cls, pool: Pool, length: int | None) -> "PoolValues":
        """The generator for a column of at most `length` characters (see `fitting`)."""
        return cls(fitting(pool, length))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        index = stream.below(rows, len(self.pool))
        if len(self.pool) <= CODED:
            return coded(index, self.pool.values)
        return self.pool.values.take(pa.array(index))

    @property
    def distinct(self) -> int | None:
        """How many different values there are, where they are coded."""
        return len(self.pool) if len(self.pool) <= CODED else None


@dataclass(frozen=True)
class FakerRows:
    """A provider of Faker asked anew for every row, seeded by the row; slow, and true to one version of Faker alone."""

    provider: str
    arguments: tuple[tuple[str, object], ...]
    locale: str
    length: int | None = None
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        request = Request.of(self.provider, dict(self.arguments), self.locale)
        return pa.array(draw_rows(request, stream.bits(rows).tolist(), self.length), pa.string())


def fitting(pool: Pool, length: int | None) -> Pool:
    """The pool for values of at most `length` characters: without the longer ones, as long as one value fits.

    When none fits, all are cut to the length, and those that became equal or empty are left out.
    """
    values: list[str] = pool.values.to_pylist()
    if length is None or all(len(value) <= length for value in values):
        return pool
    return Pool.of(pool.name, [v for v in values if len(v) <= length] or [v[:length] for v in values])


@dataclass(frozen=True)
class Sentences:
    """Running text of `least` to `most` characters: whole sentences where they fit, else whole words, else letters.

    A row begins at some sentence of the pool and ends at the last good end before a length drawn evenly between the
    two, else at the first one after it.
    """

    pool: Pool
    least: int
    most: int
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most or self.most < 1:
            raise ValueError(
                f"text needs 0 <= min_length <= max_length and 1 <= max_length, not {self.least}, {self.most}"
            )

    @classmethod
    def build(cls, least: int, most: int, pool: Pool | None = None) -> "Sentences":
        """Text out of the shipped English sentences, or of another pool of sentences; ValueError on bad lengths."""
        return cls(pool or PoolSource().pool("sentence"), least, most)

    def __reduce__(self) -> tuple[object, ...]:
        return Sentences, (self.pool, self.least, self.most, self.needs)

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        """Plain string array."""
        page = self._page
        start = page.starts[stream.below(rows, len(page.starts))]
        least = max(self.least, 1)
        wanted = start + least + stream.child("length").below(rows, self.most - least + 1)
        return page.slices(start, page.stops(start + least, wanted, start + self.most))

    @cached_property
    def _page(self) -> "_Page":
        return _Page.of(self.pool, self.most)


@dataclass(frozen=True, eq=False)
class _Page:
    """A long text and the places in it, in characters: where sentences start, and the ends around each place.

    `ends` holds for sentences, then for words: the last end at or before each place, and the first at or after it.
    """

    starts: Rows
    ends: tuple[tuple[Places, Places], ...]
    offsets: Places
    raw: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, pool: Pool, most: int) -> "_Page":
        sentences: list[str] = pool.values.to_pylist()
        # The sentences behind the last start are there for the texts that begin near it.
        count = STARTS + most // min(map(len, sentences)) + 1
        order = Stream.of(0, "page").below(np.arange(count, dtype=np.int64), len(sentences))
        text = " ".join(sentences[number] for number in order.tolist()) + " "
        stops = np.cumsum([len(sentences[number]) + 1 for number in order.tolist()]) - 1
        letters = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        sizes = 1 + (letters > 0x7F) + (letters > 0x7FF) + (letters > 0xFFFF)
        return cls(
            np.concatenate([[0], stops[: STARTS - 1] + 1]),
            (_around(stops, len(text)), _around(np.flatnonzero(letters == ord(" ")), len(text))),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            np.frombuffer(text.encode() + bytes(_INLINE), dtype=np.uint8),
        )

    def stops(self, first: Rows, wanted: Rows, last: Rows) -> Rows:
        """For each row the best end from `first` to `last`: the nearest before `wanted`, else after it, else there."""
        stop = wanted.copy()
        waiting = np.arange(len(wanted))
        for before, after in self.ends:
            for nearest in (before, after):
                found = nearest[wanted[waiting]]
                good = (found >= first[waiting]) & (found <= last[waiting])
                stop[waiting[good]] = found[good]
                waiting = waiting[~good]
        return stop

    def slices(self, start: Rows, stop: Rows) -> pa.Array:
        """The characters [start, stop) for each row: string views into the one text, then a plain string array."""
        first = self.offsets[start]
        size = self.offsets[stop] - first
        views = np.empty((len(start), 4), dtype=np.int32)
        views[:, 0], views[:, 2], views[:, 3] = size, 0, first
        views[:, 1] = self._heads[first]
        short = np.flatnonzero(size <= _INLINE)
        if short.size:
            views[short, 1:] = self._inlined(first[short], size[short])
        buffers = [None, pa.py_buffer(views), pa.py_buffer(self.raw)]
        return pa.Array.from_buffers(pa.string_view(), len(start), buffers).cast(pa.string())

    @cached_property
    def _heads(self) -> Places:
        """The four bytes at each byte, as the prefix that a view holds."""
        windows = np.lib.stride_tricks.sliding_window_view(self.raw, 4)
        return np.ascontiguousarray(windows).view(np.int32).ravel()

    def _inlined(self, first: Places, size: Places) -> Places:
        """Views of up to twelve bytes hold them, padded with zeros: int32 (n, 3)."""
        places = np.arange(_INLINE, dtype=np.int32)
        letters = self.raw[first[:, None] + places]
        letters[places >= size[:, None]] = 0
        inlined: Places = letters.view(np.int32)
        return inlined


def _around(marks: Rows, length: int) -> tuple[Places, Places]:
    """For each place up to `length`: the last mark at or before it, or -1; the first at or after it, or beyond."""
    places = np.arange(length + 1)
    before = np.concatenate([[-1], marks])[np.searchsorted(marks, places, side="right")]
    after = np.concatenate([marks, [2 * length]])[np.searchsorted(marks, places, side="left")]
    return before.astype(np.int32), after.astype(np.int32)


@dataclass(frozen=True)
class JsonObjects:
    """Small JSON objects of a label, a whole number and a flag, as text."""

    domain: Joined
    needs: tuple[str, ...] = ()

    @classmethod
    def build(cls, labels: Pool | None = None, *, numbers: int = 1_000) -> "JsonObjects":
        """Objects such as `{"label": "river", "amount": 17, "active": true}`, amounts from 0 to `numbers` - 1."""
        words = [to_json(value) for value in (labels or PoolSource().pool("word")).values.to_pylist()]
        amounts = Words(pa.array([str(number) for number in range(numbers)], pa.string()))
        label = Words(pa.array(words, pa.string()))
        flags = Words.of("true", "false")
        texts = (Words.of('{"label": '), label, Words.of(', "amount": '), amounts, Words.of(', "active": '), flags)
        return cls(Joined((*texts, Words.of("}"))))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return self.domain.draw(rows, stream)
