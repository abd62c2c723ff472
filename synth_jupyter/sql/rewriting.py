"""Where DuckDB's word means something else: trees of other dialects made to mean here what they mean there."""

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from .dialects import quiet
from .statements import Functions

Types = Mapping[str, Mapping[str, str]]

_POSTGRES = ("postgres", "redshift")
_TYPED_DIVISION = ("postgres", "redshift", "sqlite", "tsql")
"""Where an integer divided by an integer is an integer."""
_NULL_DIVISION = ("mysql", "sqlite")
"""Where a division by zero is NULL; it fails elsewhere."""
_UNCASED_LIKE = ("sqlite", "mysql", "tsql")
_UNCASED_TEXT = ("mysql", "tsql")


def _as_written(name: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    return lambda args: exp.Anonymous(this=name, expressions=args)


_OWN = {
    "postgres": ("to_char", "to_number", "initcap"),
    "redshift": (
        "to_char",
        "to_number",
        "initcap",
        "months_between",
        "add_months",
        "next_day",
        "isnull",
        "trunc",
        "ratio_to_report",
    ),
    "oracle": ("to_char", "to_number", "initcap", "months_between", "add_months", "next_day"),
    "snowflake": ("to_char", "to_varchar", "initcap", "months_between", "add_months", "next_day", "ratio_to_report"),
    "bigquery": ("initcap",),
    "mysql": ("date_format",),
}
"""Functions that our macros say better than sqlglot's translation: a format is read part by part when it runs."""


def kept(source: str) -> Functions:
    """The functions that the parser leaves as written, for our macros."""
    return {name.upper(): _as_written(_RENAMED.get((source, name), name)) for name in _OWN.get(source, ())}


_RENAMED = {
    ("snowflake", "to_varchar"): "snowflake_to_char", ("snowflake", "to_char"): "snowflake_to_char",
    ("redshift", "trunc"): "redshift_trunc", ("mysql", "date_format"): "mysql_date_format",
}  # fmt: skip


def rewritten(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """The tree, changed in place where DuckDB would read it differently."""
    for step in (_without_dual, _shares, _divisions, _weekdays, _texts, _dates, _functions):
        tree = step(tree, source, types)
    return tree


def _without_dual(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """DUAL is a table of one row; DuckDB has a SELECT without FROM for it."""
    for select in tree.find_all(exp.Select) if source in ("oracle", "mysql") else ():
        source_table = select.args.get("from_")
        if isinstance(source_table, exp.From) and source_table.name.lower() == "dual" and not select.args.get("joins"):
            select.set("from_", None)
    return tree


def _shares(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """RATIO_TO_REPORT(x) OVER w is x / sum(x) OVER w."""

    def share(node: exp.Expr) -> exp.Expr:
        inner = node.this if isinstance(node, exp.Window) else None
        if not isinstance(inner, exp.Anonymous) or inner.name.lower() != "ratio_to_report":
            return node
        total = node.copy()
        total.set("this", exp.Sum(this=inner.expressions[0].copy()))
        return exp.Anonymous(this="share_of", expressions=[inner.expressions[0].copy(), total])

    return tree.transform(share)


def _divisions(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """`/` that fails on zero, or cuts to an integer, where it does so there."""
    if source in ("duckdb", *_NULL_DIVISION) and source not in _TYPED_DIVISION:
        return tree
    whole = _whole_divisions(tree, source, types) if source in _TYPED_DIVISION else {}
    suffix = "_or_null" if source in _NULL_DIVISION else ""

    def divided(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Div):
            return node
        kind = {True: "whole_", False: "", None: "either_"}[whole.get(node.meta.get("division", -1), False)]
        operands = [_bare(node.this), _bare(node.expression)]
        return exp.Anonymous(this=f"{kind}quotient{suffix}", expressions=operands)

    return tree.transform(divided)


def _bare(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Paren) else node


def _whole_divisions(tree: exp.Expr, source: str, types: Types) -> dict[int, bool | None]:
    """By the number given to each division: whether both sides are integers; None when a type is not known."""
    found = list(tree.find_all(exp.Div))
    if not found:
        return {}
    for number, node in enumerate(found):
        node.meta["division"] = number
    typed = _typed(tree, source, types)
    kinds: dict[int, bool | None] = {}
    for node in (typed or tree).find_all(exp.Div):
        sides = [_is_whole(node.this), _is_whole(node.expression)]
        kinds[node.meta["division"]] = False if False in sides else None if None in sides else True
    return kinds


def _typed(tree: exp.Expr, source: str, types: Types) -> exp.Expr | None:
    """A copy with the type of every expression, as far as the columns' types tell; None when it cannot be told."""
    schema: dict[str, object] = {
        table: dict(columns) for table, columns in types.items() if columns and "." not in table
    }
    try:
        with quiet():
            copy = qualify(
                tree.copy(), schema=schema, dialect=source, validate_qualify_columns=False, quote_identifiers=False,
                identify=False,
            )  # fmt: skip
            return annotate_types(copy, schema=schema, dialect=source)
    except (SqlglotError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_whole(node: exp.Expr) -> bool | None:
    kind = node.type
    if kind is None or kind.this in (exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL):
        return None
    return bool(kind.this in exp.DataType.INTEGER_TYPES)


def _weekdays(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """Sunday is 1 in BigQuery, MySQL and T-SQL, and 0 in DuckDB, Snowflake and Redshift."""
    if source not in ("bigquery", "mysql", "tsql"):
        return tree

    def weekday(node: exp.Expr) -> exp.Expr:
        extract = isinstance(node, exp.Extract) and node.name.upper() in ("DAYOFWEEK", "WEEKDAY", "DW")
        if (extract or isinstance(node, exp.DayOfWeek)) and not isinstance(node.parent, exp.Paren | exp.Add):
            value = node.expression if extract else node.this
            return exp.Anonymous(this="weekday_from_one", expressions=[value])
        return node

    return tree.transform(weekday)


def _texts(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """LIKE without regard to letter case where it is so; JSON paths cast to text without their quotes."""

    def text(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Like) and source in _UNCASED_LIKE:
            return exp.ILike(this=node.this, expression=node.expression)
        is_text = isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES
        if is_text and isinstance(node.this, exp.JSONExtract):
            path = node.this
            return exp.JSONExtractScalar(this=path.this, expression=path.expression)
        return node

    return tree.transform(text)


def _dates(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """A date moved by days or more, or cut to a month, stays a date; DuckDB makes a timestamp of it."""
    kinds = _DATE_KEEPING.get(source, ())

    def dated(node: exp.Expr) -> exp.Expr:
        unit = str(getattr(node.args.get("unit"), "name", "")).upper()
        if not isinstance(node, kinds) or unit not in _LONG_UNITS or "like_kind" in node.meta:
            return node
        node.meta["like_kind"] = True
        return exp.Anonymous(this="like_kind", expressions=[node.this.copy(), node])

    return tree.transform(dated)


_LONG_UNITS = frozenset(("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "ISOWEEK", "ISOYEAR", "WEEKISO"))
_DATE_KEEPING: dict[str, tuple[type[exp.Expr], ...]] = {
    "snowflake": (exp.DateAdd, exp.DateSub, exp.DateTrunc, exp.TimestampTrunc),
    "bigquery": (exp.DateAdd, exp.DateSub, exp.DateTrunc),
}


def _functions(tree: exp.Expr, source: str, types: Types) -> exp.Expr:
    """Tree nodes whose DuckDB spelling is missing: our macros have them."""

    def spelled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Initcap) and (node.expression is None or len(node.expression.name) > _SEPARATORS):
            return exp.Anonymous(this="initcap", expressions=[node.this])
        name = _MISSING.get(type(node))
        return exp.Anonymous(this=name, expressions=list(node.iter_expressions())) if name else node

    return tree.transform(spelled)


_MISSING: dict[type[exp.Expr], str] = {exp.FromBase: "from_base"}
_SEPARATORS = 10
"""Characters between words that only the dialect's own set, filled in by the parser, has more of."""
