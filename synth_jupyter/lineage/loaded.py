"""One row as a load target holds it now, read back in the types of the schema."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from ..duck import Question, connect_sealed, sql_type
from ..errors import QueryError
from ..schema.model import Column, Table
from ..sql import literal, quote
from ..warehouses import Warehouse


def loaded_row(
    warehouse: Warehouse, table: Table, key: Mapping[str, Any], names: Sequence[str]
) -> tuple[dict[str, Any] | None, str]:
    """The row with that key (typed values) by column, or None and the reason why there is none."""
    dialect = warehouse.dialect
    chosen = ", ".join(quote(name, dialect) for name in names)
    where = " AND ".join(f"{quote(name, dialect)} = {_literal(value)}" for name, value in key.items())
    try:
        rows = warehouse.query(f"SELECT {chosen} FROM {warehouse.table(table.name)} WHERE {where}").to_arrow()
        if rows.num_rows != 1:
            return None, f"{warehouse.target} has {rows.num_rows} rows with this key"
        return _typed(rows, table, names), ""
    except QueryError as error:
        return None, f"{warehouse.target} cannot be asked for this row: {error.message}"


def _typed(rows: pa.Table, table: Table, names: Sequence[str]) -> dict[str, Any]:
    connection = connect_sealed(threads=1)
    connection.register("loaded", rows)
    typed = ", ".join(
        f"{_as_typed(table.column(name), rows.schema.field(name).type)} AS {quote(name)}" for name in names
    )
    row = Question(connection, f"SELECT {typed} FROM temp.loaded").table().to_pylist()[0]
    intervals = {name for name in names if table.column(name).type.kind == "interval"}
    return {
        name: timedelta(microseconds=value) if name in intervals and value is not None else value
        for name, value in row.items()
    }


def _as_typed(column: Column, stored: pa.DataType) -> str:
    name = quote(column.name)
    if column.type.kind == "interval":
        return name if pa.types.is_integer(stored) else f"epoch_us(CAST({name} AS INTERVAL))"
    return f"CAST({name} AS {sql_type(column.type.arrow)})"


def _literal(value: Any) -> str:
    """Numbers as they are, all else as text, which engines take for the column's type."""
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if isinstance(value, int) else literal(str(value))
