"""Composite keys: how the columns of a key are made together so that no combination occurs twice.

A key needs nothing when a part of it is unique already, or when it holds the owner's columns and a position.
Otherwise its parts (a foreign key counts as one, with its parents' rows as values) are digits of one number that a
keyed bijection gives each row once: rows <= product of the parts' sizes is sufficient and necessary.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from ..schema.model import ForeignKey, Table


@dataclass(frozen=True)
class Part:
    """One digit of a composite key: a foreign key or a column, and how many values it has."""

    column: str
    foreign_key: ForeignKey | None
    size: int


@dataclass(frozen=True)
class Digit:
    """Where a part finds its index: (`number` // `divisor`) % `size`, `number` in the hidden column `source`."""

    source: str
    divisor: int
    size: int


def composite_keys(table: Table) -> Iterator[tuple[str, ...]]:
    """The keys of several columns that are not unique by themselves."""
    single = {key[0] for key in table.keys if len(key) == 1}
    for key in table.keys:
        if len(key) > 1 and not single & set(key) and not _owned(table, key):
            yield key


def _owned(table: Table, key: tuple[str, ...]) -> bool:
    """Whether the key holds the owner's columns and the position among its children."""
    positions = {column.name for column in table.columns if column.rule.name == "position"}
    return bool(table.rows.via) and set(table.rows.via) <= set(key) and bool(positions & set(key))


def digits(source: str, parts: list[Part], rows: int) -> Mapping[str, Digit]:
    """The digit of each part (by its column, or its foreign key's name).

    Raises:
        ValueError: there are fewer combinations than rows.
    """
    whole = prod(part.size for part in parts)
    if whole < rows:
        sizes = " x ".join(f"{part.size:,}" for part in parts)
        raise ValueError(f"{rows:,} different combinations are needed, there are only {whole:,} ({sizes})")
    found, divisor = {}, 1
    for part in parts:
        found[part.column] = Digit(source, divisor, part.size)
        divisor *= part.size
    return found
