"""Exact domains: every value once, and from the value back to its row, for every type."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.generators.domains import AnyOf, Domain, EachOnce, Listed, Steps, Uuids
from synth_jupyter.streams import Stream

STREAM = Stream.of(9, "t", "c")
TYPES = [
    pa.int16(), pa.int32(), pa.int64(), pa.decimal128(10, 2), pa.decimal128(38, 10), pa.date32(), pa.time64("us"),
    pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.duration("us"),
]  # fmt: skip
WIDE = Steps(-(10**37), 2 * 10**37, pa.decimal128(38, 2))


@pytest.mark.parametrize("type", TYPES, ids=str)
def test_each_value_occurs_once_and_finds_its_row(type: pa.DataType) -> None:
    generator = EachOnce(Steps(5, 3_000, type, 2))
    rows = np.arange(3_000, dtype=np.int64)
    values = generator.generate(rows, STREAM, {})
    assert values.type == type
    assert len(values.unique()) == 3_000
    assert np.array_equal(generator.rows_of(values, STREAM), rows)


OUTSIDE = [
    (Listed(pa.array(["a", "b", "c"])), "zz"),
    (Steps(10, 5, pa.int32()), 99),
    (Steps(10, 5, pa.int32(), 2), 11),
    (Uuids(4), "f" * 36),
    (WIDE.thinned(2**62), Decimal("0.01")),
]


@pytest.mark.parametrize(("domain", "foreign"), OUTSIDE)
def test_a_value_outside_the_domain_has_no_row(domain: Domain, foreign: object) -> None:
    generator = EachOnce(domain)
    inside = domain.at(np.arange(3, dtype=np.int64))
    assert (generator.rows_of(inside, STREAM) >= 0).all()
    assert generator.rows_of(pa.array([None, foreign], inside.type), STREAM).tolist() == [-1, -1]


def test_domains_wider_than_64_bits_stay_distinct_and_in_range() -> None:
    rows = np.arange(2_000, dtype=np.int64)
    once = EachOnce(WIDE.thinned(2**62))
    for generator in (AnyOf(WIDE), once):
        values = generator.generate(rows, STREAM, {}).to_pylist()
        assert all(Decimal(-(10**35)) <= value < Decimal(10**35) for value in values)
    assert len(set(once.generate(rows, STREAM, {}).to_pylist())) == 2_000
    assert np.array_equal(once.rows_of(once.generate(rows, STREAM, {}), STREAM), rows)
    drawn = AnyOf(WIDE).generate(rows, STREAM, {}).to_pylist()
    assert 0.4 < sum(value > 0 for value in drawn) / 2_000 < 0.6


def test_the_whole_range_of_bigint_is_a_domain() -> None:
    rows = np.arange(2_000, dtype=np.int64)
    every = Steps(-(2**63), 2**64, pa.int64())
    assert every.at(np.array([0, 2**64 - 1], dtype=object)).to_pylist() == [-(2**63), 2**63 - 1]
    drawn = AnyOf(every).generate(rows, STREAM, {})
    assert 0.4 < sum(value > 0 for value in drawn.to_pylist()) / 2_000 < 0.6
    once = EachOnce(every.thinned(2**62))
    values = once.generate(rows, STREAM, {})
    assert len(values.unique()) == 2_000
    assert np.array_equal(once.rows_of(values, STREAM), rows)
    assert once.rows_of(pa.array([2**63 - 1]), STREAM).tolist() == [-1]


def test_uuids_are_version_4_distinct_and_invertible() -> None:
    rows = np.arange(1_000, dtype=np.int64)
    values = EachOnce(Uuids()).generate(rows, STREAM, {})
    texts = values.to_pylist()
    assert len(set(texts)) == 1_000
    assert all(text[14] == "4" and text[19] in "89ab" and len(text) == 36 for text in texts)
    assert np.array_equal(EachOnce(Uuids()).rows_of(values, STREAM), rows)
    assert EachOnce(Uuids()).rows_of(pa.array(["no uuid", None]), STREAM).tolist() == [-1, -1]


@given(st.integers(1, 500), st.permutations(range(20)))
def test_values_do_not_depend_on_the_order_of_the_rows(size: int, order: list[int]) -> None:
    rows = np.array(order, dtype=np.int64)
    for generator in (AnyOf(Steps(0, size, pa.int64())), EachOnce(Steps(0, size + 20, pa.int64()))):
        straight = generator.generate(np.sort(rows), STREAM, {}).to_pylist()
        assert generator.generate(rows, STREAM, {}).to_pylist() == [straight[row] for row in order]
