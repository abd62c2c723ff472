"""A SQLite file as a load target."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import WarehouseError
from ..sql import literal
from .adbc import AdbcSession
from .constraints import TableDesign


class SQLiteFile(AdbcSession):
    """A database file; every constraint is in CREATE TABLE, foreign keys are proved before the commit."""

    def __init__(self, path: Path, target: str = "") -> None:
        from adbc_driver_sqlite import dbapi

        target = target or f"sqlite:{path}"
        if not path.parent.is_dir():
            raise WarehouseError(f"there is no folder {path.parent} for {path.name}")
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            connection = dbapi.connect(str(path))
        except dbapi.Error as error:
            raise WarehouseError(f"SQLite cannot open {path}: {error}") from None
        super().__init__(connection, "sqlite", target)

    def prefix(self, schema: str | None) -> str:
        if schema:
            raise WarehouseError(f"SQLite has no schemas, so {self.target} cannot take --schema {schema}")
        return ""

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
