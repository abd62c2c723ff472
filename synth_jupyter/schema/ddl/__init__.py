"""Reading data definition language: a script of any common dialect to a Schema, with a report of every construct."""

from ...errors import SchemaError
from ..binding import unfit_expressions
from ..document import Reading, schema_of
from ..findings import Problems
from .assembly import Assembly
from .dialects import SPOKEN, detected, shown, spoken
from .hints import apply_hints
from .reading import read_script
from .remarks import keep_remarks

__all__ = ["SPOKEN", "read"]

MAX_CHARACTERS = 4_000_000
"""Characters of one script."""


def read(text: str, *, name: str | None = None, dialect: str | None = None) -> Reading:
    """The schema of a DDL script; the dialect is told from the text when it is not given.

    A statement that cannot be read is a line of the report and loses no other.

    Raises:
        SchemaError: there is no table in it, or what it says cannot be a schema; every problem with place and line.
    """
    if len(text) > MAX_CHARACTERS:
        raise SchemaError(
            f"the script has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read; nothing was stored",
            hint="leave the data out, as pg_dump --schema-only does",
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    language = detected(text) if dialect is None else spoken(dialect)
    script, comments = read_script(text, language)
    script.say(f"dialect {shown(language)}" + (", told from the text" if dialect is None else ""), "", "kept")
    if not script.tables:
        lost = [line for line in script.report if line.outcome == "not carried"]
        said = "; ".join(f"{line.where}: {line.construct}" for line in lost[:5])
        raise SchemaError(f"no table could be read from the script{': ' if said else ''}{said}; nothing was stored",
                          hint="write CREATE TABLE statements, and name their dialect with --dialect")  # fmt: skip
    apply_hints(comments, script)
    keep_remarks(comments, script)
    assembly = Assembly(script)
    tree = assembly.build()
    schema, lines = schema_of(tree, Problems(assembly.lines), name, "the script")
    unfit = list(unfit_expressions(schema))
    if unfit:
        # What cannot work is reported and left out, so that one statement never loses another.
        tree = assembly.without(unfit)
        schema, lines = schema_of(tree, Problems(assembly.lines), name, "the script")
    return Reading(schema, (*assembly.report(), *lines), "ddl", assembly.lines)
