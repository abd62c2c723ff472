"""Foreign keys become choices of parent rows: one function a rule, chosen by the rule's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..generators.categorical import Alias
from ..generators.children import Children
from ..generators.derived import Constant
from ..generators.protocol import Generator
from ..generators.references import (
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
from .counts import childless_parents


@dataclass(frozen=True)
class Ask:
    """What a choice may know: the table and its key, how many rows both sides have, and the key's own stream."""

    table: Table
    key: ForeignKey
    rows: int
    parents: int
    unique: bool
    nullable: bool
    stream: Stream

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
    if ask.parents == 0:
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
    rows = ask.table.rows
    childless = childless_parents(rows, ask.parents)
    return OwnerParent(
        Children.plan(ask.parents, rows.min, rows.max, ask.rows, ask.stream.child("children"), childless)
    )


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
