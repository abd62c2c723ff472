"""A part of a graph that fits a page: around one table, up or down from a node, along a path, or with groups folded."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from ..errors import CommandError, NotFoundError
from .model import Edge, Graph, Node, counted


@dataclass(frozen=True)
class Part:
    """Which part is asked for: at most one of `focus`, `upstream`, `downstream` and `path`, then `collapse`."""

    focus: str | None = None
    upstream: str | None = None
    downstream: str | None = None
    path: tuple[str, str] | None = None
    depth: int | None = None
    collapse: bool = False

    def __post_init__(self) -> None:
        asked = [name for name in ("focus", "upstream", "downstream", "path") if getattr(self, name)]
        if len(asked) > 1:
            raise CommandError(f"{' and '.join(asked)} are two different parts", hint="ask for one of them at a time")
        if self.depth is not None and not set(asked) - {"path"}:
            raise CommandError(
                "--depth says how far from what", hint="add --focus TABLE, --upstream NAME or --downstream NAME"
            )

    def of(self, graph: Graph) -> Graph:
        """That part of the graph. Raises NotFoundError with near misses when it has no such node."""
        if self.focus:
            graph = graph.focus(_spelled(graph, self.focus), 1 if self.depth is None else self.depth)
        elif self.upstream:
            graph = graph.upstream(_node(graph, self.upstream), self.depth)
        elif self.downstream:
            graph = graph.downstream(_node(graph, self.downstream), self.depth)
        elif self.path:
            graph = _along(graph, *self.path)
        return collapsed(graph) if self.collapse else graph


def _along(graph: Graph, start: str, end: str) -> Graph:
    way = graph.path(_node(graph, start), _node(graph, end))
    if not way:
        raise NotFoundError(f"nothing leads from {start!r} to {end!r}", hint=f"try --path {end} {start}")
    steps = set(pairwise(way))
    nodes = tuple(node for node in graph.nodes if node.id in way)
    return replace(graph, nodes=nodes, edges=tuple(edge for edge in graph.edges if (edge.source, edge.target) in steps))


def _node(graph: Graph, name: str) -> str:
    """The id that a person means: the id itself or its label in any letter case, when only one fits."""
    wanted = name.casefold()
    found = [node.id for node in graph.nodes if name == node.id]
    found = found or [node.id for node in graph.nodes if wanted in (node.id.casefold(), node.label.casefold())]
    if len(found) != 1:
        raise NotFoundError.of(f"one {graph.level} node called", name, (node.id for node in graph.nodes))
    return found[0]


def _spelled(graph: Graph, table: str) -> str:
    known = {name for node in graph.nodes for name in (node.id, node.group) if name}
    return next((name for name in sorted(known) if name.casefold() == table.casefold()), table)


def collapsed(graph: Graph) -> Graph:
    """Groups folded into one node each; without groups, tables with a single neighbour folded into that neighbour."""
    members: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        members[node.group].append(node)
    groups = {group: inside for group, inside in members.items() if group}
    if groups:
        return _folded(graph, {node.id: group for group, inside in groups.items() for node in inside}, _group_node)
    return _folded(graph, _leaves(graph), _hub_node)


def _leaves(graph: Graph) -> dict[str, str]:
    """Each node of one neighbour -> that neighbour, where the neighbour has others."""
    near: dict[str, set[str]] = {node.id: set() for node in graph.nodes}
    for edge in graph.edges:
        if edge.source != edge.target:
            near[edge.source].add(edge.target)
            near[edge.target].add(edge.source)
    only = {id: next(iter(others)) for id, others in near.items() if len(others) == 1}
    return {id: hub for id, hub in only.items() if hub not in only}


Fold = Callable[[str, Node | None, list[Node]], Node]


def _folded(graph: Graph, home: Mapping[str, str], fold: Fold) -> Graph:
    inside: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.id in home:
            inside[home[node.id]].append(node)
    kept = {node.id: node for node in graph.nodes if node.id not in home}
    nodes = {id: node for id, node in kept.items() if id not in inside}
    nodes |= {id: fold(id, kept.get(id), members) for id, members in inside.items()}
    edges: dict[tuple[str, str, str], Edge] = {}
    for edge in graph.edges:
        ends = home.get(edge.source, edge.source), home.get(edge.target, edge.target)
        if ends[0] != ends[1] or edge.source == edge.target:
            folded = edge.source in home or edge.target in home
            plain = Edge(*ends, edge.kind, optional=edge.optional) if folded else edge
            edges.setdefault((*ends, edge.kind), plain)
    return replace(graph, nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def _group_node(id: str, hub: Node | None, members: list[Node]) -> Node:
    what = {"column": "column", "derived": "column", "data": "table"}.get(members[0].kind, members[0].kind)
    kind = {"column": "table"}.get(members[0].kind, members[0].kind)
    return Node(id, kind, id, (counted(len(members), what),), details={"members": [node.id for node in members]})


def _hub_node(id: str, hub: Node | None, members: list[Node]) -> Node:
    assert hub is not None
    names = sorted(node.label for node in members)
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return replace(hub, lines=(*hub.lines, f"+ {shown}"), details={**hub.details, "folded": names})
