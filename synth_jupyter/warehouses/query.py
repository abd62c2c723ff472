"""Questions to a run: DuckDB in memory over the run's Parquet files, one SQL schema per run."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..datatypes import DataType
from ..duck import Connection, Question, add_parquet, check_one_question, connect_sealed, sql_type
from ..errors import GenerationError, QueryError
from ..plan.model import DerivedFile, RunFiles
from ..schema.model import Table
from ..sql import Translation, dialect_named, literal, moved_place, needed_macros, place_in, quote, translate, unordered
from .result import Result

if TYPE_CHECKING:
    import pyarrow.dataset as ds

# Schemas that DuckDB has of its own; an experiment or a table's schema of that name adds no views there.
_OWN_SCHEMAS = frozenset(("main", "temp", "system", "memory", "information_schema", "pg_catalog"))
# Where every table is to be seen, whatever the statement names.
_LISTINGS = ("show", "describe", "summarize", "information_schema", "duckdb_", "pg_", "sqlite_", "u&")
_NO_FUNCTION = re.compile(r"(?:Function with name|No function matches the given name and argument types) ['\"]?(\w+)")
_PLACE = re.compile(r" \(line (\d+), column (\d+)\)")
_LISTED = "docs/reference/sql-dialects.md lists what each dialect may use"


def query(
    files: RunFiles,
    sql: str,
    *,
    dialect: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    others: Sequence[RunFiles] = (),
) -> Result:
    """The lazy answer to one reading statement over the run's tables; `$name` in it is bound to `parameters`.

    A table is called `orders`, `shop.orders`, `"shop@1".orders` or `shop__orders`; those of `others` are called by
    their run or experiment: `bank.accounts`, `"bank@2".accounts`, `bank__accounts`.

    Raises:
        QueryError: the statement is not one that only reads, or names what is not there, or cannot be translated.
    """
    translation = translate(sql, dialect, column_types(files))
    try:
        question = asked(files, translation, parameters, others)
        stream = _Stream(files, translation, parameters, tuple(others))
        return Result(question, translation.sql, translation.verdict, stream)
    except QueryError as error:
        if dialect_named(dialect) != "duckdb":
            raise _in_its_dialect(error, sql, translation, dialect) from None
        raise


def asked(
    files: RunFiles,
    translation: Translation,
    parameters: Mapping[str, Any] | None = None,
    others: Sequence[RunFiles] = (),
) -> Question:
    """The statement on a session of its own, behind the gate. Raises QueryError when it does not pass."""
    connection = open_session(files, text=translation.sql, others=others)
    for macro in needed_macros(translation.sql):
        connection.execute(macro)
    check_one_question(connection, translation.sql)
    names = tuple(known_names(files))
    return Question(connection, translation.sql, parameters, names, unordered(translation.sql))


def column_types(files: RunFiles) -> dict[str, dict[str, str]]:
    """The SQL type of each column of each table of the run, for translations."""
    return {
        table.name: {column.name: _type_name(column.type) for column in table.columns} for table in files.schema.tables
    }


def _type_name(type: DataType) -> str:
    try:
        return sql_type(type.arrow)
    except KeyError:
        return "VARCHAR"


def _in_its_dialect(error: QueryError, sql: str, translation: Translation, dialect: str | None) -> QueryError:
    """The error with its place in the statement as it was written, and what ran in its place."""
    missing = _NO_FUNCTION.search(error.message)
    ran = f"it ran as: {translation.sql}"
    if missing:
        place = place_in(sql, missing[1])
        message = f"unsupported: the function {missing[1].upper()} of {dialect} SQL{place}"
        return QueryError(message, hint=f"{_LISTED}; {ran}")
    at = _PLACE.search(error.message)
    message = error.message
    if at:
        message = message.replace(at[0], moved_place(sql, translation.sql, int(at[1]), int(at[2])))
    return QueryError(message, hint=f"{error.hint}; {ran}" if error.hint else ran)


@dataclass(frozen=True)
class _Stream:
    """A stream needs a connection of its own, since it may be read while the result is asked other things."""

    files: RunFiles
    translation: Translation
    parameters: Mapping[str, Any] | None
    others: tuple[RunFiles, ...]

    def _question(self) -> Question:
        return asked(self.files, self.translation, self.parameters, self.others)

    def reader(self) -> pa.RecordBatchReader:
        return self._question().reader()

    def batches(self) -> Iterator[pa.RecordBatch]:
        return self._question().batches()


def open_session(
    files: RunFiles, *, threads: int | None = None, text: str | None = None, others: Sequence[RunFiles] = ()
) -> Connection:
    """A sealed DuckDB in memory that knows the run's tables by all their names, or by those that `text` may mean.

    It reads the run's own files and no other. What DuckDB does not read as it was written (a run that is elsewhere,
    types that Parquet lacks) is registered as Arrow datasets. Tables of `others` have the names of their run alone.
    """
    runs = [(files, ""), *((other, f"other {number} ") for number, other in enumerate(others))]
    wanted = [
        (run, prefix, [table for table in run.schema.tables if _may_mean(text, "", _last(table.name))])
        for run, prefix in runs
    ]
    readable = [
        path for run, _, tables in wanted for table in tables if is_native(run, table) for path in paths_of(run, table)
    ]
    connection = connect_sealed(threads=threads, readable=readable)
    for run, prefix, tables in wanted:
        for table in tables:
            _add_table(connection, run, table, f"{prefix}{table.name}")
        for derived in run.derived:
            connection.register(f"{prefix}{derived.table}", derived_dataset(run, derived))
        known = {table.name for table in tables} | {derived.table for derived in run.derived}
        for schema, name, table_name in spellings(run):
            if table_name in known and _may_mean(text, schema, name) and (not prefix or schema or "__" in name):
                _add_view(connection, schema, name, f"{prefix}{table_name}")
    return connection


def _add_table(connection: Connection, files: RunFiles, table: Table, name: str) -> None:
    if is_native(files, table):
        add_parquet(connection, name, paths_of(files, table))
    else:
        connection.register(name, dataset(files, table))


def is_native(files: RunFiles, table: Table) -> bool:
    """Whether DuckDB reads the table's files by itself, with the types they were written with."""
    return files.place is None and bool(files.names(table.name)) and all(map(_is_native, table.arrow_schema.types))


