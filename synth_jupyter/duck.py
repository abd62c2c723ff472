"""DuckDB, hardened: connections for questions and loads, the gate of statements, and expressions over Arrow batches."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, TypeAlias, TypeVar

import duckdb
import pyarrow as pa

from .errors import GenerationError, QueryError, WarehouseError, did_you_mean

Connection: TypeAlias = duckdb.DuckDBPyConnection
Error: TypeAlias = duckdb.Error
T = TypeVar("T")

# What no connection of this package may do: reach files or the network, read Python variables, load extensions.
SEALED: Mapping[str, str] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
_ROWS = "batch"
_TYPES = {
    pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER", pa.int64(): "BIGINT",
    pa.float32(): "REAL", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.string(): "VARCHAR",
    pa.date32(): "DATE", pa.time64("us"): "TIME", pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ", pa.duration("us"): "INTERVAL", pa.binary(): "BLOB",
}  # fmt: skip
_NAMED = re.compile(r'(?:column(?: named)?|Table with name|Function with name)\s+"?([^"\s]+)"?')
_CANDIDATES = re.compile(r"(?:Candidate bindings:|Did you mean) (.*)")
_DAMAGED = re.compile(r"stream registered as '(.*?)' failed: (.*)")
_ANEW = "synth verify says which file it is, synth restore writes it anew"
_LINE = re.compile(r"^LINE (\d+): (.*)$", re.MULTILINE)


def connect_sealed(path: Path | None = None, *, threads: int | None = None) -> Connection:
    """A database in memory, or in the file `path`, in UTC: no other files, no network, its settings locked.

    Raises:
        WarehouseError: the file is no database, cannot be opened, or another process has it open.
    """
    config: dict[str, str | bool | int | float | list[str]] = {**SEALED}
    if threads:
        config["threads"] = threads
    try:
        connection = duckdb.connect(str(path or ":memory:"), config=config)
    except duckdb.Error as error:
        raise WarehouseError(
            _open_failure(path, str(error)), hint="close it there, or load into another file"
        ) from error
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # in a notebook it would draw a widget of its own
    connection.execute("SET lock_configuration = true")
    return connection


def _open_failure(path: Path | None, message: str) -> str:
    holder = re.search(r"Conflicting lock is held in (\S+) \(PID (\d+)\)", message)
    if holder:
        return f"{path} is open in another process ({Path(holder[1]).name}, pid {holder[2]})"
    return f"DuckDB cannot open {path}: {first_line(message)}"


def check_one_question(connection: Connection, sql: str) -> None:
    """Return only when `sql` is exactly one statement that reads; nothing is run.

    Raises:
        QueryError: none or several statements, a statement that writes, sets or loads, or a syntax error.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise query_error(error, sql) from None
    if len(statements) != 1:
        raise QueryError(f"write one statement, not {len(statements)}")
    kind = statements[0].type.name
    if kind != "SELECT":
        raise QueryError(
            f"{kind.replace('_', ' ')} is not allowed here: a query only reads",
            hint="start with SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE or SHOW TABLES",
        )


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


