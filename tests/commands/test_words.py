"""SQL reaches the engine letter by letter, from a line, from a quoted word and from the command line."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.commands import parse, split
from synth_jupyter.errors import CommandError

NASTY = (
    "SELECT 1",
    "SELECT 'it''s', \"a b\" FROM t -- not an option",
    "-- a comment first --limit 3\nSELECT 1",
    "/* --dialect mysql */ SELECT 1",
    "SELECT a->'$.b', a->>'c' FROM t",
    "SELECT {'a': 1}, {{x}}, {x}, $x, %s, %(y)s",
    "SELECT 1 WHERE 'a' LIKE '%\\_%' ESCAPE '\\'",
    "SELECT -1, - 1, --1\n 2",
    "SELECT '# no comment', `x`, !true",
    "SELECT $$dollar 'quoted'$$, $tag$ ' $tag$",
    "SELECT 'ünï', '日本', '🎲'",
    "SELECT a\tFROM\tt\n\n  WHERE  a  =  '  '",
    "SELECT \"--limit\" FROM t WHERE x = '--limit 5'",
    "SELECT 'unbalanced \" quote'",
    "VALUES (1, 'a\\nb');",
)


@pytest.mark.parametrize("sql", NASTY)
def test_a_line_keeps_the_statement_as_it_is_written(sql: str) -> None:
    if not sql.startswith("--"):
        assert split(f"sql shop --limit 5 {sql}").sql == sql


@pytest.mark.parametrize("sql", NASTY)
def test_the_command_line_keeps_the_statement_as_it_is_written(sql: str) -> None:
    for words in (["sql", "shop", sql, "--limit", "5"], ["sql", "--limit=5", "shop", sql]):
        options = parse(words).options
        assert (options.name, options.sql, options.limit) == ("shop", sql, 5)


@pytest.mark.parametrize("sql", NASTY)
def test_a_quoted_statement_may_be_followed_by_options(sql: str) -> None:
    line = split(f"sql shop {shlex.quote(sql) if ' ' in sql else repr(sql)} --limit 5")
    assert (line.sql, parse(line.words, sql=line.sql).options.limit) == (sql, 5)


@given(st.text().filter(lambda text: text.strip() and text.strip()[0] not in "'\"-"))
def test_any_text_behind_the_name_is_the_statement(sql: str) -> None:
    if "--" not in sql:
        assert split(f"sql shop {sql}").sql == sql.strip()


def test_an_option_behind_an_unquoted_statement_is_refused_since_sql_would_ignore_it() -> None:
    with pytest.raises(CommandError, match="stands behind the statement"):
        split("sql shop SELECT * FROM orders --limit 5")


def test_a_misspelt_option_before_the_statement_is_no_comment() -> None:
    with pytest.raises(CommandError, match="'--limit'"):
        split("sql shop --limt 5 SELECT 1")


def test_an_open_quote_is_named() -> None:
    with pytest.raises(CommandError, match="no closing quotation"):
        split("generate shop 'a")
