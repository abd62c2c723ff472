"""What a target holds: where a run is in it, and taking away what was loaded."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from ..errors import NotFoundError
from ..plan.model import RunFiles
from ..sql import quote
from .ledger import Entry, Ledger, Stage
from .provenance import content_of
from .session import Session


class Holding(Session, Protocol):
    """A session that can look for ledgers."""

    def reading(self) -> AbstractContextManager[None]:
        """Questions inside leave no transaction open."""

    def ledger_schemas(self) -> list[str | None]:
        """The schemas with a ledger, the default one (None) first."""


def find_run(session: Holding, files: RunFiles) -> str | None:
    """The schema in which the target holds the run (None is the default one).

    Raises:
        NotFoundError: it holds another run, one that is not whole, or none.
    """
    tables = [table.name for table in files.schema.tables]
    contents = [content_of(files, provenance) for provenance in (False, True)]
    others: dict[str, None] = {}
    staged: dict[str, Stage] = {}
    with session.reading():
        for schema in session.ledger_schemas():
            ledger = Ledger.read(session, schema, prefix_of(schema))
            if any(ledger.holds(tables, content) for content in contents):
                return schema
            others |= {ledger.entries[name].run: None for name in tables if name in ledger.entries}
            staged |= ledger.stages
    raise NotFoundError(
        f"{files.run} is not loaded in {session.target}{_instead(files, list(others), staged)}",
        hint=_hint(session.target, files.run, replace=bool(others)),
    )


def _instead(files: RunFiles, others: list[str], staged: Mapping[str, Stage]) -> str:
    if any(table.name in staged for table in files.schema.tables):
        return ": a load of it was interrupted"
    if files.run in others:
        return " as it is now: a table is missing, or of another content"
    return f", which holds {', '.join(others)}" if others else ""


def _hint(target: str, run: str, *, replace: bool) -> str:
    return f"load it with `synth load {run} --into {target}{' --replace' if replace else ''}`"


def unload(session: Holding, loaded: Collection[tuple[str, str]]) -> dict[str, int]:
    """Drop the tables that hold one of these (run, content digest), and no other; their rows by name.

    Raises:
        WarehouseError: somebody's own table or view refers to one of them; nothing of that schema was dropped.
    """
    dropped: dict[str, int] = {}
    with session.reading():
        schemas = session.ledger_schemas()
    for schema in schemas:
        with session.transaction():
            ledger = Ledger.read(session, schema, prefix_of(schema))
            mine = {name: one for name, one in ledger.entries.items() if _is_of(one, loaded)}
            ledger.drop(list(mine))
            ledger.leave(mine)
            ledger.tidy()
        there = [name for name in mine if name in ledger.existing]
        dropped |= {f"{schema}.{name}" if schema else name: mine[name].rows for name in there}
    return dropped


def _is_of(entry: Entry, loaded: Collection[tuple[str, str]]) -> bool:
    return any(entry.run == run and entry.content.partition(" ")[0] == digest for run, digest in loaded)


def prefix_of(schema: str | None) -> str:
    """How names of a schema that is there begin."""
    return f"{quote(schema)}." if schema else ""
