"""What SQL made of a run, as nodes and edges: beside the generated tables, their columns, and the runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..store.records import DerivedRecord
from .model import Edge, Graph, Node, column_id, counted


@dataclass(frozen=True)
class DerivedTables:
    """The tables that SQL made of one run, and why those that are `stale` are so, by name."""

    records: tuple[DerivedRecord, ...] = ()
    stale: Mapping[str, str] = field(default_factory=dict)

    def why_stale(self, name: str) -> str:
        """The reason, or nothing."""
        return self.stale.get(name, "")


def with_derived(graph: Graph, runs: Sequence[DerivedTables]) -> Graph:
    """The graph of any level with the derived tables of each run in it."""
    add = {"table": _tables, "column": _columns, "run": _data}[graph.level]
    nodes, edges = list(graph.nodes), list(graph.edges)
    for made in runs:
        for node, into in add(made):
            nodes.append(node)
            edges += into
    known = {node.id for node in nodes}
    sound = tuple(edge for edge in edges if edge.source in known)
    return replace(graph, nodes=tuple(nodes), edges=sound)


Grown = Iterator[tuple[Node, list[Edge]]]


def _tables(made: DerivedTables) -> Grown:
    for each in made.records:
        stale = made.why_stale(each.name)
        lines = (counted(each.rows, "row"), "made by SQL", *([f"stale: {stale}"] if stale else []))
        edges = [Edge(table, each.name, "derived", "", details={"sql": each.sql}) for table in each.inputs]
        yield Node(each.name, "derived", each.name, lines, details=_details(each, stale)), edges


def _columns(made: DerivedTables) -> Grown:
    for each in made.records:
        for column in each.columns:
            id = column_id(each.name, column["name"])
            details = {"table": each.name, "column": column["name"], "type": column["type"], "generator": "sql"}
            edges = [
                Edge(
                    column_id(origin["table"], origin["column"]), id, "derived",
                    "" if origin["how"] == "identity" else origin["how"],
                    details={"how": origin["how"], "sql": each.sql},
                )
                for origin in column["from"]
            ]  # fmt: skip
            yield Node(id, "derived", column["name"], (column["type"], "SQL"), each.name, details), edges


def _data(made: DerivedTables) -> Grown:
    for each in made.records:
        stale = made.why_stale(each.name)
        lines = (counted(each.rows, "row"), each.engine, each.digest[:19], *([f"stale: {stale}"] if stale else []))
        id = f"data:{each.run}:{each.name}"
        edges = [Edge(f"data:{each.run}:{table}", id, "derived") for table in each.inputs]
        yield (
            Node(id, "derived", each.name, lines, each.run, _details(each, stale)),
            edges or [Edge(f"run:{each.run}", id, "derived")],
        )


def _details(each: DerivedRecord, stale: str) -> dict[str, object]:
    return each.to_dict() | {"columns": [column["name"] for column in each.columns], "stale": stale or None}
