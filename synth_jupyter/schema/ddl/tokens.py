"""SQL scripts as tokens with their lines, leniently: what one statement has wrong does not spill into the next."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ...errors import SchemaError

HASH_COMMENTS = ("mysql", "bigquery")
BACKSLASHES = ("mysql", "bigquery", "snowflake", "redshift")
BRACKETS = ("tsql", "sqlite")


class Token(NamedTuple):
    """One token: `kind` is word, name (quoted), text, number, mark, comment, meta (a client's command) or bad.

    `key` is what grammar compares: the word in upper case, or the mark; empty for the rest. `value` is unquoted.
    """

    kind: str
    key: str
    value: str
    start: int
    end: int
    line: int


DEEPEST = 2_000
"""Brackets within brackets of one statement that makes or changes something."""
LONGEST = 100_000
"""Words and marks of such a statement; the longest table that is read has some 5,000 columns."""
ALTOGETHER = 200_000
"""Words and marks of all such statements."""
EVERYTHING = 500_000
"""Words and marks of a script, data and routines among them."""
UNCLOSED = 100
"""Quotes and comments that never end; each costs a search through the rest of the script."""
STATEMENTS = 50_000
"""Statements of any kind."""
_LEAVE_OUT = "leave the data out, as pg_dump --schema-only does"
_MAKING = frozenset(("CREATE", "ALTER", "COMMENT"))
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
END = Token("end", "", "", 0, 0, 0)
_INSIDE = r"(?:[^;\n]|\n(?!COPY\b))"
_COPY = re.compile(rf"^COPY\b(?:(?!\bFROM\s+stdin\b){_INSIDE})*+\bFROM\s+stdin\b{_INSIDE}*+;[^\n]*\n", re.I | re.M)
_SWALLOWED = re.compile(r";\s*\n\s*(?:CREATE|ALTER|COMMENT|INSERT|DROP|GRANT)\s", re.I)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": ""}


def without_data(text: str) -> tuple[str, list[int]]:
    """The script without the rows of `COPY ... FROM stdin`, every line kept where it was; the lines of those COPYs."""
    parts, lines, last, line = [], [], 0, 1
    for match in _COPY.finditer(text):
        if match.start() < last:
            continue
        end = text.find("\n\\.", match.end() - 1)
        if end < 0:
            break
        line += text.count("\n", last, match.start())
        lines.append(line)
        rows = text.count("\n", match.start(), end + 1)
        parts += [text[last : match.start()], "\n" * rows]
        last, line = end + 3, line + rows
    return "".join([*parts, text[last:]]), lines


def tokens(text: str, dialect: str) -> Iterator[Token]:
    """Every token but white space, comments among them."""
    match_at, position, line, counted, last = _pattern(dialect).match, 0, 1, 0, len(text)
    while position < last:
        match = match_at(text, position)
        if match is None:
            return  # only white space is left
        kind = match.lastgroup or "bad"
        start, end = match.span(kind)
        if kind == "text" and _SWALLOWED.search(match[0]) and text[start] != "$":
            kind, end = "bad", start + 1
        if kind != "space":
            line += text.count("\n", counted, start)
            counted = start
            raw = text[start:end]
            if kind == "word":
                yield Token(kind, raw.upper(), raw, start, end, line)
            elif kind == "mark":
                yield Token(kind, raw, raw, start, end, line)
            elif kind == "name" and dialect == "bigquery" and "." in raw and raw[0] == "`":
                yield from _path(start, raw, line)
            else:
                yield _token(kind, raw, start, end, line, dialect)
        position = end


def bounded(found: Iterator[Token]) -> Iterator[Token]:
    """The tokens, as long as what makes or changes things is no deeper and no longer than any schema needs.

    Raises:
        SchemaError: it is; whatever follows would only cost time.
    """
    making: bool | None = None  # until the statement's first word is known
    count = total = depth = statements = unclosed = 0
    for place, token in enumerate(found):
        kind, key = token[0], token[1]
        if place >= EVERYTHING:
            raise SchemaError(
                f"the script has more than {EVERYTHING:,} words and marks; nothing was stored", hint=_LEAVE_OUT
            )
        unclosed += kind == "bad"
        if unclosed > UNCLOSED:
            said = f"more than {UNCLOSED} quotes or comments are never closed, the last in line {token.line}"
            raise SchemaError(f"{said}; nothing was stored", hint="is the first of them closed?")
        if key == ";":
            making, count, depth, statements = None, 0, 0, statements + 1
            if statements > STATEMENTS:
                raise SchemaError(
                    f"the script has more than {STATEMENTS:,} statements; nothing was stored", hint=_LEAVE_OUT
                )
        elif making is not False and kind != "comment":
            making = making or key in _MAKING
            if making:
                count, total = count + 1, total + 1
                if kind == "mark":
                    depth += (key in _OPENING) - (key in _CLOSING)
                if depth > DEEPEST or count > LONGEST or total > ALTOGETHER:
                    raise _too_much(token.line, depth, count)
        yield token


def _too_much(line: int, depth: int, count: int) -> SchemaError:
    if depth <= DEEPEST and count <= LONGEST:
        said = f"the statements up to line {line} have more than {ALTOGETHER:,} words and marks"
        return SchemaError(f"{said}; nothing was stored", hint="make several experiments of them")
    what = f"brackets in {DEEPEST:,} others" if depth > DEEPEST else f"more than {LONGEST:,} words and marks"
    return SchemaError(
        f"the statement that goes on in line {line} has {what}; nothing was stored",
        hint="is a bracket or a semicolon missing above?",
    )


def _token(kind: str, raw: str, start: int, end: int, line: int, dialect: str) -> Token:
    if kind == "name":
        close = "]" if raw[0] == "[" else raw[0]
        return Token(kind, "", raw[1:-1].replace(close * 2, close), start, end, line)
    if kind == "text":
        return Token(kind, "", _unquoted(raw, dialect), start, end, line)
    return Token(kind, "", raw, start, end, line)


def _path(start: int, raw: str, line: int) -> Iterator[Token]:
    """The names of BigQuery's `project.dataset.table`, quoted as one, and the marks between them."""
    for piece in re.finditer(r"\.|[^.`]+", raw):
        kind, key = ("mark", ".") if piece[0] == "." else ("name", "")
        first, last = start + piece.start(), start + piece.end()
        yield Token(kind, key, piece[0], first - (piece.start() == 1), last + (piece.end() == len(raw) - 1), line)


def _unquoted(raw: str, dialect: str) -> str:
    if raw[0] == "$":
        mark = raw[: raw.index("$", 1) + 1]
        return raw[len(mark) : -len(mark)]
    prefix, _, inner = raw.partition("'")
    inner = inner[:-1].replace("''", "'")
    if dialect in BACKSLASHES or prefix in ("e", "E"):
        inner = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), inner, flags=re.S)
    return inner