def _is_native(type: pa.DataType) -> bool:
    checks = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string, pa.types.is_binary,
        pa.types.is_date32, pa.types.is_timestamp, pa.types.is_decimal,
    )  # fmt: skip
    return any(check(type) for check in checks)


def paths_of(files: RunFiles, table: Table) -> list[Path]:
    """A table's files on this machine, in row order. Raises GenerationError when one is missing."""
    paths = [files.root / name for name in files.names(table.name)]
    missing = next((path for path in paths if not path.is_file()), None)
    if missing:
        raise GenerationError(
            f"the file {missing.relative_to(files.root)} of {files.run} is missing",
            hint=f"synth restore {files.run} writes it anew",
        )
    return paths


def _may_mean(text: str | None, schema: str, name: str) -> bool:
    """Whether a statement may call a table so: making every view takes longer than most questions."""
    if text is None or (folded := text.casefold()).lstrip()[:1] not in ("s", "w", "f", "("):
        return True
    if any(word in folded for word in _LISTINGS):
        return True
    return all(part.casefold().replace('"', '""') in folded for part in (schema, name) if part)


def spellings(files: RunFiles) -> Iterator[tuple[str, str, str]]:
    """(schema or "", name, table) for each way to call a table of the run but its own name."""
    experiment = files.run.partition("@")[0] or files.schema.name
    tables = (*(table.name for table in files.schema.tables), *(derived.table for derived in files.derived))
    taken = {table.casefold() for table in tables}
    for table in tables:
        for schema, name in _other_names(files.run or experiment, experiment, table):
            if schema or name.casefold() not in taken:
                yield schema, name, table
    last = Counter(_last(table).casefold() for table in tables)
    for table in tables:
        if "." in table and last[_last(table).casefold()] == 1 and _last(table).casefold() not in taken:
            yield "", _last(table), table
            for schema, name in _other_names(files.run or experiment, experiment, _last(table)):
                yield schema, name, table
    namespace = files.schema.namespace
    if namespace and namespace.casefold() not in (*_OWN_SCHEMAS, experiment.casefold(), files.run.casefold()):
        yield from ((namespace, table, table) for table in tables)


def dataset(files: RunFiles, table: Table) -> "ds.Dataset":
    """The rows of a table in row order, typed by the schema even where there are no files.

    Raises:
        GenerationError: a file is missing.
    """
    import pyarrow.dataset as ds  # only here, and below: it imports pandas, where that is installed

    names = files.names(table.name)
    if not names:
        return ds.dataset(table.arrow_schema.empty_table())
    place = files.place
    here = [] if place else paths_of(files, table)
    options = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    return ds.dataset(
        [place.path(name) for name in names] if place else list(map(str, here)),
        schema=table.arrow_schema,
        filesystem=place.filesystem if place else None,
        format=ds.ParquetFileFormat(default_fragment_scan_options=options),
    )


def derived_dataset(files: RunFiles, derived: DerivedFile) -> "ds.Dataset":
    """The rows of a table that SQL made, in row order. Raises GenerationError when its file is missing."""
    import pyarrow.dataset as ds

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


def _last(table: str) -> str:
    """A table's name without the schema that it is in."""
    return table.rpartition(".")[2] or table


def _other_names(run: str, experiment: str, table: str) -> Iterator[tuple[str, str]]:
    yield "", f"{experiment}__{table}"
    schemas = dict.fromkeys((run, experiment))
    yield from ((schema, table) for schema in schemas if schema.casefold() not in _OWN_SCHEMAS)
    schema, _, name = table.rpartition(".")
    if schema and name and schema.casefold() not in _OWN_SCHEMAS:
        yield schema, name
    elif name and schema.casefold() == "main":  # where DuckDB looks for what has no schema
        yield "", name


def _add_view(connection: Connection, schema: str, name: str, table: str) -> None:
    if schema:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
    target = f"{quote(schema)}.{quote(name)}" if schema else quote(name)
    connection.execute(f"CREATE VIEW IF NOT EXISTS {target} AS FROM temp.{quote(table)}")
    connection.execute(f"COMMENT ON VIEW {target} IS {literal('the table ' + table)}")
