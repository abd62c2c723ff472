"""PostgreSQL as a load target, its address in an environment variable."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..errors import WarehouseError
from ..sql import literal, quote
from .adbc import AdbcSession, clauses
from .constraints import TableDesign

_SECRET_WORDS = ("password", "passwd", "pwd", "sslpassword", "sslkey", "token", "secret", "api_key", "options")


class Postgres(AdbcSession):
    """A PostgreSQL database; rows go in by COPY, constraints are added after them, all in one transaction."""

    def __init__(self, url: str, target: str) -> None:
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError as error:
            raise WarehouseError("the PostgreSQL driver is missing", hint="pip install synth-jupyter[all]") from error
        self._secrets = secrets_of(url)
        self.target = target
        try:
            connection: Any = dbapi.connect(url)
        except dbapi.Error as error:
            raise WarehouseError(f"{target} cannot be reached: {self.said(error)}") from None
        super().__init__(connection, "postgres", target)

    def prefix(self, schema: str | None) -> str:
        if not schema:
            return ""
        self.run(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        return f"{quote(schema)}."

    def existing(self, schema: str | None) -> set[str]:
        where = f"nspname = {literal(schema)}" if schema else "nspname = current_schema()"
        joined = "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        kinds = "relkind IN ('r', 'v', 'm', 'f', 'p')"
        return {str(name) for (name,) in self.rows(f"SELECT relname::text FROM {joined} WHERE {where} AND {kinds}")}

    def drop(self, tables: Sequence[str]) -> None:
        """In one statement, since they refer to each other; a view of somebody's on them makes it fail."""
        if tables:
            self.run(f"DROP TABLE {', '.join(tables)}")

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        for keys in (True, False):
            for statement in clauses(designs, prefix, keys=keys):
                self.run(statement)

    def said(self, error: Exception) -> str:
        """The driver's message as one line without any secret of the address."""
        text = super().said(error)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def secrets_of(url: str) -> tuple[str, ...]:
    """The parts of an address that no message may show, longest first: itself, its password, secrets of its query."""
    found = {url}
    try:
        parts = urlsplit(url)
        found |= {parts.password or "", parts.netloc.rpartition("@")[0].partition(":")[2]}
        found |= {value for key, value in parse_qsl(parts.query) if key.lower() in _SECRET_WORDS}
    except ValueError:
        found |= set(url.split("@")[0].split(":"))
    return tuple(sorted((secret for secret in found if secret), key=len, reverse=True))
