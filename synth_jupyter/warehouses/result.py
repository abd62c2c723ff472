"""The answer to a query: columns at once, rows when asked for, as Arrow, pandas, Polars or JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from ..documents import is_integer, rows_of
from ..errors import QueryError
from .exporting import FileReport, Listener, export


class Answer(Protocol):
    """Where a result's rows come from; every method may raise QueryError."""

    def columns(self) -> tuple[str, ...]:
        """The names of the columns, known without running the statement."""

    def table(self) -> pa.Table:
        """All rows."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, at least one batch, without holding them; nothing else is answered until the last one was taken."""

    def head(self, count: int) -> pa.Table:
        """The first `count` rows."""

    def count(self) -> int:
        """How many rows there are."""

    def plan(self) -> str:
        """How the engine answers it, as text."""


class Stream(Protocol):
    """The same rows again, without holding them all; both may raise QueryError."""

    def reader(self) -> pa.RecordBatchReader:
        """As a stream for Arrow's friends."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """As batches, at least one, stopped by Ctrl-C."""


@dataclass(frozen=True)
class TableAnswer:
    """Rows that are in memory already."""

    rows: pa.Table
    how: str = ""

    def columns(self) -> tuple[str, ...]:
        return tuple(self.rows.column_names)

    def table(self) -> pa.Table:
        return self.rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        return batches_of(self.rows)

    def head(self, count: int) -> pa.Table:
        return self.rows.slice(0, count)

    def count(self) -> int:
        return int(self.rows.num_rows)

    def plan(self) -> str:
        return self.how


def batches_of(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """The table's batches, at least one."""
    return iter(table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)])


class Result:
    """Rows of one statement, fetched only when needed; `verdict` is `native` or `rewritten`, `sql` what really runs.

    The whole table is kept once it was fetched: that and the row count are the only state, both written once.
    """

    def __init__(
        self,
        answer: Answer,
        sql: str,
        verdict: str = "native",
        stream: Stream | None = None,
    ) -> None:
        self._answer = answer
        self._stream = stream
        self.sql = sql
        self.verdict = verdict
        self.columns = answer.columns()

    @cached_property
    def _table(self) -> pa.Table:
        return self._answer.table()

    @cached_property
    def row_count(self) -> int:
        """All rows of the result, however many are shown; counted by the engine when they were not fetched."""
        return int(self._table.num_rows) if "_table" in self.__dict__ else self._answer.count()

    def to_arrow(self) -> pa.Table:
        """All rows as an Arrow table."""
        return self._table

    def to_pandas(self) -> Any:
        """All rows as a pandas data frame. Raises QueryError without pandas."""
        try:
            import pandas  # noqa: F401
        except ImportError as error:
            raise QueryError("pandas is not installed", hint="pip install pandas, or use .to_arrow()") from error
        return _with_integers(self._table).to_pandas()

    def to_polars(self) -> Any:
        """All rows as a Polars data frame. Raises QueryError without Polars."""
        try:
            import polars
        except ImportError as error:
            raise QueryError("polars is not installed", hint="pip install polars, or use .to_arrow()") from error
        return polars.from_arrow(self._table)

    def reader(self) -> pa.RecordBatchReader:
        """The rows as a stream of batches, without holding them all."""
        if "_table" in self.__dict__ or self._stream is None:
            return self._table.to_reader()
        return self._stream.reader()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows batch by batch, at least one batch, without holding them all; Ctrl-C stops the statement."""
        if "_table" in self.__dict__ or self._stream is None:
            return batches_of(self._table)
        return self._stream.batches()

    def export(self, path: str | Path, *, replace: bool = False, on_rows: Listener | None = None) -> FileReport:
        """Write all rows to a `.csv`, `.parquet`, `.json` or `.jsonl` file in bounded memory, whole or not at all.

        `on_rows` is told how many rows are written so far.

        Raises:
            ConflictError: the file is there already and `replace` is false.
            QueryError: the statement fails, the ending is none of these, or the file cannot be written.
        """
        batches = batches_of(self._table) if "_table" in self.__dict__ else self._answer.batches()
        return export(batches, Path(path).expanduser().absolute(), replace=replace, on_rows=on_rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.reader().__arrow_c_stream__(requested_schema)

    def head(self, limit: int | None = None) -> pa.Table:
        """The first `limit` rows, or all, as an Arrow table."""
        if limit is None or "_table" in self.__dict__:
            return self._table.slice(0, limit)
        return self._page(limit).slice(0, limit)

    def rows(self, limit: int | None = None) -> list[list[Any]]:
        """The first `limit` rows, or all, each a list of JSON values."""
        return list(rows_of(self.head(limit)))

    def to_dict(self, limit: int | None = None) -> dict[str, Any]:
        """The `sql` document: at most `limit` rows; `row_count` is of all, `truncated` says that some are not shown."""
        rows = self.rows(limit)
        total = self.row_count
        return {
            "columns": list(self.columns), "rows": rows, "row_count": total, "truncated": len(rows) < total,
            "verdict": self.verdict,
        }  # fmt: skip

    def explain(self) -> str:
        """How the engine answers the statement, as text."""
        return self._answer.plan()

    def _page(self, limit: int) -> pa.Table:
        """One row more than asked for: when there is none, the page is the whole result and nothing is counted."""
        page = self._answer.head(limit + 1)
        if page.num_rows <= limit:
            self.__dict__["_table"] = page
        return page

    def __repr__(self) -> str:
        return f"<Result of {len(self.columns)} columns: {', '.join(self.columns)}>"


def _with_integers(table: pa.Table) -> pa.Table:
    """Whole numbers of 128 bits as int64 where they fit: pandas would make them objects."""
    for at, field in enumerate(table.schema):
        if is_integer(field):
            try:
                table = table.set_column(at, field.name, table.column(at).cast(pa.int64()))
            except pa.ArrowInvalid:
                continue
    return table
