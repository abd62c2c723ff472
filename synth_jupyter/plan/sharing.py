"""Which foreign key decides a column when several share it, and how the others are kept consistent with it.

The owner decides first, then wider keys before narrower ones, self-references last. A later key that shares columns
chooses only among the parents that agree on them (the tenant pattern), or, when it shares all, follows from the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..generators.protocol import PARENT_ROW
from ..schema.model import ForeignKey, Schema, Table


@dataclass(frozen=True)
class Role:
    """A foreign key with the columns that an earlier key, `decider`, has decided already."""

    key: ForeignKey
    shared: tuple[str, ...] = ()
    decider: ForeignKey | None = None


@dataclass(frozen=True)
class Agreement:
    """How a key agrees with its decider: both lead to one row of a common ancestor table.

    `path` reads the ancestor's row from this row; `through` is the foreign key of the other parent that must lead to
    it, None when the key's parent is the ancestor itself.
    """

    path: str
    through: ForeignKey | None


def roles(table: Table) -> tuple[Role, ...]:
    """Every foreign key once, in the order of decision.

    Raises:
        ValueError: a key shares columns with two earlier ones.
    """
    decided: dict[str, ForeignKey] = {}
    found = []
    for key in sorted(table.foreign_keys, key=lambda key: _rank(table, key)):
        deciders = {decided[column].name: decided[column] for column in key.columns if column in decided}
        if len(deciders) > 1:
            raise ValueError(f"({key.name}) shares columns with several foreign keys: {', '.join(deciders)}")
        shared = tuple(column for column in key.columns if column in decided)
        found.append(Role(key, shared, next(iter(deciders.values()), None)))
        decided |= {column: key for column in key.columns if column not in decided}
    return tuple(found)


def _rank(table: Table, key: ForeignKey) -> tuple[bool, bool, int]:
    return key.columns != table.rows.via, key.table == table.name, -len(key.columns)


def deciding(table: Table) -> Mapping[str, ForeignKey]:
    """The foreign key that decides each column that is part of one."""
    return {
        column: role.key for role in reversed(roles(table)) for column in role.key.columns if column not in role.shared
    }


def agreement(schema: Schema, role: Role) -> Agreement:
    """How the key of a role with shared columns is kept consistent with its decider.

    Raises:
        ValueError: the two parents have no common ancestor through exactly the shared columns.
    """
    assert role.decider is not None
    first, second = schema.table(role.decider.table), schema.table(role.key.table)
    theirs, ours = _targets(role.decider, role.shared), _targets(role.key, role.shared)
    for path, ancestor, reached in _ancestors(first, theirs, role.decider):
        if (second.name, ours) == (ancestor, reached):
            return Agreement(path, None)
        for key in second.foreign_keys:
            if key.columns == ours and (key.table, key.references) == (ancestor, reached):
                return Agreement(path, key)
    raise ValueError(
        f"({role.key.name}) shares {', '.join(role.shared)} with ({role.decider.name}), but {first.name!r} and "
        f"{second.name!r} have no foreign keys on these columns to one table that could keep them equal"
    )


def _targets(key: ForeignKey, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The referenced columns behind some columns of a key."""
    return tuple(key.references[key.columns.index(column)] for column in columns)


def _ancestors(table: Table, columns: tuple[str, ...], decider: ForeignKey) -> list[tuple[str, str, tuple[str, ...]]]:
    """(path to the row, table, its columns) for the decider's parent and for what that parent's keys lead to."""
    found = [(f"{decider.name}.{PARENT_ROW}", table.name, columns)]
    for key in table.foreign_keys:
        if key.columns == columns:
            found.append((f"{decider.name}.{key.name}.{PARENT_ROW}", key.table, key.references))
    return found
