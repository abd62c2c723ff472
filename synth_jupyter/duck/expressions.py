"""SQL expressions over Arrow batches."""

from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock

import duckdb
import pyarrow as pa

from ..errors import GenerationError, QueryError
from .connections import connect_sealed
from .failures import first_line, query_error

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
        # Division by zero is an error, as in standard SQL, and no infinity.
        self._connection = connect_sealed(threads=1, more={"ieee_floating_point_ops": "false"})
        self._lock = Lock()

    def evaluate(self, expressions: Sequence[tuple[str, pa.DataType]], table: pa.Table) -> list[pa.Array]:
        """One array of `table.num_rows` values for each (DuckDB expression, type); the table has a column at least.

        Whole numbers are computed in 64 bits, so that only results have to fit. Raises:
            GenerationError: the expression fails on a row, or its value does not fit its type.
        """
        wanted = ", ".join(f"{_cast(sql, kind)} AS v{place}" for place, (sql, kind) in enumerate(expressions))
        with self._lock:
            self._connection.register(_ROWS, _widened(table))
            try:
                result = self._connection.sql(f"SELECT {wanted} FROM {_ROWS}").to_arrow_table()
            except duckdb.Error as error:
                shown = "; ".join(sql for sql, _ in expressions)
                raise GenerationError(f"the expression {shown!r} failed: {first_line(str(error))}") from error
            finally:
                self._connection.unregister(_ROWS)
        arrays = zip(result.columns, expressions, strict=True)
        return [_one_array(column).cast(kind) for column, (_, kind) in arrays]

    def types(self, expressions: Sequence[str], rows: str) -> list[str | QueryError]:
        """The type of each expression over the rows of a query; the error of one that fails on them."""
        if not expressions:
            return []
        listed = ", ".join(f"({sql}) AS v{place}" for place, sql in enumerate(expressions))
        try:
            with self._lock:
                described = self._connection.execute(f"DESCRIBE SELECT {listed} FROM ({rows})").fetchall()
                self._connection.execute(f"SELECT {listed} FROM ({rows})").fetchall()
            return [str(row[1]) for row in described]
        except duckdb.Error as error:
            if len(expressions) == 1:
                return [query_error(error, expressions[0])]
        return [one for sql in expressions for one in self.types([sql], rows)]


def evaluate_expression(sql: str, table: pa.Table, type: pa.DataType) -> pa.Array:
    """`sql` (DuckDB, as `sql.parse_expression(...).render` writes it) over each row of `table`, cast to `type`.

    The array has `table.num_rows` values in the table's order. Raises GenerationError as `ExpressionEvaluator` does.
    """
    return _evaluator().evaluate([(sql, type)], table)[0]


@cache
def _evaluator() -> ExpressionEvaluator:
    return ExpressionEvaluator()


def result_types(expressions: Sequence[str], columns: Mapping[str, pa.DataType]) -> list[str | QueryError]:
    """DuckDB's type of each expression (DuckDB's words) over columns of these types, or why it has none.

    It is asked for one row of NULLs, which finds constants that are none of their type. Whole
    numbers count as BIGINT, as `evaluate_expression` computes them.
    """
    typed = [f"NULL::{sql_type(_wide(kind))}" for kind in columns.values()] or ["0"]
    names = [_identifier(name) for name in columns] or ["none"]
    rows = f"SELECT * FROM (VALUES ({', '.join(typed)})) AS typed ({', '.join(names)})"
    return _evaluator().types(expressions, rows)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _widened(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([field.with_type(_wide(field.type)) for field in table.schema]))


def _wide(type: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_signed_integer(type) else type


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
