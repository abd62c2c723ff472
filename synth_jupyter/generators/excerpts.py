"""Excerpts: pieces of a long page of words, any length in a range; millions of them differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..pools import PoolSource
from ..streams import Rows, Stream

WORDS = 1 << 20
"""So many words make a page; an excerpt begins at any of them."""
LONGEST = 10_000
"""Letters of the longest excerpt."""
_INLINE = 12
_KEPT = np.where(np.arange(_INLINE) < np.arange(_INLINE + 1)[:, None], 0xFF, 0).astype(np.uint8)
"""By size, the bytes of a short view that are kept."""


@dataclass(frozen=True)
class Excerpt:
    """From `least` to `most` letters (ASCII) of a page that is made of `words` in random order, cut anywhere."""

    words: tuple[str, ...]
    least: int
    most: int
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(word.isascii() for word in self.words):
            raise ValueError("the words of an excerpt are written in ASCII letters")

    @classmethod
    def build(cls, least: int, most: int, words: tuple[str, ...] = ()) -> "Excerpt":
        """Out of the given words, by default the shipped English ones."""
        return cls(words or tuple(PoolSource().pool("word").values.to_pylist()), least, most)

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        page = _page(self.words)
        first = page.starts[stream.below(rows, len(page.starts))]
        size = stream.child("length").below(rows, self.most - self.least + 1).astype(np.int32)
        size += self.least
        size -= page.raw[first + size - 1] == ord(" ")  # no excerpt ends in a blank
        return page.slices(first, np.maximum(size, 1))


@dataclass(frozen=True, eq=False)
class _Page:
    """The bytes of a text, and where its words start."""

    starts: npt.NDArray[np.int32]
    raw: npt.NDArray[np.uint8]

    def slices(self, first: npt.NDArray[np.int32], size: npt.NDArray[np.int32]) -> pa.Array:
        """The bytes [first, first + size) for each row: views into the one text, then a plain string array."""
        # A view holds its size, its first four bytes, the buffer's number and the place; or, when short, the bytes.
        # Only comparisons read the first four bytes, and nothing compares here: they stay 0.
        views = np.zeros((len(first), 4), dtype=np.int32)
        views[:, 0], views[:, 3] = size, first
        short = np.flatnonzero(size <= _INLINE)
        if short.size:
            windows = np.lib.stride_tricks.sliding_window_view(self.raw, _INLINE)
            views[short, 1:] = (windows[first[short]] & _KEPT[size[short]]).view(np.int32)
        buffers = [None, pa.py_buffer(views), pa.py_buffer(self.raw)]
        return pa.Array.from_buffers(pa.string_view(), len(first), buffers).cast(pa.string())


@lru_cache(maxsize=8)
def _page(words: tuple[str, ...]) -> _Page:
    """The page of these words, shared by all lengths; the last starts leave room for the longest excerpt."""
    order = Stream.of(0, "excerpts").below(np.arange(WORDS, dtype=np.int64), len(words))
    text = pa.array([f"{word} " for word in words], pa.string()).take(pa.array(order))
    offsets, letters = (text.buffers()[place] for place in (1, 2))
    starts = np.frombuffer(offsets, dtype=np.int32, count=WORDS)
    size = int(np.frombuffer(offsets, dtype=np.int32, count=WORDS + 1)[-1]) - 1  # without the last blank
    raw = np.concatenate([np.frombuffer(letters, dtype=np.uint8, count=size), np.zeros(_INLINE, np.uint8)])
    return _Page(starts[starts + LONGEST <= size], raw)
