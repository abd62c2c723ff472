"""Questions to a run: DuckDB in memory over the run's Parquet files, one SQL schema per run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from ..duck import Connection, Question, check_one_question, connect_sealed
from ..errors import GenerationError, QueryError
from ..plan.model import DerivedFile, RunFiles
from ..schema.model import Table
from ..sql import literal, quote, translate
from .result import Result

# Schemas that DuckDB has of its own; an experiment or a table's schema of that name adds no views there.
_OWN_SCHEMAS = frozenset(("main", "temp", "system", "memory", "information_schema", "pg_catalog"))


def query(
    files: RunFiles, sql: str, *, dialect: str | None = None, parameters: Mapping[str, Any] | None = None
) -> Result:
    """The lazy answer to one reading statement over the run's tables; `$name` in it is bound to `parameters`.

    A table is called `orders`, `shop.orders`, `"shop@1".orders` or `shop__orders`.

    Raises:
        QueryError: the statement is not one that only reads, or names what is not there, or cannot be translated.
    """
    translation = translate(sql, dialect)
    connection = open_session(files)
    try:
        check_one_question(connection, translation.sql)
        names = tuple(known_names(files))
        question = Question(connection, translation.sql, parameters, names)
        return Result(question, translation.sql, translation.verdict, _Stream(files, question))
    except QueryError as error:
        if translation.verdict == "rewritten":
            raise QueryError(error.message, hint=error.hint or f"it ran as: {translation.sql}") from None
        raise


@dataclass(frozen=True)
class _Stream:
    """A stream needs a connection of its own, since it may be read while the result is asked other things."""

    files: RunFiles
    question: Question

    def __call__(self) -> pa.RecordBatchReader:
        asked = self.question
        return Question(open_session(self.files), asked.sql, asked.parameters, asked.names).reader()


def open_session(files: RunFiles, *, threads: int | None = None) -> Connection:
    """A sealed DuckDB in memory that knows the run's tables by all their names.

    The files are registered as Arrow datasets: no path needs allowing, so that no statement can write one (an allowed
    path may be overwritten), page checksums are verified, and types that Parquet lacks keep their meaning.
    """
    connection = connect_sealed(threads=threads)
    for table in files.schema.tables:
        connection.register(table.name, dataset(files, table))
    for derived in files.derived:
        connection.register(derived.table, derived_dataset(files, derived))
    for schema, name, table_name in spellings(files):
        _add_view(connection, schema, name, table_name)
    return connection


def spellings(files: RunFiles) -> Iterator[tuple[str, str, str]]:
    """(schema or "", name, table) for each way to call a table of the run but its own name."""
    experiment = files.run.partition("@")[0] or files.schema.name
    tables = (*(table.name for table in files.schema.tables), *(derived.table for derived in files.derived))
    taken = {table.casefold() for table in tables}
    for table in tables:
        for schema, name in _other_names(files.run or experiment, experiment, table):
            if schema or name.casefold() not in taken:
                yield schema, name, table


def dataset(files: RunFiles, table: Table) -> ds.Dataset:
    """The rows of a table in row order, typed by the schema even where there are no files.

    Raises:
        GenerationError: a file is missing.
    """
    paths = files.paths(table.name)
    if not paths:
        return ds.dataset(table.arrow_schema.empty_table())
    missing = next((path for path in paths if not path.is_file()), None)
    if missing:
        raise GenerationError(
            f"the file {missing.relative_to(files.root)} of {files.run} is missing",
            hint=f"synth restore {files.run} writes it anew",
        )
    options = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    return ds.dataset(
        [str(path) for path in paths],
        schema=table.arrow_schema,
        format=ds.ParquetFileFormat(default_fragment_scan_options=options),
    )


def derived_dataset(files: RunFiles, derived: DerivedFile) -> ds.Dataset:
    """The rows of a table that SQL made, in row order. Raises GenerationError when its file is missing."""
    path = files.root / derived.path
    if not path.is_file():
        raise GenerationError(
            f"the file {derived.path} of the table {derived.table!r} of {files.run} is missing",
            hint=f"make it again with `synth sql {files.run} --into {derived.table} --replace`",
        )
    options = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    return ds.dataset([str(path)], format=ds.ParquetFileFormat(default_fragment_scan_options=options))


def known_names(files: RunFiles) -> Iterator[str]:
    """Every table and column name of the run, for suggestions."""
    for derived in files.derived:
        yield from (derived.table, *derived.columns)
    for table in files.schema.tables:
        yield table.name
        yield from (column.name for column in table.columns)


def _other_names(run: str, experiment: str, table: str) -> Iterator[tuple[str, str]]:
    yield "", f"{experiment}__{table}"
    schemas = dict.fromkeys((run, experiment))
    yield from ((schema, table) for schema in schemas if schema not in _OWN_SCHEMAS)
    schema, dot, name = table.rpartition(".")
    if dot and schema not in _OWN_SCHEMAS:
        yield schema, name


def _add_view(connection: Connection, schema: str, name: str, table: str) -> None:
    if schema:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
    target = f"{quote(schema)}.{quote(name)}" if schema else quote(name)
    connection.execute(f"CREATE VIEW IF NOT EXISTS {target} AS FROM temp.{quote(table)}")
    connection.execute(f"COMMENT ON VIEW {target} IS {literal('the table ' + table)}")
