"""The gate before any translation: one statement, of a known dialect, that reads."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError

from ..errors import QueryError
from .dialects import dialect_named, quiet

Functions = Mapping[str, Callable[[list[Any]], exp.Expr]]

LONGEST_STATEMENT = 200_000
"""Characters of one statement."""
_WRITING = (
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.Copy, exp.Attach, exp.Detach,
    exp.Set, exp.Pragma, exp.Into, exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.TruncateTable,
)  # fmt: skip


def check_reads(sql: str, dialect: str) -> None:
    """Return only when `sql` is one statement of `dialect` that reads, to be run as written. Raises QueryError."""
    check_tree_reads(one_tree(sql, dialect_named(dialect)))


def check_native(sql: str) -> None:
    """Refuse what is known to write; what sqlglot cannot parse is left to DuckDB's own parser and gate."""
    try:
        trees = [tree for tree in _trees(sql, "duckdb") if tree is not None]
    except SqlglotError:
        return
    for tree in trees:
        check_tree_reads(tree)


def one_tree(sql: str, source: str, functions: Functions | None = None) -> exp.Expr:
    """The one statement of the dialect `source`; each of `functions` is built by its own callable.

    Raises:
        QueryError: it cannot be parsed, or is none or several.
    """
    try:
        trees = [tree for tree in _trees(sql, source, functions) if tree is not None]
    except ParseError as error:
        where = error.errors[0] if error.errors else {}
        place = f" (line {where['line']}, column {where['col']})" if where.get("line") else ""
        raise QueryError(f"this is not {source or 'standard'} SQL: {where.get('description', error)}{place}") from None
    except SqlglotError as error:
        raise QueryError(f"this is not {source or 'standard'} SQL: {error}") from None
    if len(trees) != 1:
        raise QueryError(f"write one statement, not {len(trees)}")
    return trees[0]


def _trees(sql: str, source: str, functions: Functions | None = None) -> list[exp.Expr | None]:
    with quiet():
        try:
            dialect = Dialect.get_or_raise(source)
            parser: Any = dialect.parser()
            # The parser of this statement alone: its class is everybody's.
            parser.FUNCTIONS = {**parser.FUNCTIONS, **(functions or {})}
            return list(parser.parse(dialect.tokenize(sql), sql))
        except RecursionError:
            raise QueryError("the statement is nested too deeply") from None


def check_tree_reads(tree: exp.Expr) -> None:
    if isinstance(tree, exp.Command):
        raise QueryError(f"{str(tree.this).upper()} is not allowed here: a query only reads")
    bad = next(tree.find_all(*_WRITING), None)
    if bad is not None:
        raise QueryError(
            f"{bad.key.upper()} is not allowed here: a query only reads",
            hint="start with SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE or SHOW TABLES",
        )
