"""Exact children per parent: every count within its bounds, the total exact, both directions without a table.

Blocks of 4,096 parents share the total evenly, to the child: where a block's children begin is a formula, so a plan is
some numbers whatever the size. Inside a block each parent's count is drawn freely from a law over low..high, and
the few parents that then move by one, to meet the block's share, are chosen by a keyed hash.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import fsum

import numpy as np
import numpy.typing as npt

from ..streams import Rows, Stream
from .categorical import apportion

BLOCK = 4096
MOST_PARENTS = 1 << 40
"""Beyond this the arithmetic of `_part` would leave 64 bits."""
MOST_COUNTS = 100_000
_WORD = 1 << 32
_ROW_BITS = np.uint64(BLOCK - 1)

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Children:
    """A finished plan of `total` children: `childless` parents have none, all others from `low` to `high`.

    `thresholds` (uint64) cut 2**32 into the law of low, low + 1, ... high.
    """

    parents: int
    low: int
    high: int
    total: int
    childless: int
    thresholds: npt.NDArray[np.uint64]
    stream: Stream

    @classmethod
    def plan(cls, parents: int, low: int, high: int, total: int, stream: Stream, childless: int = 0) -> "Children":
        """Counts in [low, high] for all but `childless` parents, which have none; `total` children in all.

        Raises:
            ValueError: `total` is out of reach (the message has both bounds), or the numbers are too large.
        """
        if parents > MOST_PARENTS or high - low > MOST_COUNTS:
            raise ValueError(
                f"exact children of {parents:,} parents with {low:,} to {high:,} each cannot be planned: "
                f"at most {MOST_PARENTS:,} parents and {MOST_COUNTS:,} between the fewest and the most"
            )
        active = parents - childless
        if childless:
            low = max(low, 1)
        if not active * low <= total <= active * high:
            raise ValueError(
                f"{total:,} children cannot be shared among {active:,} parents with {low} to {high} each: "
                f"between {active * low:,} and {active * high:,} are possible"
            )
        thresholds = _thresholds(tilted(low, high, Fraction(total, active) if active else Fraction(low)))
        return cls(parents, low, high, total, childless, thresholds, stream)

    def owners(self, rows: Rows) -> tuple[Rows, Rows]:
        """int64 (n,) each: the parent of every child row, and its position among the siblings counted from 0."""
        if self._each:
            parents = rows // self._each
            return parents, rows - parents * self._each
        if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
            return self._owners_of_range(int(rows[0]), int(rows[-1]) + 1)
        used = np.unique(self._blocks_of(rows))
        parents, starts, ends = self._siblings(used.tolist())
        place = np.searchsorted(ends, rows, side="right")
        return parents[place], rows - starts[place]

    @property
    def _each(self) -> int:
        """How many children each parent has when all have the same number, else 0: then nothing has to be drawn."""
        return self.low if self.low == self.high and not self.childless else 0

    def _owners_of_range(self, start: int, stop: int) -> tuple[Rows, Rows]:
        """`owners` of the rows [start, stop), by repeating instead of searching."""
        blocks = self._blocks_of(np.array([start, stop - 1], dtype=np.int64))
        parents, starts, ends = self._siblings(range(int(blocks[0]), int(blocks[1]) + 1))
        counts = np.minimum(ends, stop) - np.maximum(starts, start)
        held = counts > 0
        repeats = counts[held]
        rows = np.arange(start, stop, dtype=np.int64)
        return np.repeat(parents[held], repeats), rows - np.repeat(starts[held], repeats)

    def _siblings(self, blocks: Iterable[int]) -> tuple[Rows, Rows, Rows]:
        """The parents of some blocks in order, with the first child of each and one past its last."""
        parents, starts, ends = [], [], []
        for block in blocks:
            bounds = _bounds(self, block)
            parents.append(np.arange(block * BLOCK, block * BLOCK + len(bounds) - 1, dtype=np.int64))
            starts.append(bounds[:-1])
            ends.append(bounds[1:])
        if not parents:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing
        return np.concatenate(parents), np.concatenate(starts), np.concatenate(ends)

    def ranges(self, parents: Rows) -> tuple[Rows, Rows]:
        """int64 (n,) each: the first child row of every parent, and how many children it has."""
        if self._each:
            return parents * self._each, np.full_like(parents, self._each)
        blocks, local = np.divmod(parents, BLOCK)
        first, count = np.empty_like(parents), np.empty_like(parents)
        for block in np.unique(blocks).tolist():
            chosen = blocks == block
            bounds = _bounds(self, block)
            first[chosen] = bounds[local[chosen]]
            count[chosen] = np.diff(bounds)[local[chosen]]
        return first, count

    def _first(self, blocks: Rows) -> Counts:
        """The number of the first child of each block: the active parents before it times the mean, rounded down."""
        active = self.parents - self.childless
        if not active:
            return np.zeros(len(blocks), dtype=np.int64)
        before = self._active_before(blocks)
        each, rest = divmod(self.total, active)
        first: Counts = before * np.int64(each) + _part(before, rest, active)
        return first

    def _active_before(self, blocks: Rows) -> Counts:
        before = np.minimum(blocks * np.int64(BLOCK), self.parents)
        active: Counts = before - _part(before, self.childless, self.parents)
        return active

    def _blocks_of(self, rows: Rows) -> Rows:
        """The block of each child row: guessed by the mean, then moved by the few blocks that rounding is off."""
        last = -(-self.parents // BLOCK) - 1
        guess = (rows + 1) * (self.parents / max(self.total, 1) / BLOCK)
        blocks = np.clip(guess.astype(np.int64), 0, last)
        while (late := self._first(blocks) > rows).any():
            blocks[late] -= 1
        while (early := (blocks < last) & (self._first(blocks + 1) <= rows)).any():
            blocks[early] += 1
        return blocks

    def _counts(self, block: int) -> Counts:
        """How many children each parent of a block has: free draws, then moves by one until the share is met."""
        parents = np.arange(block * BLOCK, min(self.parents, (block + 1) * BLOCK), dtype=np.int64)
        words = self.stream.bits(parents) >> np.uint64(32)
        counts = np.searchsorted(self.thresholds, words, side="right").astype(np.int64) + self.low
        bounds = np.array([block, block + 1], dtype=np.int64)
        active = self._active(parents, int(np.diff(self._active_before(bounds))[0]))
        counts[~active] = 0
        missing = int(np.diff(self._first(bounds))[0]) - int(counts.sum())
        step, attempt = (1 if missing > 0 else -1), 0
        while missing:
            bound = self.high if step > 0 else self.low
            movable = np.flatnonzero(active & (counts != bound))
            if len(movable) > abs(missing):
                movable = self._smallest(parents[movable], f"move {attempt}", abs(missing)) - block * BLOCK
            counts[movable] += step
            missing -= step * len(movable)
            attempt += 1
        return counts

    def _active(self, parents: Rows, number: int) -> npt.NDArray[np.bool_]:
        """Which parents of a block have children: `number` of them."""
        active = np.ones(len(parents), dtype=bool)
        if number < len(parents):
            active[self._smallest(parents, "childless", len(parents) - number) - parents[0]] = False
        return active

    def _smallest(self, parents: Rows, purpose: str, number: int) -> Rows:
        """The `number` parents of a block with the smallest keyed hash; it ends in the row, so there are no ties."""
        hashes = self.stream.child(purpose).bits(parents) & ~_ROW_BITS
        hashes |= parents.astype(np.uint64) & _ROW_BITS
        chosen: Rows = parents[np.argpartition(hashes, number - 1)[:number]]
        return chosen


@lru_cache(maxsize=1024)
def _bounds(children: Children, block: int) -> Counts:
    """The first child of each parent of a block, and one past the last of all; remembered for neighbouring batches."""
    first = children._first(np.array([block], dtype=np.int64))
    return np.concatenate([first, first + np.cumsum(children._counts(block))])


def _part(amounts: Counts, part: int, whole: int) -> Counts:
    """floor(amounts * part / whole), exact for 0 <= part <= whole, amounts <= 2**40, in 64 bits by two divisions."""
    high, low = divmod(part, 1 << 20)
    product = amounts * np.int64(high)
    quotient: Counts = np.floor_divide(product, whole)
    rest = product - quotient * np.int64(whole)
    parts: Counts = (quotient << 20) + np.floor_divide((rest << 20) + amounts * np.int64(low), whole)
    return parts


def tilted(low: int, high: int, mean: Fraction) -> list[float]:
    """The law on low..high of the largest entropy with that mean: weights r**k; float64, sums to 1.

    Only multiplications and exactly rounded sums are used, so that every machine gets the same numbers.
    """
    width = high - low
    if width == 0 or mean <= low or mean >= high:
        return [float(mean <= low), *[0.0] * (width - 1), float(mean > low)] if width else [1.0]
    goal = float(mean - low)
    if goal > width / 2:
        return tilted(0, width, width - (mean - low))[::-1]
    small, large = 0.0, 1.0
    for _ in range(80):
        ratio = (small + large) / 2
        weights = _powers(ratio, width)
        if fsum(k * weight for k, weight in enumerate(weights)) < goal * fsum(weights):
            small = ratio
        else:
            large = ratio
    weights = _powers((small + large) / 2, width)
    whole = fsum(weights)
    return [weight / whole for weight in weights]


def _powers(ratio: float, width: int) -> list[float]:
    powers = [1.0]
    for _ in range(width):
        powers.append(powers[-1] * ratio)
    return powers


def _thresholds(law: list[float]) -> npt.NDArray[np.uint64]:
    """floor(cdf * 2**32) of every value but the last: how many are <= a 32-bit word is the value's index."""
    shares = apportion([Fraction(weight) for weight in law], _WORD)
    return np.cumsum(np.array(shares, dtype=np.uint64))[:-1]
