"""Distinct e-mail addresses, names and pool values."""

import re

import numpy as np
import pyarrow.compute as pc
import pytest

from synth_jupyter.errors import PlanError, SchemaError
from synth_jupyter.generators.people import numbered, unique_text
from synth_jupyter.generators.protocol import Generator, Invertible
from synth_jupyter.pools import SHIPPED, Pool, PoolSource
from synth_jupyter.streams import Stream

POOLS = PoolSource()
STREAM = Stream.of(42, "customers", "email")
FORMS = {
    "email": r"[a-z]+\.[a-z]+([1-9]\d*)?@example\.(com|net|org)",
    "user_name": r"[a-z]+([1-9]\d*)?",
    "name": r"[A-Z][a-z]+( [A-Z]\.){0,2} [A-Z][A-Za-z]+( Jr\.| Sr\.| II| III| IV| V)?",
    "phone_number": r"\([2-9]\d\d\) [2-9]\d\d-\d{4}",
    "domain_name": r"[a-z-]+([1-9]\d*)?\.[a-z]+",
    "ipv4": r"\d{1,3}(\.\d{1,3}){3}",
    "word": r"[A-Za-z]+([1-9]\d*)?",
    "city": r"[A-Za-z ]+( [1-9]\d*)?",
}
GOLDEN = {
    "email": ["brian.barrera@example.com", "melissa.hoffman@example.org", "xavier.todd@example.org"],
    "user_name": ["pboyle35", "fvalencia19", "acurry27"],
    "name": ["Julia A. Thomas", "Jessica Wong", "Aimee Buckley"],
    "company": ["Trevino-Barajas 51", "Anderson-Clark 260", "Lyons-Wood 21"],
    "phone_number": ["(816) 323-3941", "(743) 838-0209", "(790) 765-0728"],
}


def made(provider, rows, length=None, count=2_000, **more):
    generator = unique_text(provider, POOLS, rows, length, **more)
    return generator, generator.generate(np.linspace(0, rows - 1, min(rows, count)).astype(np.int64), STREAM, {})


@pytest.mark.parametrize("provider", GOLDEN)
def test_the_first_values_are_these(provider):
    """Any change of pools, forms or bijections shows here; it changes what experiments generate."""
    generator = unique_text(provider, POOLS, 1_000_000, 60)
    assert generator.generate(np.array([0, 1, 999_999]), STREAM, {}).to_pylist() == GOLDEN[provider]


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize("rows", [50, 3_000_000, 2_000_000_000])
def test_values_look_like_what_they_are(provider, rows):
    _, values = made(provider, rows)
    assert all(re.fullmatch(FORMS[provider], value) for value in values.to_pylist())
    assert len(values.unique()) == len(values)


@pytest.mark.parametrize("provider", ["email", "user_name", "name", "word", "company", "file_name", "phone_number"])
def test_a_value_says_its_row(provider):
    generator, _ = made(provider, 5_000_000)
    assert isinstance(generator, Generator)
    assert isinstance(generator, Invertible)
    rows = np.arange(0, 5_000_000, 9_973)
    values = generator.generate(rows, STREAM, {})
    assert generator.rows_of(values, STREAM).tolist() == rows.tolist()


@pytest.mark.parametrize("provider", ["email", "name", "word"])
def test_a_whole_table_has_no_value_twice_not_even_in_other_letter_case(provider):
    generator = unique_text(provider, POOLS, 200_000, 40)
    values = generator.generate(np.arange(200_000), STREAM, {})
    assert len(pc.utf8_lower(values).unique()) == 200_000


@pytest.mark.parametrize("provider", SHIPPED)
def test_every_shipped_provider_can_be_unique(provider):
    generator = unique_text(provider, POOLS, 20_000, 60)
    values = generator.generate(np.arange(20_000), STREAM, {})
    assert len(pc.utf8_lower(values).unique()) == 20_000
    assert pc.max(pc.utf8_length(values)).as_py() <= 60


