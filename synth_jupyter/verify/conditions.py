"""Conditions on one column, true for a value that its type or rule excludes; NULL is never excluded here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol

from ..datatypes import DataType
from ..errors import NotFoundError
from ..generators.temporal import DAY, parse_duration
from ..plan.values import typed
from ..schema.model import Column, ForeignKey, Schema, Table
from ..sql import literal, quote
from ..warehouses.types import LONGEST_NUMERIC

_BOUNDED = ("uniform", "distribution")
_MIDNIGHT = "0001-01-01"


class Engine(Protocol):
    """What the texts depend on."""

    @property
    def dialect(self) -> str: ...

    def table(self, name: str) -> str: ...


def outside_range(column: Column, dialect: str) -> str:
    """True below `min` or above `max` of a rule with bounds; empty when there are none to compare."""
    options = column.rule.options
    if column.rule.name not in _BOUNDED or not (column.type.is_number or column.type.is_temporal):
        return ""
    value = comparable(column, dialect)
    parts = []
    if options.get("min") is not None:
        parts.append(f"{value} < {value_literal(typed(options['min'], column.type), column.type, dialect)}")
    if options.get("max") is not None:
        parts.append(_above(value, options["max"], column.type, dialect))
    return f"({' OR '.join(parts)})" if parts else ""


def too_long(column: Column, dialect: str) -> str:
    """True for a text of more characters, or a binary of more bytes, than the type has room for."""
    if column.type.length is None:
        return ""
    if column.type.kind == "binary":
        measure = "length" if dialect == "sqlite" else "octet_length"
        return f"{measure}({quote(column.name)}) > {column.type.length}"
    return f"length({quote(column.name)}) > {column.type.length}"


def outside_choices(column: Column, dialect: str) -> str:
    """True for a value that is not one of a rule's or an enum's list."""
    values: Sequence[Any] = ()
    if column.rule.name == "choices":
        values = [typed(value, column.type) for value in column.rule.options.get("values", ())]
    elif column.type.kind == "enum":
        values = column.type.labels
    listed = [value_literal(value, column.type, dialect) for value in values if value is not None]
    if not listed or column.type.kind in ("interval", "array", "binary", "json"):
        return ""
    return f"{comparable(column, dialect)} NOT IN ({', '.join(listed)})"


def comparable(column: Column, dialect: str) -> str:
    """The column in a form that compares as its type does: SQLite keeps long decimals as text."""
    name = quote(column.name)
    long = column.type.kind == "decimal" and (column.type.precision or 0) > LONGEST_NUMERIC
    return f"CAST({name} AS REAL)" if dialect == "sqlite" and long else name


def value_literal(value: Any, type: DataType, dialect: str) -> str:
    """A typed Python value as a literal that compares with the stored ones."""
    if isinstance(value, bool):
        return ("1" if value else "0") if dialect == "sqlite" else str(value).upper()
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        return f"CAST({literal(repr(value))} AS {'REAL' if dialect == 'sqlite' else 'DOUBLE PRECISION'})"
    if isinstance(value, datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        return literal(text + ("+00:00" if type.kind == "timestamptz" and dialect != "sqlite" else ""))
    if isinstance(value, time):
        return literal(value.isoformat(timespec="microseconds"))
    return literal(value.isoformat() if isinstance(value, date) else str(value))


def _above(value: str, most: Any, type: DataType, dialect: str) -> str:
    """A date as the `max` of a timestamp includes that day."""
    bound = typed(most, type)
    if isinstance(bound, datetime) and len(str(most)) == len(_MIDNIGHT):
        midnight = bound.replace(hour=0, minute=0, second=0, microsecond=0)
        return f"{value} >= {value_literal(midnight + timedelta(days=1), type, dialect)}"
    return f"{value} > {value_literal(bound, type, dialect)}"


@dataclass(frozen=True)
class AfterBase:
    """A column that must lie `least` to `most` microseconds after the column `base`, of its row or of a parent."""

    table: Table
    column: Column
    base: Column
    path: str
    least: int
    most: int | None
    link: ForeignKey | None = None

    def violating(self, engine: Engine) -> str:
        """The keys of the rows that lie before or too long after."""
        ours, theirs = f"c.{quote(self.column.name)}", f"{'p' if self.link else 'c'}.{quote(self.base.name)}"
        source = f"{engine.table(self.table.name)} AS c"
        if self.link:
            pairs = zip(self.link.columns, self.link.references, strict=True)
            same = " AND ".join(f"p.{quote(there)} = c.{quote(here)}" for here, there in pairs)
            source += f" JOIN {engine.table(self.link.table)} AS p ON {same}"
        key = self.table.primary_key or (self.column.name,)
        wanted = ", ".join(f"c.{quote(name)}" for name in key)
        return f"SELECT {wanted} FROM {source} WHERE {self._wrong(ours, theirs, engine.dialect)}"

    def _wrong(self, ours: str, theirs: str, dialect: str) -> str:
        if self.column.type.kind == "date" and self.base.type.kind != "date":
            return self._wrong_day(ours, theirs, dialect)
        if dialect == "sqlite":
            return f"{_days(ours)} < {_days(theirs)} + {self.least / DAY} - {_TICK}" + (
                f" OR {_days(ours)} > {_days(theirs)} + {self.most / DAY} + {_TICK}" if self.most else ""
            )
        stamp = "CAST({} AS TIMESTAMP)"
        moment, start = stamp.format(ours), stamp.format(theirs)
        span = "to_microseconds({})" if dialect == "duckdb" else "{} * INTERVAL '1 microsecond'"
        late = f" OR {moment} > {start} + {span.format(self.most)}" if self.most is not None else ""
        return f"{moment} < {start} + {span.format(self.least)}{late}"

    def _wrong_day(self, ours: str, theirs: str, dialect: str) -> str:
        """Days that follow a moment are counted from the first midnight at or after it, as they were made."""
        if dialect == "sqlite":
            ours, start = _days(ours), f"{_days(f'date({theirs})')} + ({_days(theirs)} > {_days(f'date({theirs})')})"
        else:
            day = f"CAST({theirs} AS DATE)"
            later = f"CAST({theirs} AS TIMESTAMP) > CAST({day} AS TIMESTAMP)"
            start = f"({day} + CASE WHEN {later} THEN 1 ELSE 0 END)"
        late = f" OR {ours} > {start} + {self.most // DAY}" if self.most is not None else ""
        return f"{ours} < {start} + {-(-self.least // DAY)}{late}"


_TICK = 1e-8
"""Days; a millisecond, since SQLite counts days in float64 and rounds moments to milliseconds."""


def _days(name: str) -> str:
    return f"julianday({name})"


def after_base(column: Column, table: Table, schema: Schema) -> AfterBase | None:
    """What an `after` rule refers to; nothing when its column is not a date or moment of this row or of a parent."""
    options = column.rule.options
    path = str(options.get("column", ""))
    base, link = _followed(path, table, schema)
    if base is None or base.type.kind not in ("date", "timestamp", "timestamptz"):
        return None
    least = parse_duration(str(options.get("min", "0s")))
    most = parse_duration(str(options["within"])) if options.get("within") else None
    return AfterBase(table, column, base, path, least, most, link)


def _followed(path: str, table: Table, schema: Schema) -> tuple[Column | None, ForeignKey | None]:
    for link in table.foreign_keys:
        for name in (link.name, *link.columns):
            if path.startswith(f"{name}."):
                return _column(schema.table(link.table), path[len(name) + 1 :]), link
    return _column(table, path), None


def _column(table: Table, name: str) -> Column | None:
    try:
        return table.column(name)
    except NotFoundError:
        return None
