"""A card, its tables, and how values and unknown documents become one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Document = Mapping[str, Any]

_LONG = 100
"""Characters of a list that is shown in a table of its own."""


@dataclass(frozen=True)
class Bars:
    """A cell that is a small picture of counts; `label` says in words what it shows."""

    counts: tuple[int, ...]
    label: str

    @property
    def shares(self) -> tuple[float, ...]:
        """Each count as a share of the largest."""
        most = max(self.counts, default=0) or 1
        return tuple(count / most for count in self.counts)

    def __str__(self) -> str:
        return "".join(_BLOCKS[-(-round(share * 1000) * 8 // 1000)] for share in self.shares)


_BLOCKS = "·▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Grid:
    """A table: cells are JSON values, None is NULL; `total` says how many rows there are when not all are here.

    Whole numbers are written 1,234 when they are `grouped`, which suits counts but not keys. A `folded` table is
    detail: where there is something to click, it is shown on demand. `wide` says how many columns there are in all.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int | None = None
    grouped: bool = False
    folded: bool = False
    wide: int | None = None

    @property
    def footer(self) -> str:
        """`showing 20 of 1,000 rows` when rows or columns are missing, else nothing."""
        missing = []
        if self.total is not None and self.total > len(self.rows):
            missing.append(f"{len(self.rows):,} of {self.total:,} rows")
        if self.wide is not None and self.wide > len(self.columns):
            missing.append(f"{len(self.columns):,} of {self.wide:,} columns")
        return f"showing {' and '.join(missing)}" if missing else ""

    def narrow(self, count: int) -> "Grid":
        """The first `count` columns, with the number of all."""
        wide = max(len(self.columns), self.wide or 0)
        return replace(self, columns=self.columns[:count], rows=tuple(row[:count] for row in self.rows), wide=wide)

    def head(self, count: int) -> "Grid":
        """The first `count` rows, with the number of all."""
        total = max(len(self.rows), self.total or 0)
        return replace(self, rows=self.rows[:count], total=total)


@dataclass(frozen=True)
class Card:
    """One thing to show: `state` is good, bad or plain (how the title is coloured where there is colour)."""

    title: str = ""
    facts: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    state: str = "plain"

    def head(self, count: int) -> "Card":
        """The card with at most `count` rows in each table."""
        return replace(self, grids=tuple(grid.head(count) for grid in self.grids))


def thousands(number: int | float | None) -> str:
    """`1,234,567`, or nothing for None."""
    return "" if number is None else f"{number:,}"


def counted(number: int, what: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def seconds_of(document: Document) -> str:
    return f"{document['seconds']:,.1f} s" if document.get("seconds") is not None else ""


def short(digest: str | None) -> str | None:
    return digest and (digest[:19] + "…" if len(digest) > 20 else digest)


def listed(items: Iterable[Any]) -> str:
    return ", ".join(one_line(item) for item in items)


def one_line(item: Any) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{key}={one_line(value)}" for key, value in item.items() if value not in (None, "", []))
    if isinstance(item, list):
        return ", ".join(map(one_line, item))
    return str(item).lower() if isinstance(item, bool) else str(item)


def by_shape(document: Document) -> Card:
    """Short values are facts; lists and mappings are tables."""
    facts, grids = [], []
    for name, value in document.items():
        title = name.replace("_", " ")
        if value in ([], {}):
            facts.append(f"{title}: none")
        elif (grid := _grid_of(title, value)) is not None:
            grids.append(grid)
        elif value is not None:
            facts.append(f"{title}: {one_line(value)}")
    return Card("", tuple(facts), tuple(grids))


def _grid_of(title: str, value: Any) -> Grid | None:
    """A table for a list or a mapping of documents, for a mapping of values and for a long list; None for the rest."""
    if isinstance(value, Mapping):
        if all(isinstance(item, Mapping) for item in value.values()):
            return _documents_grid(title, [{"name": key} | dict(item) for key, item in value.items()])
        return Grid(title, ("name", "value"), tuple((key, _cell(item)) for key, item in value.items()))
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return _documents_grid(title, value)
    if isinstance(value, list) and len(one_line(value)) > _LONG:
        return Grid("", (title,), tuple((_cell(item),) for item in value))
    return None


def _documents_grid(title: str, items: Sequence[Document]) -> Grid:
    columns = tuple(dict.fromkeys(key for item in items for key in item))
    rows = tuple(tuple(_cell(item.get(column)) for column in columns) for item in items)
    return Grid(title, tuple(column.replace("_", " ") for column in columns), rows, grouped=True)


def _cell(value: Any) -> Any:
    """Rows by table become their sum; other structures become one line."""
    if isinstance(value, Mapping) and value and all(type(item) is int for item in value.values()):
        return sum(value.values())
    return one_line(value) if isinstance(value, Mapping | list) else value
