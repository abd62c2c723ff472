"""What the statements of a script say, before names are resolved and rules are chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import SchemaError
from ..document.structure import MAX_COLUMNS
from ..findings import ReportLine

Name = tuple[str, ...]
"""(schema, table), or (table,) when the script does not say the schema."""


@dataclass(frozen=True)
class TypeFact:
    """A column's type in our words; `text` is empty when it must be found out (a computed column).

    `columns` are keys that the type brings with it (choices of a SET, the checks of a domain stand in `checks`).
    """

    text: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    required: bool = False
    serial: bool = False
    lost: str = ""


@dataclass
class ColumnFact:
    """One column, filled while its definition and later statements are read."""

    name: str
    type: TypeFact
    line: int
    nullable: bool = True
    sequence: dict[str, int] | None = None
    sequence_reason: str = ""
    default: str = ""
    computed: str = ""
    comment: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkFact:
    """A foreign key as written; no `references` means the parent's primary key. `actions` are ON DELETE, ON UPDATE."""

    columns: Name
    target: Name
    references: Name
    line: int
    actions: Name = ()


@dataclass
class TableFact:
    """One table, filled while its definition and later statements are read; `put` and `take_out` change its columns."""

    key: Name
    line: int
    columns: dict[str, ColumnFact] = field(default_factory=dict)
    primary_key: Name = ()
    unique: list[Name] = field(default_factory=list)
    links: list[LinkFact] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    comment: str = ""
    rows: Any = None
    constraints: dict[str, tuple[str, Any]] = field(default_factory=dict)
    folded: dict[str, ColumnFact] = field(default_factory=dict)

    def column(self, name: str) -> ColumnFact | None:
        """The column of that name, in any letter case."""
        return self.columns.get(name) or self.folded.get(name.casefold())

    def put(self, column: ColumnFact) -> None:
        """A new column; one of that name must not be there."""
        self.columns[column.name] = column
        self.folded.setdefault(column.name.casefold(), column)

    def take_out(self, column: ColumnFact) -> None:
        """Forget a column."""
        del self.columns[column.name], self.folded[column.name.casefold()]


@dataclass
class Script:
    """All that was read so far, and the report; `schema` is the one that unqualified names belong to just now."""

    dialect: str
    text: str
    tables: dict[Name, TableFact] = field(default_factory=dict)
    types: dict[str, TypeFact] = field(default_factory=dict)
    sequences: dict[str, dict[str, int]] = field(default_factory=dict)
    report: list[ReportLine] = field(default_factory=list)
    schema: str = ""
    folded: dict[Name, Name] = field(default_factory=dict)
    by_name: dict[str, list[Name]] = field(default_factory=dict)
    columns: int = 0

    def say(self, construct: str, where: str, outcome: str) -> None:
        """A line of the report."""
        self.report.append(ReportLine(construct, where, outcome))

    def lose(self, construct: str, where: str) -> None:
        """Report what is not carried over."""
        self.say(construct, where, "not carried")

    def key(self, name: Name) -> Name:
        """(schema, table) of a name in a CREATE: the schema is the current one when the name has none."""
        return (name[-2] if len(name) > 1 else self.schema, name[-1])

    def add(self, table: TableFact) -> None:
        """A new table; one of that name must have been dropped before. SchemaError where there are too many columns."""
        self.columns += len(table.columns)
        if self.columns > MAX_COLUMNS:
            raise SchemaError(
                f"the script has more than {MAX_COLUMNS:,} columns, the last of them in line {table.line}; "
                "nothing was stored",
                hint="leave out tables that are not needed, or make several experiments",
            )
        self.tables[table.key] = table
        self.folded[_folded(table.key)] = table.key
        self.by_name.setdefault(table.key[1].casefold(), []).append(table.key)

    def drop(self, table: TableFact) -> None:
        """Forget a table."""
        self.columns -= len(table.columns)
        del self.tables[table.key], self.folded[_folded(table.key)]
        self.by_name[table.key[1].casefold()].remove(table.key)

    def find(self, name: Name) -> TableFact | None:
        """The table that a name means: in its schema, else in the current one, else the only one called so."""
        for key in (self.key(name), (_DEFAULTS.get(self.dialect, ""), name[-1]) if len(name) == 1 else self.key(name)):
            if _folded(key) in self.folded:
                return self.tables[self.folded[_folded(key)]]
        called = self.by_name.get(name[-1].casefold(), [])
        if len(called) == 1 and (len(name) == 1 or not called[0][0] or called[0][0] == _DEFAULTS.get(self.dialect)):
            return self.tables[called[0]]
        return None

    def type_named(self, name: Name) -> TypeFact | None:
        """A user's own type."""
        return self.types.get(".".join(name).casefold()) or self.types.get(name[-1].casefold())


_DEFAULTS = {"postgres": "public", "redshift": "public", "tsql": "dbo", "snowflake": "public", "duckdb": "main"}


def _folded(key: Name) -> Name:
    return tuple(part.casefold() for part in key)
