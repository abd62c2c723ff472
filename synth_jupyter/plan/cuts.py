"""Where a table is cut into partitions: at the same rows for any row count, so that a grown table keeps its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..digests import LEAF_ROWS

STEPS = 8
"""Partitions of one size, before the size doubles."""


@dataclass(frozen=True)
class Cuts:
    """Eight partitions of `first` rows, eight of twice as many, and so on; from `most` rows on, all have that many.

    `first` is a multiple of 65,536, the rows of a leaf of the content digest, and `most` is `first` doubled some times.
    """

    first: int = LEAF_ROWS
    most: int = 8 * LEAF_ROWS

    @classmethod
    def even(cls, rows: int) -> "Cuts":
        """Partitions of `rows` rows each."""
        return cls(rows, rows)

    @classmethod
    def covering(cls, counts: Sequence[int]) -> "Cuts":
        """The cuts of partitions that have so many rows each, in order; the last may be cut short."""
        first = _leaves(counts[0])
        most = first
        while most < max(counts):
            most *= 2
        return cls(first, most)

    def start(self, index: int) -> int:
        """The first row of the partition of that number, counted from 0."""
        level = min(index // STEPS, self._top)
        return self._before(level) + (index - STEPS * level) * (self.first << level)

    def index(self, row: int) -> int:
        """The number of the partition that holds `row`."""
        level = min((row // (STEPS * self.first) + 1).bit_length() - 1, self._top)
        return STEPS * level + (row - self._before(level)) // (self.first << level)

    def count(self, rows: int) -> int:
        """Partitions of a table of `rows` rows; at least one, because an empty table has a file, too."""
        return 1 + self.index(max(0, rows - 1))

    def to_json(self) -> int | list[int]:
        """A number when all are even, else the first and the largest size."""
        return self.first if self.first == self.most else [self.first, self.most]

    @classmethod
    def from_json(cls, value: int | Sequence[int]) -> "Cuts":
        """What `to_json` gave."""
        return cls.even(value) if isinstance(value, int) else cls(*value)

    @property
    def _top(self) -> int:
        return (self.most // self.first).bit_length() - 1

    def _before(self, level: int) -> int:
        return STEPS * self.first * ((1 << level) - 1)


def partitions_of(rows: Mapping[str, int], cuts: object, *, begun: bool = False) -> int:
    """How many partitions tables of so many `rows` have; `cuts` as a request records them, 0 when it does not.

    With `begun`, the rows are those that are made, and a table without any counts for nothing.
    """
    if not isinstance(cuts, Mapping):
        return 0
    return sum(Cuts.from_json(cuts[table]).count(count) for table, count in rows.items() if count or not begun)


def _leaves(rows: int) -> int:
    return max(1, -(-rows // LEAF_ROWS)) * LEAF_ROWS
