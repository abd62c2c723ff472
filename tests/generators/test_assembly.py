"""Choosing the parts of distinct texts: enough, short enough, and no text in two ways."""

from itertools import product

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from synth_jupyter.errors import PlanError
from synth_jupyter.generators.assembly import Digits, Slot, assemble, unambiguous

FIRST = Slot.of(["ann", "anna", "bo", "christopher"])
LAST = Slot.of(["li", "lindt", "montgomery"])


def everything(domain):
    return domain.at(np.arange(domain.size, dtype=np.int64)).to_pylist()


def test_only_as_many_numbers_are_used_as_the_rows_need():
    for rows, size in [(0, 12), (12, 12), (13, 24), (24, 24), (120, 120)]:
        assert assemble("x", [[FIRST, Slot.of("."), LAST, Digits()]], rows, None).size == size


def test_what_grows_first_is_used_up_before_what_grows_next():
    places = [FIRST, Slot(("", "-a", "-b"), grows=True), Slot(("", "!"), grows=True)]
    sizes = [assemble("x", [places], rows, None).size for rows in (4, 5, 12, 13, 24)]
    assert sizes == [4, 8, 12, 24, 24]


def test_values_too_long_are_left_out_as_few_as_possible():
    domain = assemble("x", [[FIRST, Slot.of("."), LAST]], 6, 10)
    assert domain.size == 6
    assert max(map(len, everything(domain))) <= 10
    assert not any("montgomery" in text for text in everything(domain))


def test_room_is_kept_for_the_numbers():
    domain = assemble("x", [[FIRST, Digits()]], 300, 6)
    assert domain.size >= 300
    texts = everything(domain)
    assert len(set(texts)) == len(texts)
    assert max(map(len, texts)) <= 6


def test_too_few_values_are_counted_in_the_error():
    with pytest.raises(PlanError, match=r"there are 30 distinct values of x of at most 4 characters, and 31 rows"):
        assemble("x", [[Slot.of(["abc", "abcd", "xyz", "qrs"]), Digits()]], 31, 4)


def test_without_a_length_a_number_always_suffices():
    assert assemble("x", [[FIRST, Digits()]], 10**12, None).size >= 10**12


def test_the_next_blueprint_is_used_when_the_first_has_no_room():
    domain = assemble("x", [[FIRST, Slot.of("."), LAST], [Slot.of(["a", "b"]), Digits()]], 20, 3)
    assert set("ab") == {text[0] for text in everything(domain)}


def test_values_that_differ_in_letter_case_alone_are_one():
    assert Slot.of(["Lee", "LEE", "lee", "Li"]).values == ("Lee", "Li")


def test_a_value_that_another_and_a_number_would_spell_is_left_out():
    places = unambiguous([Slot.of(["room", "room 1", "room x", "Room 2b"]), Digits(" ")])
    assert places[0].values == ("room", "room x")


def test_a_value_that_another_and_the_next_part_would_spell_is_left_out():
    places = unambiguous([Slot.of(["a", "ab", "ac"]), Slot.of(["", "b"]), Slot.of(["bc", "c!"])])
    assert places[0].values == ("a",)


def test_a_part_that_may_begin_with_a_digit_cannot_follow_a_number():
    with pytest.raises(ValueError, match="digit"):
        unambiguous([Digits(), Slot.of(["1st"])])


WORDS = st.lists(st.text("abB1 ", max_size=3), min_size=1, max_size=6)


@settings(deadline=None, max_examples=300)
@given(WORDS, WORDS, WORDS, st.sampled_from(["", " ", "a", "b1"]))
def test_no_two_choices_spell_the_same_text_whatever_the_values(one, two, three, before):
    """The rule is checked against all the texts there are, numbers up to 12 included."""
    places = unambiguous([Slot.of(one), Slot.of(two), Digits(before), Slot.of(f"x{value}" for value in three)])
    assume(all(place.values for place in places if isinstance(place, Slot)))
    numbers = ["", *(f"{before}{number}" for number in range(1, 13))]
    lists = [numbers if isinstance(place, Digits) else place.values for place in places]
    texts = ["".join(choice).casefold() for choice in product(*lists)]
    assert len(set(texts)) == len(texts)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5_000), st.integers(4, 20))
def test_what_is_assembled_is_distinct_and_fits_or_is_refused(rows, length):
    try:
        domain = assemble("x", [[FIRST, Slot.of("."), LAST, Digits(), Slot.of(["@m", "@long"])]], rows, length)
    except PlanError:
        return
    texts = domain.at(np.arange(domain.size, dtype=np.int64))
    assert rows <= domain.size == len(texts.unique())
    assert pc.max(pc.utf8_length(texts)).as_py() <= length
