"""Enumerations in dialects that have no such type: a text no wider than the values that its check lists."""

import re
from collections.abc import Collection

from ...datatypes import DataType
from ...sql import terms
from .conditions import parsed
from .cursor import Unreadable, brief
from .definition import shown
from .facts import ColumnFact, Script, TableFact, TypeFact

_HAVE_ENUMS = ("postgres", "mysql", "duckdb")
_LISTS = re.compile(r"\bIN\s*\(", re.I)
_TEXT = re.compile(r"'((?:[^'\\]|\\.|'')*)'")
_ESCAPED = re.compile(r"''|\\.")
_WIDTH = re.compile(r"varchar\((\d+)\)")


def settle_enums(table: TableFact, script: Script) -> None:
    """Make enums of columns `VARCHAR(n) CHECK (x IN (..))` where n is the length of the longest value that is listed.

    Nothing but those values fits such a column, so it holds exactly what an enum of them does, and is written back as
    it was read. A wider column keeps its type and its check, and so does one of a key.
    """
    if script.dialect in _HAVE_ENUMS:
        return
    linked = {name.casefold() for link in table.links for name in link.columns}
    linked |= {name.casefold() for key in (table.primary_key, *table.unique) for name in key}
    widths = {int(width[1]) for one in table.columns.values() if (width := _WIDTH.fullmatch(one.type.text))}
    for source in [check for check in table.checks if _may_fill(check, widths)]:
        column, labels = _listed(source, table, script)
        if column is None or column.name.casefold() in linked or not _fills(column, labels):
            continue
        column.type = TypeFact(str(DataType("enum", labels=labels)))
        table.checks.remove(source)
        script.say(f"CHECK ({brief(source, 120)})", shown(table), "compiled")
        script.say(f"varchar({len(max(labels, key=len))}) as an enum", f"{shown(table)}.{column.name}", "kept")


def _may_fill(source: str, widths: Collection[int]) -> bool:
    """Whether the longest text in a check is as long as some column; looked at before anything is parsed."""
    longest = max((len(_ESCAPED.sub("x", text)) for text in _TEXT.findall(source)), default=0)
    return bool(_LISTS.search(source)) and longest in widths


def _listed(source: str, table: TableFact, script: Script) -> tuple[ColumnFact | None, tuple[str, ...]]:
    """The column and the texts of a check that says no more than that it is one of them."""
    try:
        found = terms(parsed(source, script.dialect)) or []
    except Unreadable:
        return None, ()
    if len(found) != 1 or found[0].kind != "in" or not all(isinstance(value, str) for value in found[0].value):
        return None, ()
    return table.column(found[0].column), tuple(dict.fromkeys(found[0].value))


def _fills(column: ColumnFact, labels: tuple[str, ...]) -> bool:
    width = _WIDTH.fullmatch(column.type.text)
    return width is not None and int(width[1]) == max(map(len, labels))
