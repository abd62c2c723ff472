"""One column of a table: its name, its type, and what the type brings with it."""

import re

from .cursor import Cursor, Unreadable
from .definition import Definition, quoted
from .facts import ColumnFact, Script, TableFact, TypeFact
from .options import begins, read_options
from .types import read_type


def read_column(cursor: Cursor, table: TableFact, script: Script) -> ColumnFact:
    """The column that a definition means, added to its table.

    Raises:
        Unreadable: its name or type is missing, or a bracket is never closed.
    """
    line = cursor.line
    name = cursor.name()
    if table.column(name) is not None:
        raise Unreadable(f"the column {name!r} is there already")
    untyped = cursor.done or begins(cursor) or cursor.peek().key == ":"
    column = ColumnFact(
        name, TypeFact("" if cursor.sees("AS") else "text") if untyped else read_type(cursor, script), line
    )
    table.put(column)
    definition = Definition(cursor, column, table, script)
    _note_type(definition, untyped)
    read_options(definition)
    return column


def _note_type(definition: Definition, untyped: bool) -> None:
    column, kind = definition.column, definition.column.type
    if kind.lost:
        definition.lose(kind.lost)
    if untyped and kind.text:
        definition.script.say("no type, read as text", definition.where, "kept")
    column.nullable = column.nullable and not kind.required
    column.keys |= {key: value for key, value in kind.keys.items() if key not in ("least", "bare_number")}
    if kind.serial:
        column.sequence, column.sequence_reason = {"start": 1, "step": 1}, "serial"
        column.nullable = False
    if "least" in kind.keys:
        definition.table.checks.append(f"{quoted(column.name, definition.script)} >= 0")
    for check in kind.checks:
        definition.table.checks.append(of_column(check, column.name, definition.script))


def of_column(check: str, name: str, script: Script) -> str:
    """A domain's check, which calls the value VALUE, for one column."""
    return re.sub(r"\bVALUE\b", lambda _: quoted(name, script), check, flags=re.I)
