"""The graphs of an experiment: its tables, its columns, and its history of runs, each built from values alone."""

from collections.abc import Iterator, Mapping

from ..errors import CommandError, did_you_mean
from ..generators.templates import Template
from ..schema.model import Column, ForeignKey, Rows, Schema, Table
from ..sql import parse_expression
from .history import ExperimentHistory, StoredTable, run_graph, stored_tables
from .model import Edge, Graph, Node, column_id, counted

__all__ = [
    "LEVELS",
    "Edge",
    "ExperimentHistory",
    "Graph",
    "Node",
    "StoredTable",
    "build",
    "column_graph",
    "column_id",
    "run_graph",
    "stored_tables",
    "table_graph",
]

LEVELS = ("table", "column", "run")


def build(
    schema: Schema,
    level: str = "table",
    *,
    rows: Mapping[str, int] | None = None,
    history: ExperimentHistory | None = None,
) -> Graph:
    """The graph of `level`; `rows` are the tables' row counts of a run, when there is one.

    Raises:
        CommandError: there is no such level.
    """
    if level == "table":
        return table_graph(schema, rows)
    if level == "column":
        return column_graph(schema)
    if level == "run":
        return run_graph(history or ExperimentHistory(schema.name))
    raise CommandError(f"there is no lineage level {level!r}{did_you_mean(level, LEVELS)}")


def table_graph(schema: Schema, rows: Mapping[str, int] | None = None) -> Graph:
    """Tables with their keys and row counts; an edge from each parent to each child, for each foreign key."""
    counts = {table.name: table.rows.count for table in schema.tables if table.rows.count is not None}
    counts |= dict(rows or {})
    nodes = tuple(_table_node(table, counts.get(table.name)) for table in schema.tables)
    edges = tuple(_key_edge(table, key, counts) for table in schema.tables for key in table.foreign_keys)
    return Graph("table", nodes, edges, schema.name)


def _table_node(table: Table, count: int | None) -> Node:
    size = counted(count, "row") if count is not None else _per(table.rows)
    lines = (size, *(f"{'PK' if key == table.primary_key else 'UQ'} {_short_list(key)}" for key in table.keys))
    details = {
        "rows": count, "primary_key": list(table.primary_key), "unique": [list(key) for key in table.unique],
        "columns": [column.name for column in table.columns],
    }  # fmt: skip
    return Node(table.name, "table", table.name, lines, table.name.rpartition(".")[0], details)


def _key_edge(table: Table, key: ForeignKey, counts: Mapping[str, int]) -> Edge:
    nullable = any(table.column(name).nullable for name in key.columns)
    cardinality = _cardinality(table, key, counts)
    notes = (_short_list(key.columns), cardinality, f"{key.nulls * 100:.4g} % NULL" if nullable and key.nulls else "")
    details = {
        "table": table.name, "columns": list(key.columns),
        "references": {"table": key.table, "columns": list(key.references)},
        "nullable": nullable, "nulls": key.nulls, "cardinality": cardinality, "rule": str(key.rule),
    }  # fmt: skip
    label = "; ".join(note for note in notes if note)
    return Edge(key.table, table.name, "foreign_key", label, nullable, _fewest(table, key), details)


def _is_owner(table: Table, key: ForeignKey) -> bool:
    """Whether the table's rows are counted per parent row through this key."""
    rows = table.rows
    return rows.per == key.table and (not rows.via or rows.via == key.columns)


def _fewest(table: Table, key: ForeignKey) -> int:
    return table.rows.min if _is_owner(table, key) else 0


def _cardinality(table: Table, key: ForeignKey, counts: Mapping[str, int]) -> str:
    """How many children a parent has, in words such as `1..7, mean 4`."""
    rows = table.rows
    if _is_owner(table, key):
        return f"{rows.min}..{rows.max}, {_mean(rows)}"
    if key.rule.name == "one_to_one" or key.columns in table.keys:
        return "0..1"
    parents, children = counts.get(key.table), counts.get(table.name)
    if not parents or children is None:
        return "0..n"
    mean = children * (1 - key.nulls) / parents
    return f"0..n, mean {mean:,.0f}" if mean >= 1000 else f"0..n, mean {mean:.3g}"


