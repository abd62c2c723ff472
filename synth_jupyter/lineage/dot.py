"""Graphs as DOT, SVG and PNG; names are text in them and nothing else.

Nodes are called n0, n1, ...; a name occurs only inside a quoted label, escaped, and never in an HTML label, a record
or a link. SVG from the engine is rebuilt by `svg`.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from unicodedata import east_asian_width

from ..errors import PluginError, SettingsError, did_you_mean
from .model import Edge, Graph, Node, visible
from .svg import sanitized

FORMATS = ("svg", "png", "dot")
TIME_LIMIT = 60
"""Seconds an engine may take for one picture."""

# Lines are of a mid-tone, which is seen on white and on black. Text is dark: on a light fill, or with a rim of `svg`.
_LINE, _TEXT, _BOX = "#7a7a7a", "#14202b", "#8080801f"
_FILLS = {
    "table": "#d6e6f5", "column": "#e8eef3", "experiment": "#f3e3c3", "schema": "#e5ddf2", "run": "#cfe8d5",
    "data": "#d6e6f5", "load": "#f6d9cf", "image": "#f0d5e6", "derived": "#d5ecec",
    "pool": "#eadfce",
}  # fmt: skip
_FONT = "Helvetica"
CROWDED = 30
"""Nodes above which labels of edges are left out and everything moves closer, so that names stay legible on a page."""

HUGE = 200
"""Nodes above which lines are drawn straight, so that 400 tables take about a second at most."""
_WHITE = "-Gbgcolor=white"
"""The ground of a PNG, in which no rim makes dark text legible on a dark page."""
LARGEST = 2_000
"""Nodes above which no picture is drawn: nobody could read it, and it would take long."""


def source(graph: Graph) -> str:
    """The graph in the DOT language; the same graph always gives the same text."""
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    crowded = len(graph.nodes) > CROWDED
    lines = ["digraph {", *_defaults(crowded, len(graph.nodes) > HUGE), *_node_lines(graph, ids)]
    for edge in graph.edges:
        lines.append(f"  {ids[edge.source]} -> {ids[edge.target]} [{_edge_attributes(edge, labelled=not crowded)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _defaults(crowded: bool, huge: bool) -> Iterator[str]:
    gaps = "nodesep=0.15 ranksep=0.4" if crowded else "nodesep=0.25 ranksep=0.9"
    font, text = f'fontname="{_FONT}"', f'fontcolor="{_TEXT}"'
    gaps += " splines=line" if huge else ""
    yield f"  graph [rankdir=LR bgcolor=transparent {gaps} {font} fontsize=12 {text}];"
    yield (
        f'  node [shape=box style="filled,rounded" color="{_LINE}" {text} {font} fontsize=11 height=0.3'
        ' margin="0.12,0.06"];'
    )
    yield f'  edge [color="{_LINE}" {text} {font} fontsize=9 arrowsize=0.8];'


def _node_lines(graph: Graph, ids: dict[str, str]) -> Iterator[str]:
    groups: dict[str, list[Node]] = {}
    for node in graph.nodes:
        groups.setdefault(node.group, []).append(node)
    for node in groups.pop("", []):
        yield f"  {ids[node.id]} [{_node_attributes(node)}];"
    for number, (group, members) in enumerate(groups.items()):
        yield f"  subgraph cluster_{number} {{"
        yield f'    graph [label={quoted(group)} style="filled,rounded" color="{_LINE}" fillcolor="{_BOX}"];'
        yield from (f"    {ids[node.id]} [{_node_attributes(node)}];" for node in members)
        yield "  }"


def _node_attributes(node: Node) -> str:
    lines = (node.label, *node.lines)
    return f'label={quoted(*lines)} fillcolor="{_FILLS.get(node.kind, "#e8eef3")}"{_room(lines)}'


def _room(lines: tuple[str, ...]) -> str:
    """A least width for text beyond ASCII, which an engine without fonts takes for spaces."""
    if all(line.isascii() for line in lines):
        return ""
    widest = max(sum(2 if east_asian_width(char) in "WF" else 1 for char in visible(line)) for line in lines)
    return f" width={0.25 + 0.085 * widest:.2f}"


def _edge_attributes(edge: Edge, *, labelled: bool) -> str:
    label = f"label={quoted(edge.label)} " if edge.label and labelled else ""
    style = "style=dashed " if edge.kind == "derived" or edge.optional else ""
    if edge.many is None:
        return f"{label}{style}arrowhead=vee".strip()
    # Crow's feet: how many parents a child has (one, or none), and how many children a parent has. Where it is crowded,
    # the dashes alone say that there may be no parent.
    tail, head = ("teeodot" if edge.optional else "tee"), ("crow" if edge.many else "crowodot")
    return f"{label}{style}" + (f"dir=both arrowtail={tail} " if labelled else "") + f"arrowhead={head}"


def quoted(*lines: str) -> str:
    """A DOT string of these lines in which no character of theirs has a meaning."""
    return '"' + "\\n".join(_escaped(line) for line in lines) + '"'


def _escaped(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def render(graph: Graph, format: str) -> bytes:
    """The graph as `svg`, `png` or `dot` (UTF-8).

    Raises:
        SettingsError: there is no such format.
        PluginError: no program that draws graphs is installed, each that is failed, or the graph is too large.
    """
    if format not in FORMATS:
        raise SettingsError(f"a graph cannot be drawn as {format!r}{did_you_mean(format, FORMATS)}")
    if format == "dot":
        return source(graph).encode()
    return drawn_by(engines(), graph, format)


def drawn_by(programs: Iterable[Path], graph: Graph, format: str) -> bytes:
    """The graph as `svg` or `png` by the first of the programs that succeeds.

    Raises:
        PluginError: as `render`.
    """
    if len(graph.nodes) > LARGEST:
        raise PluginError(
            f"a picture of {len(graph.nodes):,} nodes could not be read",
            hint="draw a part with --focus TABLE, or --collapse; or take the forms dot or json",
        )
    if format == "png":
        return _drawn(programs, source(graph), format, _WHITE)
    return sanitized(_drawn(programs, source(graph), format), graph.name)


def small_png(graph: Graph) -> bytes:
    """The graph as a PNG for notebooks that nobody trusts: on white, 72 dots an inch, in 256 colours if `dot` draws it.

    Raises:
        PluginError: as `render`.
    """
    text = source(graph)
    try:
        return _drawn(engines(), text, "png:cairo:gd", "-Gdpi=72", _WHITE)
    except PluginError:
        return _drawn(engines(), text, "png", "-Gdpi=72", _WHITE)


def engines(path: str | None = None) -> Iterator[Path]:
    """The programs that can draw: Graphviz's `dot` first, then `graphviz-pure`, also where pip put it."""
    search = os.environ.get("PATH", os.defpath) if path is None else path
    beside = os.pathsep.join((search, str(Path(sys.executable).parent), sysconfig.get_path("scripts")))
    for name, places in (("dot", search), ("graphviz-pure", beside)):
        found = shutil.which(name, path=places)
        if found:
            yield Path(found)


def _drawn(programs: Iterable[Path], text: str, format: str, *options: str) -> bytes:
    from graphviz import CalledProcessError, ExecutableNotFound
    from graphviz.backend import execute

    failure: Exception | None = None
    for engine in programs:
        try:
            done = execute.run_check(
                [engine, "-Kdot", f"-T{format}", *options],
                input=text.encode(),
                capture_output=True,
                quiet=True,
                timeout=TIME_LIMIT,
            )
        except subprocess.TimeoutExpired as error:
            failure = TimeoutError(f"{engine.name} took more than {TIME_LIMIT} seconds").with_traceback(
                error.__traceback__
            )
        except (CalledProcessError, ExecutableNotFound, PermissionError) as error:
            failure = error
        else:
            return bytes(done.stdout)
    hint = "pip install graphviz-pure, or install Graphviz; the formats dot, mermaid and json need neither"
    if failure is None:
        raise PluginError(f"no program that draws a graph as {format} is installed", hint=hint)
    raise PluginError(f"the graph could not be drawn as {format}: {failure}", hint=hint) from failure
