"""Exact children per parent: every count within its bounds, the total exact, both directions without a table.

Each parent's count is drawn freely from a law over low..high. The exact deviation from the wanted total is then
spread over blocks of 4,096 parents in proportion to the room they have, so that the plan is one number a block. Inside
a block the few parents that move by one are chosen by a keyed hash. Nothing is remembered per parent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import fsum

import numpy as np
import numpy.typing as npt

from ..streams import Permutation, Rows, Stream
from .categorical import apportion

BLOCK = 4096
MOST_PARENTS = 1 << 31
"""Parents whose counts are summed when the plan is made: some 15 to 40 ns each."""
MOST_COUNTS = 100_000
_WORD = 1 << 32

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Children:
    """A finished plan: `first` (int64 (blocks + 1,)) is the number of the first child of each block of parents.

    `thresholds` (uint64) cut 2**32 into the law of low, low + 1, ... high; the first `childless` parents of a keyed
    order have none.
    """

    parents: int
    low: int
    high: int
    childless: int
    thresholds: npt.NDArray[np.uint64]
    stream: Stream
    first: Counts

    @classmethod
    def plan(cls, parents: int, low: int, high: int, total: int, stream: Stream, childless: int = 0) -> "Children":
        """Counts in [low, high] for all but `childless` parents, which have none; `total` children in all.

        Raises:
            ValueError: `total` is out of reach (the message has both bounds), or the plan would take hours.
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
        draft = cls(parents, low, high, childless, thresholds, stream, np.zeros(1, dtype=np.int64))
        return cls(parents, low, high, childless, thresholds, stream, draft._blocks(total))

    @property
    def total(self) -> int:
        return int(self.first[-1])

    def owners(self, rows: Rows) -> tuple[Rows, Rows]:
        """int64 (n,) each: the parent of every child row, and its position among the siblings counted from 0."""
        if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
            return self._owners_of_range(int(rows[0]), int(rows[-1]) + 1)
        blocks = np.searchsorted(self.first, rows, side="right") - 1
        used = np.unique(blocks)
        parents, starts, ends = self._siblings(used.tolist())
        place = np.searchsorted(ends, rows, side="right")
        return parents[place], rows - starts[place]

    def _owners_of_range(self, start: int, stop: int) -> tuple[Rows, Rows]:
        """`owners` of the rows [start, stop), by repeating instead of searching."""
        blocks = np.searchsorted(self.first, [start, stop - 1], side="right") - 1
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
            last = _ends(self, block)
            parents.append(np.arange(block * BLOCK, block * BLOCK + len(last), dtype=np.int64))
            starts.append(np.concatenate([self.first[block : block + 1], last[:-1]]))
            ends.append(last)
        if not parents:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing
        return np.concatenate(parents), np.concatenate(starts), np.concatenate(ends)

    def ranges(self, parents: Rows) -> tuple[Rows, Rows]:
        """int64 (n,) each: the first child row of every parent, and how many children it has."""
        blocks, local = np.divmod(parents, BLOCK)
        first, count = np.empty_like(parents), np.empty_like(parents)
        for block in np.unique(blocks).tolist():
            chosen = blocks == block
            ends = _ends(self, block)
            starts = np.concatenate([self.first[block : block + 1], ends[:-1]])
            first[chosen] = starts[local[chosen]]
            count[chosen] = (ends - starts)[local[chosen]]
        return first, count

    def _free(self, block: int) -> tuple[Counts, npt.NDArray[np.bool_]]:
        """The counts of a block before correction, and which of its parents have children at all."""
        parents = np.arange(block * BLOCK, min(self.parents, (block + 1) * BLOCK), dtype=np.int64)
        words = self.stream.bits(parents) >> np.uint64(32)
        counts = np.searchsorted(self.thresholds, words, side="right").astype(np.int64) + self.low
        active = self._active(parents)
        counts[~active] = 0
        return counts, active

    def _active(self, parents: Rows) -> npt.NDArray[np.bool_]:
        if not self.childless:
            return np.ones(len(parents), dtype=bool)
        return _order(self.stream, self.parents).forward(parents) >= self.childless

    def _blocks(self, total: int) -> Counts:
        """The first child of each block: free sums, then the deviation by largest remainders of the room left."""
        count = -(-self.parents // BLOCK)
        sums, active = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        for block in range(count):
            counts, present = self._free(block)
            sums[block], active[block] = counts.sum(), present.sum()
        deviation = total - int(sums.sum())
        room = active * self.high - sums if deviation > 0 else sums - active * self.low
        if deviation:
            sums += np.sign(deviation) * _shares(room, abs(deviation))
        first = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(sums, out=first[1:])
        return first

    def _counts(self, block: int) -> Counts:
        counts, active = self._free(block)
        missing = int(self.first[block + 1] - self.first[block]) - int(counts.sum())
        step, attempt = (1 if missing > 0 else -1), 0
        while missing:
            bound = self.high if step > 0 else self.low
            movable = np.flatnonzero(active & (counts != bound))
            if len(movable) > abs(missing):
                movable = self._smallest(movable + block * BLOCK, attempt, abs(missing)) - block * BLOCK
            counts[movable] += step
            missing -= step * len(movable)
            attempt += 1
        return counts

    def _smallest(self, parents: Rows, attempt: int, number: int) -> Rows:
        """The `number` parents with the smallest keyed hash; ties are impossible because the hash ends in the row."""
        hashes = self.stream.child(f"move {attempt}").bits(parents) & np.uint64(~(BLOCK - 1) & ((1 << 64) - 1))
        hashes |= (parents % BLOCK).astype(np.uint64)
        chosen: Rows = parents[np.argpartition(hashes, number - 1)[:number]]
        return chosen


@lru_cache(maxsize=256)
def _ends(children: Children, block: int) -> Counts:
    """One past the last child of each parent of a block; a pure function, remembered for neighbouring batches."""
    ends: Counts = np.cumsum(children._counts(block)) + children.first[block]
    return ends


@lru_cache(maxsize=8)
def _order(stream: Stream, parents: int) -> Permutation:
    return Permutation.of(stream.child("childless"), parents)


def _shares(room: Counts, amount: int) -> Counts:
    """`amount` in proportion to `room` by largest remainders in exact integers; never more than the room."""
    whole = int(room.sum())
    if amount < 1 << 20 and int(room.max()) < 1 << 42:
        parts, rests = np.divmod(room * np.int64(amount), np.int64(whole))
        order = np.argsort(-rests, kind="stable")
        parts[order[: amount - int(parts.sum())]] += 1
        return parts
    return np.array(apportion([Fraction(int(part)) for part in room], amount), dtype=np.int64)


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
