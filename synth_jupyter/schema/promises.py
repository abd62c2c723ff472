"""What the rules of columns promise of their values before any is made: bounds, scale, length, NULLs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..datatypes import DataType
from ..errors import NotFoundError, QueryError, SchemaError
from ..generators import grammar
from ..sql import Fact, ParsedExpression, known, parse_expression
from .counts import expected_rows
from .model import Column, Schema, Table

WRITTEN = {"uuid": 36, "date": 10, "timestamp": 26, "timestamptz": 29, "time": 15}
"""Characters that values of these types have as text, at most."""


@dataclass
class Promises:
    """What columns promise, by table and column; `_made` remembers, `_making` guards against circles."""

    schema: Schema
    _made: dict[tuple[str, str], Fact] = field(default_factory=dict)
    _making: set[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        return expected_rows(self.schema)

    def column(self, table: Table, path: str) -> Column:
        """The column at the end of a path; nullable where a key on the way may be NULL.

        Raises:
            NotFoundError: there is no such column, or no such foreign key.
        """
        try:
            return table.column(path)
        except NotFoundError:
            for key in table.foreign_keys:
                if path.casefold().startswith(f"{key.name.casefold()}."):
                    end = self.column(self.schema.table(key.table), path[len(key.name) + 1 :])
                    loose = any(table.column(name).nullable for name in key.columns)
                    return replace(end, nullable=end.nullable or loose)
            raise

    def facts(self, table: Table, tree: ParsedExpression) -> dict[str, Fact]:
        return {path: self.fact(table, path) for path in tree.columns}

    def fact(self, table: Table, path: str) -> Fact:
        """What the column at the end of a path promises."""
        column = self.column(table, path)
        here = table
        while path not in {one.name for one in here.columns}:
            if any(one.name.casefold() == path.casefold() for one in here.columns):
                path = here.column(path).name
                break
            key = next(key for key in here.foreign_keys if path.casefold().startswith(f"{key.name.casefold()}."))
            here, path = self.schema.table(key.table), path[len(key.name) + 1 :]
        return replace(self._own(here, here.column(path)), nullable=column.nullable)

    def _own(self, table: Table, column: Column) -> Fact:
        node = (table.name, column.name)
        if node in self._made:
            return self._made[node]
        if node in self._making:
            return _of_type(column.type)
        self._making.add(node)
        self._made[node] = _within(self._by_rule(table, column), _of_type(column.type))
        self._making.discard(node)
        return self._made[node]

    def _by_rule(self, table: Table, column: Column) -> Fact:
        options, name = column.rule.options, column.rule.name
        if name == "reference":
            key = table.foreign_key_of(column.name)
            if key is None:
                return Fact()
            parent = self.schema.table(key.table)
            return self._own(parent, parent.column(key.references[key.columns.index(column.name)]))
        if name == "expression":
            return self._computed(table, str(options["sql"]))
        if name == "position":
            return Fact(Fraction(1), Fraction(max(table.rows.max, 1)), 0)
        if name == "sequence":
            return _counted(options, self.rows.get(table.name, 0))
        return _by_options(column)

    def _computed(self, table: Table, sql: str) -> Fact:
        try:
            tree = parse_expression(sql)
            return known(tree, self.facts(table, tree)).fact
        except (QueryError, NotFoundError):
            return Fact()


def _counted(options: Mapping[str, Any], rows: int) -> Fact:
    start, step = Fraction(str(options.get("start", 1))), Fraction(str(options.get("step", 1)))
    ends = (start, start + step * max(rows - 1, 0))
    return Fact(min(ends), max(ends), 0)


def _by_options(column: Column) -> Fact:
    """What a rule's options promise of numbers and of texts."""
    options, kind = column.rule.options, column.type
    values = options.get("values") or ([options["value"]] if options.get("value") is not None else [])
    if kind.is_number:
        ends = [*values, *(options[key] for key in ("min", "max") if options.get(key) is not None)]
        numbers = [Fraction(Decimal(str(value))) for value in ends if value is not None]
        low = min(numbers) if numbers and (values or options.get("min") is not None) else None
        return Fact(low, max(numbers) if numbers and (values or options.get("max") is not None) else None)
    if not kind.is_text:
        return Fact()
    if values:
        return Fact(longest=max(len(str(value)) for value in values))
    if column.rule.name == "pattern":
        try:
            return Fact(longest=grammar.longest(grammar.parse(str(options["pattern"]))))
        except SchemaError:
            return Fact()
    longest = options.get("max_length") if column.rule.name == "text" else 36 if column.rule.name == "uuid" else None
    return Fact(longest=longest)


def _of_type(kind: DataType) -> Fact:
    if kind.is_integer or kind.kind == "decimal":
        low, high = number_limits(kind)
        return Fact(low, high, kind.scale or 0)
    if kind.kind == "enum":
        return Fact(longest=max(map(len, kind.labels)))
    if kind.kind == "boolean":
        return Fact(longest=5)
    return Fact(longest=kind.length if kind.is_text else WRITTEN.get(kind.kind))


def _within(fact: Fact, limits: Fact) -> Fact:
    """The narrower of both, end by end."""
    low = fact.low if limits.low is None or (fact.low is not None and fact.low > limits.low) else limits.low
    high = fact.high if limits.high is None or (fact.high is not None and fact.high < limits.high) else limits.high
    lengths = [one for one in (fact.longest, limits.longest) if one is not None]
    return Fact(low, high, limits.scale, min(lengths) if lengths else None)


def number_limits(kind: DataType) -> tuple[Fraction, Fraction]:
    """The least and the most value of a whole number's or decimal's type."""
    if kind.is_integer:
        low, high = kind.integer_range
        return Fraction(low), Fraction(high)
    most = Fraction(10 ** (kind.precision or 38), 10 ** (kind.scale or 0))
    half = Fraction(1, 2 * 10 ** (kind.scale or 0))
    return -most + half, most - half
