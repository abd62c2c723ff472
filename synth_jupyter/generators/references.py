"""Which parent row a row points at: int64 row numbers, by law, by owner, one to one, as a tree or a free graph.

A foreign key is such a choice. Its columns then ask the parent's key generator for that row; the parent is never read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..streams import Rows, Stream
from .categorical import Alias
from .children import Children
from .domains import permutation
from .laws import zipf_mass
from .nulls import WithNulls, mask_out
from .protocol import Generator


@dataclass(frozen=True)
class UniformParent:
    """Every one of `parents` rows equally likely."""

    parents: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array(stream.below(rows, self.parents))


@dataclass(frozen=True, eq=False)
class WeightedParent:
    """The parent row of index i with weight i; one weight for each of the parents."""

    alias: Alias
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array(self.alias.draw(rows, stream))


HEAD = 4096


@dataclass(frozen=True, eq=False)
class ZipfParent:
    """Popularity by rank ** -exponent; ranks are spread over the parents by the relation's own bijection.

    Ranks 1..4096 have a bin each, the tail has bins that grow by 1/64, uniform inside: at most exponent/64 off.
    """

    parents: int
    alias: Alias
    starts: tuple[int, ...]
    needs: tuple[str, ...] = ()

    @classmethod
    def of(cls, parents: int, exponent: float) -> "ZipfParent":
        """The tables for `parents` >= 1 and an exponent > 0."""
        starts = zipf_bins(parents)
        ends = [*starts[1:], parents + 1]
        masses = [zipf_mass(start, end, exponent) for start, end in zip(starts, ends, strict=True)]
        return cls(parents, Alias.of(masses), tuple(starts))

    def ranks(self, rows: Rows, stream: Stream) -> Rows:
        """int64 (n,): ranks 1..parents."""
        bins = self.alias.draw(rows, stream)
        edges = np.array([*self.starts, self.parents + 1], dtype=np.int64)
        widths = (edges[1:] - edges[:-1])[bins]
        return edges[bins] + stream.child("within").below(rows, widths.astype(np.uint64))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array(permutation(stream, self.parents).forward(self.ranks(rows, stream) - 1))


def zipf_bins(count: int) -> list[int]:
    """The first rank of each bin of 1..count."""
    starts = list(range(1, min(HEAD, count) + 1))
    at = HEAD + 1
    while at <= count:
        starts.append(at)
        at += max(1, at // 64)
    return starts


@dataclass(frozen=True, eq=False)
class OwnerParent:
    """The parent that a row belongs to by exact children counts; a batch asks `children` for positions as well."""

    children: Children
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array(self.children.owners(rows)[0])


@dataclass(frozen=True)
class OneToOne:
    """A different parent for every row; at most as many rows as parents."""

    parents: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array(permutation(stream, self.parents).forward(rows))

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """The row that has each parent row number."""
        return permutation(stream, self.parents).inverse(values.to_numpy(zero_copy_only=False))


@dataclass(frozen=True)
class EarlierRow:
    """Any earlier row of the same table; the first row has none (NULL), or itself when `rooted`."""

    rooted: bool
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        parents = stream.below(rows, np.maximum(rows, 1).astype(np.uint64))
        return pa.array(parents) if self.rooted else mask_out(pa.array(parents), rows == 0)


@dataclass(frozen=True)
class Tree:
    """Parents one level up: level l holds rows [starts[l], starts[l + 1]); roots have none, or self if `rooted`."""

    starts: tuple[int, ...]
    rooted: bool
    needs: tuple[str, ...] = ()

    @classmethod
    def of(cls, rows: int, roots: int, depth: int, rooted: bool) -> "Tree":
        """Exactly `depth` levels that grow by one ratio from `roots` to `rows` in all.

        Raises:
            ValueError: fewer rows than the levels need, or more levels than rows.
        """
        least = roots + depth - 1
        if rows < least or (depth == 1 and rows != roots):
            raise ValueError(f"a tree of {roots:,} roots and {depth} levels does not fit {rows:,} rows")
        return cls(tuple(np.cumsum([0, *_levels(rows, roots, depth)]).tolist()), rooted)

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        starts = np.array(self.starts, dtype=np.int64)
        level = np.searchsorted(starts, rows, side="right") - 1
        above = np.maximum(level - 1, 0)
        width = (starts[above + 1] - starts[above]).astype(np.uint64)
        parents = starts[above] + stream.below(rows, width)
        is_root = level == 0
        return pa.array(np.where(is_root, rows, parents)) if self.rooted else mask_out(pa.array(parents), is_root)


def _levels(rows: int, roots: int, depth: int) -> list[int]:
    """Level sizes >= 1 that start with `roots`, grow by one ratio and sum to `rows`."""
    if depth == 1:
        return [roots]
    small, large = 0.0, float(rows)
    for _ in range(100):
        ratio = (small + large) / 2
        size, whole = float(roots), 0.0
        for _ in range(depth):
            whole, size = whole + size, size * ratio
        small, large = (ratio, large) if whole < rows else (small, ratio)
    sizes = [roots]
    for level in range(1, depth):
        remaining = rows - sum(sizes)
        wanted = max(1, round(sizes[-1] * large)) if level < depth - 1 else remaining
        sizes.append(min(wanted, remaining - (depth - 1 - level)))
    return sizes


@dataclass(frozen=True)
class AnyOther:
    """Any row of the same table but itself; a free graph, cycles and all. At least two rows."""

    rows: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array((rows + 1 + stream.below(rows, self.rows - 1)) % self.rows)


ATTEMPTS = 1 << 14
"""So many parents are tried for a row before a key with a condition gives up."""
_NO_TABLE_HAS = 48
"""Bits of the numbers that rows have: those of further draws lie beyond."""


@dataclass(frozen=True)
class Suitable:
    """`inner`'s choice, drawn anew until `condition` holds for the row and its parent.

    A batch draws, because it can read the parents; by itself this is the first draw alone.
    """

    inner: Generator
    condition: Generator

    @property
    def needs(self) -> tuple[str, ...]:
        return self.inner.needs

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return self.inner.generate(rows, stream, inputs)

    def again(self, rows: Rows, attempts: Rows, stream: Stream) -> Rows:
        """int64 (n,): the parent of each row at an attempt from 1 to ATTEMPTS - 1, by the same law."""
        maker = self.inner.inner if isinstance(self.inner, WithNulls) else self.inner
        drawn: Rows = maker.generate(rows + (attempts << _NO_TABLE_HAS), stream, {}).to_numpy()
        return drawn


@dataclass(frozen=True, eq=False)
class AmongChildren:
    """One of the rows that an owner (its row is `needs[0]`) has in another table; NULL where there is no owner."""

    children: Children
    needs: tuple[str, ...]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        owners = inputs[self.needs[0]]
        first, count = self.children.ranges(_known(owners))
        return _where_known(owners, first + stream.below(rows, np.maximum(count, 1).astype(np.uint64)))


@dataclass(frozen=True, eq=False)
class AmongListed:
    """One of the rows listed for an owner: `order` (int64 (n,)) holds them, `starts` (int64 (owners + 1,)) where."""

    order: Rows
    starts: Rows
    needs: tuple[str, ...]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        owners = inputs[self.needs[0]]
        known = _known(owners)
        first, count = self.starts[known], self.starts[known + 1] - self.starts[known]
        return _where_known(owners, self.order[first + stream.below(rows, count.astype(np.uint64))])


def _known(owners: pa.Array) -> Rows:
    numbers: Rows = owners.fill_null(0).to_numpy(zero_copy_only=False)
    return numbers


def _where_known(owners: pa.Array, chosen: Rows) -> pa.Array:
    return mask_out(pa.array(chosen), np.asarray(owners.is_null()))
