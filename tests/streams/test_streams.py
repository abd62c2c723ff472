"""Random numbers by row: addressed, independent, unbiased, and bijective where they say so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.streams import Permutation, Stream

ROWS = np.arange(200_000, dtype=np.int64)


def test_stream_format_1_is_what_it_was_when_it_was_released() -> None:
    words = Stream.of(42, "shop", "price").bits(np.array([0, 1, 2**40, 2**62], dtype=np.int64))
    assert [f"{word:016x}" for word in words.tolist()] == GOLDEN_WORDS
    numbers = Permutation.of(Stream.of(42, "shop", "key"), 1_000_003).forward(np.arange(5, dtype=np.int64))
    assert numbers.tolist() == GOLDEN_PERMUTATION


GOLDEN_WORDS = ["c3939e873060e090", "d0b2f86a7d438a8c", "78d7a6d6666e0954", "4b4f22cdf975c60d"]
GOLDEN_PERMUTATION = [945514, 430931, 497009, 722432, 926571]


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=50), st.randoms())
def test_a_row_has_its_word_whatever_rows_are_asked_with_it(rows: list[int], random: object) -> None:
    stream = Stream.of(7, "t", "c")
    together = dict(zip(rows, stream.bits(np.array(rows, dtype=np.int64)).tolist(), strict=True))
    alone = {row: int(stream.bits(np.array([row], dtype=np.int64))[0]) for row in rows}
    assert together == alone


def test_names_that_join_to_the_same_text_have_different_streams() -> None:
    assert Stream.of(1, "aU", "b0").key != Stream.of(1, "a", "Ub0").key
    assert Stream.of(1, "t", "x", "nulls").key != Stream.of(1, "t", "x").child("nulls").key
    assert Stream.of(11, "t").key != Stream.of(1, "1t").key


def test_two_streams_are_uncorrelated() -> None:
    columns = np.array([Stream.of(1, "t", f"c{number}").uniform(ROWS[:20_000]) for number in range(40)])
    off_diagonal = np.corrcoef(columns)[np.triu_indices(40, 1)] * np.sqrt(20_000)
    assert abs(off_diagonal.mean()) < 0.15
    assert 0.9 < off_diagonal.std() < 1.1


def test_flipping_one_bit_of_the_row_flips_half_of_the_word() -> None:
    stream = Stream.of(3, "avalanche")
    base = stream.bits(ROWS[:20_000])
    for bit in (0, 1, 7, 20, 40, 61):
        changed = base ^ stream.bits(ROWS[:20_000] ^ np.int64(1 << bit))
        flipped = np.unpackbits(changed.view(np.uint8)).mean()
        assert abs(flipped - 0.5) < 0.005, bit


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000, 2**32, 2**32 + 1, 3 * 2**40, 2**63])
def test_below_stays_below_and_covers_its_range_evenly(n: int) -> None:
    numbers = Stream.of(5, "below").below(ROWS, n)
    assert numbers.min() >= 0
    assert int(numbers.max()) < n
    cells = np.bincount((numbers.astype(np.float64) / n * 8).astype(int), minlength=8)[: min(n, 8)]
    if n >= 8:
        expected = len(ROWS) / 8
        assert ((cells - expected) ** 2 / expected).sum() < 30 or n == 10


def test_below_takes_a_bound_for_each_row() -> None:
    bounds = (ROWS % 17 + 1).astype(np.uint64)
    numbers = Stream.of(5, "bounds").below(ROWS, bounds)
    assert (numbers >= 0).all()
    assert (numbers < bounds.astype(np.int64)).all()
    assert len(np.unique(numbers[bounds == 17])) == 17


@pytest.mark.parametrize("n", [0, -1, 2**63 + 1])
def test_below_refuses_a_bound_it_cannot_draw_from(n: int) -> None:
    with pytest.raises(ValueError, match="below needs"):
        Stream.of(5, "below").below(ROWS[:1], n)


@pytest.mark.parametrize("size", [1, 2, 10, 1000, 65_536, 65_537, 100_003])
def test_a_permutation_takes_every_number_once(size: int) -> None:
    numbers = np.arange(size, dtype=np.int64)
    image = Permutation.of(Stream.of(1, "p"), size).forward(numbers)
    assert np.array_equal(np.sort(image), numbers)


@given(st.integers(1, 2**62), st.lists(st.integers(0, 2**62 - 1), min_size=1, max_size=20), st.integers(0, 99))
def test_a_permutation_is_undone_by_its_inverse(size: int, numbers: list[int], seed: int) -> None:
    permutation = Permutation.of(Stream.of(seed, "p"), size)
    given_numbers = np.array(numbers, dtype=np.int64) % size
    image = permutation.forward(given_numbers)
    assert ((image >= 0) & (image < size)).all()
    assert np.array_equal(permutation.inverse(image), given_numbers)


def test_a_large_permutation_looks_random_in_blocks() -> None:
    size, cells = 262_145, 16
    statistics = []
    for seed in range(20):
        image = Permutation.of(Stream.of(seed, "blocks"), size).forward(np.arange(size, dtype=np.int64))
        table = np.histogram2d(np.arange(size), image, bins=cells)[0]
        expected = size / cells**2
        statistics.append(((table - expected) ** 2 / expected).sum())
    degrees = (cells - 1) ** 2
    assert abs(np.mean(statistics) - degrees) < 4 * np.sqrt(2 * degrees / 20)