def _per(rows: Rows) -> str:
    return f"{rows.min}..{rows.max} per {rows.per}, {_mean(rows)}" if rows.per else ""


def _mean(rows: Rows) -> str:
    if rows.total is not None:
        return f"total {rows.total:,}"
    return f"mean {rows.mean if rows.mean is not None else (rows.min + rows.max) / 2:g}"


def column_graph(schema: Schema) -> Graph:
    """Columns with their types and rules; edges along foreign keys and into every column that is derived."""
    nodes = tuple(_column_node(table, column) for table in schema.tables for column in table.columns)
    edges: dict[tuple[str, str], Edge] = {}
    for table in schema.tables:
        for edge in (*_followed_keys(schema, table), *_derivations(schema, table)):
            edges.setdefault((edge.source, edge.target), edge)
    return Graph("column", nodes, tuple(edges.values()), schema.name)


def _column_node(table: Table, column: Column) -> Node:
    keys = ("PK" if column.name in table.primary_key else "", "FK" if table.foreign_key_of(column.name) else "")
    marks = " ".join((str(column.type), *(mark for mark in keys if mark), *(() if column.nullable else ("NOT NULL",))))
    details = {
        "table": table.name, "column": column.name, "type": str(column.type), "nullable": column.nullable,
        "generator": column.rule.name, "options": column.rule.options, "reason": column.rule.reason,
    }  # fmt: skip
    id = column_id(table.name, column.name)
    return Node(id, "column", column.name, (marks, column.rule.name), table.name, details)


def _followed_keys(schema: Schema, table: Table) -> Iterator[Edge]:
    for key in table.foreign_keys:
        parent = schema.table(key.table)
        for own, reference in zip(key.columns, key.references, strict=True):
            source = column_id(parent.name, parent.column(reference).name)
            optional = table.column(own).nullable
            details = {"foreign_key": list(key.columns), "nullable": optional, "rule": str(key.rule)}
            yield Edge(source, column_id(table.name, own), "foreign_key", "", optional, details=details)


_READ = {"after": ("column",), "before": ("column",), "between": ("after", "before"), "depends": ("on",)}
"""The options of a rule that name a column it reads."""


def _derivations(schema: Schema, table: Table) -> Iterator[Edge]:
    for column in table.columns:
        target = column_id(table.name, column.name)
        for how, text, path in _inputs(column, table):
            source = _resolved(schema, table, path)
            if source is not None and source != target:
                yield Edge(source, target, "derived", how, details={"how": how, "sql": text, "path": path})


def _inputs(column: Column, table: Table) -> Iterator[tuple[str, str, str]]:
    """(how, the document's words, a path to a column read) for everything that this column is made from."""
    name, options = column.rule.name, column.rule.options
    if name == "expression":
        yield from (("expression", options["sql"], path) for path in parse_expression(options["sql"]).columns)
    if name == "template":
        yield from ((name, options["template"], path) for path in Template.build(str(options["template"])).needs)
    if name == "correlated":
        yield from (("correlated", f"{path}: {share}", path) for path, share in options["with"].items())
    yield from ((name, str(options[key]), str(options[key])) for key in _READ.get(name, ()))
    if column.when:
        yield from (("when", column.when, path) for path in parse_expression(column.when).columns)
    for key in table.foreign_keys:
        if column.name in key.columns and (where := key.rule.options.get("where")):
            yield from (("where", where, path) for path in parse_expression(where).columns)


def _resolved(schema: Schema, table: Table, path: str) -> str | None:
    """The column that `path` ends at: one of this row, or of a parent's row through a foreign key, or further up."""
    own = next((column.name for column in table.columns if column.name.casefold() == path.casefold()), None)
    if own is not None:
        return column_id(table.name, own)
    for key in table.foreign_keys:
        for prefix in (key.name, *key.columns):
            if path.casefold().startswith(f"{prefix.casefold()}."):
                return _resolved(schema, schema.table(key.table), path[len(prefix) + 1 :])
    return None


def _short_list(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])}, +{len(names) - 3}"
