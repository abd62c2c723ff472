"""PostgreSQL as a load target, its address in an environment variable."""

from collections.abc import Sequence
from typing import Any

from ..errors import WarehouseError
from ..sql import literal, quote
from .adbc import AdbcSession, together
from .addresses import secrets_of
from .attempts import Unavailable, attempt, is_passing
from .constraints import TableDesign, comments, create_table
from .ledger import LEDGER

_IO = 10  # ADBC_STATUS_IO
_FULL = "53100"  # SQLSTATE disk_full
_LOCK = 0x73796E7468  # "synth": one load at a time in a database; the lock ends with its transaction
_ROOM = (
    "SELECT set_config('maintenance_work_mem', '256MB', true) "
    "WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')"
)
"""Indexes of millions of rows are sorted in memory, in this transaction alone."""
_STARTING = ("starting up", "shutting down", "too many clients", "remaining connection slots", "recovery mode")


class Postgres(AdbcSession):
    """A PostgreSQL database; rows go in by COPY, constraints are added after them, with the swap of names."""

    def __init__(self, url: str, target: str) -> None:
        self._secrets = secrets_of(url)
        self._url = url
        self.target = target
        attempt(_Nothing(), lambda: super(Postgres, self).__init__("postgres", target))

    def connect(self) -> Any:
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError as error:
            raise WarehouseError("the PostgreSQL driver is missing", hint="pip install synth-jupyter[all]") from error
        again = hasattr(self, "_connection")
        try:
            return dbapi.connect(self._url)
        except dbapi.Error as error:
            text = self.said(error)
            passing = again or any(word in text for word in _STARTING)
            raise (Unavailable if passing else WarehouseError)(f"{self.target} cannot be reached: {text}") from None

    def lock(self) -> None:
        self.run(f"SELECT pg_advisory_xact_lock({_LOCK})")

    def failure(self, error: Exception) -> WarehouseError:
        """No SQLSTATE and an error of input or output: the connection is gone."""
        sqlstate = getattr(error, "sqlstate", None)
        lost = not sqlstate and getattr(error, "status_code", None) == _IO
        if lost or is_passing(sqlstate):
            return Unavailable(f"{self.target} was lost: {self.said(error)}")
        said = self.said(error)
        if sqlstate == _FULL:
            what = said.partition("ERROR: ")[2].partition(" HINT:")[0] or said
            hint = "make room on its disk, then load again"
            return WarehouseError(f"the disk of {self.target} is full: {what}; nothing was changed", hint=hint)
        return WarehouseError(f"{self.target} refused: {said}; nothing was changed")

    def prefix(self, schema: str | None) -> str:
        if not schema:
            return ""
        self.run(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        return f"{quote(schema)}."

    def ledger_schemas(self) -> list[str | None]:
        found = self.rows(
            "SELECT n.nspname::text, n.nspname = current_schema() FROM pg_catalog.pg_class c "
            f"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            f"WHERE c.relname = {literal(LEDGER)} ORDER BY 2 DESC, 1"
        )
        return [None if default else str(name) for name, default in found]

    def existing(self, schema: str | None) -> set[str]:
        where = f"nspname = {literal(schema)}" if schema else "nspname = current_schema()"
        joined = "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        kinds = "relkind IN ('r', 'v', 'm', 'f', 'p')"
        return {str(name) for (name,) in self.rows(f"SELECT relname::text FROM {joined} WHERE {where} AND {kinds}")}

    def drop(self, tables: Sequence[str]) -> None:
        """In one statement, since they refer to each other; a view of somebody's on them makes it fail."""
        if tables:
            self.run(f"DROP TABLE {', '.join(tables)}")

    def create(self, design: TableDesign, name: str, prefix: str) -> None:
        """Left alone by autovacuum until `finish`, which would wait for it."""
        self.run(f"{create_table(design, self.dialect, prefix, name)} WITH (autovacuum_enabled = false)")

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        self.run(_ROOM)
        for keys in (True, False):
            for statement in together(designs, prefix, keys=keys):
                self.run(statement)
        for one in designs:
            self.run(f"ALTER TABLE {prefix}{quote(one.table.name)} RESET (autovacuum_enabled)")
        for statement in (statement for one in designs for statement in comments(one, prefix)):
            self.run(statement)

    def said(self, error: Exception) -> str:
        """The driver's message as one line without any secret of the address."""
        text = super().said(error)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


class _Nothing:
    """Before the first connection there is none to renew."""

    def reconnect(self) -> None:
        return
