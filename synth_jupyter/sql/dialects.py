"""Dialects: quoting of names and literals, and statements translated into DuckDB's with a verdict."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, UnsupportedError

from ..errors import QueryError, did_you_mean

LONGEST_STATEMENT = 200_000
"""Characters of one statement."""
_SYNONYMS = {"postgresql": "postgres", "sqlserver": "tsql", "mssql": "tsql", "ansi": "", "mariadb": "mysql"}
_WRITING = (
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.Copy, exp.Attach, exp.Detach,
    exp.Set, exp.Pragma, exp.Into, exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.TruncateTable,
)  # fmt: skip


@dataclass(frozen=True)
class Translation:
    """A statement in DuckDB's words; `verdict` is `native` when it is the text as written, else `rewritten`."""

    sql: str
    verdict: str


def quote(name: str, dialect: str = "duckdb") -> str:
    """`name` as a quoted identifier of the dialect, whatever characters it has."""
    mark = "`" if dialect in ("mysql", "bigquery", "hive", "spark", "databricks", "clickhouse") else '"'
    return mark + name.replace(mark, mark * 2) + mark


def literal(text: str) -> str:
    """`text` as a string literal of standard SQL."""
    return "'" + text.replace("'", "''") + "'"


def dialect_named(name: str | None) -> str:
    """The dialect called `name` (any letter case, common synonyms); `duckdb` for none; QueryError otherwise."""
    if not name:
        return "duckdb"
    word = _SYNONYMS.get(name.lower(), name.lower())
    if word and word not in Dialect.classes:
        raise QueryError(
            f"there is no SQL dialect {name!r}{did_you_mean(word, [one for one in Dialect.classes if one])}"
        )
    return word


def translate(sql: str, dialect: str | None = None) -> Translation:
    """One reading statement of `dialect` as DuckDB SQL.

    Raises:
        QueryError: it is not one statement, it does more than read, it cannot be parsed in its dialect, or it has a
            construct that DuckDB cannot express; nothing is ever passed through unread.
    """
    if len(sql) > LONGEST_STATEMENT:
        raise QueryError(f"a statement has at most {LONGEST_STATEMENT} characters, this one has {len(sql)}")
    source = dialect_named(dialect)
    if source == "duckdb":
        _check_native(sql)
        return Translation(sql, "native")
    tree = _one_tree(sql, source)
    _check_reads(tree)
    written = _written(tree, source)
    return Translation(sql, "native") if _means_the_same(sql, written) else Translation(written, "rewritten")


def respelled(sql: str, source: str, target: str) -> str:
    """One statement of the dialect `source` in the words of `target`, every name quoted.

    Raises:
        QueryError: `target` cannot say it.
    """
    try:
        with quiet():
            tree = sqlglot.parse_one(sql, read=source or None)
            if tree.find(exp.Command) is not None:
                raise QueryError(f"a part of this {source} statement cannot be read: {sql[:80]}")
            pretty = isinstance(tree, exp.Create)
            return tree.sql(target or None, identify=True, pretty=pretty, unsupported_level=ErrorLevel.RAISE)
    except (SqlglotError, RecursionError) as error:
        raise QueryError(f"{target or 'standard'} SQL cannot say this {source} statement: {error}") from None


def check_reads(sql: str, dialect: str) -> None:
    """Return only when `sql` is one statement of `dialect` that reads, to be run as written. Raises QueryError."""
    _check_reads(_one_tree(sql, dialect_named(dialect)))


def _check_native(sql: str) -> None:
    """Refuse what is known to write; what sqlglot cannot parse is left to DuckDB's own parser and gate."""
    try:
        trees = [tree for tree in _trees(sql, "duckdb") if tree is not None]
    except SqlglotError:
        return
    for tree in trees:
        _check_reads(tree)


def _one_tree(sql: str, source: str) -> exp.Expr:
    try:
        trees = [tree for tree in _trees(sql, source) if tree is not None]
    except ParseError as error:
        where = error.errors[0] if error.errors else {}
        place = f" (line {where['line']}, column {where['col']})" if where.get("line") else ""
        raise QueryError(f"this is not {source or 'standard'} SQL: {where.get('description', error)}{place}") from None
    except SqlglotError as error:
        raise QueryError(f"this is not {source or 'standard'} SQL: {error}") from None
    if len(trees) != 1:
        raise QueryError(f"write one statement, not {len(trees)}")
    return trees[0]


def _trees(sql: str, source: str) -> list[exp.Expr | None]:
    with quiet():
        try:
            return list(sqlglot.parse(sql, read=source))
        except RecursionError:
            raise QueryError("the statement is nested too deeply") from None


@contextmanager
def quiet() -> Iterator[None]:
    """Without sqlglot's warnings: what it cannot read is refused or reported by us, by name."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _check_reads(tree: exp.Expr) -> None:
    if isinstance(tree, exp.Command):
        raise QueryError(f"{str(tree.this).upper()} is not allowed here: a query only reads")
    bad = next(tree.find_all(*_WRITING), None)
    if bad is not None:
        raise QueryError(
            f"{bad.key.upper()} is not allowed here: a query only reads",
            hint="start with SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE or SHOW TABLES",
        )


def _written(tree: exp.Expr, source: str) -> str:
    if next(tree.find_all(exp.Command), None) is not None:
        raise QueryError(f"a part of this {source} statement cannot be read, so it cannot be translated to DuckDB")
    try:
        return tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        raise QueryError(f"unsupported: this {source} statement has no DuckDB form: {error}") from None
    except RecursionError:
        raise QueryError("the statement is nested too deeply") from None


def _means_the_same(sql: str, written: str) -> bool:
    """Whether only letter case and spaces differ: a function that both dialects read may exist in one of them only."""
    return _words(sql) == _words(written)


def _words(sql: str) -> list[tuple[sqlglot.TokenType, str]]:
    tokens = sqlglot.tokenize(sql, read="duckdb")
    cased = (sqlglot.TokenType.STRING, sqlglot.TokenType.IDENTIFIER)
    return [
        (token.token_type, token.text if token.token_type in cased else token.text.upper())
        for token in tokens
        if token.token_type is not sqlglot.TokenType.SEMICOLON
    ]
