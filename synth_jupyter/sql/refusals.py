"""Constructs that are refused by name and place, because their DuckDB form would mean something else or is missing."""

from collections.abc import Callable

from sqlglot import exp

from ..errors import QueryError, did_you_mean

_LISTED = "docs/reference/sql-dialects.md lists what each dialect may use"
_CONSTRUCTS: dict[type[exp.Expr], str] = {
    exp.Command: "this",
    exp.HistoricalData: "a table as it was at another time",
    exp.Version: "a table as it was at another time",
    exp.Connect: "CONNECT BY",
    exp.MatchRecognize: "MATCH_RECOGNIZE",
    exp.Parameter: "a session variable",
    exp.SessionParameter: "a session variable",
    exp.Explode: "FLATTEN",
    exp.Lateral: "LATERAL with a table function such as FLATTEN",
    exp.Collate: "COLLATE",
    exp.Hint: "a hint",
    exp.WithTableHint: "a table hint",
    exp.Generator: "TABLE(GENERATOR(...))",
    exp.TableFromRows: "TABLE(...) of a function",
    exp.NetFunc: "a function of another module",
    exp.Predict: "ML.PREDICT",
    exp.Dot: "a function of another module",
    exp.JSONTable: "JSON_TABLE",
    exp.XMLTable: "XMLTABLE",
}
"""What no dialect but DuckDB's own is given here, and how messages call it."""


def refuse(tree: exp.Expr, source: str, functions: frozenset[str]) -> None:
    """Return only when every construct and every function of the tree has a form here.

    `functions` are those that sqlglot does not know but DuckDB or our macros have with the same meaning.

    Raises:
        QueryError: the first construct in the text that has none, with its line and column.
    """
    for node in tree.walk(bfs=False):
        what = _refused(node, functions)
        if what is not None:
            raise QueryError(f"unsupported: {what} of {source or 'standard'} SQL{place_of(node)}", hint=_LISTED)


def _refused(node: exp.Expr, functions: frozenset[str]) -> str | None:
    if isinstance(node, exp.Anonymous):
        name = str(node.name).lower()
        near = did_you_mean(name, functions)
        return None if name in functions else f"the function {name.upper()}" + (near if "mean" in near else "")
    if isinstance(node, exp.Dot) and not isinstance(node.expression, exp.Anonymous | exp.Func):
        return None
    if isinstance(node, exp.TableFromRows) and isinstance(node.this, exp.Generator):
        return _CONSTRUCTS[exp.Generator]
    if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        return None
    for check in _SPECIAL:
        if (special := check(node)) is not None:
            return special
    return _CONSTRUCTS.get(type(node))


def _positional_column(node: exp.Expr) -> str | None:
    """`$1` is the first column of a staged file in Snowflake, and a parameter here."""
    if isinstance(node, exp.Column) and str(node.name).startswith("$"):
        return f"the column {node.name}"
    return None


def _date_format(node: exp.Expr) -> str | None:
    """Formats of dates with a part that our reading of the dialect does not know stay as letters."""
    form = node.args.get("format") if isinstance(node, exp.TimeToStr | exp.StrToTime | exp.StrToDate) else None
    if not (isinstance(form, exp.Literal) and form.is_string):
        return None
    rest, text = "", form.name
    at = 0
    while at < len(text):
        if text[at] == "%":
            at += 3 if text[at + 1 : at + 2] == "-" else 2
            continue
        rest += text[at]
        at += 1
    letters = "".join(one for one in rest if one.isalpha() and one not in "TZ")
    return f"the part {letters!r} of a date format" if letters else None


_SPECIAL: tuple[Callable[[exp.Expr], str | None], ...] = (_positional_column, _date_format)


def place_of(node: exp.Expr) -> str:
    """` (line 2, column 8)` of the construct: its own place, else that of its first word, else nothing."""
    for one in node.walk(bfs=False):
        if one.meta.get("line"):
            column = int(one.meta["col"]) - (int(one.meta["end"]) - int(one.meta["start"]))
            return f" (line {one.meta['line']}, column {max(column, 1)})"
    return ""