@cache
def _pattern(dialect: str) -> re.Pattern[str]:
    hashed = r"|\#[^\n]*" if dialect in HASH_COMMENTS else ""
    plain, escaped = r"'[^']*(?:''[^']*)*'", r"'(?:[^'\\]|\\.|'')*+'"
    quoted = escaped if dialect in BACKSLASHES else rf"[eE]{escaped}|(?:[nNbBxX]|[uU]&)?{plain}"
    dollars = "" if dialect == "mysql" else r"|\$(?P<tag>[^\W\d]\w*)?\$.*?\$(?(tag)(?P=tag))\$"
    unclosed = "" if dialect == "mysql" else r"|\$(?:[^\W\d]\w*)?\$"
    brackets = r"|\[[^\]\n]*(?:\]\][^\]\n]*)*\]" if dialect in BRACKETS else ""
    return re.compile(
        rf"""\s*+(?:(?P<space>/\*!\d*|\*/)
        |(?P<comment>--[^\n]*|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/{hashed})
        |(?P<meta>(?<=\n)\\[^\n]*)
        |(?P<text>{quoted}{dollars})
        |(?P<name>"[^"\n]*(?:""[^"\n]*)*"|`[^`\n]*(?:``[^`\n]*)*`{brackets})
        |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
        |(?P<word>(?:[^\W\d]|[@\#])[\w$@\#]*)
        |(?P<bad>['"`]|/\*{unclosed})
        |(?P<mark>::|<=|>=|<>|!=|\|\||->>?|=>|.))""",
        re.S | re.X,
    )
