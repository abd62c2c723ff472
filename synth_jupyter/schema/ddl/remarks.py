"""What SQLite knows of comments: those that stand in the text of CREATE TABLE, beside what they speak of."""

from collections.abc import Sequence

from .definition import shown
from .facts import Script
from .tokens import Token


def keep_remarks(comments: Sequence[Token], script: Script) -> None:
    """A comment behind a column is the column's, one behind the opening line of a table the table's.

    Only SQLite has no other place for them. What has one already keeps it, and hints are no comments.
    """
    if script.dialect != "sqlite":
        return
    beginnings = {table.line: table for table in script.tables.values()}
    columns = [(one.line, table, one) for table in script.tables.values() for one in table.columns.values()]
    by_line: dict[int, list[int]] = {}
    for at, (line, _, _) in enumerate(columns):
        by_line.setdefault(line, []).append(at)
    for comment in comments:
        text = _said(comment.value)
        beside = by_line.get(comment.line, [])
        if not text or "@synth" in text or len(beside) > 1:
            continue
        if beside:
            line, table, column = columns[beside[0]]
            if line == table.line:
                continue  # all on one line: nobody can tell what it speaks of
            column.comment = column.comment or text
            script.say("comment", f"{shown(table)}.{column.name}", "kept")
        elif comment.line in beginnings:
            table = beginnings[comment.line]
            table.comment = table.comment or text
            script.say("comment", shown(table), "kept")


def _said(raw: str) -> str:
    if raw.startswith("--"):
        return raw.lstrip("-").strip()
    return " ".join(raw[2:].removesuffix("*/").replace("* /", "*/").strip("* ").split())
