"""Answers as outputs of a cell: always text, escaped HTML for cards, SVG and PNG for graphs, never above 64 KB."""

import re
from dataclasses import replace
from html import escape
from typing import Any

from ..commands.cards import Bars, Card, Grid, card_of
from ..commands.text import cell, is_numeric, render, safe, shortened
from ..commands.verbs import Answer

LARGEST = 64 * 1024
"""Bytes of HTML in one output."""

_WIDEST, _LONGEST, _FEW = 200, 512, 8
"""Characters of one value, of one line; rows, columns or tables that are left before something else is made smaller."""

_BARS_HIGH, _BAR_WIDE = 28, 6
"""Pixels of a small picture, and of one bar in it."""

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
    f".synth-card summary{{cursor:pointer;padding:2px 0;color:{_MUTED}}}"
    ".synth-null{font-style:italic;font-size:.9em}"
    ".synth-bars rect{fill:var(--jp-brand-color1, #1976d2)}"
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
        return {"text/plain": _cut("\n".join(map(safe, answer.text.rstrip("\n").split("\n"))))}
    if answer.verb == "lineage" and hasattr(answer.value, "to_text"):
        return graph_bundle(answer.value)
    return card_bundle(card_of(answer.verb, answer.describe(rows)), _most(answer.verb, rows))


def _most(verb: str, rows: int) -> int:
    """Data is shown by its head; definitions, checks and histories are read whole."""
    return rows if verb in ("sql", "preview") else 1000


def card_bundle(card: Card, rows: int) -> Bundle:
    """A card as text and as HTML of at most LARGEST bytes together; what does not fit is counted, not shown."""
    shown = _with_short_names(card.head(rows))
    bundle = {"text/plain": render(shown), "text/html": html_of(shown)}
    while _size(bundle) > LARGEST and (smaller := _smaller(shown)) is not None:
        shown = smaller
        bundle = {"text/plain": render(shown), "text/html": html_of(shown)}
    return bundle


