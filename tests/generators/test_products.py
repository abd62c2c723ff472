"""Texts put together from parts: index and text are one to one, however many are asked for at once."""

import pickle
from math import prod

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_jupyter.generators.domains import EachOnce
from synth_jupyter.generators.products import MERGED, Joined, Number, OneOf, Words
from synth_jupyter.streams import Stream

DIGIT = Words.of(*"0123456789")
PLAIN = Joined((Words.of("a", "bb", "ccc"), Words.of("-"), Number(12), Words.of("@x", "@y")))
CHOICE = Joined((Words.of("v"), OneOf((Words.of("A", "B"), Joined((DIGIT, DIGIT)), Words.of(""))), Words.of(".")))
WIDE = Joined((Words.of("k"), *[Words.of(*"abcdefghij")] * 25))
LARGE = Joined((*[DIGIT] * 5, Words.of("/"), Number(70_000, " #")))


def everything(domain):
    return domain.at(np.arange(domain.size, dtype=np.int64))


@pytest.mark.parametrize("domain", [PLAIN, CHOICE])
def test_every_index_has_its_own_text_and_every_text_its_index(domain):
    texts = everything(domain)
    assert len(texts.unique()) == domain.count == domain.size
    assert domain.index(texts).tolist() == list(range(domain.size))


def test_the_last_part_counts_fastest():
    assert PLAIN.at(np.array([0, 1, 2, 23, 24, 71])).to_pylist() == [
        "a-@x",
        "a-@y",
        "a-1@x",
        "a-11@y",
        "bb-@x",
        "ccc-11@y",
    ]


def test_a_number_has_no_leading_zeros_and_zero_is_nothing():
    assert Number(1_001, " #").at(np.array([0, 1, 10, 1_000])).to_pylist() == ["", " #1", " #10", " #1000"]


@pytest.mark.parametrize("text", ["a-0@x", "a-01@x", "a-12@x", "a-1@z", "a-1", "", "a-1@xx", "A-1@x", "bb"])
def test_a_text_that_is_not_made_has_no_index(text):
    assert PLAIN.index(pa.array([text])).tolist() == [-1]


def test_null_has_no_index():
    assert PLAIN.index(pa.array([None, "a-@x"], pa.string())).tolist() == [-1, 0]


def test_few_and_many_at_once_make_the_same_texts():
    """Large batches use lists that were joined before; small ones do not."""
    index = np.arange(MERGED, dtype=np.int64) * 99_991 % LARGE.size
    many = LARGE.at(index).to_pylist()
    few = [text for start in range(0, 2_000, 100) for text in LARGE.at(index[start : start + 100]).to_pylist()]
    assert many[:2_000] == few
    assert LARGE.index(pa.array(few)).tolist() == index[:2_000].tolist()


def test_more_values_than_an_index_reaches_are_used_at_two_to_the_62():
    assert WIDE.count == 10**25
    assert WIDE.size == 10**18
    index = np.array([0, 1, 12_345, 10**18 - 1])
    texts = WIDE.at(index)
    assert len(texts.unique()) == 4
    assert WIDE.index(texts).tolist() == index.tolist()


def test_a_text_beyond_the_reach_of_the_index_has_none():
    assert WIDE.index(pa.array(["k" + "a" * 25])).tolist() in ([-1], [0])
    reached = WIDE.at(np.array([7]))[0].as_py()
    other = reached[:-1] + ("a" if reached[-1] != "a" else "b")
    assert WIDE.index(pa.array([other])).tolist() == [-1]


def test_a_choice_between_huge_parts_gives_each_its_share():
    huge = Joined((OneOf((Words.of("x", "y"), WIDE, Joined((Words.of("m"), WIDE)), LARGE)),))
    assert huge.size <= 1 << 62
    index = np.array([0, 1, 2, huge.size // 2, huge.size - 1])
    texts = huge.at(index)
    assert texts[:2].to_pylist() == ["x", "y"]
    assert huge.index(texts).tolist() == index.tolist()


def test_a_choice_draws_its_parts_evenly():
    texts = CHOICE.draw(np.arange(30_000), Stream.of(1, "t")).to_pylist()
    lengths = [sum(len(text) == length for text in texts) for length in (2, 3, 4)]
    assert all(abs(count - 10_000) < 500 for count in lengths)


def test_a_draw_of_lists_meets_every_value_about_as_often():
    texts = PLAIN.draw(np.arange(72_000), Stream.of(1, "t"))
    counts = texts.value_counts().field("counts").to_pylist()
    assert len(counts) == PLAIN.count
    assert 800 < min(counts) <= max(counts) < 1_200


@pytest.mark.parametrize("domain", [PLAIN, CHOICE, WIDE, LARGE])
def test_a_draw_depends_on_the_row_alone(domain):
    rows = np.arange(1_000)
    stream = Stream.of(5, "t")
    whole = domain.draw(rows, stream).to_pylist()
    order = np.random.default_rng(0).permutation(1_000)
    assert domain.draw(rows[order], stream).to_pylist() == [whole[at] for at in order]
    assert domain.draw(rows[17:18], stream).to_pylist() == whole[17:18]
    assert domain.draw(rows[:0], stream).to_pylist() == []


def test_a_domain_that_was_used_pickles_as_small_as_a_new_one():
    fresh = len(pickle.dumps(LARGE))
    LARGE.at(np.arange(MERGED))
    PLAIN.index(pa.array(["a-@x"]))
    again = pickle.loads(pickle.dumps(LARGE))  # noqa: S301 - our own bytes
    assert again == LARGE
    assert len(pickle.dumps(LARGE)) == fresh
    assert again.at(np.array([3])).equals(LARGE.at(np.array([3])))


@pytest.mark.parametrize("count", [0, -1, (1 << 62) + 1])
def test_a_number_part_needs_a_count(count):
    with pytest.raises(ValueError, match="number part"):
        Number(count)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=6), st.integers(1, 10**6), st.integers(0, 2**32))
def test_any_product_and_its_bijection_undo_each_other(sizes, numbers, seed):
    lists = [Words.of(*(chr(97 + place) + "." for place in range(size))) for size in sizes]
    domain = Joined((*lists, Number(numbers)))
    assert domain.size == prod(sizes) * numbers
    rows = np.unique(np.linspace(0, domain.size - 1, 50).astype(np.int64))
    generator, stream = EachOnce(domain), Stream.of(seed, "t")
    texts = generator.generate(rows, stream, {})
    assert len(texts.unique()) == len(rows)
    assert generator.rows_of(texts, stream).tolist() == rows.tolist()
