"""Hardened connections, the gate of statements, and waiting for one that Ctrl-C may stop."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TypeAlias, TypeVar

import duckdb

from ..errors import QueryError, WarehouseError
from .failures import first_line, query_error

Connection: TypeAlias = duckdb.DuckDBPyConnection
T = TypeVar("T")

# What no connection of this package may do: reach files or the network, read Python variables, load extensions.
SEALED: Mapping[str, str] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


def connect_sealed(
    path: Path | None = None,
    *,
    threads: int | None = None,
    more: Mapping[str, str] | None = None,
    readable: Sequence[Path] = (),
) -> Connection:
    """A database in memory, or in the file `path`, in UTC: no other files, no network, its settings locked.

    `more` are further settings by name; `readable` are the only other files it reaches. It could also overwrite those:
    what is asked of it must have passed `check_one_question`.

    Raises:
        WarehouseError: the file is no database, cannot be opened, or another process has it open.
    """
    config: dict[str, str | bool | int | float | list[str]] = {**SEALED, **(more or {})}
    if readable:
        del config["enable_external_access"]  # the files must be named before
    if threads:
        config["threads"] = threads
    try:
        connection = duckdb.connect(str(path or ":memory:"), config=config)
    except duckdb.Error as error:
        raise WarehouseError(
            _open_failure(path, str(error)), hint="close it there, or load into another file"
        ) from error
    if readable:
        connection.execute(f"SET allowed_paths = [{', '.join(map(text_literal, readable))}]")
        connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # in a notebook it would draw a widget of its own
    connection.execute("SET lock_configuration = true")
    return connection


def add_parquet(connection: Connection, name: str, paths: Sequence[Path]) -> None:
    """A view `name` over files that the connection may read. Raises QueryError when one is damaged."""
    listed = ", ".join(map(text_literal, paths))
    identifier = '"' + name.replace('"', '""') + '"'
    try:
        connection.execute(f"CREATE TEMP VIEW {identifier} AS FROM read_parquet([{listed}])")
    except duckdb.Error as error:
        raise query_error(error, "") from None


def text_literal(text: object) -> str:
    """The text as DuckDB writes it in a statement."""
    return "'" + str(text).replace("'", "''") + "'"


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
    kind = _kind_of(statements[0])
    if kind != "SELECT":
        raise QueryError(
            f"{kind.replace('_', ' ')} is not allowed here: a query only reads",
            hint="start with SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE or SHOW TABLES",
        )


def _kind_of(statement: duckdb.Statement) -> str:
    try:
        return statement.type.name
    except ValueError:  # a kind that DuckDB's Python has no name for, such as UPDATE EXTENSIONS
        return "THIS"


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
