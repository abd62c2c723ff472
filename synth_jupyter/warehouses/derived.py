"""Tables that SQL makes of a run: one query, run on one thread, its rows in one Parquet file with their digest."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ..digests import LEAF_ROWS, combined, leaf_digests
from ..duck import Question, check_one_question, first_line, interruptible, sql_type
from ..errors import QueryError
from ..files import create, sha256_of
from ..plan.model import RunFiles
from ..sql import quote, translate
from ..sql.columns import Catalog, Followed, follow, tables_read
from .query import known_names, open_session, spellings


@dataclass(frozen=True)
class Made:
    """What a query made: the DuckDB text that ran, the tables it read, its columns (name, type) and its file."""

    query: str
    inputs: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    followed: Followed
    rows: int
    bytes: int
    sha256: str
    digest: str


def materialise(files: RunFiles, query: str, target: Path, *, dialect: str | None = None) -> Made:
    """Run one reading statement over the run and write its rows to `target`, which must not exist.

    One thread, so that equal statements over equal runs give equal rows in equal order.

    Raises:
        QueryError: it does not only read, fails, or has a column that a table of a run cannot have.
    """
    sql = translate(query, dialect).sql
    connection = open_session(files, threads=1)
    check_one_question(connection, sql)
    names = tuple(known_names(files))
    schema = Question(connection, sql, None, names).head(0).schema
    _check_columns(schema)
    question = Question(connection, _storable(sql, schema), None, names)
    wanted = pa.schema([pa.field(field.name, _stored_type(field)) for field in schema])
    leaves: dict[str, list[bytes]] = {name: [] for name in wanted.names}
    with create(target) as file:
        rows = interruptible(connection, lambda: _write(question.reader(), wanted, file, leaves))
    parts = (combined(field.name, str(field.type), b"".join(leaves[field.name])) for field in wanted)
    catalog = catalog_of(files)
    return Made(
        sql, tables_read(sql, catalog), tuple((field.name, _type_name(field.type)) for field in wanted),
        follow(sql, catalog, len(schema)), rows, target.stat().st_size, sha256_of(target),
        "sha256:" + combined(*parts).hex(),
    )  # fmt: skip


def catalog_of(files: RunFiles) -> Catalog:
    """The tables of a run, with what SQL made of it, and how each may be called."""
    tables = {table.name: tuple(column.name for column in table.columns) for table in files.schema.tables}
    tables |= {derived.table: derived.columns for derived in files.derived}
    names = {("", name.casefold()): name for name in tables}
    names |= {(schema.casefold(), name.casefold()): table for schema, name, table in spellings(files)}
    return Catalog(tables, names)


def _write(reader: pa.RecordBatchReader, schema: pa.Schema, file: BinaryIO, leaves: dict[str, list[bytes]]) -> int:
    rows = 0
    options = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}
    with pq.ParquetWriter(file, schema, **options) as writer:
        for block in _blocks(_read(reader), schema):
            for name in schema.names:
                leaves[name].append(leaf_digests(block.column(name)))
            writer.write_batch(block)
            rows += block.num_rows
    return rows


def _read(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except pa.ArrowException as error:
        raise QueryError(f"the statement failed: {first_line(str(error))}") from error


def _blocks(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of LEAF_ROWS, but for the last; at least one, so that no rows are a table too."""
    held = schema.empty_table()
    written = False
    for batch in batches:
        held = pa.concat_tables([held, pa.Table.from_batches([batch]).cast(schema)])
        while held.num_rows >= LEAF_ROWS:
            yield held.slice(0, LEAF_ROWS).combine_chunks().to_batches()[0]
            held, written = held.slice(LEAF_ROWS), True
    if held.num_rows or not written:
        yield (held.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], schema=schema)])[0]


def _check_columns(schema: pa.Schema) -> None:
    twice = next((name for name, count in Counter(map(str.casefold, schema.names)).items() if count > 1), None)
    if twice is not None:
        raise QueryError(
            f"two columns of the result are called {twice!r}; nothing was made", hint="give each a name of its own: AS"
        )
    for field in schema:
        if not _is_storable(field.type):
            raise QueryError(
                f"the column {field.name!r} is of the type {field.type}, which a table of a run cannot have",
                hint=f"cast it: CAST({field.name} AS VARCHAR)",
            )


def _is_storable(type: pa.DataType) -> bool:
    if pa.types.is_list(type):
        return _is_storable(type.value_type) and not pa.types.is_interval(type.value_type)
    if pa.types.is_dictionary(type):
        return _is_storable(type.value_type)
    tests: tuple[Callable[[pa.DataType], bool], ...] = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string, pa.types.is_binary,
        pa.types.is_date32, pa.types.is_time64, pa.types.is_timestamp, pa.types.is_decimal128, pa.types.is_interval,
        pa.types.is_duration,
    )  # fmt: skip
    return any(test(type) for test in tests)


def _stored_type(field: pa.Field) -> pa.DataType:
    if pa.types.is_dictionary(field.type):
        return field.type.value_type
    return pa.duration("us") if pa.types.is_interval(field.type) else field.type


def _storable(sql: str, schema: pa.Schema) -> str:
    """The statement with intervals as microseconds: Parquet has no interval of months, days and a rest."""
    if not any(pa.types.is_interval(field.type) for field in schema):
        return sql
    chosen = (
        f"epoch_us({quote(field.name)}) AS {quote(field.name)}"
        if pa.types.is_interval(field.type)
        else quote(field.name)
        for field in schema
    )
    return f"SELECT {', '.join(chosen)} FROM (\n{sql.rstrip().rstrip(';')}\n)"


def _type_name(type: pa.DataType) -> str:
    try:
        return sql_type(type).lower()
    except KeyError:
        return str(type)
