"""Dialects by name, quoting of names and literals, and statements respelled from one dialect to another."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError

from ..errors import QueryError, did_you_mean

_SYNONYMS = {"postgresql": "postgres", "sqlserver": "tsql", "mssql": "tsql", "ansi": "", "mariadb": "mysql"}


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


@contextmanager
def quiet() -> Iterator[None]:
    """Without sqlglot's warnings: what it cannot read is refused or reported by us, by name."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
