"""A graph as one frozen value: what there is, what came from what, and how to walk it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..documents import plain
from ..errors import NotFoundError

_JOINERS = "\u200c\u200d"
"""Invisible, but part of how emoji, Persian and Indic words are written."""


@dataclass(frozen=True)
class Node:
    """`id` is unique in its graph; `lines` stand below the label; `group` is drawn as a box around its members."""

    id: str
    kind: str
    label: str
    lines: tuple[str, ...] = ()
    group: str = ""
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The identity, then the details, as JSON values."""
        return {"id": self.id, "kind": self.kind, "label": self.label} | dict(plain(self.details))


@dataclass(frozen=True)
class Edge:
    """`target` comes from `source`; `many` is the least number of targets per source (None where it has no meaning)."""

    source: str
    target: str
    kind: str
    label: str = ""
    optional: bool = False
    many: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The two ends, then the details, as JSON values."""
        ends = {"source": self.source, "target": self.target, "kind": self.kind, "label": self.label}
        return ends | dict(plain(self.details))


@dataclass(frozen=True)
class Graph:
    """Nodes and edges of one level, sorted, so that equal facts make equal graphs in whatever order they came.

    Raises:
        ValueError: two nodes have one id, or an edge ends nowhere.
    """

    level: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(sorted(self.nodes, key=lambda node: node.id)))
        object.__setattr__(self, "edges", tuple(sorted(self.edges, key=_edge_order)))
        if len(self._by_id) != len(self.nodes):
            raise ValueError("two nodes of a graph have the same id")
        loose = [end for edge in self.edges for end in (edge.source, edge.target) if end not in self._by_id]
        if loose:
            raise ValueError(f"an edge ends at {loose[0]!r}, which is no node")

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    def node(self, id: str) -> Node:
        """The node of that id; NotFoundError otherwise."""
        try:
            return self._by_id[id]
        except KeyError:
            raise NotFoundError.of("node", id, self._by_id) from None

    def upstream(self, id: str, depth: int | None = None) -> "Graph":
        """The node and all it comes from, at most `depth` steps away."""
        return self._around({self.node(id).id}, self._links(backwards=True), depth)

    def downstream(self, id: str, depth: int | None = None) -> "Graph":
        """The node and all that comes from it, at most `depth` steps away."""
        return self._around({self.node(id).id}, self._links(forwards=True), depth)

    def focus(self, table: str, depth: int = 1) -> "Graph":
        """The nodes called `table`, or grouped under it, and their neighbours up to `depth` steps, both ways.

        Raises:
            NotFoundError: nothing here is called that.
        """
        centre = {node.id for node in self.nodes if table in (node.id, node.group)}
        if not centre:
            known = {node.group or node.id for node in self.nodes}
            raise NotFoundError.of("table in this graph called", table, known)
        return self._around(centre, self._links(backwards=True, forwards=True), depth)

    def path(self, start: str, end: str) -> tuple[str, ...]:
        """The ids on a shortest way along the edges from `start` to `end`, both included; empty when there is none."""
        links = self._links(forwards=True)
        came_from = {self.node(start).id: ""}
        for id, following in _steps({start}, links):
            came_from.setdefault(following, id)
        if self.node(end).id not in came_from:
            return ()
        way = [end]
        while came_from[way[-1]]:
            way.append(came_from[way[-1]])
        return tuple(reversed(way))

    def _links(self, *, backwards: bool = False, forwards: bool = False) -> dict[str, list[str]]:
        links: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            if forwards:
                links[edge.source].append(edge.target)
            if backwards:
                links[edge.target].append(edge.source)
        return links

    def _around(self, centre: set[str], links: dict[str, list[str]], depth: int | None) -> "Graph":
        kept = centre | {following for _, following in _steps(centre, links, depth)}
        edges = (edge for edge in self.edges if edge.source in kept and edge.target in kept)
        return Graph(self.level, tuple(node for node in self.nodes if node.id in kept), tuple(edges), self.name)

    def to_dict(self) -> dict[str, Any]:
        """The `lineage` document."""
        return {
            "level": self.level,
            "nodes": [node.to_dict() for node in self.nodes],
            "edges": [edge.to_dict() for edge in self.edges],
        }

    def to_text(self) -> str:
        """An adjacency list for a person: every node with its facts, and below it what it comes from."""
        return "\n".join(self._text_lines()) + "\n" if self.nodes else "(nothing)\n"

    def _text_lines(self) -> Iterator[str]:
        sources: dict[str, list[Edge]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            sources[edge.target].append(edge)
        for node in self.nodes:
            facts = f"  ({'; '.join(node.lines)})" if node.lines else ""
            yield visible(f"{node.id}{facts}")
            for edge in sources[node.id]:
                yield visible(f"  <- {edge.source}" + (f"  [{edge.label}]" if edge.label else ""))


def visible(text: str) -> str:
    """`text` with control, direction-changing and unassigned characters written as \\uXXXX, so that it cannot act."""
    return "".join(char if char.isprintable() or char in _JOINERS else json.dumps(char).strip('"') for char in text)


def column_id(table: str, column: str) -> str:
    """`table.column`; a part that holds a dot or a quote stands in double quotes."""
    return f"{_part(table)}.{_part(column)}"


def _part(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "." in name or '"' in name else name


def counted(number: int, unit: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _edge_order(edge: Edge) -> tuple[str, str, str, str]:
    return edge.source, edge.target, edge.kind, edge.label


def _steps(start: Iterable[str], links: Mapping[str, list[str]], depth: int | None = None) -> Iterator[tuple[str, str]]:
    """(from, to) for every node newly reached, nearest first, at most `depth` steps away."""
    seen, frontier, step = set(start), sorted(start), 0
    while frontier and (depth is None or step < depth):
        found: list[str] = []
        for id in frontier:
            for following in links[id]:
                if following not in seen:
                    seen.add(following)
                    found.append(following)
                    yield id, following
        frontier, step = found, step + 1
