"""Exact children per parent: bounds, totals, both directions, and the shape of the law."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_jupyter.generators.children import BLOCK, Children, _part, tilted
from synth_jupyter.streams import Stream

STREAM = Stream.of(1, "orders", "customer_id")


def counts_of(children: Children) -> np.ndarray:
    return children.ranges(np.arange(children.parents, dtype=np.int64))[1]


@st.composite
def plans(draw: st.DrawFn) -> Children:
    parents = draw(st.sampled_from([1, 2, 7, 100, BLOCK, BLOCK + 1, 3 * BLOCK + 5]))
    low = draw(st.integers(0, 3))
    high = low + draw(st.integers(0, 12))
    childless = draw(st.integers(0, parents)) if draw(st.booleans()) and high >= 1 else 0
    active, least = parents - childless, max(low, 1) if childless else low
    total = draw(st.integers(active * min(least, high), active * high))
    return Children.plan(parents, low, high, total, STREAM, childless)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_counts_are_within_bounds_and_the_total_is_exact(children: Children) -> None:
    counts = counts_of(children)
    assert counts.sum() == children.total
    assert counts.max(initial=0) <= children.high
    assert (counts >= max(children.low, 1) if children.childless else counts >= children.low).sum() >= (
        children.parents - children.childless
    )
    assert (counts == 0).sum() >= children.childless


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(0, 2**32))
def test_owners_and_ranges_are_two_views_of_the_same_counts(children: Children, seed: int) -> None:
    first, counts = children.ranges(np.arange(children.parents, dtype=np.int64))
    expected = np.repeat(np.arange(children.parents), counts)
    rows = np.arange(children.total, dtype=np.int64)
    parents, positions = children.owners(rows)
    assert np.array_equal(parents, expected)
    assert np.array_equal(positions, rows - first[expected])
    some = np.random.default_rng(seed).integers(0, max(children.total, 1), 20)[: children.total]
    scattered, places = children.owners(some)
    assert np.array_equal(scattered, expected[some])
    assert np.array_equal(places, positions[some])


@pytest.mark.parametrize(("total", "count"), [(0, 0), (20_000 * 5, 5)])
def test_the_extreme_totals_leave_no_freedom(total: int, count: int) -> None:
    assert (counts_of(Children.plan(20_000, 0, 5, total, STREAM)) == count).all()


def test_the_same_number_for_each_is_found_by_division() -> None:
    children = Children.plan(10_000, 4, 4, 40_000, STREAM)
    assert (counts_of(children) == 4).all()
    parents, positions = children.owners(np.array([0, 3, 4, 39_999]))
    assert (parents.tolist(), positions.tolist()) == ([0, 0, 1, 9_999], [0, 3, 0, 3])


def test_an_impossible_total_names_what_is_possible() -> None:
    with pytest.raises(ValueError, match="between 20 and 70 are possible"):
        Children.plan(10, 2, 7, 71, STREAM)


def test_the_childless_share_is_exact_and_scattered() -> None:
    children = Children.plan(10_000, 0, 10, 24_000, STREAM, childless=4_000)
    empty = counts_of(children) == 0
    assert empty.sum() == 4_000
    assert 1_800 < empty[:5_000].sum() < 2_200


def test_a_plan_is_as_small_for_a_trillion_parents_and_any_row_finds_its_way_back() -> None:
    small, large = (Children.plan(n, 0, 20, 3 * n + 7, STREAM, n // 9) for n in (1_000, 10**12))
    assert len(pickle.dumps(large)) < len(pickle.dumps(small)) + 50
    rows = np.array([0, 1, 10**6, 5 * 10**11 + 17, large.total - 1])
    parents, positions = large.owners(rows)
    first, counts = large.ranges(parents)
    assert np.array_equal(first + positions, rows)
    assert (positions < counts).all()
    assert (parents < large.parents).all()


@given(st.integers(1, 1 << 40), st.data())
def test_the_share_of_an_amount_is_that_of_whole_numbers(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    amount = data.draw(st.integers(0, 1 << 40))
    assert _part(np.array([amount]), part, whole).tolist() == [amount * part // whole]


def test_the_counts_follow_the_tilted_law() -> None:
    children = Children.plan(200_000, 0, 20, 600_000, STREAM)
    seen = np.bincount(counts_of(children), minlength=21)
    expected = np.array(tilted(0, 20, Fraction(3))) * 200_000
    assert ((seen - expected) ** 2 / expected).sum() < 45  # chi-square with 20 degrees of freedom, p = 0.001


@given(st.integers(0, 5), st.integers(1, 60), st.fractions(0, 1))
def test_the_tilted_law_has_the_wanted_mean(low: int, width: int, share: Fraction) -> None:
    mean = low + share * width
    law = tilted(low, low + width, mean)
    assert len(law) == width + 1
    assert abs(sum(law) - 1) < 1e-12
    assert abs(sum((low + k) * weight for k, weight in enumerate(law)) - float(mean)) < 1e-6


@pytest.mark.parametrize(("parents", "high"), [(2 * 10**12, 5), (10, 10**9)])
def test_a_plan_beyond_its_arithmetic_is_refused_at_once(parents: int, high: int) -> None:
    with pytest.raises(ValueError, match="cannot be planned"):
        Children.plan(parents, 0, high, parents, STREAM)
