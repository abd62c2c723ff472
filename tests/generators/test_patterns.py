"""Patterns: read strictly, counted exactly, matched by every value, invertible when unique."""

import re
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_jupyter.errors import PlanError, SchemaError
from synth_jupyter.generators.ambiguity import ambiguous
from synth_jupyter.generators.grammar import parse
from synth_jupyter.generators.patterns import Pattern, UniquePattern, distinct_pattern, pattern_domain
from synth_jupyter.generators.protocol import Generator, Invertible
from synth_jupyter.streams import Stream

STREAM = Stream.of(42, "products", "sku")
COUNTS = {
    r"SKU-\d{4}": 10_000,
    r"[A-Z]{3}-\d{4}": 26**3 * 10_000,
    r"\d{10}": 10**10,
    r"\w": 63,
    r"[^aeiou]": 89,
    r".": 94,
    r"[-a]": 2,
    r"[a-c\d_]": 14,
    r"a|b|cc": 3,
    r"(RED|BLUE|\d{2})x?": 204,
    r"(?:ab){1,3}": 3,
    r"x{0,5}y": 6,
    r"^a$": 1,
    r"\(\d\)": 10,
    r"a{64}": 1,
    r"(a|)b": 2,
    r"[A-Z]{40}": 26**40,
    r"é[à-ü]": 29,
}
GOLDEN = {
    r"[A-Z]{3}-\d{4}": (["PSN-2749", "KCH-8196", "TQZ-5375"], ["KQW-2666", "PPQ-1865", "LFP-0996"]),
    r"(RED|BLUE)-[a-f]{2,12}": (
        ["RED-ede", "RED-ddceecf", "BLUE-cbe"],
        ["BLUE-dbbdabcaddac", "BLUE-beafcfeacdfb", "BLUE-efbcfefcabba"],
    ),
}


@pytest.mark.parametrize("pattern", COUNTS)
def test_a_pattern_has_exactly_so_many_values(pattern):
    assert pattern_domain(pattern).count == COUNTS[pattern]


@pytest.mark.parametrize("pattern", GOLDEN)
def test_the_first_values_are_these(pattern):
    rows = np.array([0, 1, 100_000])
    some, once = (kind.build(pattern, 10**6, None).generate(rows, STREAM, {}) for kind in (Pattern, UniquePattern))
    assert (some.to_pylist(), once.to_pylist()) == GOLDEN[pattern]


@pytest.mark.parametrize("pattern", COUNTS)
def test_every_value_matches_its_pattern(pattern):
    for kind in (Pattern, UniquePattern):
        generator = kind.build(pattern, 1, None)
        rows = np.arange(min(generator.domain.size, 2_000))
        assert all(re.fullmatch(pattern, text) for text in generator.generate(rows, STREAM, {}).to_pylist())


@pytest.mark.parametrize("pattern", [pattern for pattern, count in COUNTS.items() if count <= 10_000])
def test_a_small_unique_pattern_makes_each_of_its_values_once(pattern):
    generator = UniquePattern.build(pattern, COUNTS[pattern], None)
    values = generator.generate(np.arange(COUNTS[pattern]), STREAM, {})
    assert len(values.unique()) == COUNTS[pattern]


@pytest.mark.parametrize("pattern", COUNTS)
def test_a_unique_value_says_its_row(pattern):
    generator = UniquePattern.build(pattern, 1, None)
    assert isinstance(generator, Generator)
    assert isinstance(generator, Invertible)
    rows = np.unique(np.linspace(0, generator.domain.size - 1, 300).astype(np.int64))[:-1]
    values = generator.generate(rows, STREAM, {})
    assert len(values.unique()) == len(rows)
    assert generator.rows_of(values, STREAM).tolist() == rows.tolist()
    assert generator.rows_of(pa.array(["\t", None], pa.string()), STREAM).tolist() == [-1, -1]


@pytest.mark.parametrize("kind", [Pattern, UniquePattern])
def test_a_value_depends_on_its_row_alone(kind):
    generator = kind.build(r"[A-Z]{2}-(\d{3,5}|x[a-f]{9})", 10_000, None)
    whole = generator.generate(np.arange(10_000), STREAM, {})
    order = np.random.default_rng(0).permutation(10_000)
    assert generator.generate(order, STREAM, {}).equals(whole.take(pa.array(order)))
    assert generator.generate(np.array([5]), STREAM, {}).equals(whole[5:6])
    assert len(generator.generate(np.arange(0), STREAM, {})) == 0


