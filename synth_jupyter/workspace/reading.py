"""One definition text to a schema, told apart by content."""

import re
from typing import TYPE_CHECKING

from ..presets import is_preset, preset

if TYPE_CHECKING:
    from ..schema.document import Reading

_DDL = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
    r"(?:(?:CREATE|ALTER|DROP|SET|COMMENT|USE|BEGIN|PRAGMA|DELIMITER|GO|GRANT|IF\s+NOT|EXEC|CONNECT)\s|BEGIN;|\\\w)",
    re.I | re.S,
)


def is_ddl(text: str) -> bool:
    """Whether the text begins, after comments, with a statement of a data definition language."""
    return _DDL.match(text.removeprefix("\ufeff")) is not None


def read_definition(text: str, name: str | None, dialect: str | None) -> "Reading":
    """The schema that the text means, and the report of what became of each construct.

    Raises:
        SchemaError: it is wrong; every problem with its place.
        NotFoundError: it names a preset that does not exist.
    """
    if is_preset(text):
        text, dialect = preset(text), None
    if dialect is not None or is_ddl(text):
        from ..schema.ddl import read as read_ddl

        return read_ddl(text, name=name, dialect=dialect)
    from ..schema.document import read

    return read(text, name=name)
