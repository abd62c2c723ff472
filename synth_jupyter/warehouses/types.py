"""Column types of each engine, and the Arrow forms in which their drivers accept values."""

import json
from collections.abc import Callable
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from ..datatypes import DataType
from ..schema.model import Column, Table

LONGEST_NUMERIC = 15
"""Decimal digits that a float64 keeps; SQLite has no longer exact number."""

_SQLITE = {
    "smallint": "INTEGER", "int": "INTEGER", "bigint": "INTEGER", "real": "REAL", "double": "REAL",
    "boolean": "BOOLEAN", "text": "TEXT", "date": "TEXT", "time": "TEXT", "timestamp": "TEXT", "timestamptz": "TEXT",
    "interval": "INTEGER", "uuid": "TEXT", "json": "TEXT", "binary": "BLOB", "enum": "TEXT", "array": "TEXT",
}  # fmt: skip
_POSTGRES = {
    "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT", "real": "REAL", "double": "DOUBLE PRECISION",
    "boolean": "BOOLEAN", "text": "TEXT", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ", "interval": "INTERVAL", "uuid": "UUID", "json": "JSON", "binary": "BYTEA",
    "enum": "TEXT",
}  # fmt: skip
_DUCKDB = _POSTGRES | {"double": "DOUBLE", "binary": "BLOB", "text": "VARCHAR", "enum": "VARCHAR"}
_NAMES = {"sqlite": _SQLITE, "postgres": _POSTGRES, "duckdb": _DUCKDB}
ENGINES = tuple(_NAMES)
"""The dialects of the engines that tables are loaded into."""


def column_type(type: DataType, dialect: str) -> str:
    """The type's name in `duckdb`, `sqlite` or `postgres`."""
    if type.kind == "decimal":
        if dialect == "sqlite" and (type.precision or 0) > LONGEST_NUMERIC:
            return "TEXT"
        return f"{'DECIMAL' if dialect == 'duckdb' else 'NUMERIC'}({type.precision}, {type.scale})"
    if type.kind == "array" and dialect != "sqlite":
        assert type.item is not None
        return f"{column_type(type.item, dialect)}[]"
    if type.kind in ("char", "varchar"):
        word = "CHAR" if type.kind == "char" and dialect != "duckdb" else "VARCHAR"
        return f"{word}({type.length})" if type.length else word
    return _NAMES[dialect][type.kind]


def stored_differently(type: DataType, dialect: str) -> str:
    """What the engine keeps instead of a type that it lacks, or nothing."""
    if dialect != "sqlite":
        return ""
    if type.kind == "decimal":
        return "TEXT" if (type.precision or 0) > LONGEST_NUMERIC else "NUMERIC"
    return {
        "date": "TEXT (ISO 8601)", "time": "TEXT (ISO 8601)", "timestamp": "TEXT (ISO 8601)",
        "timestamptz": "TEXT (ISO 8601, UTC)", "interval": "INTEGER (microseconds)", "array": "TEXT (JSON)",
    }.get(type.kind, "")  # fmt: skip


def accepted_schema(table: Table, dialect: str) -> pa.Schema:
    """The Arrow schema in which the engine's driver takes the table's rows."""
    return pa.schema([pa.field(column.name, accepted_type(column.type, dialect)) for column in table.columns])


def accepted_type(type: DataType, dialect: str) -> pa.DataType:
    """The Arrow type in which the engine's driver takes values of `type`."""
    if dialect == "duckdb":
        return type.arrow
    if dialect == "general":
        return {"interval": pa.int64(), "array": pa.string()}.get(type.kind, type.arrow)
    if dialect == "postgres":
        return pa.binary() if type.kind == "uuid" else type.arrow
    if type.kind == "decimal":
        if (type.precision or 0) > LONGEST_NUMERIC:
            return pa.string()
        return pa.float64() if type.scale else pa.int64()
    if type.kind in ("time", "array"):
        return pa.string()
    return {"interval": pa.int64(), "real": pa.float64()}.get(type.kind, type.arrow)


def accepted_batch(batch: pa.RecordBatch, table: Table, dialect: str) -> pa.RecordBatch:
    """The batch (columns as in `table`) with every value in the form of `accepted_schema`."""
    arrays = [_accepted(batch.column(place), column, dialect) for place, column in enumerate(table.columns)]
    return pa.RecordBatch.from_arrays(arrays, schema=accepted_schema(table, dialect))


def _accepted(array: pa.Array, column: Column, dialect: str) -> pa.Array:
    wanted = accepted_type(column.type, dialect)
    if array.type == wanted:
        return array
    convert = _BY_KIND.get(column.type.kind)
    return convert(array).cast(wanted) if convert else array.cast(wanted)


def _uuid_bytes(array: pa.Array) -> pa.Array:
    """PostgreSQL's binary COPY takes a uuid as its 16 bytes."""
    return pa.array([None if text is None else UUID(text).bytes for text in array.to_pylist()], pa.binary())


def _json_texts(array: pa.Array) -> pa.Array:
    return pa.array([None if value is None else json.dumps(value, default=str) for value in array.to_pylist()])


def _clock_times(array: pa.Array) -> pa.Array:
    return pc.cast(array, pa.string())


_BY_KIND: dict[str, Callable[[pa.Array], pa.Array]] = {
    "uuid": _uuid_bytes, "array": _json_texts, "time": _clock_times,
}  # fmt: skip
