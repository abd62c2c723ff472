"""Graphs as Mermaid text; names are entity-coded labels in it and nothing else."""

from ..errors import SettingsError
from .model import Edge, Graph, Node, visible

LONGEST = 100_000
"""Characters that JupyterLab's renderer accepts."""
_PLAIN = frozenset(" _.,+-()")
_JOINER = "\u2060"
"""Parts a backslash from an n, which renderers together take for a line break; it is not seen."""


def source(graph: Graph) -> str:
    """The graph as a Mermaid flowchart.

    Raises:
        SettingsError: it is too long for the common renderers.
    """
    ids = {node.id: f"t{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR", *_node_lines(graph, ids)]
    lines += [f"  {ids[edge.source]} {_arrow(edge)} {ids[edge.target]}" for edge in graph.edges]
    text = "\n".join(lines) + "\n"
    if len(text) > LONGEST:
        raise SettingsError(
            f"this graph is {len(text):,} characters of Mermaid; renderers take {LONGEST:,}",
            hint="draw it as svg, or a part of it with --focus TABLE",
        )
    return text


def _node_lines(graph: Graph, ids: dict[str, str]) -> list[str]:
    groups: dict[str, list[Node]] = {}
    for node in graph.nodes:
        groups.setdefault(node.group, []).append(node)
    lines = [f"  {ids[node.id]}[{_label(node.label, *node.lines)}]" for node in groups.pop("", [])]
    for number, (group, members) in enumerate(groups.items()):
        lines.append(f"  subgraph g{number} [{_label(group)}]")
        lines += [f"    {ids[node.id]}[{_label(node.label, *node.lines)}]" for node in members]
        lines.append("  end")
    return lines


def _arrow(edge: Edge) -> str:
    line = "-.->" if edge.kind == "derived" or edge.optional else "-->"
    return f"{line}|{_label(edge.label)}|" if edge.label else line


def _label(*lines: str) -> str:
    return '"' + "<br/>".join(_escaped(line) for line in lines) + '"'


def _escaped(text: str) -> str:
    """Letters and digits of any script and a few harmless marks as they are, all else as `#code;`.

    A colon is no harmless mark: in a line with `style ...:` renderers drop the semicolon of the last code.
    """
    shown = visible(text).replace("\\n", f"\\{_JOINER}n")
    return "".join(char if char.isalnum() or char in _PLAIN or ord(char) > 127 else f"#{ord(char)};" for char in shown)
