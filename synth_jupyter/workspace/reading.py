"""One definition text to a schema, told apart by content."""

import re
from typing import TYPE_CHECKING

from ..errors import SchemaError

if TYPE_CHECKING:
    from ..schema.document import Reading

_DDL = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(?:CREATE|ALTER|DROP|SET|COMMENT|USE|BEGIN)\s", re.I | re.S)


def is_ddl(text: str) -> bool:
    """Whether the text begins, after comments, with a statement of a data definition language."""
    return _DDL.match(text.removeprefix("\ufeff")) is not None


def read_definition(text: str, name: str | None, dialect: str | None) -> "Reading":
    """The schema that the text means, and the report of what became of each construct.

    Raises:
        SchemaError: it is wrong; every problem with its place.
    """
    if dialect is not None or is_ddl(text):
        raise SchemaError(
            "the definition is SQL, and this version reads YAML and JSON documents; nothing was stored",
            hint="write the tables as a document, as `synth help define` shows",
        )
    from ..schema.document import read

    return read(text, name=name)
