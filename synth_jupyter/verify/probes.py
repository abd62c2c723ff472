"""The SQL of each check, in the words of the engine that is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import QueryError
from ..schema.counts import childless_parents
from ..schema.model import Column, ForeignKey, Schema, Table
from ..sql import quote
from ..warehouses.constraints import check_sql
from .conditions import after_base, outside_choices, outside_range, too_long


class Engine(Protocol):
    """What the texts depend on."""

    @property
    def dialect(self) -> str: ...

    def table(self, name: str) -> str: ...


@dataclass(frozen=True)
class Probe:
    """A statement with one row for each violation: the key to show for it."""

    table: str
    kind: str
    columns: tuple[str, ...]
    sql: str
    detail: str = ""


@dataclass(frozen=True)
class RowRule:
    """A condition that is true for a row that violates; `source` is the FROM clause, `shown` the key to show."""

    kind: str
    columns: tuple[str, ...]
    condition: str
    source: str
    shown: str
    detail: str = ""

    @property
    def violating(self) -> str:
        return f"SELECT {self.shown} FROM {self.source} WHERE {self.condition}"


def rules_question(rules: Sequence[RowRule]) -> str:
    """One pass that counts the violations of rules of one source, a column for each."""
    counts = ", ".join(f"sum(CASE WHEN {rule.condition} THEN 1 ELSE 0 END) AS n{n}" for n, rule in enumerate(rules))
    return f"SELECT {counts} FROM {rules[0].source}"


def probes(table: Table, engine: Engine) -> Iterator[Probe]:
    """The checks between rows: keys and foreign keys."""
    if table.primary_key:
        yield _repeated(table, table.primary_key, "primary_key", engine)
    for key in table.unique:
        if key != table.primary_key:
            yield _repeated(table, key, "unique", engine)
    for link in table.foreign_keys:
        yield _orphans(table, link, engine)


def row_rules(table: Table, engine: Engine) -> tuple[list[RowRule], list[str]]:
    """The conditions on single rows, and the checks of the schema that the engine cannot express."""
    rules = [_not_null(table, column, engine) for column in table.columns if _is_required(column, table)]
    for column in table.columns:
        rules += [_row_rule(table, column, kind, sql, engine) for kind, sql in _column_conditions(column, engine)]
    foreign = []
    for sql in table.checks:
        try:
            rules.append(check_rule(table, sql, engine.table(table.name), engine.dialect))
        except QueryError:
            if engine.dialect == "duckdb":
                raise
            foreign.append(sql)
    return rules, foreign


def after_probes(table: Table, schema: Schema, engine: Engine) -> Iterator[Probe]:
    """Moments that must lie after another column's, of the same row or of a parent."""
    for column in table.columns:
        if column.rule.name != "after":
            continue
        base = after_base(column, table, schema)
        if base is not None:
            yield Probe(table.name, "range", (column.name,), base.violating(engine), "after " + base.path)


def check_rule(table: Table, sql: str, source: str, dialect: str) -> RowRule:
    """A CHECK of the schema as a rule. Raises QueryError where the dialect cannot express it."""
    condition = check_sql(sql, table, dialect)
    return RowRule("check", (), f"NOT ({condition})", source, shown(table), sql)


def shown(table: Table, alias: str = "") -> str:
    """The columns that tell a person which row is meant."""
    names = table.primary_key or tuple(column.name for column in table.columns[:1])
    return columns(names, alias)


def columns(names: Sequence[str], alias: str = "") -> str:
    """Quoted names, comma-separated, qualified by the alias."""
    return ", ".join((f"{alias}." if alias else "") + quote(name) for name in names)


def _is_required(column: Column, table: Table) -> bool:
    return not column.nullable or column.name in table.primary_key


def _not_null(table: Table, column: Column, engine: Engine) -> RowRule:
    condition = f"{quote(column.name)} IS NULL"
    return _row_rule(table, column, "not_null", condition, engine)


def _row_rule(table: Table, column: Column, kind: str, condition: str, engine: Engine) -> RowRule:
    return RowRule(kind, (column.name,), condition, engine.table(table.name), shown(table))


def _column_conditions(column: Column, engine: Engine) -> Iterator[tuple[str, str]]:
    for kind, condition in (
        ("range", outside_range(column, engine.dialect)),
        ("length", too_long(column, engine.dialect)),
        ("distribution", outside_choices(column, engine.dialect)),
    ):
        if condition:
            yield kind, condition


def _repeated(table: Table, key: tuple[str, ...], kind: str, engine: Engine) -> Probe:
    present = " AND ".join(f"{quote(name)} IS NOT NULL" for name in key)
    sql = (
        f"SELECT {columns(key)} FROM {engine.table(table.name)} WHERE {present} "
        f"GROUP BY {columns(key)} HAVING count(*) > 1"
    )
    return Probe(table.name, kind, key, sql)


def _orphans(table: Table, link: ForeignKey, engine: Engine) -> Probe:
    present = " AND ".join(f"c.{quote(name)} IS NOT NULL" for name in link.columns)
    pairs = zip(link.columns, link.references, strict=True)
    same = " AND ".join(f"p.{quote(theirs)} = c.{quote(ours)}" for ours, theirs in pairs)
    sql = (
        f"SELECT {shown(table, 'c')} FROM {engine.table(table.name)} AS c WHERE {present} "
        f"AND NOT EXISTS (SELECT 1 FROM {engine.table(link.table)} AS p WHERE {same})"
    )
    return Probe(table.name, "foreign_key", link.columns, sql)


def children_probes(table: Table, parent: Table, parents: int, engine: Engine) -> Iterator[Probe]:
    """Parents (`parents` in all) with too few or too many children, and the exact share of those without."""
    rows = table.rows
    link = next((key for key in table.foreign_keys if key.columns == rows.via), None)
    link = link or next(key for key in table.foreign_keys if key.table == parent.name)
    pairs = zip(link.columns, link.references, strict=True)
    same = " AND ".join(f"c.{quote(ours)} = p.{quote(theirs)}" for ours, theirs in pairs)
    counted = (
        f"(SELECT {columns(link.columns)}, count(*) AS synth_n FROM {engine.table(table.name)} "
        f"GROUP BY {columns(link.columns)})"
    )
    joined = f"{engine.table(parent.name)} AS p LEFT JOIN {counted} AS c ON {same}"
    few = f"coalesce(c.synth_n, 0) < {rows.min}" if rows.childless is None else f"c.synth_n < {max(rows.min, 1)}"
    sql = f"SELECT {shown(parent, 'p')} FROM {joined} WHERE {few} OR coalesce(c.synth_n, 0) > {rows.max}"
    yield Probe(table.name, "children", link.columns, sql, f"{rows.min} to {rows.max} per row of {parent.name}")
    if rows.childless is not None:
        none = f"SELECT count(*) AS found FROM {joined} WHERE c.synth_n IS NULL"
        wrong = f"SELECT found FROM ({none}) AS childless WHERE found <> {childless_parents(rows, parents)}"
        yield Probe(table.name, "children", link.columns, wrong, f"a share of {rows.childless} without any")
