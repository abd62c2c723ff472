"""Comments that begin with @synth: how many rows a table has, and how a column's values come about."""

import re
from collections.abc import Sequence
from typing import Any

from ...datatypes import DataType
from .cursor import brief
from .definition import shown
from .facts import ColumnFact, Script, TableFact, TypeFact
from .tokens import Token

_MARK = re.compile(r"(?:--|#|/\*)\s*@synth\b:?\s*(.*?)\s*(?:\*/)?$", re.S)
_WORD = re.compile(r"([A-Za-z_]\w*)\s*=\s*(\"[^\"]*\"|'[^']*'|\S+)|(\S+)")
_TEXTS = ("faker", "pattern", "expr", "after", "within", "when", "generator", "comment", "min", "max")
_FLAGS = {"true": True, "false": False}


def apply_hints(comments: Sequence[Token], script: Script) -> None:
    """Every hint goes to the table or column that it names, or in whose definition it stands; others are reported."""
    for comment in comments:
        match = _MARK.match(comment.value)
        if match:
            _apply(match[1], comment.line, script)


def _apply(text: str, line: int, script: Script) -> None:
    construct, where = f"@synth {brief(text)}", f"line {line}"
    named: list[str] = []
    given: dict[str, str] = {}
    for key, value, word in _WORD.findall(text):
        if word:
            named.append(word)
        else:
            given[key.lower()] = value[1:-1] if value[0] in "\"'" else value
    table, column = _target([word for word in named if word.lower() not in ("table", "column")], line, script)
    if table is None or not given:
        script.lose(f"{construct}: " + ("it names no table or column" if given else "it says nothing"), where)
        return
    for key, value in given.items():
        target = shown(table) if column is None or key == "rows" else f"{shown(table)}.{column.name}"
        said = _retyped(table, column, value, script) if key == "type" and column else _hint(table, column, key, value)
        script.say(f"@synth {key}={brief(value)}" + said, target, "not carried" if said else "compiled")


def _target(named: list[str], line: int, script: Script) -> tuple[TableFact | None, ColumnFact | None]:
    """The table and column that are named, or those on whose lines the hint stands."""
    around = max((one for one in script.tables.values() if one.line <= line), key=lambda one: one.line, default=None)
    if not named:
        beside = [] if around is None else [one for one in around.columns.values() if one.line == line]
        following = min(
            (one for one in script.tables.values() if one.line > line), key=lambda one: one.line, default=None
        )
        if beside:
            return around, beside[-1]
        inside = around is not None and line <= max(one.line for one in around.columns.values())
        return (around if inside else following or around), None
    parts = tuple(named[0].split("."))
    table = script.find(parts)
    if table is not None:
        return table, table.column(named[1]) if len(named) > 1 else None
    if len(parts) > 1 and (table := script.find(parts[:-1])) is not None and table.column(parts[-1]):
        return table, table.column(parts[-1])
    beside_column = around.column(named[0]) if around is not None else None
    return (around, beside_column) if beside_column is not None else (None, None)


def _hint(table: TableFact, column: ColumnFact | None, key: str, value: str) -> str:
    """Note one hint; what is wrong with it, if anything."""
    if key == "rows":
        plain = value.replace("_", "").replace(",", "")
        if not plain.isdecimal() or len(plain) > 15:
            return ": must be a whole number"
        table.rows = int(plain)
        return ""
    if column is None:
        return ": is for a column; name it"
    if key in ("choices", "weights"):
        column.hints["choices"] = _choices(value)
    elif key == "nulls" or key in _TEXTS:
        column.hints[key] = value
    elif key == "distribution" and ":" in value:
        name, _, number = value.partition(":")
        column.hints[key] = {name: number}
    else:
        return ": no such hint is known"
    return ""


def _retyped(table: TableFact, column: ColumnFact, value: str, script: Script) -> str:
    """Give the column a type that its dialect lacks: `type=int[]`; what the one that it has would lose is not lost."""
    try:
        column.type = TypeFact(str(DataType.parse(value)))
    except ValueError as error:
        return f": {error}"
    where = f"{shown(table)}.{column.name}"
    script.report = [line for line in script.report if line.where != where or not line.construct.startswith("type ")]
    return ""


def _choices(value: str) -> Any:
    """`a,b,c`, or `a:8,b:1` with weights."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if all(":" in part for part in parts):
        return {part.rpartition(":")[0]: _number(part.rpartition(":")[2]) for part in parts}
    return parts


def _number(text: str) -> Any:
    return int(text) if text.isdecimal() else text
