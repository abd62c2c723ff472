"""Cards as plain text: aligned tables for terminals and for every text/plain, with no control character in them."""

import re
import unicodedata
from typing import Any

from .cards import Card, Grid

_WIDEST = 60
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def render(card: Card) -> str:
    """The whole card as lines: title, facts, tables."""
    parts = [safe(card.title)] if card.title else []
    parts += ["\n".join(safe(fact) for fact in card.facts)] if card.facts else []
    parts += [render_grid(grid) for grid in card.grids]
    return "\n\n".join(part for part in parts if part) if card.grids else "\n".join(parts)


def render_grid(grid: Grid) -> str:
    """Caption, heads, a rule, rows with numbers to the right, and how many rows are not shown."""
    heads = [shortened(safe(column)) for column in grid.columns]
    cells = [[cell(value, grouped=grid.grouped) for value in row] for row in grid.rows]
    widths = [max(map(width, column)) for column in zip(heads, *cells, strict=True)]
    right = [is_numeric(grid, at) for at in range(len(heads))]
    lines = [safe(grid.caption)] if grid.caption else []
    lines += [_line(heads, widths, right), "  ".join("-" * each for each in widths)]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join([*lines, *([grid.footer] if grid.footer else [])])


def cell(value: Any, *, grouped: bool = False, widest: int = _WIDEST) -> str:
    """One value in one short line; None is NULL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and grouped:
        return f"{value:,}"
    return shortened(safe(str(value)[: widest + 1]), widest)  # not all of a value of megabytes


def safe(text: str) -> str:
    """`text` with each control, format or surrogate character made visible, so that it commands nothing."""
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def shortened(text: str, widest: int = _WIDEST) -> str:
    """At most `widest` characters, with an ellipsis for the rest."""
    return text if len(text) <= widest else text[: widest - 1] + "…"


def width(text: str) -> int:
    """Columns that `text` takes in a terminal: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(unicodedata.combining(each) > 0 for each in text)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character < " ":
        return chr(0x2400 + ord(character))
    return " " if unicodedata.category(character) == "Zs" else "\ufffd"


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        " " * (most - width(text)) + text if numeric else text + " " * (most - width(text))
        for text, most, numeric in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def is_numeric(grid: Grid, at: int) -> bool:
    """Whether every value of a column is a number, or a decimal written as text; such columns stand to the right."""
    values = [row[at] for row in grid.rows if row[at] not in (None, "")]
    return bool(values) and all(not isinstance(value, bool) and _NUMBER.fullmatch(str(value)) for value in values)
