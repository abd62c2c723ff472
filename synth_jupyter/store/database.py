"""One SQLite file under SQLAlchemy Core: how it is opened, how transactions begin, and what its errors mean."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.pool import NullPool, Pool, QueuePool

from ..errors import ConflictError, StoreError, SynthError
from ..files import make_folder
from .lease import guard
from .migrations import MIGRATIONS, backup_path, migrate, version_of
from .mounts import remote_kind

BUSY_SECONDS = 30
_LOG = logging.getLogger(__name__)


class Database:
    """The store's file. `reading` and `writing` give connections inside one transaction each.

    Without state but the engine, which keeps no connection open: safe in threads, and in a child after a spawn.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS, engine: Engine | None = None) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._engine = engine or _shared_engine(path.absolute(), busy_seconds)

    @classmethod
    def open(
        cls, path: Path, *, busy_seconds: float = BUSY_SECONDS, steps: tuple[tuple[str, ...], ...] = MIGRATIONS
    ) -> "Database":
        """The store at `path`, made when missing, brought to this version after a copy of an older one.

        Raises:
            StoreError: it is of a newer version, of another program, damaged, or cannot be written.
            ConflictError: another process has been writing for more than `busy_seconds`.
        """
        database = cls(path, busy_seconds=busy_seconds)
        _warn_of_network(path)
        try:
            make_folder(path.parent)
            with guard(path.with_name(f".{path.name}.lock"), exclusive=True), database._translated():
                _create(path)
                database._bring_up_to_date(steps)
        except OSError as error:
            raise database._unwritable(error) from error
        return database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view; it neither waits for a writer nor stops one."""
        with self._translated(), self._engine.execution_options(reading=True).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction from its first statement on, so that what it read is still true when it writes."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def kept_open(self) -> Iterator["Database"]:
        """The same store with connections that stay open for the time of the block, and of many transactions.

        To open one costs more than a small transaction, and whoever closes the file last writes its whole log back.
        """
        engine = _engine(self.path.absolute(), self._busy_seconds, QueuePool)
        try:
            yield Database(self.path, busy_seconds=self._busy_seconds, engine=engine)
        finally:
            engine.dispose()

    def _bring_up_to_date(self, steps: tuple[tuple[str, ...], ...]) -> None:
        with self._engine.execution_options(reading=True).begin() as connection:
            found = version_of(connection, self.path, len(steps))
        if found == len(steps):
            return
        if found:
            self._back_up(found)
        with self._engine.begin() as connection:
            migrate(connection, self.path, steps)

    def _back_up(self, version: int) -> None:
        target = backup_path(self.path, version)
        _create(target)
        with self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SynthError:
            raise
        except (DBAPIError, sqlite3.Error) as error:
            raise self._meaning_of(error) from error
        except StatementError as error:
            raise StoreError(f"{self.path} cannot hold this value: {error.orig}") from error

    def _meaning_of(self, error: DBAPIError | sqlite3.Error) -> SynthError:
        original = error.orig if isinstance(error, DBAPIError) else error
        name = getattr(original, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return ConflictError(
                f"{self.path} is busy: another process has been writing to it for {self._busy_seconds:g} seconds",
                hint="wait until it has finished, then repeat the command; nothing was changed",
            )
        if name.startswith("SQLITE_FULL"):
            return StoreError(
                f"the disk of {self.path} is full; what was recorded before is kept",
                hint="free some space, then repeat the command",
            )
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StoreError(
                f"{self.path} is damaged ({original}); nothing was changed",
                hint="move it away and put a copy in its place, such as a *.backup file beside it",
            )
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            return self._unwritable(original)
        return StoreError(f"{self.path} refused a change: {original}", hint="nothing was changed")

    def _unwritable(self, error: BaseException | None) -> StoreError:
        return StoreError(
            f"{self.path} cannot be written ({error})",
            hint="make its folder writable for you, or set SYNTH_HOME to another folder",
        )


@lru_cache
def _warn_of_network(path: Path) -> None:
    """Say once that the store lies where locks and SQLite's log may fail."""
    kind = remote_kind(path)
    if kind is not None:
        _LOG.warning(
            "%s lies on a network file system (%s): use it from one machine at a time, or set SYNTH_HOME to a folder "
            "on a local disk",
            path.parent,
            kind,
        )


def _create(path: Path) -> None:
    # SQLite would make it readable for others; its -wal and -shm files take over these permissions.
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return


@lru_cache
def _shared_engine(path: Path, busy_seconds: float) -> Engine:
    """One for each store of a process, however often that is opened: what it keeps are compiled statements alone."""
    return _engine(path, busy_seconds, NullPool)


def _engine(path: Path, busy_seconds: float, pool: type[Pool]) -> Engine:
    # mode=rw: a store that has vanished is an error, never a new empty one.
    address = f"{path.as_uri()}?mode=rw"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=pool)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {int(busy_seconds * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")

    return engine
