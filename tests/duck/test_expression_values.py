"""Expressions evaluated over Arrow tables."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from synth_jupyter.duck import evaluate_expression
from synth_jupyter.errors import GenerationError
from synth_jupyter.sql import parse_expression

TABLE = pa.table({
    "price": pa.array([Decimal("10.00"), Decimal("3.33"), None], pa.decimal128(10, 2)),
    "discount": pa.array([Decimal("0.10"), Decimal("0.00"), Decimal("0.50")], pa.decimal128(3, 2)),
    "status": pa.array(["paid", "open", None]).dictionary_encode(),
    "day": pa.array([date(2024, 1, 31), date(2024, 2, 28), None]),
    "number": pa.array([7, -7, None], pa.int64()),
})  # fmt: skip

CASES = [
    ("price * (1 - discount)", pa.decimal128(10, 2), [Decimal("9.00"), Decimal("3.33"), None]),
    ("upper(status) || '!'", pa.string(), ["PAID!", "OPEN!", None]),
    ("day + interval 1 day", pa.date32(), [date(2024, 2, 1), date(2024, 2, 29), None]),
    ("day", pa.timestamp("us"), [datetime(2024, 1, 31), datetime(2024, 2, 28), None]),
    ("number // 2", pa.int32(), [3, -3, None]),
    ("number % 3", pa.int16(), [1, -1, None]),
    ("status = 'paid'", pa.bool_(), [True, False, None]),
    ("case when number > 0 then 1.5 else number end", pa.float64(), [1.5, -7.0, None]),
    ("coalesce(number, 0)", pa.int64(), [7, -7, 0]),
    ("lpad(cast(abs(number) as varchar), 3, '0')", pa.string(), ["007", "007", None]),
    ("date_diff('day', day, date '2024-03-01')", pa.int64(), [30, 2, None]),
    ("round(price / 3, 2)", pa.decimal128(10, 2), [Decimal("3.33"), Decimal("1.11"), None]),
]


@pytest.mark.parametrize(("sql", "kind", "expected"), CASES)
def test_expressions_have_the_declared_type_and_value(sql: str, kind: pa.DataType, expected: list[object]) -> None:
    parsed = parse_expression(sql)
    array = evaluate_expression(parsed.render({name: name for name in parsed.columns}), TABLE, kind)
    assert array.type == kind
    assert array.to_pylist() == expected


def test_an_interval_becomes_a_duration() -> None:
    assert evaluate_expression("interval 90 seconds", TABLE, pa.duration("us"))[0].as_py().total_seconds() == 90


def test_rows_keep_their_order_over_many_chunks() -> None:
    numbers = pa.chunked_array([pa.array(range(start, start + 50_000)) for start in range(0, 400_000, 50_000)])
    array = evaluate_expression("n + 1", pa.table({"n": numbers}), pa.int64())
    assert array.equals(pa.array(range(1, 400_001)))


def test_no_rows_give_an_empty_array_of_the_type() -> None:
    array = evaluate_expression("number + 1", TABLE.slice(0, 0), pa.int32())
    assert (array.type, len(array)) == (pa.int32(), 0)


@pytest.mark.parametrize("sql", ["number * 100000", "status", "missing + 1"])
def test_a_value_that_does_not_fit_is_one_short_error(sql: str) -> None:
    with pytest.raises(GenerationError) as caught:
        evaluate_expression(sql, TABLE, pa.int16())
    assert "\n" not in caught.value.message
    assert sql in caught.value.message


def test_evaluation_reaches_neither_files_nor_python_variables(tmp_path: object) -> None:
    secret = pa.table({"x": [1]})
    assert secret.num_rows == 1
    for sql in ("(select x from secret)", "(select content from read_text('/etc/hostname'))"):
        with pytest.raises(GenerationError):
            evaluate_expression(sql, TABLE, pa.string())
