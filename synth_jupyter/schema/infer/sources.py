"""Places that a schema is inferred from: databases, files and data frames, asked in SQL and never changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ...duck import Connection, Error, connect_sealed, first_line
from ...errors import NotFoundError, SchemaError
from ...sql import literal, quote

Rows = list[tuple[Any, ...]]
OWN = "_synth_"
"""How tables begin that our own loads keep beside the data."""


class Source(Protocol):
    """One place: its tables as DDL of its dialect, and answers to questions about them."""

    @property
    def dialect(self) -> str: ...

    def script(self) -> str:
        """CREATE statements of every table, with the constraints that the place knows."""

    def place(self, table: str) -> str:
        """A table of the script as FROM takes it."""

    def ask(self, sql: str) -> Rows:
        """The rows of one statement of the dialect. Raises SchemaError."""

    def close(self) -> None: ...


def source_of(given: Any, environment: Mapping[str, str], name: str) -> Source:
    """The place that a word or a value means.

    `given` is duckdb:FILE, sqlite:FILE, env:VARIABLE, FILE.parquet, FILE.csv, anything that offers Arrow data, or a
    mapping of such by table; `name` calls the table of a data frame.

    Raises:
        NotFoundError: there is no such file.
        SchemaError: it is none of these, or cannot be reached.
    """
    if hasattr(given, "__arrow_c_stream__"):
        return _framed({name: given})
    if isinstance(given, Mapping):
        return _framed(given)
    kind, _, rest = str(given).partition(":")
    if kind == "duckdb":
        return _database(_file(rest))
    if kind == "sqlite":
        from .reflection import Reflected

        return Reflected.sqlite(_file(rest))
    if kind == "env":
        from .reflection import Reflected

        return Reflected.address(environment.get(rest, ""), rest)
    if Path(str(given)).suffix.lower() in _READERS:
        return _read(_file(str(given)))
    raise SchemaError(
        f"{str(given)[:80]!r} is nothing that a schema is inferred from; nothing was stored",
        hint="use duckdb:FILE, sqlite:FILE, env:VARIABLE (an address), FILE.parquet or FILE.csv",
    )


_READERS = {".parquet": "read_parquet", ".csv": "read_csv"}


def _file(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise NotFoundError(f"there is no file {text}")
    return path


class DuckSource:
    """Tables that DuckDB knows: of a database file, or files and frames under names of their own."""

    dialect = "duckdb"

    def __init__(self, connection: Connection, script: str = "") -> None:
        self._connection = connection
        self._script = script
        self._places: dict[str, str] = {}

    def script(self) -> str:
        return self._script or self._reflected()

    def place(self, table: str) -> str:
        return self._places.get(table.casefold(), quote(table))

    def ask(self, sql: str) -> Rows:
        try:
            return self._connection.execute(sql).fetchall()
        except Error as error:
            raise SchemaError(f"DuckDB cannot answer: {first_line(str(error))}; nothing was stored") from error

    def close(self) -> None:
        self._connection.close()

    def _reflected(self) -> str:
        enums = self.ask("SELECT type_name, labels FROM duckdb_types() WHERE type_category IS NULL AND NOT internal "
                         "AND logical_type = 'ENUM'")  # fmt: skip
        lines = [f"CREATE TYPE {quote(name)} AS ENUM ({', '.join(map(literal, labels))})" for name, labels in enums]
        found = self.ask("SELECT schema_name, table_name, sql, comment FROM duckdb_tables() WHERE NOT internal "
                         f"AND NOT starts_with(table_name, '{OWN}') ORDER BY table_oid")  # fmt: skip
        for schema, name, sql, comment in found:
            place = f"{quote(schema)}.{quote(name)}"
            self._places |= {name.casefold(): place, f"{schema}.{name}".casefold(): place}
            lines += [sql.rstrip().rstrip(";")] + (
                [f"COMMENT ON TABLE {place} IS {literal(comment)}"] if comment else []
            )
        said = self.ask("SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal "
                        f"AND comment IS NOT NULL AND NOT starts_with(table_name, '{OWN}')")  # fmt: skip
        for *names, comment in said:
            lines.append(f"COMMENT ON COLUMN {'.'.join(map(quote, names))} IS {literal(comment)}")
        return ";\n".join(lines)


def _database(path: Path) -> DuckSource:
    return DuckSource(connect_sealed(path, more={"access_mode": "read_only"}))


def _read(path: Path) -> DuckSource:
    connection = connect_sealed(readable=[path])
    name = "".join(char if char.isalnum() else "_" for char in path.stem) or "rows"
    reader = _READERS[path.suffix.lower()]
    try:
        connection.execute(f"CREATE VIEW {quote(name)} AS FROM {reader}({literal(str(path))})")
    except Error as error:
        raise SchemaError(f"{path} cannot be read: {first_line(str(error))}; nothing was stored") from error
    return DuckSource(connection, _described(connection, [name]))


def _framed(frames: Mapping[str, Any]) -> DuckSource:
    import pyarrow as pa

    connection = connect_sealed()
    for name, frame in frames.items():
        connection.register(name, pa.table(frame))
    return DuckSource(connection, _described(connection, list(frames)))


def _described(connection: Connection, names: Sequence[str]) -> str:
    lines = []
    for name in names:
        columns = connection.execute(f"DESCRIBE {quote(name)}").fetchall()
        lines.append(f"CREATE TABLE {quote(name)} ({', '.join(f'{quote(row[0])} {row[1]}' for row in columns)})")
    return ";\n".join(lines)
