"""Text becomes a plain tree: the traps of YAML 1.1 are closed, JSON is the same format, lines are kept."""

from decimal import Decimal
from typing import Any

import pytest

from synth_jupyter.schema.syntax import MAX_DEPTH, parse, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("true", True), ("false", False),
        ("017", 17), ("0x1F", "0x1F"), ("0o17", "0o17"), ("1:30", "1:30"), ("190:20:30", "190:20:30"), ("5_000", 5000),
        ("1_000.5", Decimal("1000.5")), ("5_", "5_"), ("-3", -3), ("0.1", Decimal("0.1")), ("1e3", Decimal("1000")),
        ("2023-01-01", "2023-01-01"), ("2023-01-01 10:00:00", "2023-01-01 10:00:00"), ("~", None), ("null", None),
        (".inf", ".inf"), (".nan", ".nan"), ("5%", "5%"), ("=", "="), ("10d", "10d"), ("1.2.3.4", "1.2.3.4"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)
    assert parse(f"a: {text}").value == {"a": value}


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quoted_scalars_are_text(quote: str) -> None:
    assert parse(f"a: {quote}5{quote}").value == {"a": "5"}
    assert parse(f"a: {quote}true{quote}").value == {"a": "true"}


def test_keys_are_always_text_as_they_are_in_json() -> None:
    assert parse("{0: 8, 0.1: 2, yes: 1, 2023-01-01: 1}").value == {"0": 8, "0.1": 2, "yes": 1, "2023-01-01": 1}


def test_json_and_yaml_make_the_same_tree() -> None:
    json_form = parse('{"a": [1, 2.50, -3e2, true, null, "\\u00e9\\ud83d\\ude00"], "b": {}, "c": []}')
    yaml_form = parse('a: [1, 2.50, -3e2, true, null, "é😀"]\nb: {}\nc: []')
    assert json_form.value == yaml_form.value
    assert (json_form.format, yaml_form.format) == ("json", "yaml")


def test_a_flow_map_is_yaml_although_it_starts_like_json() -> None:
    assert parse("{a: 1, b: [c]}").format == "yaml"


def test_numbers_keep_every_digit() -> None:
    digits = "0.1234567890123456789012345678901234567890"
    assert parse(f'{{"a": {digits}}}').value["a"] == Decimal(digits)
    assert parse(f"a: {digits}").value["a"] == Decimal(digits)


@pytest.mark.parametrize("text", ["a:\n  b: 1\n  c:\n    - 2\n    - 3\n", '{"a":\n {"b": 1,\n "c": [\n2,\n3]}}'])
def test_every_place_knows_its_line(text: str) -> None:
    lines = parse(text).lines
    where = {("a", "b"): "1", ("a", "c"): "c", ("a", "c", 0): "2", ("a", "c", 1): "3"}
    for place, token in where.items():
        assert token in text.splitlines()[lines[place] - 1]


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse("\ufeffa: 1").value == {"a": 1}


def test_nesting_is_read_up_to_the_limit() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH).value


def test_a_duplicate_key_keeps_the_first_value_and_is_a_problem() -> None:
    parsed = parse("a: 1\nb: 2\na: {c: 3}\n")
    assert parsed.value == {"a": 1, "b": 2}
    assert [(problem.place, problem.line) for problem in parsed.problems] == [("a", 3)]
