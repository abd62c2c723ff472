"""Scalar expressions of documents."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.errors import NotFoundError, QueryError
from synth_jupyter.sql import parse_expression

ACCEPTED = [
    "1", "'text'", "null", "a + 1", "-a", "a * (1 - b)", "a / b", "a // 2", "a % 2", "a || '-' || b",
    "a = 'x' and not b",
    "case when a > 1 then 'x' else null end", "coalesce(a, b, 0)", "nullif(a, 0)", "cast(a as decimal(10,2))",
    "a::date", "round(a, 2)", "abs(a)", "floor(a)", "ceil(a)", "sqrt(a)", "greatest(a, b)", "least(a, b)",
    "upper(a)", "lower(a)",
    "length(a)", "substring(a, 1, 2)", "substr(a, 2)", "concat(a, '-', b)", "trim(a)", "replace(a, 'x', 'y')",
    "lpad(a, 5, '0')", "rpad(a, 5, '0')", "left(a, 2)", "right(a, 2)", "extract(year from a)", "date_part('year', a)",
    "a + interval 3 day", "a - interval '2 months'", "date_trunc('month', a)", "date_diff('day', a, b)", "a like 'x%'",
    "a ilike 'x%'", "a in (1, 2)", "a not in ('x')", "a between 1 and 2", "a is null", "a is not null",
    "a is distinct from b", "date '2024-01-01'", "year(a)", "strftime(a, '%Y')", "mod(a, 2)", "if(a > 1, 'x', 'y')",
    "regexp_matches(a, '^x')", "starts_with(a, 'x')", "md5(a)", "last_day(a)", "make_date(2024, 1, 1)", "true",
]  # fmt: skip

REFUSED = [
    ("random()", "function rand"), ("now()", "function now"), ("current_date", "current_date"), ("uuid()", "uuid"),
    ("(select 1)", "subquery"), ("exists (select 1)", "subquery"), ("a in (select 1)", "subquery"),
    ("select 1", "subquery"), ("sum(a)", "aggregate sum"), ("count(*)", "count"), ("row_number() over ()", "window"),
    ("*", "star"),
    ("a.*", "star"), ("columns('a')", "columns"), ("list_transform([1], x -> x)", "transform"), ("[1, 2]", "array"),
    ("read_text('/etc/passwd')", "read_text"), ("getenv('HOME')", "getenv"), ("nextval('s')", "nextval"),
    ("repeat('a', 1000000000)", "repeat"), ("range(1000000000)", "range"), ("lpad(a, 1000000000, 'x')", "pad"),
    ("$1", "parameter"), ("?", "parameter"), (":name", "parameter"), ("a b", "name 'b'"), ("a; b", "one expression"),
    ("", "one expression"), ("drop table a", "drop"), ("a +", "position"), ("'open", "cannot be read"),
    ("cast(a as int[])", "type"), ("{'a': 1}", "struct"), ("error('x')", "error"), ("a[1]", "bracket"),
]  # fmt: skip


@pytest.mark.parametrize("sql", ACCEPTED)
def test_scalar_expressions_are_accepted(sql: str) -> None:
    parsed = parse_expression(sql)
    assert parsed.exact
    assert parsed.render({name: name for name in parsed.columns})


@pytest.mark.parametrize(("sql", "named"), REFUSED)
def test_everything_else_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_expression(sql)
    assert named in caught.value.message


def test_the_refusal_says_where_the_function_stands() -> None:
    with pytest.raises(QueryError, match="position 5"):
        parse_expression("a + random()")


def test_columns_are_dotted_paths_in_order_each_once() -> None:
    parsed = parse_expression('product_id.price * (1 - discount) + discount + "we ird"."Select"')
    assert parsed.columns == ("product_id.price", "discount", "we ird.Select")


def test_rendering_replaces_columns_by_quoted_names() -> None:
    parsed = parse_expression("product_id.price * discount -- a note")
    assert parsed.render({"product_id.price": 'c"1', "discount": "c2"}) == '"c""1" * "c2"'


def test_rendering_without_a_name_says_which() -> None:
    with pytest.raises(NotFoundError, match="'b'"):
        parse_expression("a + b").render({"a": "x"})


@pytest.mark.parametrize("sql", ["exp(a)", "ln(a)", "pow(a, 2)", "a ^ 2", "log10(a)", "sin(a) + 1"])
def test_float_special_functions_are_inexact(sql: str) -> None:
    assert not parse_expression(sql).exact


def test_a_long_chain_of_one_operator_is_shallow_and_nesting_is_bounded() -> None:
    assert parse_expression(" || ".join(["a"] * 200)).columns == ("a",)
    for deep in ("(" * 40 + "a" + ")" * 40, "(" * 900 + "a" + ")" * 900, "- " * 900 + "a"):
        with pytest.raises(QueryError, match="nested"):
            parse_expression(deep)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(QueryError, match="2000"):
        parse_expression("a" * 2_001)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_one_query_error(text: str) -> None:
    with suppress(QueryError):
        assert parse_expression(text).sql == text
