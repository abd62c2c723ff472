"""One part of the panel: controls that make the words of a command, the line to copy, and what the command answered.

Every part is an ordinary `ipywidgets.VBox`, so that it can stand alone or in somebody's own layout.
"""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
from traitlets import Bool, Unicode

from ...commands import answer, parse
from ...commands.text import safe
from ...commands.verbs import Answer
from ...errors import SynthError
from ..display import bundle_of, escaped

WIDE: dict[str, Any] = {"style": {"description_width": "9em"}, "layout": {"width": "46em", "max_width": "100%"}}
ROWS = 20
"""Rows of data that a part shows."""


class Part(widgets.VBox):  # type: ignore[misc]
    """Controls above, the line of the present choice below them, then the answer.

    `line` is what one would write in a cell, `said` the last answer as text, `failed` whether it was an error.
    State: the widgets and traits, changed by the kernel's event loop alone.
    """

    line = Unicode(help="the present choice as a line of a cell")
    said = Unicode(help="the last answer, as text")
    failed = Bool(False, help="whether the last answer is an error")

    def __init__(self, workspace: Any, experiment: str) -> None:
        self.workspace, self.experiment = workspace, experiment
        self.listeners: list[Callable[[], None]] = []
        self.copied = widgets.Textarea(description="In a cell", rows=1, tooltip="The same as a line to copy", **WIDE)
        self.shown = widgets.HTML()
        super().__init__([])

    def arrange(self, *controls: Any, watched: Sequence[Any] = ()) -> None:
        """Put the controls above line and answer; the line follows the values of those `watched`."""
        for control in watched:
            control.observe(self.write_line, "value")
        self.write_line()
        self.children = [*controls, self.copied, self.shown]

    def words(self) -> list[str]:
        """The command of the present choice."""
        return []

    def body(self) -> str | None:
        """What stands below the words in a cell, if anything."""
        return None

    def write_line(self, change: Any = None) -> None:
        """Show the present choice as a line to copy."""
        body, line = self.body(), "synth " + shlex.join(self.words())
        self.line = f"%{line}" if body is None else f"%%{line}\n{body}"
        self.copied.value, self.copied.rows = self.line, min(8, self.line.count("\n") + 1)

    def answered(self, words: Sequence[str], body: str | None = None) -> Answer:
        """What `words` ask; this touches no widget, so that it may run in another thread.

        Raises:
            SynthError: the words are wrong, or the call failed.
        """
        return answer(parse(words), lambda: self.workspace, body=body)

    def ask(self, words: Sequence[str] | None = None, body: str | None = None) -> Answer | None:
        """Do what `words` (or the present choice) ask and show the answer; an error is shown and gives None."""
        said, below = (self.words(), self.body()) if words is None else (list(words), body)
        try:
            given = self.answered(said, below)
            self.show(bundle_of(given, ROWS))
        except SynthError as error:
            self.show_error(error)
            return None
        finally:
            self.tell()
        return given

    def tell(self) -> None:
        """Let the listeners know that something may have changed."""
        for listener in self.listeners:
            listener()

    def show(self, bundle: dict[str, Any]) -> None:
        """Show an answer in place of the last."""
        picture = bundle.get("image/svg+xml")
        label = f'<div role="img" aria-label="picture of {escaped(self.experiment)}">{picture}</div>'
        text = f"<pre>{escaped(bundle['text/plain'], lines=True)}</pre>"
        self.failed, self.said = False, bundle["text/plain"]
        self.shown.value = label if picture else bundle.get("text/html", text)

    def show_error(self, error: SynthError) -> None:
        """Show an error in place of the last answer."""
        lines = [safe(line) for line in error.lines()]
        self.failed, self.said = True, "\n".join(lines)
        shown = "<br>".join(map(escaped, lines))
        self.shown.value = f'<div role="alert" style="color:var(--jp-error-color1, #c00)">{shown}</div>'

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.line.splitlines()[0]}"


def button(label: str, tooltip: str, act: Callable[[], Any], **details: Any) -> Any:
    """A button that says what it will do; `act` may be a coroutine function."""
    made = widgets.Button(description=label, tooltip=tooltip, **details)

    def clicked(_: Any) -> None:
        done = act()
        if asyncio.iscoroutine(done):
            made.task = asyncio.ensure_future(done)  # kept here: the loop itself holds no task

    made.on_click(clicked)
    return made


def row(*controls: Any) -> Any:
    """Controls beside each other, that wrap where the page is narrow."""
    return widgets.HBox(list(controls), layout={"flex_flow": "row wrap"})
