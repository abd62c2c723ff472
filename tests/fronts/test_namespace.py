"""Values of the notebook reach commands as text of a word or as a bound parameter, and no code is run."""

import pytest

from synth_jupyter.errors import CommandError, NotFoundError
from synth_jupyter.jupyter.namespace import bound, fill

SPACE = {"n": 7, "names": ["a", "b"], "by": {"k": {"x": 1}, "2": "two"}, "text": "abc", "f": print}


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        ("customers={{n}}", "customers=7"),
        ("{{ names[1] }}", "b"),
        ("{{by['k']['x']}}", "1"),
        ("{{by[k][x]}}", "1"),
        ("{{by[2]}}", "two"),
        ("{{n.real}}{{n.imag}}", "70"),
        ("{n}", "{n}"),
        ("$n", "$n"),
    ],
)
def test_names_in_double_braces_become_their_values(word: str, filled: str) -> None:
    assert fill(word, SPACE) == filled


@pytest.mark.parametrize("word", ["{{f()}}", "{{n + 1}}", "{{}}", "{{1}}", "{{n}", "{{names[0]} {{"])
def test_anything_but_a_name_is_refused(word: str) -> None:
    with pytest.raises(CommandError, match="holds braces that are no name"):
        fill(word, SPACE)


@pytest.mark.parametrize("word", ["{{nope}}", "{{n.nope}}", "{{n.__class__}}", "{{names[9]}}", "{{by['z']}}"])
def test_a_name_that_is_not_there_is_an_error(word: str) -> None:
    with pytest.raises(NotFoundError):
        fill(word, SPACE)


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(NotFoundError, match="did you mean 'names'"):
        fill("{{name}}", SPACE)


def test_a_value_is_not_filled_again() -> None:
    assert fill("{{a}}", {"a": "{{b}}", "b": 1}) == "{{b}}"


def test_parameters_are_found_outside_quotes_and_comments_only() -> None:
    sql = """SELECT $n, '$text', "$text", $$ $text $$, $q$ $text $q$, a$text -- $text
             /* $text */ FROM t WHERE x = $names"""
    assert bound(sql, SPACE) == {"n": 7, "names": ["a", "b"]}


def test_a_parameter_without_a_variable_is_an_error() -> None:
    with pytest.raises(NotFoundError, match="no variable 'nope'"):
        bound("SELECT $nope", SPACE)
