"""What an image holds besides its rows: tables and load scripts for three engines, derived tables, queries, lineage."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..documents import canonical_json
from ..lineage.graph import column_graph, table_graph
from ..plan.model import RunFiles
from ..schema.model import Table
from ..sql import literal, quote
from ..store import DerivedRecord, QueryRecord
from ..warehouses.adbc import clauses
from ..warehouses.constraints import Broken, TableDesign, comments, create_table, design
from ..warehouses.facts import broken_checks
from . import loader
from .layout import DERIVED, QUERIES, data_folder


def belongings(
    files: RunFiles, queries: Sequence[QueryRecord] = (), derived: Sequence[DerivedRecord] = (), *, thin: bool = False
) -> dict[str, bytes]:
    """Files by their path below /experiment; the same for the same run, with nothing of the machine in them.

    A thin image gets what cannot be made from its schema: the statements.
    """
    found = _statements(queries, derived) | ({} if thin else _scripts(files))
    if derived and not thin:
        made = (f"CREATE TABLE {quote(each.name)} AS {each.query};\n" for each in derived)
        found["warehouse/duckdb/derived.sql"] = "".join(made)
    lines = [] if thin else [*_lineage(files), *({"kind": "derived"} | _recipe(each) for each in derived)]
    lineage = {"lineage/lineage.jsonl": "".join(map(_json, lines)).encode(), "lineage/lineage.sqlite": _database(lines)}
    return {path: text.encode() for path, text in found.items()} | ({} if thin else lineage)


def _statements(queries: Sequence[QueryRecord], derived: Sequence[DerivedRecord]) -> dict[str, str]:
    saved = [{"name": each.name, "sql": each.sql, "dialect": each.dialect} for each in queries]
    found = {QUERIES: _json({"queries": saved})} if saved else {}
    return found | ({DERIVED: _json({"derived": list(map(_recipe, derived))})} if derived else {})


def _scripts(files: RunFiles) -> dict[str, str]:
    broken = broken_checks(files) if any(table.checks for table in files.schema.tables) else frozenset()
    return {
        "warehouse/load.py": Path(loader.__file__).read_text("utf-8"),
        "warehouse/tables.json": _json({"tables": [_described(table) for table in files.schema.parents_first()]}),
        "warehouse/duckdb/load.sql": "BEGIN;\n" + "".join(map(_insert, files.schema.parents_first())) + "COMMIT;\n",
        **{f"warehouse/{path}": text for path, text in schemas(files, broken).items()},
    }


def schemas(files: RunFiles, broken: Broken = ()) -> dict[str, str]:
    """The statements that make the tables, by engine; PostgreSQL's keys are added after the rows."""
    designs = {engine: design(files.schema, engine, broken=broken) for engine in ("duckdb", "sqlite", "postgres")}
    found = {
        f"{engine}/schema.sql": _script(
            [f"{create_table(one, engine)}" for one in made]
            + [comment for one in made if engine != "sqlite" for comment in comments(one)],
            made,
        )
        for engine, made in designs.items()
    }
    added = [clause for keys in (True, False) for clause in clauses(designs["postgres"], "", keys=keys)]
    return found | {"postgres/constraints.sql": "".join(f"{clause};\n" for clause in added)}


def loadable(files: RunFiles) -> Iterator[loader.Table]:
    """The run's tables as the loader takes them, parents first."""
    for table in files.schema.parents_first():
        columns = [(column.name, column.type.kind) for column in table.columns]
        yield table.name, columns, (files.open(name) for name in files.names(table.name))


def _script(statements: Sequence[str], designs: Sequence[TableDesign]) -> str:
    lost = [f"-- {one.table.name}: {' '.join(reason.split())}\n" for one in designs for reason in one.not_enforced]
    return "".join([*(f"{statement};\n" for statement in statements), *lost])


def _described(table: Table) -> dict[str, Any]:
    columns = [{"name": column.name, "kind": column.type.kind} for column in table.columns]
    return {"name": table.name, "folder": data_folder(table.name), "columns": columns}


def _insert(table: Table) -> str:
    """DuckDB reads an interval, which Parquet has as a number, in microseconds."""
    names = [quote(column.name) for column in table.columns]
    values = [
        f"to_microseconds({quote(column.name)})" if column.type.kind == "interval" else quote(column.name)
        for column in table.columns
    ]
    source = literal(f"{data_folder(table.name)}/*.parquet")
    selected = f"SELECT {', '.join(values)} FROM read_parquet({source})"
    return f"INSERT INTO {quote(table.name)} ({', '.join(names)}) {selected};\n"


def _recipe(each: DerivedRecord) -> dict[str, Any]:
    return {
        "name": each.name, "sql": each.sql, "dialect": each.dialect, "query": each.query, "engine": each.engine,
        "inputs": dict(each.inputs), "columns": [dict(column) for column in each.columns], "rows": each.rows,
        "digest": each.digest,
    }  # fmt: skip


def _lineage(files: RunFiles) -> Iterator[dict[str, Any]]:
    """The run, then what each table and column comes from."""
    schema = files.schema
    yield {
        "kind": "run", "run": files.run, "experiment": schema.name, "seed": files.seed,
        "content_digest": files.content_digest,
    }  # fmt: skip
    rows = {table.name: files.rows(table.name) for table in schema.tables}
    for graph in (table_graph(schema, rows), column_graph(schema)):
        yield from ({"kind": "node", "level": graph.level, "node": node.to_dict()} for node in graph.nodes)
        yield from ({"kind": "edge", "level": graph.level, "edge": edge.to_dict()} for edge in graph.edges)


def _database(lines: Sequence[dict[str, Any]]) -> bytes:
    """The same facts as tables `run`, `nodes`, `edges` and `derived`."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.executescript(
            "CREATE TABLE run (run TEXT, experiment TEXT, seed TEXT, content_digest TEXT);"
            "CREATE TABLE nodes (level TEXT, id TEXT, kind TEXT, label TEXT, details TEXT, PRIMARY KEY (level, id));"
            "CREATE TABLE edges (level TEXT, source TEXT, target TEXT, kind TEXT, label TEXT, details TEXT);"
            "CREATE TABLE derived (name TEXT PRIMARY KEY, sql TEXT, dialect TEXT, digest TEXT, details TEXT);"
        )
        for line in lines:
            table, values = _row(line)
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        data = connection.serialize()
        return loader.unversioned(data[:100]) + data[100:]
    finally:
        connection.close()


def _row(line: dict[str, Any]) -> tuple[str, list[Any]]:
    if line["kind"] == "run":
        return "run", [line["run"], line["experiment"], str(line["seed"]), line["content_digest"]]
    if line["kind"] == "derived":
        return "derived", [line["name"], line["sql"], line["dialect"], line["digest"], canonical_json(line)]
    about = line[line["kind"]]
    ends = [about["id"]] if line["kind"] == "node" else [about["source"], about["target"]]
    return f"{line['kind']}s", [line["level"], *ends, about["kind"], about["label"], json.dumps(about, sort_keys=True)]


def _json(document: dict[str, Any]) -> str:
    return canonical_json(document) + "\n"
