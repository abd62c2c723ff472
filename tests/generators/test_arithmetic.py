"""What is computed without DuckDB is what DuckDB computes; what could differ is left to it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_jupyter.datatypes import DataType
from synth_jupyter.errors import GenerationError
from synth_jupyter.generators.arithmetic import Beyond, computed
from synth_jupyter.generators.arrays import integers
from synth_jupyter.generators.derived import Expression
from synth_jupyter.plan.rules import expression

ROWS = 40
NUMBERS = st.recursive(
    st.sampled_from(["n", "m", "p", "q", "0", "1", "7", "0.5", "0.01", "12.345", "-3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
        st.tuples(inner, st.sampled_from(["//", "%"]), st.sampled_from(["3", "10", "n"]))
        .map(" ".join)
        .map("({})".format),
        inner.map(lambda x: f"(-({x}))"),
        inner.map(lambda x: f"cast({x} as int)"),
        st.tuples(inner, st.sampled_from(["9,2", "15,0", "18,4"])).map(lambda x: f"cast({x[0]} as decimal({x[1]}))"),
        st.tuples(inner, inner, inner).map(lambda x: f"(case when {x[0]} > {x[1]} then {x[2]} else {x[0]} end)"),
    ),
    max_leaves=6,
)
TRUTHS = st.tuples(NUMBERS, st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), NUMBERS).map(" ".join)
TYPES = {
    "int": DataType("int"),
    "decimal": DataType("decimal", precision=12, scale=2),
    "long": DataType("decimal", precision=18, scale=6),
}


def inputs() -> dict[str, pa.Array]:
    random = np.random.default_rng(4)
    return {
        "n": integers(random.integers(0, 50, ROWS), pa.int32()),
        "m": integers(random.integers(-900, 900, ROWS), pa.int64()),
        "p": integers(random.integers(-9_000, 90_000, ROWS), pa.decimal128(10, 2)),
        "q": integers(random.integers(0, 100, ROWS), pa.decimal128(3, 2)),
        "d": integers(random.integers(9_000, 9_100, ROWS), pa.date32()),
    }


def both(sql: str, type: DataType) -> tuple[pa.Array, pa.Array] | None:
    """The values of the program and of DuckDB; nothing where the program leaves it to DuckDB."""
    made = expression(sql, type)
    if made.program is None:
        return None
    columns: Mapping[str, pa.Array] = inputs()
    try:
        ours = computed(made.program, columns, made.type, ROWS)
    except Beyond:
        return None
    return ours, engine(made).generate(np.arange(ROWS), None, columns)


def engine(made: Expression) -> Expression:
    return replace(made, program=None)


@settings(max_examples=25)
@given(NUMBERS, st.sampled_from(sorted(TYPES)))
def test_numbers_are_those_of_duckdb(sql: str, type: str) -> None:
    found = both(sql, TYPES[type])
    assert found is None or found[0].equals(found[1]), sql


@settings(max_examples=25)
@given(TRUTHS, TRUTHS, st.sampled_from(["and", "or", "and not"]))
def test_comparisons_are_those_of_duckdb(one: str, other: str, word: str) -> None:
    found = both(f"({one}) {word} ({other})", DataType("boolean"))
    assert found is None or found[0].equals(found[1]), (one, other)


@pytest.mark.slow
@settings(max_examples=1_500)
@given(NUMBERS, st.sampled_from(sorted(TYPES)))
def test_numbers_are_those_of_duckdb_many_times(sql: str, type: str) -> None:
    found = both(sql, TYPES[type])
    assert found is None or found[0].equals(found[1]), sql


COVERED = {
    "p * (1 - q)": TYPES["decimal"],
    "cast(cast(p as int) * (90000 + (n // 10) % 20001 + 100 * (n % 1000)) as decimal(15,0)) * 0.01": TYPES["decimal"],
    "n % 7 + 100": TYPES["int"],
    "d > date '1994-10-01' or (q = 0.05 and n < 9)": DataType("boolean"),
    "case n when 1 then 5 else 2.5 end": TYPES["decimal"],
}


@pytest.mark.parametrize("sql", COVERED)
def test_common_expressions_need_no_engine(sql: str) -> None:
    found = both(sql, COVERED[sql])
    assert found is not None
    assert found[0].equals(found[1])


LEFT = ["n / 2", "m // 3", "cast(n as decimal(15,0)) // 3", "m % 3", "n // m", "n * 2147483647", "sqrt(n)", "p * 1e3", "case when n > 3 then 1 end",
        "d + 1", "cast(p as double)", "n > true"]  # fmt: skip


@pytest.mark.parametrize("sql", LEFT)
def test_what_engines_see_differently_is_left_to_duckdb(sql: str) -> None:
    assert both(sql, TYPES["decimal"]) is None


def test_null_and_an_overflow_are_left_to_duckdb() -> None:
    made = expression("n + 1", DataType("smallint"))
    assert made.generate(np.arange(2), None, {"n": pa.array([1, None], pa.int32())}).to_pylist() == [2, None]
    with pytest.raises(GenerationError, match="row 1"):
        made.generate(np.arange(2), None, {"n": pa.array([1, 40_000], pa.int32())})
    assert made.generate(np.arange(2), None, {"n": pa.array([1, 2], pa.int32())}).to_pylist() == [2, 3]
    half = expression("p * 0.5", DataType("decimal", precision=9, scale=2))
    values = pa.array([Decimal("0.01"), Decimal("-0.01")], pa.decimal128(9, 2))
    assert half.generate(np.arange(2), None, {"p": values}).to_pylist() == [Decimal("0.01"), Decimal("-0.01")]


def test_labels_are_those_of_duckdb() -> None:
    """More than eight, so that a code of another width would show."""
    cases = " ".join(f"WHEN {number} THEN 'label {number}'" for number in range(12))
    made = expression(f"CASE n {cases} ELSE 'other' END", DataType("varchar", length=20))
    assert made.program is not None
    generated = made.generate(np.arange(ROWS), None, {name: inputs()[name] for name in made.needs})  # type: ignore[arg-type]
    assert generated.to_pylist() == [f"label {n}" if n < 12 else "other" for n in inputs()["n"].to_pylist()]
