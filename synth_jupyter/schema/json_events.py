"""JSON text as a stream of events with lines, strictly: no NaN, no comments, no trailing commas."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..errors import Problem, SchemaError

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<number>-?(?:0|[1-9][0-9]*)(?P<part>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?))'
    r"|(?P<word>true|false|null)|(?P<mark>[{}\[\],:])"
)
_WORDS = {"true": True, "false": False, "null": None}
_NEXT = {"value": "a value", "first key": "a key in double quotes or }", "key": "a key in double quotes",
         "colon": "a colon", "first value": "a value or ]", "comma": "a comma or the end"}  # fmt: skip


def json_events(text: str) -> Iterator[tuple[str, Any, str, int]]:
    """Events (`map`, `list`, `end`, `scalar`; value; text; line counted from 1), without recursion.

    Raises:
        SchemaError: the text is not JSON; says what was expected and on which line.
    """
    stack: list[str] = []
    expected, line, last = "value", 1, 0
    for position, kind, token in _tokens(text):
        line += text.count("\n", last, position)
        last = position
        if expected == "done":
            raise _wrong(f"{token[:20]!r} stands after the end", line)
        event, expected = _step(kind, token, expected, stack, line)
        if event:
            yield (*event, line)
    if expected != "done":
        raise _wrong(f"the text ends where {_NEXT.get(expected, expected)} should be", line + text.count("\n", last))


def _tokens(text: str) -> Iterator[tuple[int, str, str]]:
    position, line_of = 0, 0
    while True:
        space = _SPACE.match(text, position)
        position = space.end() if space else position
        if position == len(text):
            return
        match = _TOKEN.match(text, position)
        if not match:
            line_of = text.count("\n", 0, position) + 1
            raise _wrong(f"{text[position : position + 20]!r} is no JSON value", line_of)
        kind = next(name for name in ("string", "number", "word", "mark") if match[name] is not None)
        yield position, kind, match[0]
        position = match.end()


def _step(kind: str, token: str, expected: str, stack: list[str], line: int) -> tuple[tuple[str, Any, str] | None, str]:
    """The event of a token, if it makes one, and what may follow; `stack` follows the open brackets."""
    if token in "}]" and kind == "mark":
        closes = ("first key", "comma") if token == "}" else ("first value", "comma")
        if not stack or stack[-1] != {"}": "{", "]": "["}[token] or expected not in closes:
            raise _wrong(f"{token!r} where {_NEXT.get(expected, expected)} should be", line)
        stack.pop()
        return ("end", None, ""), "comma" if stack else "done"
    if kind == "mark" and token in ",:":
        if expected != ("comma" if token == "," else "colon"):
            raise _wrong(f"{token!r} where {_NEXT.get(expected, expected)} should be", line)
        return None, "key" if token == "," and stack[-1] == "{" else "value"
    if expected in ("key", "first key") and kind == "string":
        key = _string(token, line)
        return ("scalar", key, key), "colon"
    if expected not in ("value", "first value"):
        raise _wrong(f"{token[:20]!r} where {_NEXT[expected]} should be", line)
    if kind == "mark":
        stack.append(token)
        return ("map" if token == "{" else "list", None, ""), "first key" if token == "{" else "first value"
    value = _scalar(kind, token, line)
    return ("scalar", value, value if kind == "string" else token), "comma" if stack else "done"


def _scalar(kind: str, token: str, line: int) -> Any:
    if kind == "string":
        return _string(token, line)
    if kind == "word":
        return _WORDS[token]
    if len(token) > 400:
        raise _wrong(f"a number of {len(token)} digits is out of range", line)
    if token.lstrip("-").isdecimal():
        return int(token)
    value = Decimal(token)
    if value and abs(value.adjusted()) > 400:
        raise _wrong(f"the number {token[:30]} is out of range", line)
    return value


def _string(token: str, line: int) -> str:
    try:
        return str(json.loads(token))
    except ValueError as error:
        raise _wrong(f"the text {token[:40]} has a wrong escape", line) from error


def _wrong(message: str, line: int) -> SchemaError:
    return SchemaError.of([Problem("", f"this is not valid JSON: {message}", line)], "the document")
