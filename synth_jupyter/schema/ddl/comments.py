"""What is said of tables and columns by statements of their own: COMMENT ON, and T-SQL's MS_Description."""

from .cursor import Cursor, Unreadable, brief
from .definition import shown
from .facts import Script

_PROPERTY = ("@NAME", "@VALUE", "@LEVEL0TYPE", "@LEVEL0NAME", "@LEVEL1TYPE", "@LEVEL1NAME", "@LEVEL2TYPE",
             "@LEVEL2NAME")  # fmt: skip


def comment_on(cursor: Cursor, script: Script) -> None:
    """COMMENT ON TABLE or COLUMN; on anything else it is reported."""
    kind = cursor.take().key
    name = cursor.qualified() if kind in ("TABLE", "COLUMN") else ()
    cursor.accept("IS")
    text = cursor.take() if name else None
    if kind == "TABLE" and text is not None:
        table = script.find(name)
        if table is None:
            raise Unreadable(f"there is no table {'.'.join(name)!r}")
        table.comment = "" if text.key == "NULL" else text.value
        script.say("comment", shown(table), "kept")
        return
    if kind != "COLUMN" or text is None:
        script.lose(brief(cursor.source), f"line {cursor.line}")
        return
    table = script.find(name[:-1]) if len(name) > 1 else None
    column = table.column(name[-1]) if table else None
    if table is None or column is None:
        raise Unreadable(f"there is no column {'.'.join(name)!r}")
    column.comment = "" if text.key == "NULL" else text.value
    script.say("comment", f"{shown(table)}.{column.name}", "kept")


def extended_property(cursor: Cursor, script: Script) -> bool:
    """Whether it is a call that says something of a table or a column, which is kept.

    Raises:
        Unreadable: there is no such table or column.
    """
    reader = Cursor(cursor.text, cursor.tokens, 1)
    if reader.peek().kind not in ("word", "name") or reader.qualified()[-1].casefold() != "sp_addextendedproperty":
        return False
    given = _arguments(reader)
    if given.get("@NAME") != "MS_Description" or given.get("@LEVEL1TYPE", "").upper() != "TABLE":
        return False
    name = tuple(filter(None, (given.get("@LEVEL0NAME", ""), given.get("@LEVEL1NAME", ""))))
    table = script.find(name)
    if table is None:
        raise Unreadable(f"there is no table {'.'.join(name)!r}")
    if not given.get("@LEVEL2NAME"):
        table.comment = given.get("@VALUE", "")
        script.say("comment", shown(table), "kept")
        return True
    column = table.column(given["@LEVEL2NAME"])
    if column is None or given.get("@LEVEL2TYPE", "").upper() != "COLUMN":
        raise Unreadable(f"there is no column {given['@LEVEL2NAME']!r} in {shown(table)}")
    column.comment = given.get("@VALUE", "")
    script.say("comment", f"{shown(table)}.{column.name}", "kept")
    return True


def _arguments(cursor: Cursor) -> dict[str, str]:
    """The arguments of the call by name, named or in their order."""
    given = {}
    for at, part in enumerate(cursor.parts()):
        key = part.take().key if part.peek(1).key == "=" else _PROPERTY[min(at, len(_PROPERTY) - 1)]
        part.accept("=")
        given[key] = "" if part.peek().key == "NULL" else part.take().value
    return given
