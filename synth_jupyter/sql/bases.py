"""The rows that one row of a result was made from: select-project-join and GROUP BY, asked again with row numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..errors import QueryError
from .columns import Catalog, Unfollowable, resolve
from .dialects import quiet, quote

RESULT_ROW = "synth_result_row"
"""The table of one row that holds the result row, its columns called c0, c1, ..."""
ROW = "synth row"
SHOWN = 20
"""Base rows of a table that are named; all are counted."""


@dataclass(frozen=True)
class BaseQuery:
    """A DuckDB statement of one row: for each mention of a table in `tables`, how many rows, and the first of them."""

    sql: str
    tables: tuple[str, ...]


def base_query(sql: str, catalog: Catalog, width: int) -> BaseQuery:
    """How to find the rows behind a result row of `sql` (DuckDB), which stands in the table RESULT_ROW.

    Raises:
        QueryError: the statement is no select-project-join or GROUP BY over tables, so that it cannot be told.
    """
    try:
        found = resolve(sql, catalog)
        tree = found.tree
        if not isinstance(tree, exp.Select) or len(tree.selects) != width:
            raise Unfollowable("it is no plain SELECT")
        _check(tree)
        conditions = [_same(inner, place) for place, inner in _fixed(tree)]
        mentions = _mentions(tree)
        names = tuple(found.tables[table.name] for table in mentions)
        for number, table in enumerate(mentions):
            table.replace(_numbered(table, names[number], number))
        aliases = [table.alias for table in mentions]
        with quiet():
            return BaseQuery(_counting(tree, aliases, conditions), names)
    except (Unfollowable, SqlglotError, RecursionError) as why:
        raise QueryError(f"the rows behind one of its rows cannot be told: {why}") from None


def _check(tree: exp.Select) -> None:
    for kind, what in ((exp.Window, "window functions"), (exp.Subquery, "subqueries"), (exp.With, "WITH"),
                       (exp.Qualify, "QUALIFY"), (exp.Unnest, "UNNEST"), (exp.Lateral, "LATERAL")):  # fmt: skip
        if tree.find(kind) is not None:
            raise Unfollowable(f"it has {what}")
    if tree.args.get("from_") is None:
        raise Unfollowable("it reads no table")


def _fixed(tree: exp.Select) -> list[tuple[int, exp.Expr]]:
    """(place, expression) of the columns that tell which rows belong to a result row: the group's keys, or all."""
    inner = [column.unalias() for column in tree.selects]
    plain = [(place, each) for place, each in enumerate(inner) if each.find(exp.AggFunc) is None]
    group = tree.args.get("group")
    if group is not None and any(group.args.get(name) for name in ("grouping_sets", "cube", "rollup")):
        raise Unfollowable("it has several grouping sets")
    if group is not None and not group.args.get("all"):
        shown = {each.sql() for _, each in plain}
        hidden = [key for key in group.expressions if key.unalias().sql() not in shown]
        if hidden:
            raise Unfollowable(f"it does not select {hidden[0].sql('duckdb')}, by which it groups")
    return plain


def _mentions(tree: exp.Select) -> Sequence[exp.Table]:
    return [table for table in tree.find_all(exp.Table) if table.name]


def _same(inner: exp.Expr, place: int) -> exp.Expr:
    value = exp.select(exp.column(f"c{place}", quoted=True)).from_(exp.to_table(RESULT_ROW)).subquery()
    return exp.NullSafeEQ(this=exp.paren(inner.copy()), expression=value)


def _numbered(table: exp.Table, name: str, number: int) -> exp.Subquery:
    inner = f"(SELECT *, row_number() OVER () - 1 AS {quote(f'{ROW} {number}')} FROM temp.{quote(name)})"
    parsed: exp.Expr = exp.maybe_parse(inner, dialect="duckdb")
    assert isinstance(parsed, exp.Subquery)
    parsed.set("alias", table.args["alias"].copy())
    return parsed


def _counting(tree: exp.Select, aliases: Sequence[str], conditions: Sequence[exp.Expr]) -> str:
    numbers = [exp.column(f"{ROW} {number}", table=alias, quoted=True) for number, alias in enumerate(aliases)]
    base = tree.copy()
    for part in ("group", "having", "order", "limit", "offset", "distinct"):
        base.set(part, None)
    base.set("expressions", [exp.alias_(each, f"r{place}") for place, each in enumerate(numbers)])
    if conditions:
        base = base.where(*conditions)
    wanted = ", ".join(
        f"count(DISTINCT r{place}), list_sort(list(DISTINCT r{place}) FILTER (r{place} IS NOT NULL))[1:{SHOWN}]"
        for place in range(len(aliases))
    )
    return f"SELECT {wanted} FROM (\n{base.sql('duckdb')}\n)"