def test_rows_may_come_in_any_order_and_any_number():
    generator, _ = made("email", 1_000_000)
    rows = np.arange(70_000)
    whole = generator.generate(rows, STREAM, {})
    assert generator.generate(rows[::-1], STREAM, {}).to_pylist() == whole.to_pylist()[::-1]
    assert generator.generate(rows[500:510], STREAM, {}).equals(whole[500:510])
    assert generator.generate(np.array([3, 3]), STREAM, {}).to_pylist() == [whole[3].as_py()] * 2


@pytest.mark.parametrize("length", [17, 18, 20, 24, 30, 120])
def test_addresses_fit_their_column(length):
    generator = unique_text("email", POOLS, 1_000, length)
    values = generator.generate(np.arange(1_000), STREAM, {})
    assert pc.max(pc.utf8_length(values)).as_py() <= length
    assert len(values.unique()) == 1_000


def test_a_column_too_short_for_any_address_is_refused_with_the_count():
    with pytest.raises(PlanError, match="there are 0 distinct values of e-mail addresses of at most 10 characters"):
        unique_text("email", POOLS, 5, 10)


def test_names_run_out_with_a_count():
    with pytest.raises(PlanError, match=r"there are [\d,]+ distinct values of names, and 100,000,000,000 rows"):
        unique_text("name", POOLS, 10**11, None)


def test_a_form_that_does_not_suffice_gives_way_to_the_next():
    _, few = made("postcode", 1_000)
    _, many = made("postcode", 1_000_000)
    assert {len(value) for value in few.to_pylist()} == {5}
    assert {len(value) for value in many.to_pylist()} == {10}
    with pytest.raises(PlanError, match="1,000,000,000"):
        unique_text("ssn", POOLS, 10**10, None)


def test_addresses_can_have_a_domain_of_ones_own():
    _, values = made("email", 5_000_000, arguments={"domain": "shop.test"})
    assert all(value.endswith("@shop.test") for value in values.to_pylist())


def test_names_and_addresses_of_another_language():
    _, names = made("name", 1_000, locale="de_DE")
    _, addresses = made("email", 1_000, locale="de_DE")
    assert not all(value.isascii() for value in names.to_pylist())
    assert all(re.fullmatch(FORMS["email"], value) for value in addresses.to_pylist())


def test_addresses_of_another_script_are_spelt_with_english_names():
    _, addresses = made("email", 1_000, locale="ja_JP")
    assert all(re.fullmatch(FORMS["email"], value) for value in addresses.to_pylist())


def test_a_misspelt_provider_is_refused():
    with pytest.raises(SchemaError, match="did you mean 'email'"):
        unique_text("emial", POOLS, 5, None)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["red", "blue"], ["red1", "blue1"]),
        (["New York", "Bonn"], ["New York 1", "Bonn 1"]),
        (["Apt. 5", "Apt. 7"], ["Apt. 5 #1", "Apt. 7 #1"]),
        (["a-1", "b"], ["a-1-1", "b-1"]),
    ],
)
def test_a_number_is_set_off_from_the_values(values, shown):
    domain = numbered(Pool.of("x", values), 4, None)
    assert sorted(domain.at(np.arange(4)).to_pylist()) == sorted(values + shown)


def test_a_number_stands_before_the_ending():
    domain = numbered(Pool.of("x", ["a.txt", "b.csv"]), 8, None, split=".")
    assert sorted(domain.at(np.arange(8)).to_pylist()) == sorted(
        stem + number + end for stem in "ab" for number in ("", "1") for end in (".txt", ".csv")
    )


def test_values_that_leave_no_room_for_a_number_are_cut():
    domain = numbered(Pool.of("x", ["a long story", "another long story"]), 100, 8)
    texts = domain.at(np.arange(100)).to_pylist()
    assert len(set(texts)) == 100
    assert max(map(len, texts)) <= 8
