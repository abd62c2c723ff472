"""What is known of an expression before any row is made."""

from fractions import Fraction

import pytest

from synth_jupyter.sql import Fact, known, parse_expression

COLUMNS = {
    "a": Fact(Fraction(0), Fraction(100), 0),
    "b": Fact(Fraction(-3), Fraction(7), 2, nullable=True),
    "t": Fact(longest=4),
}


@pytest.mark.parametrize(
    ("sql", "low", "high", "scale"),
    [
        ("a + b", -3, 107, 2), ("a - b", -7, 103, 2), ("a * b", -300, 700, 2), ("abs(b)", 0, 7, 2), ("-b", -7, 3, 2),
        ("a % 7", 0, 7, 0), ("b % 7", -7, 7, 2), ("a // 8", 0, Fraction(25, 2), 0), ("round(b)", -3, 7, 0),
        ("CASE WHEN a > 40 THEN a ELSE 50 END", 40, 100, 0), ("least(a, 10)", 0, 10, 0), ("coalesce(b, a)", -3, 100, 2),
    ],
)  # fmt: skip
def test_bounds_and_places_follow_from_those_of_the_columns(sql: str, low: int, high: int, scale: int) -> None:
    fact = known(parse_expression(sql), COLUMNS).fact
    assert (fact.low, fact.high, fact.scale) == (low, high, scale)


@pytest.mark.parametrize(("sql", "longest"), [("t || t", 8), ("left(t, 2)", 2), ("upper(t)", 4), ("concat(t, a)", 7)])
def test_texts_are_as_long_as_their_parts_allow(sql: str, longest: int) -> None:
    assert known(parse_expression(sql), COLUMNS).fact.longest == longest


def test_a_null_of_a_part_is_one_of_the_whole_unless_it_is_seen_to() -> None:
    columns = COLUMNS | {"c": Fact(nullable=True)}
    for sql, nullable in (("a + b", True), ("coalesce(b, 0)", False), ("b IS NULL", False), ("nullif(a, 1)", True)):
        assert known(parse_expression(sql), columns).fact.nullable is nullable, sql
    assert not known(parse_expression("b + 1"), COLUMNS, parse_expression("b IS NOT NULL")).fact.nullable


def test_a_divisor_that_may_be_0_is_named() -> None:
    assert known(parse_expression("1 / a"), COLUMNS).dangers == (
        "a may be 0, and nothing can be divided by it; write nullif(a, 0)",
    )
    for sql in ("1 / nullif(a, 0)", "CASE WHEN a > 0 THEN 1 / a END", "a / 2"):
        assert known(parse_expression(sql), COLUMNS).dangers == (), sql
    assert known(parse_expression("a % 0"), COLUMNS).dangers == ("nothing can be divided by 0",)