def test_lengths_and_alternatives_are_drawn_evenly():
    values = Pattern.build(r"[a-z]{3,6}", 0, None).generate(np.arange(40_000), STREAM, {}).to_pylist()
    assert all(abs(sum(len(value) == length for value in values) - 10_000) < 500 for length in range(3, 7))


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("a*", "repeats without bound"), ("(a+)+$", "repeats without bound"), ("a{65}", "up to 64|n <= 64"),
        ("a{3,2}", "m <= n"), ("a{,3}", "write"), ("a{2,}", "write"), ("a{x}", "write"), ("a{²}", "write"),
        ("a{2}{2}", "cannot be repeated"), ("a??", "cannot be repeated"), ("?a", "nothing to repeat"),
        ("(a", "missing"), ("a)", "closes nothing"), ("[a", "missing"), ("[]", "no character"), ("[z-a]", "backwards"),
        (r"\s", "cannot be used"), (r"\b", "cannot be used"), (r"(a)\1", "cannot be used"), ("\\", "cannot be used"),
        ("(?=a)", "only plain groups"), ("(?P<x>a)", "only plain groups"), ("a^", "write"), ("$a", "write"),
        ("", "1 to 500"), ("a" * 501, "1 to 500"), ("(" * 30 + "a" + ")" * 30, "deep"), ("a\nb", "cannot be seen"),
        ("(a{64}){64}", "characters"), ("(((a{64}){64}){64}){64}", "characters"), ("()", "characters"),
        ("[[:alpha:]]", "write"), ("[\t]", "cannot be seen"), ("[a-\\d]", "backwards"),
    ],
)  # fmt: skip
def test_what_is_no_bounded_pattern_is_refused_with_the_reason(pattern, why):
    with pytest.raises(SchemaError, match=why):
        pattern_domain(pattern)


def test_the_refusal_names_the_place():
    with pytest.raises(SchemaError, match="at character 6"):
        pattern_domain("abc-d+")


def test_values_longer_than_the_column_are_refused():
    assert pattern_domain(r"\d{1,8}", 8).count == 111_111_110
    for kind in (Pattern, UniquePattern):
        with pytest.raises(PlanError, match="up to 9 characters, and the column holds 8"):
            kind.build(r"\d{1,9}", 1, 8)


def test_too_few_values_for_the_rows_are_counted():
    with pytest.raises(PlanError, match=r"there are 1,000 distinct values of .* and 1,001 rows"):
        UniquePattern.build(r"\d{3}", 1_001, None)


def test_the_first_form_that_fits_and_suffices_is_used():
    forms = (r"long-\d{9}", r"\d{2}", r"\d{5}")
    assert distinct_pattern("x", forms, 50, 6).count == 100
    assert distinct_pattern("x", forms, 500, 6).count == 100_000


def test_a_small_pattern_that_spells_values_twice_counts_each_once():
    domain = distinct_pattern("x", (r"a?a?a?b?",), 8, None)
    assert sorted(domain.at(np.arange(domain.size)).to_pylist()) == sorted(
        "a" * count + end for count in range(4) for end in ("", "b")
    )


def test_a_large_pattern_that_spells_values_twice_is_refused_when_unique():
    assert pattern_domain(r"\d{1,3}\d{1,4}").count == 1_110 * 11_110
    with pytest.raises(PlanError, match="in two ways"):
        UniquePattern.build(r"\d{1,3}\d{1,4}", 10, None)


ATOMS = st.sampled_from(["a", "b", "[ab]", "[bc]", r"\d", "ab"])


def _groups(inner):
    repeats = st.sampled_from(["?", "{2}", "{0,2}", "{1,3}", "{1,2}"])
    return st.one_of(
        st.tuples(inner, repeats).map(lambda pair: f"({pair[0]}){pair[1]}"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
    )


@settings(deadline=None, max_examples=200)
@given(st.recursive(ATOMS, _groups, max_leaves=5))
def test_counting_matching_and_ambiguity_agree_with_listing_all_values(pattern):
    domain = pattern_domain(pattern)
    if domain.count > 20_000:
        return
    texts = domain.at(np.arange(domain.count)).to_pylist()
    assert all(re.fullmatch(pattern, text) for text in texts)
    assert ambiguous(parse(pattern)) == (len(set(texts)) < len(texts))
    if len(set(texts)) == len(texts):
        assert domain.index(pa.array(texts)).tolist() == list(range(domain.count))


def test_no_text_that_matches_is_forgotten():
    domain = pattern_domain(r"(a|b[01]){1,2}c?")
    matching = {"".join(letters) for size in range(6) for letters in product("ab01c", repeat=size)}
    matching = {text for text in matching if re.fullmatch(r"(a|b[01]){1,2}c?", text)}
    assert set(domain.at(np.arange(domain.count)).to_pylist()) == matching


def test_lengths_that_differ_tell_values_apart():
    assert UniquePattern.build(r"\d{1,3}\d{4}", 10, None).domain.count == 11_100_000


def test_a_pattern_that_defeats_backtracking_is_answered_at_once():
    """Every position could go two ways; the check walks over pairs, not over paths."""
    assert ambiguous(parse("(a|a?){30}" + "a" * 30))
    domain = pattern_domain("(a|aa){30}b")
    assert domain.index(pa.array(["a" * 45])).tolist() == [-1]


@pytest.mark.parametrize(
    "pattern", [r"x\d{2}", r"(a|b?c{0,2}|d{1,3})x?", "[ab]{0,3}[ab]{0,2}", "x(y|z(1|2|[0-9]{1,2}))"]
)
def test_a_pattern_of_few_values_is_coded_and_picks_what_would_be_drawn(pattern: str) -> None:
    made = Pattern.build(pattern, 1_000, None)
    values = made.generate(np.arange(3, 3_000, 7), STREAM, {})
    assert isinstance(values, pa.DictionaryArray)
    assert len(values.dictionary.unique()) == len(values.dictionary) <= made.distinct
    parts = [re.compile(pattern).fullmatch(text) for text in values.to_pylist()]
    assert all(parts)
    again = made.generate(np.arange(3, 3_000, 7)[::-1], STREAM, {})
    assert again.to_pylist() == values.to_pylist()[::-1]
