"""SQL expressions of a script in the words that documents use: parsed in their dialect, simplified, written again."""

import re
from collections.abc import Collection
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from ...errors import QueryError
from ...sql import parse_expression
from ...sql.dialects import quiet
from .cursor import Unreadable, brief

LONGEST = 4_000
"""Characters of one expression."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXT_TYPES = (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR, exp.DataType.Type.NVARCHAR,
               exp.DataType.Type.BPCHAR, exp.DataType.Type.NCHAR)  # fmt: skip


def parsed(source: str, dialect: str, texts: Collection[str] = ()) -> exp.Expr:
    """The tree of one expression; Unreadable when it is none. `texts` are the columns of text, in lower case."""
    if len(source) > LONGEST:
        raise Unreadable(f"an expression has at most {LONGEST} characters")
    try:
        with quiet():
            tree = sqlglot.parse_one(source, read=dialect or None)
            simple = _simple(tree)
            return _without_brackets(_joined(simple, texts) if dialect == "tsql" else simple)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Unreadable(f"{brief(source)} is no expression that can be read") from error


def written(tree: exp.Expr) -> str:
    """The expression as documents write it; Unreadable when it has no such form, or is not allowed in a document."""
    try:
        sql = tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
        parse_expression(sql)
    except (QueryError, SqlglotError, RecursionError, ValueError) as error:
        message = error.message if isinstance(error, QueryError) else str(error)
        raise Unreadable(brief(message, 160)) from error
    return sql


def without_cast(tree: exp.Expr) -> exp.Expr:
    """What a cast around all of it casts: the column whose values it makes has that type already."""
    return tree.this if type(tree) is exp.Cast else tree


def columns_of(tree: exp.Expr) -> tuple[str, ...]:
    """The names of the columns in it, each once."""
    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))


def type_of(tree: exp.Expr, types: dict[str, str]) -> str:
    """The type of an expression over columns of these types (in sqlglot's words), in ours; text when it is not told."""
    places = {name.casefold(): f"c{at}" for at, name in enumerate(types)}

    def placed(node: exp.Expr) -> exp.Expr:
        return exp.column(places.get(node.name.casefold(), "x"), "t") if isinstance(node, exp.Column) else node

    schema: dict[str, object] = {"t": dict(zip(places.values(), types.values(), strict=True))}
    try:
        typed = annotate_types(exp.select(tree.transform(placed).as_("y")).from_("t"), schema=schema).selects[0].type
    except (SqlglotError, ValueError, RecursionError):
        return "text"
    return _ours(typed) if isinstance(typed, exp.DataType) else "text"


def _ours(kind: exp.DataType) -> str:
    """The type with its length, or its precision and scale, where it has them."""
    numbers = [part.name for part in kind.expressions if part.name.isdecimal()]
    if kind.this in _TEXT_TYPES:
        return f"varchar({numbers[0]})" if numbers and int(numbers[0][:9]) > 0 else "text"
    if kind.this == exp.DataType.Type.DECIMAL and numbers:
        return f"decimal({','.join([*numbers, '0'][:2])})"
    return _TYPES.get(str(kind.this.value), "text")


_TYPES = {
    "TINYINT": "smallint", "SMALLINT": "smallint", "INT": "int", "BIGINT": "bigint", "DECIMAL": "decimal(18,4)",
    "FLOAT": "double", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp",
    "DATETIME": "timestamp",
}  # fmt: skip


def _simple(tree: exp.Expr) -> exp.Expr:
    """Without what dumps add and means nothing: casts of text, quotes, `= ANY (ARRAY[..])`."""
    for text in [*tree.find_all(exp.National)]:
        text.replace(exp.Literal.string(text.name))
    tree = tree.transform(_as_cast, copy=False)
    tree = tree.transform(_without_text_casts, copy=False)
    tree = tree.transform(_in_list, copy=False)
    for column in tree.find_all(exp.Column):
        for name in column.parts:
            if isinstance(name, exp.Identifier):
                name.set("quoted", not _plain(name.name))
    for length in tree.find_all(exp.Length):
        length.set("binary", None)  # of characters: the columns that are asked hold text
    return tree


@cache
def _plain(name: str) -> bool:
    """Whether a name means itself without quotes."""
    if not _WORD.fullmatch(name):
        return False
    try:
        with quiet():
            return isinstance(sqlglot.parse_one(f"{name} > 0", read="duckdb").this, exp.Column)
    except SqlglotError:
        return False


def _as_cast(node: exp.Expr) -> exp.Expr:
    """T-SQL's CONVERT without a style, which is a CAST."""
    plain = isinstance(node, exp.Convert) and not node.args.get("style") and not node.args.get("safe")
    return exp.cast(node.expression, node.this) if plain else node


def _without_text_casts(node: exp.Expr) -> exp.Expr:
    if type(node) is exp.Cast and node.to.this in _TEXT_TYPES and not node.to.expressions:
        inner = _bare(node.this)
        if isinstance(inner, exp.Column) or (isinstance(inner, exp.Literal) and inner.is_string):
            return inner
    return node


def _in_list(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.EQ) or not isinstance(node.expression, exp.Any):
        return node
    listed = _bare(node.expression.this)
    if isinstance(listed, exp.Cast):
        listed = _bare(listed.this)
    return exp.In(this=node.this, expressions=listed.expressions) if isinstance(listed, exp.Array) else node


def _without_brackets(tree: exp.Expr) -> exp.Expr:
    """Without brackets around one thing or around everything, or in a chain of || where they change nothing."""
    for node in reversed([*tree.find_all(exp.Paren)]):
        inner, outer = _bare(node), node.parent
        chained = isinstance(inner, exp.DPipe) and isinstance(outer, exp.DPipe) and outer.this is node
        if outer is None:
            return inner
        alone = isinstance(inner, (exp.Column, exp.Literal, exp.Func)) and not isinstance(inner, exp.Binary)
        if alone or chained:
            node.replace(inner)
    return tree


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _joined(tree: exp.Expr, texts: Collection[str]) -> exp.Expr:
    """T-SQL's + between texts, of which the innermost come first, as ||."""
    for node in reversed([*tree.find_all(exp.Add)]):
        sides = (_bare(node.this), _bare(node.expression))
        if any(_is_text(side, texts) for side in sides):
            joined = exp.DPipe(this=node.this, expression=node.expression)
            tree = joined if node is tree else tree
            node.replace(joined)
    return tree


def _is_text(node: exp.Expr, texts: Collection[str]) -> bool:
    literal = isinstance(node, exp.Literal) and node.is_string
    return literal or isinstance(node, exp.DPipe) or (isinstance(node, exp.Column) and node.name.casefold() in texts)