def interruptible(connection: Connection, work: Callable[[], T]) -> T:
    """`work()` in another thread while this one waits, so that Ctrl-C stops the statement; the connection stays usable.

    Raises:
        KeyboardInterrupt: after the statement has ended; and whatever `work` raises.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []
    ended = Event()

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001  # the waiting thread raises it
            failure.append(error)
        finally:
            ended.set()

    Thread(target=run, name="synth-query", daemon=True).start()
    try:
        # Not Thread.join, which takes an interrupted wait for the thread's end; and awake now and then, since the
        # kernel may hand the signal to another thread while this one sleeps.
        while not ended.wait(0.1):
            continue
    except KeyboardInterrupt:
        while not ended.wait(0.05):
            connection.interrupt()
        raise
    if failure:
        raise failure[0]
    return outcome[0]


_OTHER_DIALECT = "if it is a function of another database, name its dialect: --dialect postgres"


def query_error(error: duckdb.Error, sql: str, names: Iterable[str] = (), *, above: int = 0) -> QueryError:
    """DuckDB's error as one line: what is wrong, the line and column, and the nearest of its candidates and `names`.

    `above` lines were put before `sql` when it was run.
    """
    message = first_line(str(error))
    damaged = _DAMAGED.search(message)
    if damaged:
        return QueryError(f"a file of the table {damaged[1]!r} is damaged: {damaged[2]}", hint=_ANEW)
    missing = _NAMED.search(message)
    near = ""
    if missing and isinstance(error, (duckdb.BinderException, duckdb.CatalogException)):
        candidates = re.findall(r'"([^"]+)"', " ".join(_CANDIDATES.findall(str(error))))
        near = did_you_mean(missing[1], candidates or names)
    foreign = _OTHER_DIALECT if "Scalar Function" in message or "Aggregate Function" in message else ""
    return QueryError(_without_kind(message).rstrip("!.") + _place(str(error), sql, above) + near, hint=foreign)


def _place(message: str, sql: str, above: int) -> str:
    """` (line 2, column 8)`, found through the caret below the piece of the line that DuckDB shows."""
    match = _LINE.search(message)
    lines = sql.splitlines()
    if not match or not above < int(match[1]) <= above + len(lines):
        return ""
    number = int(match[1]) - above
    caret = message[match.end() :].lstrip("\n").find("^") - len(f"LINE {match[1]}: ")
    cut = "..." if match[2].startswith("...") else ""
    start = lines[number - 1].find(match[2].removeprefix("...").removesuffix("..."))
    return f" (line {number}, column {max(start, 0) - len(cut) + caret + 1})"


def _without_kind(message: str) -> str:
    return re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", message)


def first_line(message: str) -> str:
    """The first line of a library's message."""
    return message.strip().partition("\n")[0]


class ExpressionEvaluator:
    """SQL expressions over Arrow tables on one connection and one thread, so that rows keep their order.

    The connection is the only state; `_lock` lets one thread at a time use it.
    """

    def __init__(self) -> None:
        self._connection = connect_sealed(threads=1)
        self._lock = Lock()

    def evaluate(self, expressions: Sequence[tuple[str, pa.DataType]], table: pa.Table) -> list[pa.Array]:
        """One array of `table.num_rows` values for each (DuckDB expression, type); the table has a column at least.

        Raises:
            GenerationError: the expression fails on a row, or its value does not fit its type.
        """
        wanted = ", ".join(f"{_cast(sql, kind)} AS v{place}" for place, (sql, kind) in enumerate(expressions))
        with self._lock:
            self._connection.register(_ROWS, table)
            try:
                result = self._connection.sql(f"SELECT {wanted} FROM {_ROWS}").to_arrow_table()
            except duckdb.Error as error:
                shown = "; ".join(sql for sql, _ in expressions)
                raise GenerationError(f"the expression {shown!r} failed: {first_line(str(error))}") from error
            finally:
                self._connection.unregister(_ROWS)
        arrays = zip(result.columns, expressions, strict=True)
        return [_one_array(column).cast(kind) for column, (_, kind) in arrays]


def evaluate_expression(sql: str, table: pa.Table, type: pa.DataType) -> pa.Array:
    """`sql` (DuckDB, as `sql.parse_expression(...).render` writes it) over each row of `table`, cast to `type`.

    The array has `table.num_rows` values in the table's order. Raises GenerationError as `ExpressionEvaluator` does.
    """
    return _evaluator().evaluate([(sql, type)], table)[0]


@cache
def _evaluator() -> ExpressionEvaluator:
    return ExpressionEvaluator()


def sql_type(type: pa.DataType) -> str:
    """The DuckDB name of an Arrow type; KeyError when it has none here."""
    if pa.types.is_decimal(type):
        return f"DECIMAL({type.precision}, {type.scale})"
    if pa.types.is_list(type):
        return f"{sql_type(type.value_type)}[]"
    return _TYPES[type]


def _cast(sql: str, type: pa.DataType) -> str:
    if pa.types.is_duration(type):
        return f"epoch_us(CAST(({sql}) AS INTERVAL))"
    return f"CAST(({sql}) AS {sql_type(type)})"


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def load_error(error: duckdb.Error, target: str) -> WarehouseError:
    """DuckDB's failure in a load, in one line."""
    damaged = _DAMAGED.search(str(error))
    if damaged:
        return WarehouseError(f"a file of the run is damaged: {damaged[2]}; nothing was changed", hint=_ANEW)
    return WarehouseError(f"{target} refused the load: {_without_kind(first_line(str(error)))}; nothing was changed")
