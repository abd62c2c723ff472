"""Any database that SQLAlchemy reaches as a load target: the general path, slower than the engines of their own."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ..datatypes import DataType
from ..errors import QueryError, WarehouseError
from ..plan.model import RunFiles
from ..sql import check_reads, dialect_named, literal, quote
from .adbc import clauses
from .addresses import secrets_of
from .attempts import Unavailable, is_passing
from .base import LoadReport
from .constraints import TableDesign, create_table
from .holding import find_run, unload
from .ledger import LEDGER
from .loading import load_run
from .parts import Part, batches
from .result import Result, TableAnswer

_TYPES = {
    "smallint": sa.SmallInteger(), "int": sa.Integer(), "bigint": sa.BigInteger(), "real": sa.REAL(),
    "double": sa.Double(), "boolean": sa.Boolean(), "text": sa.Text(), "date": sa.Date(), "time": sa.Time(),
    "timestamp": sa.DateTime(), "timestamptz": sa.DateTime(timezone=True), "interval": sa.BigInteger(),
    "uuid": sa.String(36), "json": sa.Text(), "binary": sa.LargeBinary(), "enum": sa.String(255), "array": sa.Text(),
}  # fmt: skip
T = TypeVar("T")
_SYNONYMS = {"postgresql": "postgres"}
_LOCK = 0x73796E7468


class General:
    """A database behind a SQLAlchemy address: rows go in by executemany, constraints are added after them.

    The connection and the schema of the last load are the only state; one thread uses them.
    """

    in_place = False

    def __init__(self, url: str, target: str) -> None:
        self.target = target
        self._secrets = secrets_of(url)
        self._schema: str | None = None
        try:
            self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        except (ArgumentError, ValueError):
            raise WarehouseError(
                f"{target} does not hold an address that can be read", hint="write dialect+driver://host/database"
            ) from None
        except (NoSuchModuleError, ImportError) as error:
            raise WarehouseError(f"{target} needs a driver that is not installed: {self._said(error)}",
                                 hint="pip install it, or use postgresql:// or sqlite:") from None  # fmt: skip
        name = self._engine.dialect.name
        self.dialect = dialect_named(_SYNONYMS.get(name, name))
        self._connection = self._connected()

    def load(
        self, files: RunFiles, *, schema: str | None = None, replace: bool = False, provenance: bool = False
    ) -> LoadReport:
        """The run's tables, all or nothing, once. Raises ConflictError and WarehouseError."""
        self._schema = schema
        return load_run(self, files, schema=schema, replace=replace, provenance=provenance)

    def find(self, files: RunFiles) -> None:
        self._schema = find_run(self, files)

    def unload(self, loaded: Collection[tuple[str, str]]) -> dict[str, int]:
        """Drop what these runs (address, content digest) loaded. Raises WarehouseError."""
        return unload(self, loaded)

    def query(self, sql: str) -> Result:
        """The answer to one reading statement of the database's dialect, fetched whole. Raises QueryError."""
        import pyarrow as pa

        check_reads(sql, self.dialect)
        try:
            found = self._connection.exec_driver_sql(sql)
            names, rows = list(found.keys()), found.fetchall()
        except SQLAlchemyError as error:
            raise QueryError(f"{self.target} could not answer: {self._said(error)}") from None
        finally:
            self._connection.rollback()
        columns = [pa.array([row[place] for row in rows]) for place in range(len(names))]
        return Result(TableAnswer(pa.Table.from_arrays(columns, names)), sql)

    def table(self, name: str) -> str:
        return f"{quote(self._schema)}.{quote(name)}" if self._schema else quote(name)

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def reconnect(self) -> None:
        self._connection.invalidate()
        self._connection.close()
        self._connection = self._connected()

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._connection.rollback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            self._lock()
            yield
            self._tried(self._connection.commit)
        except BaseException:
            self._connection.rollback()
            raise

    def prefix(self, schema: str | None) -> str:
        if not schema:
            return ""
        if self.dialect == "sqlite":
            raise WarehouseError(f"SQLite has no schemas, so {self.target} cannot take --schema {schema}")
        if schema not in sa.inspect(self._connection).get_schema_names():
            self.run(f"CREATE SCHEMA {quote(schema)}")
        return f"{quote(schema)}."

    def run(self, sql: str) -> None:
        self._tried(lambda: self._connection.exec_driver_sql(sql))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._tried(lambda: [tuple(row) for row in self._connection.exec_driver_sql(sql).fetchall()])

    def existing(self, schema: str | None) -> set[str]:
        def look() -> set[str]:
            found = sa.inspect(self._connection)
            return {*found.get_table_names(schema), *found.get_view_names(schema)}

        return self._tried(look)

    def ledger_schemas(self) -> list[str | None]:
        found = sa.inspect(self._connection)
        default = found.default_schema_name
        named = [name for name in found.get_schema_names() if name != default and found.has_table(LEDGER, name)]
        return [*([None] if found.has_table(LEDGER) else []), *named]

    def create(self, design: TableDesign, name: str, prefix: str) -> None:
        if self.dialect == "sqlite":
            self.run(create_table(design, self.dialect, prefix, name))
            return
        table = design.table
        columns = [
            f"{quote(column.name)} {self._type(column.type).compile(self._engine.dialect)}"
            + ("" if column.nullable and column.name not in table.primary_key else " NOT NULL")
            for column in table.columns
        ]
        self.run(f"CREATE TABLE {prefix}{quote(name)} ({', '.join([*columns, *design.inline])})")

    def drop(self, tables: Sequence[str]) -> None:
        if tables and self.dialect == "postgres":
            self.run(f"DROP TABLE {', '.join(tables)}")
            return
        for table in tables:
            self.run(f"DROP TABLE {table}")

    def rename(self, table: str, name: str) -> None:
        if self.dialect == "tsql":
            self.run(f"EXEC sp_rename {literal(table)}, {literal(name)}")
            return
        self.run(f"ALTER TABLE {table} RENAME TO {quote(name)}")

    def put(self, part: Part, prefix: str) -> None:
        columns = [sa.column(column.name, self._type(column.type)) for column in part.design.table.columns]
        target = sa.table(sa.quoted_name(part.name, True), *columns, schema=self._schema)
        places = {f"p{place}": sa.bindparam(f"p{place}", type_=column.type) for place, column in enumerate(columns)}
        insert = sa.insert(target).values({column: places[f"p{place}"] for place, column in enumerate(columns)})
        for batch in batches(part, "sqlite" if self.dialect == "sqlite" else "general", []):
            values = zip(*(self._values(column) for column in batch.columns), strict=True)
            rows = [{f"p{place}": value for place, value in enumerate(row)} for row in values]
            self._tried(partial(self._connection.execute, insert, rows))

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        for keys in (True, False):
            for statement in clauses(designs, prefix, keys=keys):
                self.run(statement)
        if self.dialect == "sqlite" and self.rows("SELECT 1 FROM pragma_foreign_key_check LIMIT 1"):
            raise WarehouseError("some rows have no parent; nothing was changed", hint="synth verify names the rows")

    def _values(self, column: Any) -> list[Any]:
        values = list(column.to_pylist())
        if self.dialect != "sqlite":
            return values
        return [_iso(value) if isinstance(value, date) else value for value in values]

    def _type(self, type: DataType) -> Any:
        if self.dialect == "sqlite":
            return sa.types.NullType()
        if type.kind == "decimal":
            return sa.Numeric(type.precision, type.scale)
        if type.kind in ("char", "varchar"):
            return sa.String(type.length)
        return _TYPES[type.kind]

    def _connected(self) -> sa.Connection:
        try:
            connection = self._engine.connect()
            if self.dialect == "sqlite":
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")
            if self.dialect == "mysql":
                connection.exec_driver_sql("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
                connection.commit()
        except (SQLAlchemyError, ImportError) as error:
            raise Unavailable(f"{self.target} cannot be reached: {self._said(error)}") from None
        return connection

    def _lock(self) -> None:
        if self.dialect == "postgres":
            self.run(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if self.dialect == "sqlite":
            self.run("BEGIN IMMEDIATE")

    def _said(self, error: Exception) -> str:
        """The driver's message as one line, without the statement, its values and any secret of the address."""
        text = " ".join(str(getattr(error, "orig", None) or error).split())
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _tried(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except DBAPIError as error:
            sqlstate = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
            if error.connection_invalidated or is_passing(sqlstate):
                raise Unavailable(f"{self.target} was lost: {self._said(error)}") from None
            raise WarehouseError(f"{self.target} refused: {self._said(error)}; nothing was changed") from None
        except SQLAlchemyError as error:
            raise WarehouseError(f"{self.target} refused: {self._said(error)}; nothing was changed") from None


def _iso(value: date) -> str:
    """As the loads of a SQLite file write it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds")
    return value.isoformat()
