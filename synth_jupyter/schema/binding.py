"""Expressions, checks and conditions against the columns' types: what could never work is told before it is stored."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..datatypes import DataType
from ..duck import result_types
from ..errors import NotFoundError, QueryError
from ..sql import Fact, ParsedExpression, known, parse_expression
from .findings import Place
from .model import Column, Schema, Table
from .promises import WRITTEN, Promises, number_limits

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE", "INTEGER_LITERAL")
_FITTING: Mapping[str, tuple[str, ...]] = {
    "boolean": ("BOOLEAN",), "date": ("DATE", "TIMESTAMP"), "time": ("TIME",),
    "timestamp": ("DATE", "TIMESTAMP"), "timestamptz": ("DATE", "TIMESTAMP"), "interval": ("INTERVAL",),
    "uuid": ("VARCHAR", "UUID"), "json": ("VARCHAR", "JSON"), "enum": ("VARCHAR",), "binary": ("BLOB",),
}  # fmt: skip
_SAID = {"VARCHAR": "text", "BIGINT": "whole numbers", "HUGEINT": "whole numbers", "INTEGER": "whole numbers",
         "BOOLEAN": "true and false", "DOUBLE": "double", "INTEGER_LITERAL": "a whole number",
         "INT64": "bigint"}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """One expression: what it is for (expr, when, check), where it stands, and the column that it makes."""

    use: str
    place: Place
    sql: str
    column: Column | None = None


def unfit_expressions(schema: Schema) -> Iterator[tuple[Place, str]]:
    """Place and message of every expression, check and condition of the schema that cannot work.

    Nothing is generated: types come from DuckDB's binder, bounds and NULLs from what the columns' rules promise.
    """
    reader = Promises(schema)
    for table in schema.tables:
        asked = list(_asked(table))
        if asked:
            yield from _Binding(reader, table, asked).wrong()


def _asked(table: Table) -> Iterator[_Asked]:
    for column in table.columns:
        place = ("tables", table.name, "columns", column.name)
        if column.rule.name == "expression":
            yield _Asked("expr", (*place, "expr"), str(column.rule.options["sql"]), column)
        if column.when:
            yield _Asked("when", (*place, "when"), column.when)
    for at, key in enumerate(table.foreign_keys):
        if where := key.rule.options.get("where"):
            below = ("columns", key.name) if len(key.columns) == 1 else ("foreign_keys", at)
            yield _Asked("where", ("tables", table.name, *below, "where"), where)
    for at, check in enumerate(table.checks):
        yield _Asked("check", ("tables", table.name, "checks", at), check)


@dataclass
class _Binding:
    """The expressions of one table, bound together."""

    reader: Promises
    table: Table
    asked: list[_Asked]

    def wrong(self) -> Iterator[tuple[Place, str]]:
        """Place and message of everything that cannot work."""
        parsed: list[tuple[_Asked, ParsedExpression]] = []
        columns: dict[str, Column] = {}
        for one in self.asked:
            try:
                tree = parse_expression(one.sql)
                columns |= {path: self.reader.column(self.table, path) for path in tree.columns}
                if one.use == "check":
                    _own(tree, self.table)
            except (QueryError, NotFoundError) as error:
                yield one.place, error.message + (f"; {error.hint}" if error.hint else "")
            else:
                parsed.append((one, tree))
        names = {path: f"c{at}" for at, path in enumerate(columns)}
        types = {names[path]: column.type.arrow for path, column in columns.items()}
        bound = result_types([tree.render(names) for _, tree in parsed], types)
        originals = {name: path for path, name in names.items()}
        for (one, tree), made in zip(parsed, bound, strict=True):
            if isinstance(made, QueryError):
                yield one.place, _named(made.message, originals)
            else:
                yield from ((one.place, message) for message in self._unfit(one, tree, made))

    def _unfit(self, one: _Asked, tree: ParsedExpression, made: str) -> Iterator[str]:
        if one.column is None:
            if made not in ("BOOLEAN", '"NULL"'):
                what = "a condition is true or false, and this makes"
                yield f"{what} {_said(made)}: {one.sql}; write a comparison, such as {_first(tree)} = 1"
            found = known(tree, self.reader.facts(self.table, tree))
            yield from (f"{danger}: {one.sql}" for danger in found.dangers if one.use != "check")
            return
        found = known(tree, self.reader.facts(self.table, tree), _condition(one.column))
        yield from (f"{danger}: {one.sql}" for danger in found.dangers)
        if found.fact.nullable and not (one.column.nullable or one.column.when):
            yield f"may be NULL, and the column is NOT NULL: {one.sql}; write nullable: true, or coalesce(.., value)"
        if wrong := _misfit(one.column.type, made, found.fact):
            yield f"{wrong}: {one.sql}"


def _condition(column: Column) -> ParsedExpression | None:
    """Where the column has a value at all; None when that is everywhere, or cannot be read."""
    try:
        return parse_expression(column.when) if column.when else None
    except QueryError:
        return None


def _own(tree: ParsedExpression, table: Table) -> None:
    """A check speaks of its own row alone."""
    for path in tree.columns:
        table.column(path)


def _named(message: str, originals: Mapping[str, str]) -> str:
    for name in sorted(originals, key=len, reverse=True):
        message = message.replace(f'"{name}"', originals[name])
    applied = re.search(r"arguments? '?(?:types )?'?([^\s(]+)\(([^)]*)\)'", message)
    if applied:
        kinds = " and ".join(_said(one.strip()) for one in applied[2].split(","))
        return f"{applied[1]} cannot be applied to {kinds}; write CAST(.. AS ..) around the one of the wrong type"
    for word, said in _SAID.items():
        message = re.sub(rf"\b{word}\b", said, message)
    return message.partition(" (line ")[0]


def _first(tree: ParsedExpression) -> str:
    return tree.columns[0] if tree.columns else "a"


def _said(made: str) -> str:
    return _SAID.get(made.partition("(")[0], made.lower())


def _misfit(kind: DataType, made: str, fact: Fact) -> str:
    """Why values of DuckDB's type `made` do not fit the column's type; empty when they do."""
    word = made.partition("(")[0].partition(" WITH")[0]
    if word == '"NULL"':
        return ""
    if kind.is_number:
        return _number_misfit(kind, fact) if word in _NUMBERS else _other(kind, made)
    if kind.is_text:
        return _text_misfit(kind, word, fact)
    if kind.kind == "array":
        return "" if made.endswith("[]") else _other(kind, made)
    return "" if word in _FITTING[kind.kind] else _other(kind, made)


def _other(kind: DataType, made: str) -> str:
    return f"makes {_said(made)}, not {kind}; change the type, or write CAST(.. AS {_cast_name(kind)})"


def _cast_name(kind: DataType) -> str:
    return {"real": "float", "timestamptz": "timestamp"}.get(kind.kind, str(kind))


def _number_misfit(kind: DataType, fact: Fact) -> str:
    if kind.kind in ("real", "double"):
        return ""
    low, high = number_limits(kind)
    if kind.kind == "bigint" and not fact.bounded:
        return ""
    if fact.low is not None and fact.high is not None and low <= fact.low and fact.high <= high:
        return ""
    way = f"declare a wider type, or write CAST(.. AS {kind}) if you know that it fits"
    if fact.low is None or fact.high is None:
        return f"cannot be shown to fit {kind}, as its bounds are not known; {way}"
    return f"makes numbers from {_plain(fact.low)} to {_plain(fact.high)}, too large for {kind}; {way}"


def _text_misfit(kind: DataType, word: str, fact: Fact) -> str:
    if kind.length is None:
        return ""
    most = WRITTEN.get(word.lower(), fact.characters)
    if most is not None and most <= kind.length:
        return ""
    way = f"write left(.., {kind.length})" + (f" or varchar({most})" if most is not None else " or text")
    long = "any length, as far as is known" if most is None else f"up to {most:,} characters"
    return f"makes text of {long}, and {kind} has room for {kind.length:,}; {way}"


def _plain(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.2f}"
