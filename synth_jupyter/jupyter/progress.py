"""Progress in a notebook: one output, redrawn in place at most five times a second, that ends as one durable line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from ..commands.text import safe
from ..progress import Line, LiveLines, reporting

if TYPE_CHECKING:
    from ..workspace import Progress

_STYLE = (
    "font-family:var(--jp-code-font-family, monospace);font-size:var(--jp-code-font-size, 13px);white-space:pre-wrap"
)


class Cell:
    """Draws into one display of the cell. State: its handle, made by the first drawing."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, lines: Sequence[Line]) -> None:
        """A bar and its words for each line."""
        self._show("\n".join(line.words() for line in lines), "".join(map(_bar, lines)))

    def finish(self, text: str) -> None:
        """Replace the bars by a line that stays."""
        self._show(text, escape(safe(text)))

    def close(self) -> None:
        """What stands there stays."""

    def _show(self, text: str, html: str) -> None:
        from IPython.display import display

        plain = "\n".join(map(safe, text.split("\n")))
        bundle = {"text/plain": plain, "text/html": f'<div role="status" style="{_STYLE}">{html}</div>'}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)


def _bar(line: Line) -> str:
    label, words = escape(safe(line.label.strip())), escape(safe(line.words()))
    return f'<div><progress aria-label="{label}" value="{line.rows}" max="{line.total or 1}"></progress> {words}</div>'


@contextmanager
def cell_reporting(mode: str, *, rich: bool) -> "Iterator[Callable[[Progress], None]]":
    """Like `progress.reporting`, drawn as an output of the cell where the front end can show one (`rich`)."""
    if not rich or mode in ("off", "plain"):
        with reporting(mode) as report:
            yield report
        return
    shown = LiveLines(Cell())
    try:
        yield shown
    finally:
        shown.close()
