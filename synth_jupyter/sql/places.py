"""Places of words in a statement, and where a word of a translation stands in the text as it was written."""

import re

_WORD = re.compile(r"\w+|\S")


def place_in(sql: str, word: str) -> str:
    """` (line 2, column 8)` of the first `word` outside quotes, in any letter case; nothing when it is not there."""
    found = re.search(rf"(?<![\w'\"]){re.escape(word)}(?![\w'\"])", sql, re.IGNORECASE)
    return _said(sql, found.start()) if found else ""


def moved_place(sql: str, translated: str, line: int, column: int) -> str:
    """Where the word at `line` and `column` of the translation stands in `sql`; nothing when it does not."""
    lines = translated.splitlines(keepends=True)
    at = sum(map(len, lines[: line - 1])) + column - 1
    word = _WORD.match(translated, at) or re.compile(r'"[^"]+"').match(translated, at)
    return place_in(sql, word[0].strip('"')) if word else ""


def _said(sql: str, at: int) -> str:
    before = sql[:at]
    return f" (line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))})"
