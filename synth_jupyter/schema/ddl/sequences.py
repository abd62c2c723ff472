"""Where values come from by themselves: sequences, identity columns, and defaults that draw UUIDs."""

import re

from .cursor import Cursor, Unreadable, brief
from .definition import Definition

_UUIDS = re.compile(
    r"(gen_random_uuid|uuid_generate_v\d\w*|newid|newsequentialid|generate_uuid|uuid_string|uuid)\s*\(", re.I
)
_NEXTVAL = re.compile(r"nextval\s*\(\s*'([^']+)'|(?:next\s+value\s+for\s+([\w.\"`\[\]]+))|([\w.\"`]+)\.nextval", re.I)


def set_default(definition: Definition, source: str) -> None:
    """A default that says where values come from (a sequence, a UUID), or one that only an INSERT would use."""
    column, numbers = definition.column, _NEXTVAL.search(source)
    if numbers:
        name = next(group for group in numbers.groups() if group)
        column.default = name
        column.sequence = {"start": 1, "step": 1}
        column.sequence_reason = "a sequence"
    elif _UUIDS.search(source):
        column.keys.setdefault("uuid", True)
    elif source.strip("() ").upper() != "NULL":
        definition.lose(f"DEFAULT {brief(source)}")


def identity(definition: Definition) -> None:
    """IDENTITY, IDENTITY(1,1) or IDENTITY (START WITH 1 INCREMENT BY 1)."""
    column, cursor = definition.column, definition.cursor
    options = cursor.group() if cursor.sees("(") else Cursor(cursor.text, ())
    column.sequence = sequence_options(options)
    column.sequence_reason = "an identity column"
    column.nullable = False


def sequence_options(options: Cursor) -> dict[str, int]:
    """{start, step} of a sequence's options, or of the two numbers of an IDENTITY."""
    found = {"start": 1, "step": 1}
    positions = iter(("start", "step"))
    while not options.done:
        key = options.take()
        for words in ("START", "INCREMENT"):
            if key.key == words:
                options.accept_any(("WITH", "BY", "="))
                options.accept("=")
                found["start" if words == "START" else "step"] = _whole(options)
        if key.kind == "number" or key.key == "-":
            options.at -= 1
            value, which = _whole(options), next(positions, "")
            found |= {which: value} if which else {}
        elif key.key == "NO":
            options.at += 1
        elif key.key in ("MINVALUE", "MAXVALUE", "CACHE"):
            options.accept("=")
            options.accept("-")
            options.at += 1
    return found if found["step"] else {**found, "step": 1}


def _whole(cursor: Cursor) -> int:
    sign = -1 if cursor.accept("-") else 1
    token = cursor.take()
    if not token.value.isdecimal() or len(token.value) > 18:
        raise Unreadable(f"a whole number should stand where {token.value[:40]!r} is")
    return sign * int(token.value)


def counted(definition: Definition) -> None:
    """AUTO_INCREMENT, and Snowflake's AUTOINCREMENT START 1 INCREMENT 1 or (1,1)."""
    cursor = definition.cursor
    if cursor.sees("("):
        identity(definition)
        return
    options = cursor.until(lambda one: one.peek().key not in ("START", "INCREMENT", "WITH", "BY", "=", "-", "ORDER",
                                                              "NOORDER") and one.peek().kind != "number")  # fmt: skip
    definition.column.sequence = sequence_options(options)
    definition.column.sequence_reason = "an identity column"
    definition.column.nullable = False
