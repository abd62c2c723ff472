"""Statements of other dialects in DuckDB's words, with a verdict; what cannot be said is refused with its place."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

from ..errors import QueryError
from .dialects import dialect_named, quiet
from .macros import KEPT, MACROS
from .refusals import place_of, refuse
from .rewriting import kept, rewritten
from .statements import LONGEST_STATEMENT, check_native, check_tree_reads, one_tree

Types = Mapping[str, Mapping[str, str]]
"""The SQL type of each column of each table, where it is known."""


@dataclass(frozen=True)
class Translation:
    """A statement in DuckDB's words; `verdict` is `native` when it is the text as written, else `rewritten`."""

    sql: str
    verdict: str


def translate(sql: str, dialect: str | None = None, types: Types | None = None) -> Translation:
    """One reading statement of `dialect` as DuckDB SQL; `types` decide what `/` means.

    Raises:
        QueryError: it is not one statement, it does more than read, it cannot be parsed in its dialect, or it has a
            construct that DuckDB cannot express; nothing is ever passed through unread.
    """
    if len(sql) > LONGEST_STATEMENT:
        raise QueryError(f"a statement has at most {LONGEST_STATEMENT} characters, this one has {len(sql)}")
    source = dialect_named(dialect)
    if source == "duckdb":
        check_native(sql)
        return Translation(sql, "native")
    tree = one_tree(sql, source, kept(source))
    check_tree_reads(tree)
    refuse(tree, source, frozenset(MACROS) | KEPT.get(source, frozenset()) | {"ratio_to_report"})
    written = _written(rewritten(tree, source, types or {}), source)
    return Translation(sql, "native") if _means_the_same(sql, written) else Translation(written, "rewritten")


def _written(tree: exp.Expr, source: str) -> str:
    try:
        with quiet():
            return tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        raise QueryError(_unsupported(tree, source, error)) from None
    except RecursionError:
        raise QueryError("the statement is nested too deeply") from None


def _unsupported(tree: exp.Expr, source: str, error: UnsupportedError) -> str:
    """The smallest part that DuckDB has no form for, and where it stands."""
    for node in reversed(list(tree.walk())):
        try:
            with quiet():
                node.sql("duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
        except UnsupportedError as reason:
            what = node.sql(source or None, comments=False)
            return f"unsupported: {what[:80]}{place_of(node)} has no DuckDB form: {reason}"
    return f"unsupported: this {source} statement has no DuckDB form: {error}"


def _means_the_same(sql: str, written: str) -> bool:
    """Whether only letter case and spaces differ: a function that both dialects read may exist in one of them only."""
    return _words(sql) == _words(written)


def _words(sql: str) -> list[tuple[sqlglot.TokenType, str]]:
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
    except sqlglot.errors.TokenError:
        return [(sqlglot.TokenType.STRING, sql)]
    cased = (sqlglot.TokenType.STRING, sqlglot.TokenType.IDENTIFIER)
    return [
        (token.token_type, token.text if token.token_type in cased else token.text.upper())
        for token in tokens
        if token.token_type is not sqlglot.TokenType.SEMICOLON
    ]
