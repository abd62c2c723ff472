"""`CREATE TABLE|VIEW name AS query`: the name and the query, taken from the text as it was written."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from ..errors import QueryError
from .dialects import dialect_named, quiet, quote


@dataclass(frozen=True)
class Creation:
    """A table to be made: its name, the query in the dialect it was written in, and whether it may replace one."""

    name: str
    query: str
    replace: bool = False


def is_creation(sql: str) -> bool:
    """Whether the statement's first word is CREATE."""
    try:
        with quiet():
            return next((token.token_type for token in sqlglot.tokenize(sql)), None) is TokenType.CREATE
    except SqlglotError:
        return False


def creation(sql: str, dialect: str | None = None) -> Creation:
    """What `CREATE [OR REPLACE] [TEMP] TABLE|VIEW name [(columns)] AS query` makes.

    Raises:
        QueryError: it is another statement, or its name has more parts than a table of a run has.
    """
    source = dialect_named(dialect)
    try:
        with quiet():
            trees = [tree for tree in sqlglot.parse(sql, read=source) if tree is not None]
            tokens = sqlglot.tokenize(sql, read=source)
    except (SqlglotError, RecursionError) as error:
        raise QueryError(f"this CREATE cannot be read: {str(error).partition(chr(10))[0]}") from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Create) or tree.args.get("kind") not in ("TABLE", "VIEW") or tree.expression is None:
        raise QueryError(
            "only CREATE TABLE name AS and CREATE VIEW name AS make a table of a run",
            hint="write CREATE TABLE daily_sales AS SELECT ...",
        )
    named = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if named.db:
        raise QueryError(f"{named.sql('duckdb')} has a schema; a table of a run has none", hint=f"call it {named.name}")
    columns = [part.name for part in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    query = _behind_as(sql, tokens)
    if columns:
        names = ", ".join(quote(name, source) for name in columns)
        query = f"SELECT * FROM (\n{query}\n) AS {quote('t', source)} ({names})"
    return Creation(named.name, query, bool(tree.args.get("replace")))


def _behind_as(sql: str, tokens: Sequence[Token]) -> str:
    depth = 0
    for token in tokens:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if token.token_type is TokenType.ALIAS and depth == 0:
            return sql[token.end + 1 :].strip().rstrip(";").rstrip()
    raise QueryError("this CREATE has no AS query")


_CHANGING = frozenset(
    ("random", "rand", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "now", "today", "current_date",
     "current_time", "current_timestamp", "localtime", "localtimestamp", "get_current_time", "get_current_timestamp",
     "transaction_timestamp", "txid_current", "current_connection_id", "current_query_id", "current_transaction_id")
)  # fmt: skip
_BARE = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"))


def changing_functions(sql: str) -> tuple[str, ...]:
    """The functions in a DuckDB statement that give another value each time, such as random() or now(), sorted."""
    try:
        with quiet():
            tokens = sqlglot.tokenize(sql, read="duckdb")
    except SqlglotError:
        return ()
    found = set()
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.text.casefold()
        called = following is not None and following.token_type is TokenType.L_PAREN
        quoted = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
        if word in _CHANGING and not quoted and (called or word in _BARE):
            found.add(word)
    return tuple(sorted(found))
