"""One statement on its connection, asked for its columns, its rows, its number of rows or its plan."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from ..documents import INTEGER
from ..errors import QueryError
from .connections import Connection, interruptible
from .failures import query_error

T = TypeVar("T")

_BATCH_ROWS = 65_536
_AHEAD = 4
"""Batches that are read before they are asked for."""


@dataclass(frozen=True)
class Question:
    """One statement that passed the gate, on its connection; each method runs it anew, stopped by Ctrl-C.

    `counted` has as many rows and is faster to count; without it the statement itself is counted.
    """

    connection: Connection
    sql: str
    parameters: Mapping[str, Any] | None = None
    names: tuple[str, ...] = ()
    counted: str = ""

    def columns(self) -> tuple[str, ...]:
        """The names of the result's columns; the statement is bound, not run. Raises QueryError."""
        return tuple(self._asked(lambda: self._relation().columns))

    def table(self) -> pa.Table:
        """The whole result. Raises QueryError."""
        return self._asked(lambda: _marked(self._relation(), lambda relation: relation.to_arrow_table()))

    def head(self, count: int) -> pa.Table:
        """The first `count` rows of the result; no others are held, also where they are sorted. Raises QueryError."""
        return self._asked(lambda: _marked(self._relation(), lambda relation: _first_rows(relation, count)))

    def reader(self) -> pa.RecordBatchReader:
        """The result as a stream; the connection answers nothing else until it was read. Raises QueryError."""
        return self._asked(lambda: _reader(self._relation()))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows batch by batch while the engine goes on; Ctrl-C stops both. At least one batch, maybe empty.

        Raises:
            QueryError: the statement failed, perhaps after some batches.
        """
        relation = self._asked(self._relation)
        schema = _schema(relation)
        try:
            is_empty = True
            for batch in _ahead(self.connection, lambda: _reader(relation)):
                is_empty = False
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            if is_empty:
                yield pa.RecordBatch.from_pylist([], schema=schema)
        except duckdb.Error as error:
            raise self._explained(error) from None
        except OSError as error:  # a stream hides what the engine said in Arrow's error
            raise query_error(duckdb.Error(str(error)), self.sql, self.names) from None

    def count(self) -> int:
        """How many rows the result has. Raises QueryError."""
        rows = (self.counted or self.sql).rstrip().rstrip(";")
        return int(self._asked(lambda: self._relation(f"SELECT count(*) FROM ({rows}\n)").fetchall())[0][0])

    def plan(self) -> str:
        """DuckDB's plan as text. Raises QueryError."""
        return str(self._asked(lambda: self._relation(f"EXPLAIN {self.sql}").fetchall())[0][1])

    def _relation(self, sql: str | None = None) -> duckdb.DuckDBPyRelation:
        bound = dict(self.parameters) if self.parameters else None
        relation = self.connection.sql(sql or self.sql, params=bound)
        if relation is None:
            raise QueryError("the statement has no result")
        return relation

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return interruptible(self.connection, ask)
        except duckdb.Error as error:
            raise self._explained(error) from None

    def _explained(self, error: duckdb.Error) -> QueryError:
        """The error with its place: relations leave it out, EXPLAIN binds again without running."""
        if isinstance(error, (duckdb.BinderException, duckdb.CatalogException)):
            try:
                self.connection.execute(f"EXPLAIN\n{self.sql}", dict(self.parameters or {}))
            except duckdb.Error as again:
                return query_error(again, self.sql, self.names, above=1)
        return query_error(error, self.sql, self.names)


def _reader(relation: duckdb.DuckDBPyRelation) -> pa.RecordBatchReader:
    return relation.to_arrow_reader(_BATCH_ROWS)


def _marked(relation: duckdb.DuckDBPyRelation, read: Callable[[duckdb.DuckDBPyRelation], pa.Table]) -> pa.Table:
    """The rows; whole numbers that Arrow can only hold as decimals say in their field that they are none."""
    rows = read(relation)
    return rows.cast(_with_marks(relation, rows.schema)) if _wide(relation) else rows


def _schema(relation: duckdb.DuckDBPyRelation) -> pa.Schema:
    return _with_marks(relation, _reader(relation.limit(0)).schema)


def _with_marks(relation: duckdb.DuckDBPyRelation, schema: pa.Schema) -> pa.Schema:
    wide = _wide(relation)
    return pa.schema([field.with_metadata(INTEGER) if at in wide else field for at, field in enumerate(schema)])


def _wide(relation: duckdb.DuckDBPyRelation) -> frozenset[int]:
    """The places of the columns of 128-bit integers, such as the sum of integers has."""
    return frozenset(at for at, type in enumerate(relation.types) if str(type) in ("HUGEINT", "UHUGEINT"))


def _ahead(connection: Connection, open_reader: Callable[[], pa.RecordBatchReader]) -> Iterator[pa.RecordBatch]:
    """The batches of a reader that another thread reads, so that waiting for one can be interrupted."""
    ready: Queue[pa.RecordBatch | BaseException | None] = Queue(_AHEAD)
    unwanted, ended = Event(), Event()

    def read() -> None:
        try:
            with open_reader() as reader:
                for batch in reader:
                    if not _put(ready, batch, unwanted):
                        return
            _put(ready, None, unwanted)
        except BaseException as error:  # noqa: BLE001  # the waiting thread raises it
            _put(ready, error, unwanted)
        finally:
            ended.set()

    Thread(target=read, name="synth-stream", daemon=True).start()
    try:
        yield from _taken(ready)
    finally:
        unwanted.set()
        while not ended.wait(0.05):
            connection.interrupt()


def _put(ready: "Queue[Any]", item: object, unwanted: Event) -> bool:
    while not unwanted.is_set():
        try:
            ready.put(item, timeout=0.1)
            return True
        except Full:
            continue
    return False


def _taken(ready: "Queue[Any]") -> Iterator[pa.RecordBatch]:
    while True:
        try:
            # Awake now and then: the kernel may hand Ctrl-C to another thread while this one sleeps.
            item = ready.get(timeout=0.1)
        except Empty:
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def _first_rows(relation: duckdb.DuckDBPyRelation, count: int) -> pa.Table:
    """With the names that the statement gave: of equal ones, a relation of a relation renames the second."""
    return relation.limit(count).to_arrow_table().rename_columns(relation.columns)
