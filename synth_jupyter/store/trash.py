"""Intents to remove run folders: written with the change that makes a folder superfluous, deleted when it is gone."""

from sqlalchemy import Connection, delete, insert, select

from .database import Database
from .history import now
from .tables import TRASH_INTENTS


def doom_folder(connection: Connection, key: str) -> None:
    """Intend, in the caller's transaction, to remove the folder of the run `key`."""
    connection.execute(insert(TRASH_INTENTS).prefix_with("OR IGNORE").values(run_key=key, created_at=now()))


def is_doomed(connection: Connection, key: str) -> bool:
    """Whether the folder of the run `key` is still to be removed."""
    return connection.execute(select(TRASH_INTENTS).where(TRASH_INTENTS.c.run_key == key)).one_or_none() is not None


class Trash:
    """What is still to be removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intents(self) -> list[str]:
        """The keys of the runs whose folders are still to be removed."""
        with self._database.reading() as connection:
            return list(connection.execute(select(TRASH_INTENTS.c.run_key)).scalars())

    def finish(self, key: str) -> None:
        """The folder of the run `key` is gone."""
        with self._database.writing() as connection:
            connection.execute(delete(TRASH_INTENTS).where(TRASH_INTENTS.c.run_key == key))
