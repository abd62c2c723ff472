"""Foreign keys become choices of parent rows: one function a rule, chosen by the rule's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ..generators.categorical import Alias
from ..generators.children import Children
from ..generators.derived import Constant
from ..generators.protocol import Generator
from ..generators.references import (
    AmongChildren,
    AmongListed,
    AnyOther,
    EarlierRow,
    OneToOne,
    OwnerParent,
    Tree,
    UniformParent,
    WeightedParent,
    ZipfParent,
)
from ..schema.model import ForeignKey, Table
from ..streams import Stream

MOST_LISTED = 20_000_000


@dataclass(frozen=True)
class Ask:
    """What a choice may know: the table and its key, how many rows both sides have, and the key's own stream."""

    table: Table
    key: ForeignKey
    rows: int
    parents: int
    unique: bool
    nullable: bool
    children: Callable[[str], Children]

    @property
    def is_self(self) -> bool:
        return self.key.table == self.table.name

    def option(self, name: str, default: Any) -> Any:
        """An option of the key's rule."""
        value = self.key.rule.options.get(name)
        return default if value is None else value


def choice_for(ask: Ask) -> Generator:
    """The generator of parent row numbers (int64).

    Raises:
        ValueError: there is no parent to choose, or not enough of them.
    """
    if ask.parents == 0 and (ask.rows or ask.key.rule.name != "owner_parent"):
        return _without_parents(ask)
    if ask.unique and ask.key.rule.name != "owner_parent":
        return _one_to_one(ask)
    maker = CHOICES.get(ask.key.rule.name)
    if maker is None:
        raise ValueError(f"there is no way to choose a parent called {ask.key.rule.name!r}")
    return maker(ask)


def _without_parents(ask: Ask) -> Generator:
    if ask.rows and not ask.nullable:
        raise ValueError(
            f"{ask.rows:,} rows need a parent, and {ask.key.table!r} has no rows; allow NULLs or give it rows"
        )
    return Constant(pa.scalar(None, pa.int64()))


def _one_to_one(ask: Ask) -> Generator:
    if ask.rows > ask.parents:
        raise ValueError(
            f"{ask.rows:,} rows need a parent each of their own, {ask.key.table!r} has only {ask.parents:,}"
        )
    return OneToOne(ask.parents)


def _uniform(ask: Ask) -> Generator:
    return EarlierRow(not ask.nullable) if ask.is_self else UniformParent(ask.parents)


def _zipf(ask: Ask) -> Generator:
    return ZipfParent.of(ask.parents, float(ask.option("exponent", 1.0)))


def _weighted(ask: Ask) -> Generator:
    weights = [float(weight) for weight in ask.option("weights", [])]
    if len(weights) != ask.parents:
        raise ValueError(f"{len(weights)} weights are given, {ask.key.table!r} has {ask.parents:,} rows")
    return WeightedParent(Alias.of(weights))


def _owner(ask: Ask) -> Generator:
    children = ask.children(ask.table.name)
    if ask.key.nulls:
        raise ValueError("a row that belongs to its parent cannot be without one; leave `nulls` out")
    if ask.unique and children.high > 1:
        raise ValueError(f"the key is unique, but a parent may have up to {children.high} children; set max to 1")
    return OwnerParent(children)


def _tree(ask: Ask) -> Generator:
    roots = int(ask.option("roots", 1))
    depth = int(ask.option("depth", min(4, max(1, ask.rows - roots + 1))))
    return Tree.of(ask.rows, roots, depth, rooted=not ask.nullable)


def _graph(ask: Ask) -> Generator:
    if not ask.is_self:
        raise ValueError("graph is for a table that references itself")
    if ask.rows < 2:
        raise ValueError("a graph without loops needs at least two rows")
    return AnyOther(ask.rows)


CHOICES: Mapping[str, Callable[[Ask], Generator]] = {
    "uniform_parent": _uniform, "zipf_parent": _zipf, "weighted_parent": _weighted, "owner_parent": _owner,
    "one_to_one": _one_to_one, "tree": _tree, "graph": _graph,
}  # fmt: skip


def among_children(children: Children, path: str) -> Generator:
    """One of the rows that the ancestor's row at `path` owns; ValueError when some ancestors own none."""
    if children.low < 1 or children.childless:
        raise ValueError("some of its possible owners have no rows to choose from; set `min: 1` and no childless share")
    return AmongChildren(children, (path,))


def among_listed(through: Generator, stream: Stream, rows: int, ancestors: int, path: str) -> Generator:
    """One of the rows that point at the ancestor's row at `path`, from an index of 8 bytes a row made now.

    Raises:
        ValueError: the index would be too large, or an ancestor has no rows.
    """
    if rows > MOST_LISTED:
        raise ValueError(f"an index of {rows:,} rows would be needed; make them belong to their owner with `per`")
    if through.needs:
        raise ValueError("the rows to choose from are themselves chosen among others; make them belong with `per`")
    owners = through.generate(np.arange(rows, dtype=np.int64), stream, {}).fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.argsort(owners, kind="stable").astype(np.int64)
    starts = np.searchsorted(owners[order], np.arange(ancestors + 1)).astype(np.int64)
    if (np.diff(starts) == 0).any():
        raise ValueError("some of its possible owners have no rows to choose from; use `per` with `min: 1`")
    return AmongListed(order, starts, (path,))
