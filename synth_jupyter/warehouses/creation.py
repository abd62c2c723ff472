"""A schema as the statements that make its tables, in any dialect, comments included; what it cannot say is said so."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..datatypes import DataType
from ..schema.model import Column, Schema, Table
from ..sql import dialect_named, literal, quote, respelled
from .constraints import TableDesign, comments, create_table, design
from .types import ENGINES

_TEXT, _UUID, _SPAN = DataType("text"), DataType("char", length=36), DataType("varchar", length=40)
_JSON, _KEY = DataType("json"), DataType("varchar", length=255)
# By dialect: the kinds of types that it lacks, and what stands for them.
_LACKING: dict[str, dict[str, DataType]] = {
    "mysql": {"array": _JSON, "interval": _SPAN, "uuid": _UUID},
    "tsql": {"array": _TEXT, "interval": _SPAN, "json": _TEXT},
    "oracle": {"array": _TEXT, "interval": _SPAN, "uuid": _UUID},
    "redshift": {"array": _TEXT, "interval": _SPAN, "uuid": _UUID, "json": _TEXT},
    "snowflake": {"interval": _SPAN, "uuid": _UUID},
}  # fmt: skip
_BOUNDED_KEYS = ("mysql", "tsql", "oracle")
"""Dialects that have no keys of texts without a length."""
_LONG_BINARY = {"mysql": "LONGBLOB", "tsql": "VARBINARY(MAX)"}
_BINARY = re.compile(r"^(\s+(?:`(?:[^`]|``)+`|\[(?:[^]]|]])+\])) VARBINARY\b", re.M)


def create_script(schema: Schema, dialect: str) -> str:
    """The statements that make the schema's tables with every key; what the engine cannot hold stands in comments.

    A dialect that nothing is loaded into gets postgres' statements, respelled.

    Raises:
        QueryError: there is no such dialect, or it cannot say one of the statements.
    """
    target = dialect_named(dialect)
    own = target if target in ENGINES else "postgres"
    fitting, other = _fitting(schema, target)
    designs = design(fitting, own, trees=[table.name for table in schema.tables])
    designs = designs if own == target else [_inlined(one) for one in designs]
    made = [create_table(one, own, remarks=target == "mysql") for one in designs]
    made += [f"ALTER TABLE {quote(one.table.name)} ADD {clause}" for one in designs for clause in one.after]
    lost = [f"-- {one.table.name}: {' '.join(reason.split())}\n" for one in designs for reason in one.not_enforced]
    spelled = made if own == target else [respelled(sql, own, target) for sql in made]
    if target in _LONG_BINARY:
        spelled = [_BINARY.sub(rf"\1 {_LONG_BINARY[target]}", sql) for sql in spelled]
    said = [sql for one in designs for sql in _SAID.get(target, comments)(one)]
    return "".join([*(f"{sql};\n" for sql in [*spelled, *said]), *lost, *other])


def _inlined(design: TableDesign) -> TableDesign:
    """The same design with all but foreign keys in the CREATE TABLE, which every dialect takes there."""
    links = tuple(clause for clause in design.after if clause.startswith("FOREIGN KEY"))
    return replace(design, inline=tuple(clause for clause in design.after if clause not in links), after=links)


def _fitting(schema: Schema, target: str) -> tuple[Schema, list[str]]:
    """The schema with types that the dialect has, and a line for each column whose type is another now."""
    lines: list[str] = []
    referenced = {(key.table, name) for table in schema.tables for key in table.foreign_keys for name in key.references}

    def fitted(column: Column, table: Table) -> Column:
        in_key = any(column.name in key for key in table.keys) or (table.name, column.name) in referenced
        linked = table.foreign_key_of(column.name) is not None
        kind = _LACKING.get(target, {}).get(column.type.kind, column.type)
        if kind.is_text and kind.length is None and (in_key or linked) and target in _BOUNDED_KEYS:
            kind = _KEY
        if column.type.kind == "enum" and target not in ENGINES:
            return replace(column, type=DataType("varchar", length=max(map(len, column.type.labels))))
        if kind != column.type:
            lines.append(f"-- {table.name}.{column.name}: {column.type} as {kind}\n")
        return replace(column, type=kind)

    tables = [
        replace(
            table, columns=tuple(fitted(one, table) for one in table.columns), checks=(*table.checks, *_listed(table))
        )
        if target not in ENGINES
        else replace(table, columns=tuple(fitted(one, table) for one in table.columns))
        for table in schema.tables
    ]
    return replace(schema, tables=tuple(tables)), lines


def _listed(table: Table) -> Iterator[str]:
    """Enums as checks of texts that are as wide as the longest label, as other dialects have them."""
    for column in table.columns:
        if column.type.kind == "enum":
            yield f"{quote(column.name)} IN ({', '.join(map(literal, column.type.labels))})"


def _remarks(design: TableDesign) -> Iterator[tuple[str, str]]:
    """(column or nothing for the table, what is said of it)."""
    if design.table.comment:
        yield "", design.table.comment
    yield from ((column.name, column.comment) for column in design.table.columns if column.comment)


def _extended_properties(design: TableDesign) -> list[str]:
    """T-SQL keeps comments as properties of the schema's objects."""
    table = f"N'SCHEMA', N'dbo', N'TABLE', N{literal(design.table.name)}"
    return [
        f"EXEC sp_addextendedproperty N'MS_Description', N{literal(text)}, {table}"
        + (f", N'COLUMN', N{literal(column)}" if column else "")
        for column, text in _remarks(design)
    ]


def _descriptions(design: TableDesign) -> list[str]:
    """BigQuery keeps them as options."""
    table = f"ALTER TABLE {quote(design.table.name, 'bigquery')}"
    places = {"": table} | {
        column.name: f"{table} ALTER COLUMN {quote(column.name, 'bigquery')}" for column in design.table.columns
    }
    return [f"{places[column]} SET OPTIONS (description = {_escaped(text)})" for column, text in _remarks(design)]


def _table_comment(design: TableDesign) -> list[str]:
    """MySQL keeps those of columns in their definitions."""
    said = design.table.comment
    return [f"ALTER TABLE {quote(design.table.name, 'mysql')} COMMENT = {_escaped(said)}"] if said else []


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{plain}'"


def _with_escapes(design: TableDesign) -> list[str]:
    """Snowflake and Redshift read backslashes in texts."""
    return [sql.replace("\\", "\\\\") for sql in comments(design)]


def _in_place(design: TableDesign) -> list[str]:
    """SQLite keeps them in the text of CREATE TABLE."""
    return []


_SAID: dict[str, Callable[[TableDesign], list[str]]] = {
    "tsql": _extended_properties, "bigquery": _descriptions, "mysql": _table_comment, "sqlite": _in_place,
    "snowflake": _with_escapes, "redshift": _with_escapes,
}  # fmt: skip
