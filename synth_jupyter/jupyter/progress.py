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


_FORMAT = "{desc}: {percentage:.0f} % of {total_fmt} rows, {rate_fmt}, {elapsed} so far, {remaining} to go"
_STYLE = "font-family:var(--jp-code-font-family, monospace);font-size:var(--jp-code-font-size, 13px)"


class CellBar(LiveLine):
    """tqdm drawing into a display handle. State: the handle, made by the first drawing."""

    def __init__(self, **settings: Any) -> None:
        self._handle: Any = None
        self.disable: bool = False
        super().__init__(file=io.StringIO(), ascii=False, **settings)

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draw the present state, or `msg` in its place."""
        text = str(self) if msg is None else msg
        self._show(text, self._bar() if msg is None else _line(text))
        return True

    def close(self) -> None:
        """Stop without drawing: the last line is `finish`'s, or stands as it was."""
        if not self.disable:
            self.disable = True
            self._decr_instances(self)

    def finish(self, text: str) -> None:
        """Replace the bar by a line that stays."""
        self.close()
        self._show(text, _line(text))

    def _show(self, text: str, html: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": safe(text), "text/html": html}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)

    def _bar(self) -> str:
        label, text = safe(str(self.desc)), self.format_meter(**self.format_dict | {"bar_format": _FORMAT})
        bar = f'<progress aria-label="{escape(label)}" value="{self.n}" max="{self.total or 1}"></progress>'
        return _line(text, bar)


def _line(text: str, before: str = "") -> str:
    return f'<div role="status" style="{_STYLE}">{before} {escape(safe(text))}</div>'


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
