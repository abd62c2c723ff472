"""Where each column of a query comes from: stars expanded from our catalog, then followed to the tables' columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from .dialects import quiet

_FOREIGN = (exp.Pivot, exp.TableFromRows)
"""Constructs that make columns out of data; which ones is known to the engine alone."""


@dataclass(frozen=True)
class Catalog:
    """The columns of each table, and every spelling of a table: (schema or "", name), both case-folded."""

    tables: Mapping[str, tuple[str, ...]]
    names: Mapping[tuple[str, str], str]

    def named(self, table: exp.Table) -> str | None:
        """The table that a query means; None when it is none of ours."""
        schema = table.db.casefold()
        return self.names.get(("" if schema in ("temp", "main") else schema, table.name.casefold()))


@dataclass(frozen=True)
class Origin:
    """A column that a value is made from; `how` is identity, expression or aggregate."""

    table: str
    column: str
    how: str


@dataclass(frozen=True)
class Followed:
    """For each column of the result, in order, what it is made from; `note` says why when that cannot be told."""

    columns: tuple[tuple[Origin, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Resolved:
    """A query whose every table has a short name of ours (`t0`, ...) and every column is qualified by its table."""

    tree: exp.Query
    catalog: Catalog
    tables: Mapping[str, str] = field(default_factory=dict)

    def origin(self, short: str, column: str, how: str) -> Origin | None:
        """The column as the catalog spells it."""
        table = self.tables.get(short)
        if table is None:
            return None
        names = {name.casefold(): name for name in self.catalog.tables[table]}
        return Origin(table, names.get(column.casefold(), column), how)


class Unfollowable(Exception):
    """Why a query's columns cannot be told from its text."""


def follow(sql: str, catalog: Catalog, width: int) -> Followed:
    """What each of the `width` columns of a reading DuckDB statement is made from; never raises."""
    try:
        found = resolve(sql, catalog)
        selects = found.tree.selects
        if len(selects) != width:
            raise Unfollowable(f"{len(selects)} of its {width} columns can be told from its text")
        return Followed(tuple(tuple(sorted(set(origins), key=_order)) for origins in _origins(found)))
    except Unfollowable as why:
        return Followed((), f"columns are not followed: {why}")
    except (SqlglotError, RecursionError, ValueError, KeyError, AttributeError) as error:
        # sqlglot's optimizer meets statements that only DuckDB's own parser knows; lineage is told as far as it goes.
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        return Followed((), f"columns are not followed: {reason}")


def tables_read(sql: str, catalog: Catalog) -> tuple[str, ...]:
    """The tables that a DuckDB statement reads, sorted; one too many where sqlglot cannot read it as a query."""
    try:
        with quiet():
            tree = sqlglot.parse_one(sql, read="duckdb")
            mentions = list(_tables(tree)) if isinstance(tree, exp.Query) else list(tree.find_all(exp.Table))
        return tuple(sorted({name for table in mentions if (name := catalog.named(table)) is not None}))
    except (SqlglotError, RecursionError):
        with quiet():
            words = {token.text.casefold() for token in sqlglot.tokenize(sql, read="duckdb")}
        return tuple(sorted({table for (_, name), table in catalog.names.items() if name in words}))


def resolve(sql: str, catalog: Catalog) -> Resolved:
    """The statement with its stars expanded and its names resolved.

    Raises:
        Unfollowable: it is no query, or reads what the catalog does not know.
        SqlglotError: it cannot be parsed or resolved.
    """
    with quiet():
        tree = sqlglot.parse_one(sql, read="duckdb")
        if not isinstance(tree, exp.Query):
            raise Unfollowable(f"{tree.key.upper()} is no query")
        foreign = tree.find(*_FOREIGN)
        if foreign is not None:
            raise Unfollowable(f"{foreign.key.upper()} makes columns out of data")
        for lateral in list(tree.find_all(exp.Lateral)):
            _as_subquery(lateral)
        shorts = {name: f"t{number}" for number, name in enumerate(catalog.tables)}
        for table in _tables(tree):
            _rename(table, catalog, shorts)
        columns: dict[str, object] = {
            shorts[name]: dict.fromkeys(found, "varchar") for name, found in catalog.tables.items()
        }
        schema = MappingSchema(columns, dialect="duckdb")
        whole = qualify(tree, schema=schema, dialect="duckdb", validate_qualify_columns=False)
    assert isinstance(whole, exp.Query)
    return Resolved(whole, catalog, {short: name for name, short in shorts.items()})


def _as_subquery(lateral: exp.Lateral) -> None:
    """What a lateral subquery selects comes from its own tables; only its conditions see the others."""
    if not isinstance(lateral.this, exp.Subquery):
        raise Unfollowable("it has LATERAL over a function")
    inner = lateral.this
    inner.set("alias", lateral.args.get("alias"))
    lateral.replace(inner)


def _tables(tree: exp.Query) -> Iterator[exp.Table]:
    """Every mention of a stored table, each once, but not those of a common table expression."""
    seen: set[int] = set()
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and id(source) not in seen:
                seen.add(id(source))
                yield source


def _rename(table: exp.Table, catalog: Catalog, shorts: Mapping[str, str]) -> None:
    if not isinstance(table.this, exp.Identifier):
        raise Unfollowable(f"it reads {table.sql('duckdb')[:60]}")
    named = catalog.named(table)
    if named is None:
        raise Unfollowable(f"{table.name!r} is no table of the run")
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    table.set("this", exp.to_identifier(shorts[named]))
    table.set("db", None)
    table.set("catalog", None)


def _origins(found: Resolved) -> Iterator[Sequence[Origin]]:
    tree = found.tree.copy()
    # Two columns may share a name; their places never do.
    for place, column in enumerate(tree.selects):
        named = column.unalias() if isinstance(column, exp.Alias) else column
        column.replace(exp.alias_(named.copy(), f"c{place}", quoted=True))
    with quiet():
        nodes = lineage(None, tree, schema={}, dialect="duckdb", copy=False, trim_selects=False)
    for place in range(len(tree.selects)):
        yield tuple(_leaves(nodes[f"c{place}"], "identity", found))


def _leaves(node: Node, how: str, found: Resolved, above: frozenset[int] = frozenset()) -> Iterator[Origin]:
    if isinstance(node.source, exp.Table) and not node.downstream:
        origin = found.origin(node.source.name, _column_of(node.name), how)
        if origin is not None:
            yield origin
        return
    if id(node) in above:
        return
    for below in node.downstream:
        yield from _leaves(below, _stronger(how, _how(node.expression)), found, above | {id(node)})


def _column_of(name: str) -> str:
    """The column of `"o"."order_id"`, whatever characters the names have."""
    return str(exp.maybe_parse(name, into=exp.Column, dialect="duckdb").name)


def _how(expression: exp.Expr) -> str:
    inner = expression.unalias()
    if isinstance(inner, (exp.Column, exp.Query, exp.Table, exp.Star)):
        return "identity"
    return "aggregate" if inner.find(exp.AggFunc, exp.Window) else "expression"


def _stronger(one: str, other: str) -> str:
    ranks = ("identity", "expression", "aggregate")
    return max(one, other, key=ranks.index)


def _order(origin: Origin) -> tuple[str, str, str]:
    return origin.table, origin.column, origin.how
