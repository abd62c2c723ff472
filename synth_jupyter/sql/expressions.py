"""Scalar SQL expressions of documents: checked against an allow-list, their columns named, rendered for DuckDB."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, UnsupportedError

from ..errors import NotFoundError, QueryError

LONGEST = 2_000
"""Characters of one expression."""
DEEPEST = 30
"""Levels of one expression; a chain of one operator counts as a single level."""
WIDEST_PAD = 10_000
"""Characters to which LPAD and RPAD may fill."""

# Node types that are exact: integer, decimal, text, date and IEEE +, -, *, /, sqrt alone.
_EXACT = (
    exp.Abs, exp.Add, exp.And, exp.Ascii, exp.Between, exp.Boolean, exp.Case, exp.Cast, exp.Ceil, exp.Chr,
    exp.Coalesce, exp.Column, exp.Concat, exp.ConcatWs, exp.DataType, exp.DataTypeParam, exp.DateDiff,
    exp.DateFromParts, exp.DateTrunc, exp.Day, exp.DayOfWeek, exp.DayOfYear, exp.Div, exp.DPipe, exp.EQ, exp.Extract,
    exp.Floor, exp.Greatest, exp.GT, exp.GTE, exp.Identifier, exp.If, exp.ILike, exp.In, exp.IntDiv, exp.Interval,
    exp.Is, exp.LastDay, exp.Least, exp.Left, exp.Length, exp.Like, exp.Literal, exp.Lower, exp.LT, exp.LTE, exp.MD5,
    exp.Mod, exp.Month, exp.Mul, exp.Neg, exp.NEQ, exp.Not, exp.Null, exp.Nullif, exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Or, exp.Pad, exp.Paren, exp.Quarter, exp.RegexpLike, exp.Replace, exp.Reverse, exp.Right, exp.Round, exp.SHA2,
    exp.Sign, exp.Sqrt, exp.StartsWith, exp.StrPosition, exp.Sub, exp.Substring, exp.TimestampTrunc, exp.TimeToStr,
    exp.Trim, exp.Trunc, exp.TryCast, exp.Upper, exp.Var, exp.Week, exp.Year,
)  # fmt: skip
# Node types whose last bit depends on the processor or the C library.
_INEXACT = (
    exp.Acos, exp.Asin, exp.Atan, exp.Atan2, exp.Cos, exp.Exp, exp.Ln, exp.Log, exp.Pow, exp.Sin, exp.Tan,
)  # fmt: skip
_ALLOWED = frozenset(_EXACT + _INEXACT)
_NAMED = frozenset(
    ("date_part", "datepart", "strlen", "regexp_matches", "ends_with", "suffix", "prefix", "contains", "date_add",
     "epoch_ms", "epoch_us", "dayname", "monthname", "weekday", "isodow", "yearweek", "hour", "minute", "second")
)  # fmt: skip
_TYPE_KINDS = frozenset(
    kind for kind in exp.DataType.Type
    if kind.value in (
        "TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "DECIMAL", "FLOAT", "DOUBLE", "BOOLEAN", "CHAR", "VARCHAR",
        "TEXT", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ",
        "INTERVAL",
    )
)  # fmt: skip
_PORTABLE = (
    exp.Add, exp.And, exp.Between, exp.Boolean, exp.Coalesce, exp.Column, exp.EQ, exp.GT, exp.GTE, exp.Identifier,
    exp.In, exp.Is, exp.Literal, exp.LT, exp.LTE, exp.Mul, exp.Neg, exp.NEQ, exp.Not, exp.Null, exp.Or, exp.Paren,
    exp.Sub,
)  # fmt: skip
_ARITHMETIC = (exp.Add, exp.Mul, exp.Neg, exp.Sub)
_CHAINS = (exp.Add, exp.Mul, exp.DPipe, exp.And, exp.Or)


@dataclass(frozen=True)
class ParsedExpression:
    """One scalar expression: `columns` are dotted paths as written (`product_id.price`), each once, in order.

    `exact` is false when a float special function may make its last bit differ between machines. Nobody changes `root`:
    who asks for the same text again gets the same tree.
    """

    sql: str
    columns: tuple[str, ...]
    exact: bool
    root: exp.Expr

    @property
    def portable(self) -> bool:
        """Whether it is comparisons, logic, arithmetic, IN, BETWEEN and IS NULL alone, the same in every engine."""
        return all(isinstance(node, _PORTABLE) for node in self.root.walk())

    def render(self, names: Mapping[str, str], dialect: str = "duckdb", wider: Mapping[str, str] | None = None) -> str:
        """SQL of `dialect` in which each column of `columns` is the quoted name that `names` gives it.

        `wider` gives columns the type in which they are reckoned with, so that + - * cannot overflow their own.

        Raises:
            NotFoundError: `names` lacks one of the columns.
            QueryError: the dialect cannot express it.
        """
        missing = next((path for path in self.columns if path not in names), None)
        if missing is not None:
            raise NotFoundError.of("column", missing, names)

        def renamed(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            named = exp.column(names[column_path(node)], quoted=True)
            type = (wider or {}).get(column_path(node)) if _is_reckoned_with(node) else None
            return exp.cast(named, type, dialect="duckdb") if type else named

        try:
            return self.root.transform(renamed).sql(dialect, unsupported_level=ErrorLevel.RAISE, comments=False)
        except UnsupportedError as error:
            raise QueryError(f"{dialect} cannot express {_short(self.sql)}: {error}") from None


@lru_cache(maxsize=1_000)
def parse_expression(sql: str) -> ParsedExpression:
    """The one scalar expression that `sql` (DuckDB's syntax) holds, without having run anything.

    Raises:
        QueryError: it is not one scalar expression of allowed operators and functions; the message names the offending
            part and its position, counted from 1.
    """
    root = _parsed(sql)
    for node, depth in _walk(root):
        if depth > DEEPEST:
            raise QueryError(f"the expression {_short(sql)} is nested deeper than {DEEPEST} levels")
        _check(node, sql)
    columns = dict.fromkeys(column_path(node) for node in root.find_all(exp.Column, bfs=False))
    exact = not any(isinstance(node, _INEXACT) for node in root.walk())
    return ParsedExpression(sql, tuple(columns), exact, root)


def _parsed(sql: str) -> exp.Expr:
    if len(sql) > LONGEST:
        raise QueryError(f"an expression has at most {LONGEST} characters, this one has {len(sql)}")
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except ParseError as error:
        where = error.errors[0] if error.errors else {}
        what = _plainly(str(where.get("description") or "it cannot be read").rstrip("."))
        raise QueryError(f"the expression {_short(sql)} is wrong at position {where.get('col') or 1}: {what}") from None
    except (SqlglotError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise QueryError(f"the expression {_short(sql)} cannot be read: {reason}") from None
    if len(trees) != 1 or trees[0] is None:
        raise QueryError(f"{_short(sql)} is not one expression")
    return trees[0]


def _plainly(description: str) -> str:
    """A parser's words without the names of its classes."""
    if description.startswith("Required keyword"):
        return "something is missing here"
    return re.sub(r"\s*<class '[^']*'>", "", description).replace("Token", "").strip() or "it cannot be read"


def _is_reckoned_with(node: exp.Expr) -> bool:
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    return isinstance(above, _ARITHMETIC)


def _walk(root: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        for child in node.iter_expressions():
            chained = isinstance(node, _CHAINS) and type(child) is type(node)
            waiting.append((child, depth if chained else depth + 1))


def _check(node: exp.Expr, sql: str) -> None:
    if isinstance(node, exp.Anonymous) and node.name.lower() in _NAMED:
        return
    if type(node) not in _ALLOWED or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
        hint = "an expression uses the columns of its row, operators and scalar functions such as round or coalesce"
        raise QueryError(f"{_what(node)} is not allowed in the expression {_short(sql)}{_at(node)}", hint=hint)
    if isinstance(node, exp.DataType) and (node.this not in _TYPE_KINDS or node.args.get("nested")):
        raise QueryError(f"the type {node.sql('duckdb')} is not allowed in the expression {_short(sql)}")
    if isinstance(node, exp.Pad):
        _check_pad(node, sql)


def _check_pad(node: exp.Pad, sql: str) -> None:
    width = node.expression
    if not (isinstance(width, exp.Literal) and width.name.isdecimal() and int(width.name) <= WIDEST_PAD):
        raise QueryError(
            f"{_what(node)} in the expression {_short(sql)}{_at(node)} needs a whole number of at most {WIDEST_PAD}"
        )


def _what(node: exp.Expr) -> str:
    if isinstance(node, (exp.Subquery, exp.Select, exp.Exists, exp.SetOperation)):
        return "a subquery"
    if isinstance(node, (exp.Star, exp.Column)):
        return "a star"
    if isinstance(node, (exp.Placeholder, exp.Parameter)):
        return "a parameter"
    if isinstance(node, exp.Alias):
        return f"the name {node.alias!r} after an expression"
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name}"
    name = node.sql_name().lower() if isinstance(node, exp.Func) else node.key
    if isinstance(node, exp.AggFunc):
        return f"the aggregate {name}"
    return f"the function {name}" if isinstance(node, exp.Func) else name


def _at(node: exp.Expr) -> str:
    places = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    return f" at position {min(places) + 1}" if places else ""


def column_path(node: exp.Expr) -> str:
    """A column as it is written, parts joined by dots."""
    return ".".join(part.name for part in node.parts) if isinstance(node, exp.Column) else node.name


def _short(sql: str) -> str:
    return repr(sql if len(sql) <= 60 else sql[:57] + "...")
