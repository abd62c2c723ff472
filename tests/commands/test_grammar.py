"""One grammar: what the words of each verb mean, and what is said about wrong ones."""

from decimal import Decimal

import pytest

from synth_jupyter.commands import VERBS, flags_of, help_text, parse
from synth_jupyter.errors import CommandError


def test_numbers_may_carry_underscores() -> None:
    options = parse(["generate", "shop", "--rows", "customers=100_000", "--seed", "1_0"]).options
    assert options.rows == [("customers", 100_000)]
    assert options.seed == 10


def test_rows_are_split_at_the_last_equals_sign() -> None:
    assert parse(["generate", "shop", "--rows", "a=b=3"]).options.rows == [("a=b", 3)]


def test_rows_may_be_given_for_several_tables() -> None:
    options = parse(["generate", "shop", "--rows", "a=1", "--scale", "0.5", "--rows", "b=2"]).options
    assert options.rows == [("a", 1), ("b", 2)]
    assert options.scale == Decimal("0.5")


def test_one_request_does_not_leak_into_the_next() -> None:
    parse(["generate", "shop", "--rows", "a=1"])
    assert parse(["generate", "shop"]).options.rows == []


def test_options_may_stand_between_the_words() -> None:
    options = parse(["define", "shop", "--replace", "shop.yaml", "--dialect", "mysql"]).options
    assert (options.name, options.file, options.replace, options.dialect) == ("shop", "shop.yaml", True, "mysql")


def test_a_negative_key_is_a_key() -> None:
    assert parse(["trace", "shop", "orders", "-5"]).options.key == ["-5"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["generat", "shop"], "'generate'"),
        (["generate", "shop", "--row", "a=1"], "'--rows'"),
        (["sql", "shop", "--limt", "5", "SELECT 1"], "'--limit'"),
        (["generate", "shop", "--rows", "a=x"], "'x' is not a whole number"),
        (["generate", "shop", "--rows", "7"], "which table"),
        (["generate", "shop", "--rows", "a=-1"], "too small"),
        (["generate", "shop", "--scale", "nan"], "not a positive number"),
        (["generate", "shop", "--scale", "0"], "not a positive number"),
        (["preview", "shop"], "TABLE"),
        (["preview", "shop", "orders", "more"], "too many words: more"),
        (["load", "shop"], "--into"),
        (["lineage", "shop", "--level", "tabel"], "invalid choice"),
        (["sql", "shop", "SELECT", "1"], "several words"),
        (["help", "generat"], "'generate'"),
    ],
)
def test_wrong_words_are_refused_with_what_would_be_right(words: list[str], said: str) -> None:
    with pytest.raises(CommandError) as caught:
        _asked(words)
    assert said in "\n".join(caught.value.lines())


def _asked(words: list[str]) -> None:
    request = parse(words)
    if request.verb == "help":
        help_text(request.options.topic)


@pytest.mark.parametrize("verb", VERBS)
def test_the_three_ways_to_ask_for_help_are_the_same(verb: str) -> None:
    asked = [parse([verb, "--help"]), parse([verb, "-h"]), parse(["help", verb])]
    assert [(request.verb, request.options.topic) for request in asked] == [("help", verb)] * 3
    assert VERBS[verb].summary in help_text(verb)
    assert all(flag in help_text(verb) for flag in flags_of(verb, notebook=True))


@pytest.mark.parametrize("verb", VERBS)
def test_the_example_of_each_verb_is_understood(verb: str) -> None:
    if VERBS[verb].example:
        from synth_jupyter.commands import split

        line = split(VERBS[verb].example)
        assert parse(line.words, sql=line.sql).verb == verb


def test_no_words_ask_for_help_that_names_every_verb() -> None:
    assert parse([]).verb == "help"
    assert all(f"  {verb} " in help_text() for verb in VERBS)


def test_a_result_is_assigned_in_notebooks_only() -> None:
    assert parse(["runs", "shop", "-o", "mine"], notebook=True).options.assign == "mine"
    with pytest.raises(CommandError, match="'-o'"):
        parse(["runs", "shop", "-o", "mine"])


def test_the_output_of_export_is_a_file_also_in_notebooks() -> None:
    assert parse(["export", "shop", "-o", "shop.tar"], notebook=True).options.output == "shop.tar"
