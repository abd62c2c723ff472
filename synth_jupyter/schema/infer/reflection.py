"""Databases behind SQLAlchemy: their tables reflected as DDL of their dialect, their rows counted by SQL."""

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable, SetColumnComment, SetTableComment

from ...errors import QueryError, SchemaError
from ...sql import dialect_named, quote, respelled
from .sources import OWN, Rows

_OURS = ("sqlite", "postgres")
"""Dialects that take the statements as they are written here."""
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class Reflected:
    """One database; `engine` holds no connection between questions."""

    def __init__(self, engine: sa.Engine, called: str) -> None:
        self._engine, self._called = engine, called
        self.dialect = dialect_named(engine.dialect.name)

    @classmethod
    def sqlite(cls, path: Path) -> "Reflected":
        """The SQLite file, opened for reading alone."""
        address = f"sqlite:///file:{path}?mode=ro&uri=true"
        return cls(sa.create_engine(address, poolclass=sa.NullPool), f"sqlite:{path.name}")

    @classmethod
    def address(cls, url: str, variable: str) -> "Reflected":
        """The database at an address, which is never shown. Raises SchemaError."""
        kind, mark, rest = url.partition("://")
        if not mark:
            raise SchemaError(f"the environment variable {variable} holds no address of a database; nothing was stored",
                              hint=f"export {variable}=postgresql://...")  # fmt: skip
        try:
            return cls(
                sa.create_engine(f"{_DRIVERS.get(kind, kind)}://{rest}", poolclass=sa.NullPool), f"env:{variable}"
            )
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise SchemaError(f"env:{variable} needs a driver that is missing, or cannot be read "
                              f"({type(error).__name__}); nothing was stored",
                              hint="pip install its driver") from None  # fmt: skip

    def script(self) -> str:
        if self.dialect == "sqlite":
            made = self.ask("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') "
                            "AND substr(name, 1, 7) <> 'sqlite_' "
                            f"AND substr(name, 1, {len(OWN)}) <> '{OWN}'")  # fmt: skip
            return "\n;\n".join(row[0] for row in made)
        try:
            with self._engine.connect() as connection:
                return ";\n".join(self._statements(connection))
        except SQLAlchemyError as error:
            raise self._failure(error) from None

    def _statements(self, connection: sa.Connection) -> list[str]:
        metadata, looked = sa.MetaData(), sa.inspect(connection)
        metadata.reflect(connection, only=lambda name, _: not name.startswith(OWN))
        lines = []
        for table in metadata.sorted_tables:
            lines.append(str(CreateTable(table).compile(self._engine)).strip())
            lines += self._comments(table)
            for check in looked.get_check_constraints(table.name):
                lines.append(f"ALTER TABLE {quote(table.name, self.dialect)} ADD CHECK ({check['sqltext']})")
        cyclic = [key for table in metadata.tables.values() for key in table.foreign_key_constraints if key.use_alter]
        return lines + [str(sa.schema.AddConstraint(key).compile(self._engine)) for key in cyclic]

    def _comments(self, table: sa.Table) -> list[str]:
        """Statements for what is said of a table and its columns, where CREATE TABLE does not hold it."""
        if self._engine.dialect.inline_comments or not self._engine.dialect.supports_comments:
            return []
        said: list[sa.schema.ExecutableDDLElement] = [SetTableComment(table)] if table.comment else []
        said += [SetColumnComment(column) for column in table.columns if column.comment]
        return [str(each.compile(self._engine)).strip() for each in said]

    def place(self, table: str) -> str:
        return quote(table)

    def ask(self, sql: str) -> Rows:
        try:
            spelled = sql if self.dialect in _OURS else respelled(sql, "postgres", self.dialect)
            with self._engine.connect() as connection:
                if self.dialect == "sqlite":
                    _learn(connection)
                return [tuple(row) for row in connection.exec_driver_sql(spelled.replace("%", "%%")).fetchall()]
        except SQLAlchemyError as error:
            raise self._failure(error) from None
        except QueryError as error:
            raise SchemaError(f"{self._called} cannot be asked: {error.message}; nothing was stored") from error

    def close(self) -> None:
        self._engine.dispose()

    def _failure(self, error: SQLAlchemyError) -> SchemaError:
        """Without the driver's own words, which may repeat the address and its password."""
        kind = type(getattr(error, "orig", None) or error).__name__
        return SchemaError(f"{self._called} cannot be reached or asked ({kind}); nothing was stored",
                           hint="does its address work in another client?")  # fmt: skip


def _learn(connection: sa.Connection) -> None:
    """SQLite has no regular expressions of its own."""
    raw: Any = connection.connection.driver_connection
    raw.create_function("regexp_replace", 4, _replaced, deterministic=True)


def _replaced(text: str | None, pattern: str, by: str, flags: str) -> str | None:
    return None if text is None else re.sub(pattern, by, str(text))
