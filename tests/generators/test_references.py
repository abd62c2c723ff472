"""Which parent a row points at: in range, by the law, without repetition or without cycles where promised."""

import numpy as np
import pyarrow as pa
import pytest

from synth_jupyter.generators.categorical import Alias
from synth_jupyter.generators.references import (
    AnyOther,
    EarlierRow,
    OneToOne,
    Tree,
    UniformParent,
    WeightedParent,
    ZipfParent,
)
from synth_jupyter.streams import Stream

STREAM = Stream.of(4, "t", "fk")
ROWS = np.arange(100_000, dtype=np.int64)


def numbers(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False)


@pytest.mark.parametrize("parents", [1, 3, 1_000, 10**9])
def test_uniform_parents_are_in_range_and_even(parents: int) -> None:
    chosen = numbers(UniformParent(parents).generate(ROWS, STREAM, {}))
    assert chosen.min() >= 0
    assert chosen.max() < parents
    assert abs(chosen.mean() / max(parents - 1, 1) - (0.5 if parents > 1 else 0)) < 0.01


@pytest.mark.parametrize(("parents", "exponent"), [(50, 1.0), (1_000, 0.8), (1_000_000, 1.1), (10**9, 2.0)])
def test_zipf_ranks_follow_the_law(parents: int, exponent: float) -> None:
    law = ZipfParent.of(parents, exponent)
    ranks = law.ranks(ROWS, STREAM)
    assert ranks.min() >= 1
    assert ranks.max() <= parents
    head = np.arange(1, min(parents, 200) + 1, dtype=np.float64) ** -exponent
    tail = np.arange(201, min(parents, 10**6) + 1, dtype=np.float64) ** -exponent
    beyond = 0.0 if parents <= 10**6 else ((10**6) ** (1 - exponent) - parents ** (1 - exponent)) / (exponent - 1)
    expected = np.cumsum(head) / (head.sum() + tail.sum() + beyond)
    seen = np.cumsum(np.bincount(np.minimum(ranks, 201), minlength=202)[1 : len(head) + 1]) / len(ROWS)
    assert np.abs(seen - expected).max() < 0.006  # Kolmogorov-Smirnov, 100,000 draws, p about 0.001


def test_popular_parents_are_not_the_first_rows() -> None:
    chosen = numbers(ZipfParent.of(10_000, 1.2).generate(ROWS, STREAM, {}))
    favourites = np.argsort(-np.bincount(chosen, minlength=10_000))[:20]
    assert favourites.min() > 20 or favourites.max() > 1_000


def test_weights_are_kept() -> None:
    chosen = numbers(WeightedParent(Alias.of([1, 0, 3])).generate(ROWS, STREAM, {}))
    shares = np.bincount(chosen, minlength=3) / len(ROWS)
    assert shares[1] == 0
    assert abs(shares[2] - 0.75) < 0.01


def test_one_to_one_never_repeats_and_knows_the_way_back() -> None:
    choice = OneToOne(200_000)
    chosen = choice.generate(ROWS, STREAM, {})
    assert len(chosen.unique()) == len(ROWS)
    assert np.array_equal(choice.rows_of(chosen, STREAM), ROWS)


def test_earlier_rows_make_no_cycle() -> None:
    free = EarlierRow(rooted=False).generate(ROWS, STREAM, {})
    assert free.null_count == 1
    assert (numbers(free.fill_null(-1)) < ROWS).all()
    assert numbers(EarlierRow(rooted=True).generate(ROWS, STREAM, {}))[0] == 0


@pytest.mark.parametrize(
    ("rows", "roots", "depth"), [(1, 1, 1), (7, 1, 7), (1_000, 10, 4), (100_000, 10, 7), (50, 50, 1)]
)
def test_a_tree_has_exactly_its_roots_and_levels(rows: int, roots: int, depth: int) -> None:
    parents = numbers(Tree.of(rows, roots, depth, rooted=False).generate(ROWS[:rows], STREAM, {}).fill_null(-1))
    assert (parents == -1).sum() == roots
    level = np.zeros(rows, dtype=int)
    for row in range(rows):
        level[row] = 1 if parents[row] < 0 else level[parents[row]] + 1
    assert level.max() == depth
    assert len(np.unique(level)) == depth


@pytest.mark.parametrize(("rows", "roots", "depth"), [(3, 1, 4), (3, 4, 1), (5, 1, 1)])
def test_a_tree_that_does_not_fit_is_refused(rows: int, roots: int, depth: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Tree.of(rows, roots, depth, rooted=False)


def test_a_free_graph_has_no_loops_but_reaches_every_other_row() -> None:
    chosen = numbers(AnyOther(5).generate(np.repeat(np.arange(5), 200), Stream.of(1, "g"), {}))
    assert (chosen != np.repeat(np.arange(5), 200)).all() or set(chosen.tolist()) == set(range(5))
    spread = numbers(AnyOther(1_000).generate(ROWS[:1_000], STREAM, {}))
    assert (spread != ROWS[:1_000]).all()
    assert len(np.unique(spread)) > 550
