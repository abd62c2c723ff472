"""What the data should be: a relational schema as frozen values, complete and consistent by construction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa

from ..datatypes import DataType
from ..errors import NotFoundError

DECLARED = "declared in the document"
"""Why a rule is what it is when nobody had to choose it: said to people, and never written into a document."""


@dataclass(frozen=True)
class Rule:
    """How values come about: the registered name of a generator and its options, with the reason when inferred."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.name}({shown})" if shown else self.name


@dataclass(frozen=True)
class Column:
    """One column; `nulls` is the share of NULLs in [0, 1], `when` an SQL condition outside which it is NULL."""

    name: str
    type: DataType
    rule: Rule
    nullable: bool = False
    nulls: float = 0.0
    when: str = ""
    comment: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """`columns` point at `references` of `table`; `rule` says how a parent row is chosen, `nulls` how often none is."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    rule: Rule = field(default_factory=lambda: Rule("uniform_parent"))
    nulls: float = 0.0

    @property
    def name(self) -> str:
        """How expressions and followed columns call it: its column, or its columns joined by a comma."""
        return ",".join(self.columns)


@dataclass(frozen=True)
class Rows:
    """How many rows: `count`, or so many `per` row of a parent table through the foreign key `via`.

    For `per`, every parent has between `min` and `max` children and there are exactly `total` of them, or
    round(`mean` x parents), or round((`min` + `max`) / 2 x parents). `childless` is the exact share of parents
    with none. A `fixed` count stays the same at every scale.
    """

    count: int | None = None
    per: str = ""
    via: tuple[str, ...] = ()
    min: int = 0
    max: int = 0
    mean: Decimal | None = None
    total: int | None = None
    childless: Decimal | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Table:
    """One table; every name in a key is one of its columns."""

    name: str
    columns: tuple[Column, ...]
    rows: Rows
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[str, ...] = ()
    comment: str = ""

    def column(self, name: str) -> Column:
        """The column called `name`, in any letter case if only one fits; NotFoundError otherwise."""
        found = _named(self.columns, name)
        if found is None:
            raise NotFoundError.of(f"column in {self.name!r} called", name, (column.name for column in self.columns))
        return found

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The primary key and every unique constraint, each once."""
        keys = ((self.primary_key,) if self.primary_key else ()) + self.unique
        return tuple(dict.fromkeys(keys))

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the table's data, columns in document order."""
        return pa.schema([pa.field(column.name, column.type.arrow, column.nullable) for column in self.columns])

    def foreign_key_of(self, column: str) -> ForeignKey | None:
        """The first foreign key that `column` is part of."""
        return next((key for key in self.foreign_keys if column in key.columns), None)


@dataclass(frozen=True)
class Schema:
    """An experiment's schema; every foreign key ends at a key of one of its tables.

    `namespace` is the database schema that all tables were in: `sales.orders` also means `orders` then.
    """

    name: str
    tables: tuple[Table, ...]
    seed: int | None = None
    warehouse: str = ""
    description: str = ""
    namespace: str = ""

    def table(self, name: str) -> Table:
        """The table called `name`, in any letter case and without its schema if only one fits; else NotFoundError."""
        found = _named(self.tables, name) or _named(self.tables, self.without_namespace(name)) or self._called(name)
        if found is None:
            raise NotFoundError.of("table", name, (table.name for table in self.tables))
        return found

    def _called(self, name: str) -> Table | None:
        """The only table that is called so in its schema: `orders` of `sales.orders`."""
        fitting = [table for table in self.tables if table.name.casefold().endswith(f".{name.casefold()}")]
        return fitting[0] if len(fitting) == 1 else None

    def without_namespace(self, name: str) -> str:
        """What follows the namespace in a name that begins with it; else the name."""
        start = f"{self.namespace}.".casefold()
        return name[len(start) :] if self.namespace and name.casefold().startswith(start) else name

    def parents_first(self) -> Iterator[Table]:
        """The tables, parents before children where the foreign keys are acyclic; document order otherwise."""
        placed: set[str] = set()
        waiting = list(self.tables)
        while waiting:
            ready = [table for table in waiting if _parents(table) <= placed] or waiting[:1]
            for table in ready:
                yield table
                placed.add(table.name)
            waiting = [table for table in waiting if table.name not in placed]


_Named = TypeVar("_Named", "Column", "Table")


def _parents(table: Table) -> set[str]:
    return {key.table for key in table.foreign_keys} - {table.name}


def _named(things: tuple[_Named, ...], name: str) -> _Named | None:
    exact = [thing for thing in things if thing.name == name]
    folded = exact or [thing for thing in things if thing.name.casefold() == name.casefold()]
    return folded[0] if len(folded) == 1 else None
