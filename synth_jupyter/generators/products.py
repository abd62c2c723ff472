"""Texts put together from parts: domains whose index is a mixed-radix number, with one digit for each part.

`Words` is a list, `Number` an optional number, `OneOf` a choice between parts, `Joined` a row of parts. Each has
`count` values (any Python int), of which an index in [0, `size`) reaches the first `size` <= 2**62.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..streams import Rows, Stream
from .domains import PERMUTABLE

MERGED = 1 << 16
"""Neighbouring parts of up to so many values together are joined once, when a batch is large enough to repay it."""


class Part(Protocol):
    """A domain of texts (see `domains.Domain`) that can stand beside others."""

    @property
    def count(self) -> int:
        """How many values there are; any Python int."""

    @property
    def size(self) -> int:
        """How many of them an index reaches: `count`, or at most 2**62."""

    @property
    def even(self) -> bool:
        """Whether `draw` makes every value equally likely."""

    def at(self, index: Rows) -> pa.Array:
        """The texts at `index`, int64 (n,) in [0, size)."""

    def draw(self, rows: Rows, stream: Stream) -> pa.Array:
        """One text for each row, at random; lists evenly, and choices between parts evenly over the parts."""

    def pick(self, rows: Rows, stream: Stream) -> Rows:
        """The index of what `draw` gives for each row, int64 (n,), for parts whose `count` is their `size`."""

    def ends(self, text: str, start: int) -> dict[int, int]:
        """Where a value that begins at `start` may end in `text`, and its index."""


@dataclass(frozen=True)
class Words:
    """A list of texts, as a string array without repetition."""

    values: pa.StringArray

    @classmethod
    def of(cls, *values: str) -> "Words":
        return cls(pa.array(values, pa.string()))

    def __reduce__(self) -> tuple[object, ...]:
        return Words, (self.values,)

    @property
    def count(self) -> int:
        return len(self.values)

    size = count
    even = True

    def at(self, index: Rows) -> pa.Array:
        return self.values.take(pa.array(index))

    def pick(self, rows: Rows, stream: Stream) -> Rows:
        return stream.below(rows, self.size)

    def draw(self, rows: Rows, stream: Stream) -> pa.Array:
        return self.at(self.pick(rows, stream))

    def ends(self, text: str, start: int) -> dict[int, int]:
        places = ((start + length, self._places.get(text[start : start + length], -1)) for length in self._lengths)
        return {stop: index for stop, index in places if index >= 0 and stop <= len(text)}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {value: index for index, value in enumerate(self.values.to_pylist())}

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(sorted({len(value) for value in self._places}))


@dataclass(frozen=True)
class Number:
    """Nothing for 0, else `before` and the number in decimal digits; 1 <= `count` <= 2**62 numbers."""

    count: int
    before: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= PERMUTABLE:
            raise ValueError(f"a number part needs 1 to 2**62 numbers, not {self.count}")

    even = True

    @property
    def size(self) -> int:
        return self.count

    def at(self, index: Rows) -> pa.Array:
        numbers = pa.array(index)
        shown = pc.binary_join_element_wise(self.before, numbers.cast(pa.string()), "")
        return pc.if_else(pc.equal(numbers, 0), "", shown)

    def pick(self, rows: Rows, stream: Stream) -> Rows:
        return stream.below(rows, self.size)

    def draw(self, rows: Rows, stream: Stream) -> pa.Array:
        return self.at(self.pick(rows, stream))

    def ends(self, text: str, start: int) -> dict[int, int]:
        found = {start: 0}
        first = start + len(self.before)
        if text.startswith(self.before, start) and text[first : first + 1] in set("123456789"):
            for stop in range(first + 1, len(text) + 1):
                if not "0" <= text[stop - 1] <= "9" or int(text[first:stop]) >= self.count:
                    break
                found[stop] = int(text[first:stop])
        return found


@dataclass(frozen=True)
class OneOf:
    """A value of one of the parts. No value may belong to two of them, else `ends` names only one place."""

    parts: tuple[Part, ...]

    even = False

    def __reduce__(self) -> tuple[object, ...]:
        return OneOf, (self.parts,)

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def size(self) -> int:
        return self._bounds[-1]

    @cached_property
    def _bounds(self) -> tuple[int, ...]:
        """Where each part's share of the index ends; small parts whole, the others what is left in equal shares."""
        room, shares = PERMUTABLE, dict.fromkeys(range(len(self.parts)), 0)
        for left, number in enumerate(sorted(shares, key=lambda number: self.parts[number].size)):
            shares[number] = min(self.parts[number].size, room // (len(shares) - left))
            room -= shares[number]
        return tuple(accumulate(shares.values()))

    def at(self, index: Rows) -> pa.Array:
        which = np.searchsorted(np.array(self._bounds, dtype=np.int64), index, side="right")
        within = index - np.array([0, *self._bounds], dtype=np.int64)[which]
        return _scattered(which, lambda part, places: self.parts[part].at(within[places]))

    def pick(self, rows: Rows, stream: Stream) -> Rows:
        which = stream.below(rows, len(self.parts))
        index = np.empty(len(rows), dtype=np.int64)
        for number, (part, first) in enumerate(zip(self.parts, (0, *self._bounds), strict=False)):
            places = np.flatnonzero(which == number)
            index[places] = part.pick(rows[places], _child(stream, number)) + first
        return index

    def draw(self, rows: Rows, stream: Stream) -> pa.Array:
        which = stream.below(rows, len(self.parts))
        return _scattered(which, lambda part, places: self.parts[part].draw(rows[places], _child(stream, part)))

    def ends(self, text: str, start: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for part, first, bound in zip(self.parts, (0, *self._bounds), self._bounds, strict=False):
            found |= {stop: first + at for stop, at in part.ends(text, start).items() if first + at < bound}
        return found


def _child(stream: Stream, number: int) -> Stream:
    return stream.child(f"part {number}")


def _scattered(which: Rows, make: "_Make") -> pa.Array:
    """For each number in `which`, the text that `make(number, places)` gives for its places, in order."""
    if not len(which):
        return pa.array([], pa.string())
    order = np.argsort(which, kind="stable")
    numbers, starts = np.unique(which[order], return_index=True)
    groups = np.split(order, starts[1:])
    made = [make(int(number), places) for number, places in zip(numbers, groups, strict=True)]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(made).take(pa.array(back))


class _Make(Protocol):
    def __call__(self, number: int, places: Rows) -> pa.Array: ...


@dataclass(frozen=True)
class Joined:
    """A value of each part, one after the other; the last part counts fastest.

    The index steers as many parts from the left as 2**62 allows; those behind follow from it by a hash.
    """

    parts: tuple[Part, ...]

    def __reduce__(self) -> tuple[object, ...]:
        return Joined, (self.parts,)

    @property
    def count(self) -> int:
        return prod(part.count for part in self.parts)

    @property
    def size(self) -> int:
        return prod(part.size for part in self._steered)

    @property
    def even(self) -> bool:
        return all(part.even for part in self.parts)

    @cached_property
    def _steered(self) -> tuple[Part, ...]:
        totals = accumulate((part.size for part in self.parts), lambda total, size: total * size)
        return self.parts[: sum(total <= PERMUTABLE for total in totals)]

    def at(self, index: Rows) -> pa.Array:
        steered = self._merged if len(index) >= MERGED >> 4 else self._steered
        spare = self.parts[len(self._steered) :]
        texts = _digits(index, steered)
        texts += [part.draw(index, Stream.of(0, f"spare part {number}")) for number, part in enumerate(spare)]
        return _join(texts, len(index))

    @cached_property
    def _merged(self) -> tuple[Part, ...]:
        """The steered parts with runs of small neighbours replaced by one list."""
        return tuple(_as_words(run) for run in _runs(self._steered))

    def pick(self, rows: Rows, stream: Stream) -> Rows:
        if self.even:
            return stream.below(rows, self.size)
        index = np.zeros(len(rows), dtype=np.int64)
        for number, part in enumerate(self.parts):
            index *= part.size
            index += part.pick(rows, _child(stream, number))
        return index

    def draw(self, rows: Rows, stream: Stream) -> pa.Array:
        if self.count == self.size and (self.even or self.count <= MERGED):
            return self.at(self.pick(rows, stream))
        return _join([part.draw(rows, _child(stream, number)) for number, part in enumerate(self.parts)], len(rows))

    def ends(self, text: str, start: int) -> dict[int, int]:
        found = {start: 0}
        for number, part in enumerate(self.parts):
            factor, weight = (part.size, 1) if number < len(self._steered) else (1, 0)
            found = {
                stop: index * factor + at * weight
                for begin, index in found.items()
                for stop, at in part.ends(text, begin).items()
            }
        return found

    def index(self, values: pa.Array) -> Rows:
        """int64 (n,): the index of each text, or -1 where it is not one of the first `size`."""
        texts = values.cast(pa.string()).to_pylist()
        found = [-1 if text is None else self.ends(text, 0).get(len(text), -1) for text in texts]
        index = np.array(found, dtype=np.int64)
        if self.size == self.count:
            return index
        again = self.at(np.maximum(index, 0)).to_pylist()
        return np.where(np.array([a == b for a, b in zip(again, texts, strict=True)], dtype=bool), index, -1)


def _digits(index: Rows, parts: Sequence[Part]) -> list[pa.Array]:
    """The text of each part at a mixed-radix index; 32-bit division where the numbers allow, it is far cheaper."""
    small = prod(part.size for part in parts) < 1 << 32
    rest: Any = index.astype(np.uint32) if small else index
    texts: list[pa.Array] = []
    for part in reversed(parts[1:]):
        above = rest // rest.dtype.type(part.size)
        texts.append(part.at(rest - above * rest.dtype.type(part.size)))
        rest = above
    return [part.at(rest) for part in parts[:1]] + texts[::-1]


def _join(texts: list[pa.Array], count: int) -> pa.Array:
    if len(texts) == 1:
        return texts[0]
    return pc.binary_join_element_wise(*texts, "") if texts else pa.array([""] * count, pa.string())


def _runs(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    """The parts in order, those neighbours together whose product is at most MERGED."""
    run: tuple[Part, ...] = ()
    for part in parts:
        if run and prod(other.size for other in run) * part.size > MERGED:
            yield run
            run = ()
        run += (part,)
    yield from [run] if run else []


def _as_words(parts: tuple[Part, ...]) -> Part:
    size = prod(part.size for part in parts)
    if size > MERGED or (len(parts) == 1 and isinstance(parts[0], Words)):
        return parts[0]
    return Words(_join(_digits(np.arange(size, dtype=np.int64), parts), size))
