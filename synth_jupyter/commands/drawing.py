"""The `lineage` verb: a graph as a picture, a text or a file."""

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..documents import to_json
from ..errors import CommandError, did_you_mean
from .verbs import Answer, Call
from .verbs.base import documented

if TYPE_CHECKING:
    from ..lineage.model import Graph
    from ..lineage.parts import Part

_ENDINGS = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".json": "json"}


def lineage(call: Call) -> Answer:
    """The graph, written to `--output` or given as text in `--format` when these are asked for.

    Raises:
        CommandError: a picture was asked for on a terminal, or a file has an unknown ending.
    """
    options = call.options
    if options.history:
        from ..workspace.graphs import history_of

        return documented("history", history_of(call.workspace, options.name))
    if options.send and options.format != "openlineage":
        raise CommandError("--send sends OpenLineage events", hint="write --format openlineage --send")
    if options.format == "openlineage":
        return _events(call)
    graph = _part(options).of(call.experiment.lineage(options.level))
    if options.output is None:
        return Answer.plain("lineage", graph, graph.to_dict(), text=_text(graph, options.format))
    path = Path(options.output).expanduser()
    return _saved(path, _drawn(graph, options.format or _format_of(path)), graph.level, path)


def _part(options: Namespace) -> "Part":
    from ..lineage.parts import Part

    path = tuple(options.path) if options.path else None
    return Part(options.focus, options.upstream, options.downstream, path, options.depth, options.collapse)


def _events(call: Call) -> Answer:
    """OpenLineage events as JSON lines, to standard output, a file, or the address of the setting when asked to."""
    from ..workspace.graphs import events_of

    events = events_of(call.experiment)
    document: dict[str, Any] = {"level": "openlineage", "events": events}
    lines = "".join(f"{to_json(event)}\n" for event in events)
    if call.options.send:
        from ..lineage.sending import send

        target = send(events, call.workspace.environment)
        document = {"level": "openlineage", "sent": len(events), "to": target}
        return Answer.plain("lineage", events, document, text=f"{len(events)} events sent to {target}")
    if call.options.output is None:
        return Answer.plain("lineage", events, document, text=lines)
    return _saved(Path(call.options.output).expanduser(), lines.encode(), "openlineage", events)


def _saved(path: Path, content: bytes, level: str, value: object) -> Answer:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    document = {"level": level, "file": str(path), "bytes": len(content)}
    return Answer.plain("lineage", value, document, text=f"{path}: {len(content):,} bytes")


def _text(graph: "Graph", format: str | None) -> str | None:
    if format == "png":
        raise CommandError("a png is no text", hint="name a file: lineage shop --format png -o shop.png")
    return _drawn(graph, format).decode() if format else None


def _drawn(graph: "Graph", format: str) -> bytes:
    from ..lineage import dot, mermaid

    if format == "json":
        return (json.dumps(json.loads(to_json(graph.to_dict())), indent=2, ensure_ascii=False) + "\n").encode()
    return mermaid.source(graph).encode() if format == "mermaid" else dot.render(graph, format)


def _format_of(path: Path) -> str:
    if path.suffix.lower() not in _ENDINGS:
        known = ", ".join(_ENDINGS)
        raise CommandError(
            f"{path.name!r} does not tell its form{did_you_mean(path.suffix, _ENDINGS)}",
            hint=f"end it in one of {known}, or give --format",
        )
    return _ENDINGS[path.suffix.lower()]
