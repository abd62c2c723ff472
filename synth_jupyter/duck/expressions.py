"""SQL expressions over Arrow batches."""

from collections.abc import Sequence
from functools import cache
from threading import Lock

import duckdb
import pyarrow as pa

from ..errors import GenerationError
from .connections import connect_sealed
from .failures import first_line

_ROWS = "batch"
_TYPES = {
    pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER", pa.int64(): "BIGINT",
    pa.float32(): "REAL", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.string(): "VARCHAR",
    pa.date32(): "DATE", pa.time64("us"): "TIME", pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ", pa.duration("us"): "INTERVAL", pa.binary(): "BLOB",
}  # fmt: skip


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
