"""Answers as outputs of a cell: always text, escaped HTML for cards, SVG and PNG for graphs, never above 64 KB."""

import re
from html import escape
from typing import Any

from ..commands.cards import Card, Grid, card_of
from ..commands.text import cell, is_numeric, render, safe
from ..commands.verbs import Answer

LARGEST = 64 * 1024
"""Bytes of HTML in one output."""

_WIDEST = 200
"""Characters of one value."""

_CELL_POINTS, _LEAST_SCALE = 660, 0.65

_MUTED = "var(--jp-ui-font-color2, GrayText)"
_LINE = "var(--jp-border-color2, #8888)"
_STYLE = (
    "<style>"
    ".synth-card{color:var(--jp-content-font-color1, CanvasText);font-family:var(--jp-content-font-family, sans-serif);"
    "font-size:var(--jp-content-font-size1, 14px);line-height:1.4}"
    ".synth-card p{margin:2px 0}"
    ".synth-title{font-weight:600}"
    ".synth-title.synth-good::before{content:'\\2713\\00a0';color:var(--jp-success-color1, green)}"
    ".synth-title.synth-bad::before{content:'\\2717\\00a0';color:var(--jp-error-color1, #c00)}"
    f".synth-fact,.synth-note{{color:{_MUTED};font-size:.92em}}"
    ".synth-scroll{overflow-x:auto;max-width:100%;margin:6px 0}"
    ".synth-card table{border-collapse:collapse;border:0;margin:0;font-variant-numeric:tabular-nums;font-size:.93em}"
    f".synth-card caption{{text-align:left;padding:2px 0;color:{_MUTED}}}"
    # Three classes deep, because the front ends' own rules for tables in outputs align everything to the right.
    f".synth-card .synth-scroll .synth-table th{{text-align:left;font-weight:600;padding:2px 12px 2px 4px;"
    f"border-bottom:1px solid {_LINE}}}"
    ".synth-card .synth-scroll .synth-table td{text-align:left;padding:2px 12px 2px 4px;vertical-align:top;"
    "max-width:32em;overflow-wrap:break-word}"
    ".synth-card .synth-scroll .synth-table .synth-number{text-align:right;white-space:nowrap}"
    f".synth-null{{color:{_MUTED};font-style:italic;font-size:.9em}}"
    "</style>"
)

Bundle = dict[str, Any]


class Shown:
    """A value of the Python API that is shown as a card; in all else it behaves as the value."""

    def __init__(self, value: Any, bundle: Bundle) -> None:
        self.value = value
        self._bundle = bundle

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        return self._bundle

    def __repr__(self) -> str:
        return str(self._bundle["text/plain"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_repr_", "_ipython_")):
            raise AttributeError(name)
        return getattr(self.value, name)

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __iter__(self) -> Any:
        return iter(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Shown) else other))

    __hash__ = None  # type: ignore[assignment]


def bundle_of(answer: Answer, rows: int) -> Bundle:
    """The MIME bundle of an answer, with at most `rows` rows in each table."""
    if answer.text is not None:
        return {"text/plain": "\n".join(map(safe, answer.text.rstrip("\n").split("\n")))}
    if answer.verb == "lineage":
        return graph_bundle(answer.value)
    return card_bundle(card_of(answer.verb, answer.describe(rows)), _most(answer.verb, rows))


def _most(verb: str, rows: int) -> int:
    """Data is shown by its head; definitions, checks and histories are read whole."""
    return rows if verb in ("sql", "preview") else 1000


def card_bundle(card: Card, rows: int) -> Bundle:
    """A card as text and as HTML of at most LARGEST bytes; rows that do not fit are counted, not shown."""
    shown = card.head(rows)
    html = html_of(shown)
    while len(html.encode()) > LARGEST and rows > 0:
        rows = min(rows, max(len(grid.rows) for grid in shown.grids)) // 2
        shown = card.head(rows)
        html = html_of(shown)
    return {"text/plain": render(shown), "text/html": html}


def graph_bundle(graph: Any) -> Bundle:
    """A graph as SVG, as PNG for notebooks that are not trusted, and as an adjacency list."""
    from ..errors import PluginError
    from ..lineage.dot import render as draw

    bundle: Bundle = {"text/plain": graph.to_text().rstrip("\n")}
    try:
        bundle["image/svg+xml"] = _fitting(draw(graph, "svg").decode())
        bundle["image/png"] = draw(graph, "png")
    except PluginError as error:
        bundle["text/plain"] += f"\n(no picture: {error.message}; {error.hint})"
    return bundle


def _fitting(svg: str) -> str:
    """A picture a little wider than a cell is made smaller; one that would be illegible keeps its size and scrolls."""
    size = re.search(r'width="(\d+)pt" height="(\d+)pt"', svg)
    if size is None or not _CELL_POINTS < int(size[1]) <= _CELL_POINTS / _LEAST_SCALE:
        return svg
    scale = _CELL_POINTS / int(size[1])
    return svg.replace(size[0], f'width="{_CELL_POINTS}pt" height="{round(int(size[2]) * scale)}pt"', 1)


def html_of(card: Card) -> str:
    """The only place where HTML is made: every text goes through `_escaped`."""
    parts = [f'<p class="synth-title synth-{card.state}">{_escaped(card.title)}</p>'] if card.title else []
    parts += [f'<p class="synth-fact">{_escaped(fact)}</p>' for fact in card.facts]
    parts += [_table(grid) for grid in card.grids]
    return f'<div class="synth-card mathjax_ignore tex2jax_ignore">{_STYLE}{"".join(parts)}</div>'


def _table(grid: Grid) -> str:
    numeric = [' class="synth-number"' if is_numeric(grid, at) else "" for at in range(len(grid.columns))]
    heads = "".join(
        f'<th scope="col"{kind}>{_escaped(name)}</th>' for name, kind in zip(grid.columns, numeric, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(_data(value, kind, grid) for value, kind in zip(row, numeric, strict=True)) + "</tr>"
        for row in grid.rows
    )
    caption = f"<caption>{_escaped(grid.caption)}</caption>" if grid.caption else ""
    footer = f'<p class="synth-note">{_escaped(grid.footer)}</p>' if grid.footer else ""
    table = f'<table class="synth-table">{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="synth-scroll">{table}{footer}</div>'


def _data(value: Any, kind: str, grid: Grid) -> str:
    if value is None:
        return f'<td{kind}><span class="synth-null">NULL</span></td>'
    return f"<td{kind}>{_escaped(cell(value, grouped=grid.grouped, widest=_WIDEST))}</td>"


def _escaped(text: str) -> str:
    return escape(safe(text), quote=True)
