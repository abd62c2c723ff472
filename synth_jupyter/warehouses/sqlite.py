"""A SQLite file as a load target."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import WarehouseError
from ..sql import literal, quote
from .adbc import AdbcSession
from .attempts import Held
from .constraints import TableDesign
from .ledger import LEDGER
from .locks import PATIENCE, holder_of


class SQLiteFile(AdbcSession):
    """A database file; every constraint is in CREATE TABLE, foreign keys are proved before the commit."""

    def __init__(self, path: Path, target: str = "") -> None:
        self._path = path
        if not path.parent.is_dir():
            raise WarehouseError(f"there is no folder {path.parent} for {path.name}")
        super().__init__("sqlite", target or f"sqlite:{path}")

    def connect(self) -> Any:
        from adbc_driver_sqlite import dbapi

        try:
            if not self._path.exists():
                os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            connection = dbapi.connect(str(self._path))
        except OSError as error:
            raise WarehouseError(f"{self.target} cannot be made: {error.strerror}") from None
        except dbapi.Error as error:
            raise WarehouseError(f"SQLite cannot open {self._path}: {error}") from None
        with connection.cursor() as cursor:
            for setting in (f"busy_timeout = {int(PATIENCE * 1000)}", "legacy_alter_table = ON"):
                cursor.execute(f"PRAGMA {setting}")  # renaming a stage must not read other people's views
        connection.rollback()
        return connection

    def lock(self) -> None:
        """A statement that may write takes the file's one write lock, whether or not it changes a row."""
        ledger = quote(LEDGER)
        there = self.rows(f"SELECT 1 FROM sqlite_schema WHERE name = {literal(LEDGER)}")
        self._roll_back()
        self.run(f"DELETE FROM {ledger} WHERE 0" if there else f"CREATE TABLE {ledger} (synth_lock INTEGER)")
        if not there:
            self.run(f"DROP TABLE {ledger}")

    def _roll_back(self) -> None:
        """After a commit that failed SQLite has rolled back by itself, which the driver does not notice."""
        try:
            self._connection.rollback()
        except self._connection.Error:
            with suppress(WarehouseError):
                self.reconnect()

    def failure(self, error: Exception) -> WarehouseError:
        text = self.said(error)
        if "is locked" in text:
            held = f"{self.target} is locked by another process{holder_of(self._path)}"
            return Held(f"{held}, {PATIENCE:.0f} s long", hint="wait for it, then the same command goes on")
        if "readonly" in text:
            return WarehouseError(
                f"{self.target} cannot be written, its file or folder is read-only; nothing was changed",
                hint="load into a file that you may write",
            )
        if "disk is full" in text or "disk I/O error" in text:
            why = "the disk is full" if "is full" in text else "the disk, or a limit for files, takes no more"
            return WarehouseError(f"there is no room for {self.target}: {why}; nothing was changed",
                                  hint="make room, then load again")  # fmt: skip
        return WarehouseError(f"{self.target} refused: {text}; nothing was changed")

    def prefix(self, schema: str | None) -> str:
        if schema:
            raise WarehouseError(f"SQLite has no schemas, so {self.target} cannot take --schema {schema}")
        return ""

    def ledger_schemas(self) -> list[str | None]:
        return [None] if LEDGER in self.existing(None) else []

    def existing(self, schema: str | None) -> set[str]:
        return {str(name) for (name,) in self.rows("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}

    def drop(self, tables: Sequence[str]) -> None:
        for table in tables:
            self.run(f"DROP TABLE {table}")

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        """Forward references and cycles were allowed while the rows went in; now every key must have its parent."""
        for one in designs:
            broken = self.rows(f"SELECT count(*) FROM pragma_foreign_key_check({literal(one.table.name)})")[0][0]
            if broken:
                raise WarehouseError(
                    f"{broken} rows of {one.table.name!r} have no parent; nothing was changed",
                    hint="synth verify names the rows",
                )
