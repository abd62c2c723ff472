"""Load the rows of this folder into SQLite, or print them as SQL for PostgreSQL. Needs Python and pyarrow alone.

    python warehouse/load.py sqlite FILE
    python warehouse/load.py postgres | psql -v ON_ERROR_STOP=1 -d DATABASE

All or nothing: one transaction, keys checked before its end. An image carries this module as `warehouse/load.py`.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_ROWS = 65_536
_EXACT_DIGITS = 15
_SQLITE_VERSION = 3_040_000

Columns = Sequence[tuple[str, str]]
"""The name and the kind of type of each column."""
Table = tuple[str, Columns, Iterable[Any]]
"""A table's name, its columns, and its Parquet files in order, as paths or open."""


def to_sqlite(path: Path, schema: str, tables: Iterable[Table]) -> None:
    """Make the tables and fill them; sqlite3.Error or ValueError when something is wrong, and nothing was kept."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.executescript(f"BEGIN;\n{schema}")
        for name, columns, files in tables:
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {_quoted(name)} ({_list(columns)}) VALUES ({marks})"
            for batch in _batches(files):
                values = [_for_sqlite(batch.column(column), kind).to_pylist() for column, kind in columns]
                connection.executemany(statement, zip(*values, strict=True))
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise ValueError(f"row {broken[1]} of {broken[0]} has no parent in {broken[2]}")
        connection.execute("COMMIT")
    finally:
        connection.close()


def unversioned(header: bytes) -> bytes:
    """The first 100 bytes of a SQLite file without the version that wrote it last, which is only a note to readers."""
    return header[:96] + _SQLITE_VERSION.to_bytes(4, "big")


def to_postgres(out: BinaryIO, schema: str, constraints: str, tables: Iterable[Table]) -> None:
    """Write one transaction of SQL for psql: tables, rows, then keys. ValueError for a value PostgreSQL cannot hold."""
    settings = "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSET DateStyle = 'ISO';\n"
    out.write(f"{settings}BEGIN;\n{schema}".encode())
    for name, columns, files in tables:
        out.write(f"COPY {_quoted(name)} ({_list(columns)}) FROM stdin;\n".encode())
        for batch in _batches(files):
            texts = [_for_copy(batch.column(column), kind, f"{name}.{column}") for column, kind in columns]
            lines = pc.binary_join_element_wise(*texts, "\t")
            out.write("".join(f"{line}\n" for line in lines.to_pylist()).encode())
        out.write(b"\\.\n")
    out.write(f"{constraints}COMMIT;\nANALYZE;\n".encode())


def _batches(files: Iterable[Any]) -> Iterator[pa.RecordBatch]:
    for file in files:
        with pq.ParquetFile(file) as parquet:
            yield from parquet.iter_batches(batch_size=_ROWS, use_threads=False)


def _plain(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def _for_sqlite(array: pa.Array, kind: str) -> pa.Array:
    """ISO text for dates and times, numbers where they are exact, JSON for arrays."""
    array = _plain(array)
    if kind == "decimal":
        if array.type.precision > _EXACT_DIGITS:
            return array.cast(pa.string())
        return array.cast(pa.float64() if array.type.scale else pa.int64())
    if kind in ("timestamp", "timestamptz"):
        return pc.replace_substring(array.cast(pa.timestamp("us")).cast(pa.string()), " ", "T")
    if kind in ("date", "time"):
        return array.cast(pa.string())
    if kind == "interval":
        return array.cast(pa.int64())
    if kind == "array":
        return _each(array, lambda value: json.dumps(value, default=str))
    return array


def _for_copy(array: pa.Array, kind: str, where: str) -> pa.Array:
    """The text that COPY reads, escaped, with \\N for NULL."""
    array = _plain(array)
    if kind in ("timestamp", "timestamptz"):
        zone = "+00" if kind == "timestamptz" else ""
        array = pc.binary_join_element_wise(array.cast(pa.timestamp("us")).cast(pa.string()), zone, "")
    elif kind == "interval":
        array = pc.binary_join_element_wise(array.cast(pa.int64()).cast(pa.string()), " microseconds", "")
    elif kind == "binary":
        array = _each(array, lambda value: f"\\x{value.hex()}")
    elif kind == "array":
        array = _each(array, _array_text)
    array = array.cast(pa.string())
    if pc.any(pc.match_substring(array, "\0")).as_py():
        raise ValueError(f"{where} holds a NUL character, which PostgreSQL has no place for")
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        array = pc.replace_substring(array, plain, escaped)
    return array.fill_null("\\N")


def _array_text(values: Sequence[Any]) -> str:
    return "{" + ",".join(map(_element_text, values)) + "}"


def _element_text(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _array_text(value)
    text = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _each(array: pa.Array, text: Any) -> pa.Array:
    return pa.array([None if value is None else text(value) for value in array.to_pylist()], pa.string())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(columns: Columns) -> str:
    return ", ".join(_quoted(name) for name, _ in columns)


def _tables(root: Path) -> Iterator[Table]:
    for table in json.loads((root / "warehouse" / "tables.json").read_bytes())["tables"]:
        columns = [(column["name"], column["kind"]) for column in table["columns"]]
        yield table["name"], columns, sorted((root / table["folder"]).glob("part-*.parquet"))


def main(words: Sequence[str]) -> int:
    """What the words ask for; the exit code."""
    root = Path(__file__).resolve().parent.parent
    scripts = root / "warehouse"
    if not (root / "data").is_dir():
        print("there is no folder `data` beside this one: a thin image has no rows", file=sys.stderr)
        return 1
    if len(words) == 2 and words[0] == "sqlite":
        fresh = not os.path.exists(words[1])
        try:
            to_sqlite(Path(words[1]), (scripts / "sqlite" / "schema.sql").read_text("utf-8"), _tables(root))
        except (sqlite3.Error, ValueError) as error:
            if fresh:
                os.unlink(words[1])
            print(f"{words[1]}: {error}; nothing was kept", file=sys.stderr)
            return 1
        return 0
    if list(words) == ["postgres"]:
        schema, constraints = ((scripts / "postgres" / name).read_text("utf-8") for name in _POSTGRES)
        to_postgres(sys.stdout.buffer, schema, constraints, _tables(root))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


_POSTGRES = ("schema.sql", "constraints.sql")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