def _with_short_names(card: Card) -> Card:
    """No title, fact, caption or head that alone could fill an output."""
    grids = tuple(
        replace(grid, caption=shortened(grid.caption, _WIDEST), columns=tuple(map(_short_name, grid.columns)))
        for grid in card.grids
    )
    facts = tuple(shortened(fact, LARGEST // 4) for fact in card.facts)
    return replace(card, title=shortened(card.title, _LONGEST), facts=facts, grids=grids)


def _short_name(name: str) -> str:
    return shortened(name, _WIDEST)


def _size(bundle: Bundle) -> int:
    """Bytes in the notebook's file, where binary data is base64."""
    return sum(len(data) * 4 // 3 if isinstance(data, bytes) else len(data.encode()) for data in bundle.values())


def _smaller(card: Card) -> Card | None:
    """About half of a card, of what there is most of first; None when little is left."""
    rows = max((len(grid.rows) for grid in card.grids), default=0)
    wide = max((len(grid.columns) for grid in card.grids), default=0)
    if rows > _FEW:
        return card.head(rows // 2)
    if wide > _FEW:
        return replace(card, grids=tuple(grid.narrow(wide // 2) for grid in card.grids))
    if len(card.grids) > _FEW:
        return _with_fewer_grids(card)
    if len(_said(card)) > _FEW:
        return _with_fewer_facts(card)
    if len(card.grids) > 1:
        return _with_fewer_grids(card)
    if max(map(len, card.facts), default=0) > _LONGEST:
        return replace(card, facts=tuple(shortened(fact, _LONGEST) for fact in card.facts))
    return card.head(rows // 2) if rows else None


_NOTE = re.compile(r"([\d,]+) (more tables|more lines)")


def _said(card: Card) -> tuple[str, ...]:
    """The facts without those that count what is missing."""
    return tuple(fact for fact in card.facts if not _NOTE.fullmatch(fact))


def _with_fewer_grids(card: Card) -> Card:
    kept = len(card.grids) // 2
    return _noted(replace(card, grids=card.grids[:kept]), len(card.grids) - kept, "more tables")


def _with_fewer_facts(card: Card) -> Card:
    facts, notes = _said(card), tuple(fact for fact in card.facts if _NOTE.fullmatch(fact))
    kept = len(facts) // 2
    return _noted(replace(card, facts=(*facts[:kept], *notes)), len(facts) - kept, "more lines")


def _noted(card: Card, count: int, what: str) -> Card:
    """The card with `count` added to what it says is missing."""
    notes = {note[2]: int(note[1].replace(",", "")) for fact in card.facts if (note := _NOTE.fullmatch(fact))}
    notes[what] = notes.get(what, 0) + count
    return replace(card, facts=(*_said(card), *(f"{number:,} {which}" for which, number in notes.items())))


def _cut(text: str) -> str:
    """A text that one output can hold; the rest is counted."""
    if len(text.encode()) <= LARGEST:
        return text
    head = text.encode()[: LARGEST - 200].decode(errors="ignore").rpartition("\n")[0] or text[:_WIDEST]
    return f"{head}\n… {len(text) - len(head):,} more characters; --json or a file (-o FILE, > FILE) has them all"


def graph_bundle(graph: Any) -> Bundle:
    """A graph as SVG, as PNG for notebooks that are not trusted, and as an adjacency list."""
    from ..errors import PluginError
    from ..lineage.dot import render, small_png

    bundle: Bundle = {"text/plain": _cut(graph.to_text().rstrip("\n"))}
    try:
        bundle["image/svg+xml"] = _fitting(render(graph, "svg").decode())
        if _size(bundle) <= LARGEST // 2:  # a PNG takes more bytes than the SVG of the same graph, and longer to draw
            bundle["image/png"] = small_png(graph)
    except PluginError as error:
        bundle["text/plain"] += f"\n(no picture: {error.message}; {error.hint})"
    return _pictures_that_fit(bundle)


def _pictures_that_fit(bundle: Bundle) -> Bundle:
    """Without the PNG, or without any picture, where an output would be too large with it."""
    for kind in ("image/png", "image/svg+xml"):
        if _size(bundle) > LARGEST and kind in bundle:
            size = len(bundle.pop(kind)) // 1024
            if kind == "image/svg+xml":
                way_out = "save it with -o FILE.svg, or draw a part: --focus TABLE, --collapse"
                bundle["text/plain"] += f"\n(the picture has {size:,} KB: {way_out})"
    return bundle


def _fitting(svg: str) -> str:
    """A picture a little wider than a cell is made smaller; one that would be illegible keeps its size and scrolls."""
    size = re.search(r'width="(\d+)pt" height="(\d+)pt"', svg)
    if size is None or not _CELL_POINTS < int(size[1]) <= _CELL_POINTS / _LEAST_SCALE:
        return svg
    scale = _CELL_POINTS / int(size[1])
    return svg.replace(size[0], f'width="{_CELL_POINTS}pt" height="{round(int(size[2]) * scale)}pt"', 1)


def html_of(card: Card) -> str:
    """The only place where HTML is made: every text goes through `escaped`."""
    parts = [f'<p class="synth-title synth-{card.state}">{escaped(card.title)}</p>'] if card.title else []
    parts += [f'<p class="synth-fact">{escaped(fact)}</p>' for fact in card.facts]
    parts += [_table(grid) for grid in card.grids]
    return f'<div class="synth-card mathjax_ignore tex2jax_ignore">{_STYLE}{"".join(parts)}</div>'


def _table(grid: Grid) -> str:
    numeric = [' class="synth-number"' if is_numeric(grid, at) else "" for at in range(len(grid.columns))]
    heads = "".join(
        f'<th scope="col"{kind}>{escaped(name)}</th>' for name, kind in zip(grid.columns, numeric, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(_data(value, kind, grid) for value, kind in zip(row, numeric, strict=True)) + "</tr>"
        for row in grid.rows
    )
    caption = f"<caption>{escaped(grid.caption)}</caption>" if grid.caption and not grid.folded else ""
    footer = f'<p class="synth-note">{escaped(grid.footer)}</p>' if grid.footer else ""
    table = f'<table class="synth-table">{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    scrolled = f'<div class="synth-scroll">{table}{footer}</div>'
    return f"<details><summary>{escaped(grid.caption)}</summary>{scrolled}</details>" if grid.folded else scrolled


def _data(value: Any, kind: str, grid: Grid) -> str:
    if value is None:
        return f'<td{kind}><span class="synth-null">NULL</span></td>'
    if isinstance(value, Bars):
        return f"<td>{_drawn(value)}</td>"
    return f"<td{kind}>{escaped(cell(value, grouped=grid.grouped, widest=_WIDEST))}</td>"


def _drawn(bars: Bars) -> str:
    """A bar for each count, in the colour of the theme; who sees no pictures hears its words."""
    if not bars.counts:
        return f'<span class="synth-fact">{escaped(bars.label)}</span>'
    heights = [max(1, round(share * _BARS_HIGH)) if share else 0 for share in bars.shares]
    rects = "".join(
        f'<rect x="{at * _BAR_WIDE}" y="{_BARS_HIGH - high}" width="{_BAR_WIDE - 1}" height="{high}"/>'
        for at, high in enumerate(heights)
    )
    size = f'width="{len(heights) * _BAR_WIDE}" height="{_BARS_HIGH}"'
    label = escaped(bars.label)
    return f'<svg class="synth-bars" role="img" aria-label="{label}" {size}><title>{label}</title>{rects}</svg>'


def escaped(text: str, *, lines: bool = False) -> str:
    """Text that is text in HTML and nothing else, with what commands a terminal made visible; `lines` keeps lines."""
    shown = "\n".join(map(safe, text.split("\n"))) if lines else safe(text)
    return escape(shown, quote=True)
