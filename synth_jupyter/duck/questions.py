"""One statement on its connection, asked for its columns, its rows, its number of rows or its plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from ..errors import QueryError
from .connections import Connection, interruptible
from .failures import query_error

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """One statement that passed the gate, on its connection; each method runs it anew, stopped by Ctrl-C."""

    connection: Connection
    sql: str
    parameters: Mapping[str, Any] | None = None
    names: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """The names of the result's columns; the statement is bound, not run. Raises QueryError."""
        return tuple(self._asked(lambda: self._relation().columns))

    def table(self) -> pa.Table:
        """The whole result. Raises QueryError."""
        return self._asked(lambda: self._relation().to_arrow_table())

    def head(self, count: int) -> pa.Table:
        """The first `count` rows of the result. Raises QueryError."""
        return self._asked(lambda: _first_rows(self._relation().to_arrow_reader(65_536), count))

    def reader(self) -> pa.RecordBatchReader:
        """The result as a stream; the connection answers nothing else until it was read. Raises QueryError."""
        return self._asked(lambda: self._relation().to_arrow_reader(65_536))

    def count(self) -> int:
        """How many rows the result has. Raises QueryError."""
        return int(self._asked(lambda: self._relation(f"SELECT count(*) FROM ({self._bare()}\n)").fetchall())[0][0])

    def plan(self) -> str:
        """DuckDB's plan as text. Raises QueryError."""
        return str(self._asked(lambda: self._relation(f"EXPLAIN {self.sql}").fetchall())[0][1])

    def _bare(self) -> str:
        return self.sql.rstrip().rstrip(";")

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


def _first_rows(reader: pa.RecordBatchReader, count: int) -> pa.Table:
    batches, rows = [], 0
    while rows < count:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        batches.append(batch)
        rows += batch.num_rows
    table = pa.Table.from_batches(batches, reader.schema).slice(0, count)
    reader.close()
    return table
