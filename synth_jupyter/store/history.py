"""The append-only history: what happened, to which experiment, when, in words and details."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from ..documents import canonical_json
from .database import Database
from .records import Event
from .tables import EVENTS


def now() -> str:
    """ISO 8601 UTC, for people; no decision rests on it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def append(connection: Connection, experiment: str, kind: str, /, **details: Any) -> None:
    """Add one event in the caller's transaction, so that history and state never disagree."""
    connection.execute(
        insert(EVENTS).values(at=now(), experiment=experiment, kind=kind, details=canonical_json(details))
    )


class History:
    """Reading the events and adding those that change nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, experiment: str, kind: str, /, **details: Any) -> None:
        """One event in a transaction of its own."""
        with self._database.writing() as connection:
            append(connection, experiment, kind, **details)

    def events(self, experiment: str | None = None) -> list[Event]:
        """The events in the order in which they happened, of one experiment or of all, deleted ones included."""
        query = select(EVENTS).order_by(EVENTS.c.number)
        with self._database.reading() as connection:
            events = [
                Event(row.number, row.at, row.experiment, row.kind, json.loads(row.details))
                for row in connection.execute(query)
            ]
        wanted = None if experiment is None else experiment.casefold()
        return [event for event in events if wanted is None or event.experiment.casefold() == wanted]
