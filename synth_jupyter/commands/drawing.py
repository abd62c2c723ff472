"""The `lineage` verb: a graph as a picture, a text or a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..documents import to_json
from ..errors import CommandError, did_you_mean
from .verbs import Answer, Call

if TYPE_CHECKING:
    from ..lineage.model import Graph

_ENDINGS = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".json": "json"}


def lineage(call: Call) -> Answer:
    """The graph, written to `--output` or given as text in `--format` when these are asked for.

    Raises:
        CommandError: a picture was asked for on a terminal, or a file has an unknown ending.
    """
    options = call.options
    graph = call.experiment.lineage(options.level)
    if options.output is None:
        return Answer.plain("lineage", graph, graph.to_dict(), text=_text(graph, options.format))
    path = Path(options.output).expanduser()
    drawing = _drawn(graph, options.format or _format_of(path))
    try:
        path.write_bytes(drawing)
    except OSError as error:
        raise CommandError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    document = {"level": graph.level, "file": str(path), "bytes": len(drawing)}
    return Answer.plain("lineage", path, document, text=f"{path}: {len(drawing):,} bytes")


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
