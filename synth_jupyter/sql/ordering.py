"""The order of a result, which does not change how many rows it has."""

import sqlglot
from sqlglot import TokenType
from sqlglot.errors import SqlglotError

from .dialects import quiet

_OPENING = frozenset((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE))
_CLOSING = frozenset((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE))
_BEHIND = frozenset((TokenType.LIMIT, TokenType.OFFSET, TokenType.FETCH, TokenType.USING, TokenType.TABLE_SAMPLE,
                     TokenType.PARAMETER, TokenType.PLACEHOLDER))  # fmt: skip
"""What takes some of the rows behind an order, and parameters, of which each that is given must also be named."""


def unordered(sql: str) -> str:
    """A DuckDB statement without the ORDER BY that ends it, for counting: an engine sorts even what nobody reads.

    It is the same text where no such clause ends it, and where a parameter, or what takes some of the rows, follows.
    """
    try:
        with quiet():
            tokens = sqlglot.tokenize(sql, read="duckdb")
    except SqlglotError:
        return sql
    depth, start = 0, None
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth == 0 and token.token_type is TokenType.ORDER_BY:
            start = token.start
        elif start is not None and token.token_type in _BEHIND:
            return sql
    return sql if start is None else sql[:start].rstrip()
