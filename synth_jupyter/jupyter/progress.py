"""Progress in a notebook: one output, redrawn in place at most five times a second, that ends as one durable line."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from ..commands.text import safe
from ..progress import LiveBar, LiveLine, reporting

if TYPE_CHECKING:
    from ..workspace import Progress


class CellBar(LiveLine):
    """tqdm drawing into a display handle. State: the handle, made by the first drawing."""

    def __init__(self, **settings: Any) -> None:
        self._handle: Any = None
        self.disable: bool = False
        super().__init__(file=io.StringIO(), **settings)

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draw the present state, or `msg` in its place."""
        text = str(self) if msg is None else msg
        self._show(text, live=msg is None)
        return True

    def close(self) -> None:
        """Stop without drawing: the last line is `finish`'s, or stands as it was."""
        if not self.disable:
            self.disable = True
            self._decr_instances(self)

    def finish(self, text: str) -> None:
        """Replace the bar by a line that stays."""
        self.close()
        self._show(text, live=False)

    def _show(self, text: str, *, live: bool) -> None:
        from IPython.display import display

        bundle = {"text/plain": safe(text), "text/html": self._html(text, live)}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)

    def _html(self, text: str, live: bool) -> str:
        shown = escape(safe(text))
        style = "font-family:var(--jp-code-font-family, monospace);font-size:var(--jp-code-font-size, 13px)"
        if not live:
            return f'<div role="status" style="{style}">{shown}</div>'
        label, most = escape(safe(str(self.desc))), self.total or 1
        bar = f'<progress aria-label="{label}" value="{self.n}" max="{most}"></progress>'
        return f'<div role="status" style="{style}">{bar} {shown}</div>'


@contextmanager
def cell_reporting(mode: str, *, rich: bool) -> "Iterator[Callable[[Progress], None]]":
    """Like `progress.reporting`, drawn as an output of the cell where the front end can show one (`rich`)."""
    if not rich or mode in ("off", "plain"):
        with reporting(mode) as report:
            yield report
        return
    bar = LiveBar(lambda **settings: CellBar(**{**settings, "dynamic_ncols": False, "ncols": 100}), CellBar.finish)
    try:
        yield bar
    finally:
        bar.close()
