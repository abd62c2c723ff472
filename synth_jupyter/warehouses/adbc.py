"""What the ADBC drivers share: one connection, one transaction, Arrow in and out, errors in one line."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import pyarrow as pa

from ..errors import GenerationError, QueryError, WarehouseError
from ..plan.model import RunFiles
from ..sql import check_reads, quote
from .base import LoadReport
from .constraints import TableDesign, create_table
from .holding import find_run, unload
from .loading import load_run
from .parts import Part, batches
from .result import Result, TableAnswer

T = TypeVar("T")


class AdbcSession(ABC):
    """A warehouse behind an ADBC connection without autocommit; subclasses say how names and constraints go.

    The connection and the schema of the last load are the only state; one thread uses them.
    """

    in_place = False

    def __init__(self, dialect: str, target: str) -> None:
        self.dialect = dialect
        self.target = target
        self._schema: str | None = None
        self._connection = self.connect()
        self._cursor = self._connection.cursor()

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
        """The answer to one reading statement of the warehouse's dialect, fetched whole. Raises QueryError."""
        check_reads(sql, self.dialect)
        try:
            self._cursor.execute(sql)
            table = self._cursor.fetch_arrow_table()
        except self._connection.Error as error:
            raise QueryError(f"{self.target} could not answer: {self.said(error)}") from None
        finally:
            self._roll_back()
        return Result(TableAnswer(table), sql)

    def table(self, name: str) -> str:
        return f"{quote(self._schema)}.{quote(name)}" if self._schema else quote(name)

    def close(self) -> None:
        with suppress(self._connection.Error):  # it may be lost already
            self._cursor.close()
        with suppress(self._connection.Error):
            self._connection.close()

    def reconnect(self) -> None:
        self.close()
        self._connection = self.connect()
        self._cursor = self._connection.cursor()

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._roll_back()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            self.lock()
            yield
            self._tried(self._connection.commit)
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        with suppress(self._connection.Error):  # a lost connection has rolled back
            self._connection.rollback()

    def run(self, sql: str) -> None:
        self._tried(lambda: self._cursor.execute(sql))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        def ask() -> list[tuple[Any, ...]]:
            self._cursor.execute(sql)
            return list(self._cursor.fetchall())

        return self._tried(ask)

    def ingest(self, name: str, rows: pa.RecordBatchReader, **options: Any) -> None:
        self._tried(lambda: self._cursor.adbc_ingest(name, rows, mode="append", **options))

    def create(self, design: TableDesign, name: str, prefix: str) -> None:
        self.run(create_table(design, self.dialect, prefix, name))

    def put(self, part: Part, prefix: str) -> None:
        options = {"db_schema_name": self._schema} if self._schema else {}
        broken: list[Exception] = []
        try:
            self.ingest(part.name, batches(part, self.dialect, broken), **options)
        except WarehouseError:
            if broken:
                table = part.design.table.name
                what = f"a file of the table {table!r} is damaged: {broken[0]}; nothing was changed"
                raise GenerationError(what, hint=f"synth restore {part.files.run} writes it anew") from broken[0]
            raise

    def rename(self, table: str, name: str) -> None:
        self.run(f"ALTER TABLE {table} RENAME TO {quote(name)}")

    @abstractmethod
    def connect(self) -> Any:
        """A new connection. Raises WarehouseError."""

    @abstractmethod
    def lock(self) -> None:
        """Begin the transaction so that no other load is inside one of this target."""

    @abstractmethod
    def failure(self, error: Exception) -> WarehouseError:
        """What a failed statement of a load means."""

    @abstractmethod
    def ledger_schemas(self) -> list[str | None]:
        """As in `Holding`."""

    @abstractmethod
    def prefix(self, schema: str | None) -> str:
        """As in `Session`."""

    @abstractmethod
    def existing(self, schema: str | None) -> set[str]:
        """As in `Session`."""

    @abstractmethod
    def drop(self, tables: Sequence[str]) -> None:
        """As in `Session`."""

    @abstractmethod
    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        """As in `Session`."""

    def said(self, error: Exception) -> str:
        """A driver's message as one line."""
        return " ".join(str(error).split())

    def _tried(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except self._connection.Error as error:
            raise self.failure(error) from None


def clauses(designs: Sequence[TableDesign], prefix: str, *, keys: bool) -> Iterator[str]:
    """The ALTER TABLE statements of constraints added after the data: the keys, or all others."""
    for one in designs:
        for clause in one.after:
            if clause.startswith(("PRIMARY KEY", "UNIQUE")) == keys:
                yield f"ALTER TABLE {prefix}{quote(one.table.name)} ADD {clause}"


def together(designs: Sequence[TableDesign], prefix: str, *, keys: bool) -> Iterator[str]:
    """The same with one statement for all of a table, so that its checks are proved in one pass over its rows."""
    for one in designs:
        added = [f"ADD {clause}" for clause in one.after if clause.startswith(("PRIMARY KEY", "UNIQUE")) == keys]
        if added:
            yield f"ALTER TABLE {prefix}{quote(one.table.name)} {', '.join(added)}"
