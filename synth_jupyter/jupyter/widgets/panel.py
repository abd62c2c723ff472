"""`%synth panel NAME`: rows, seed, Generate, progress, Cancel and the last runs, beside a table of runs that lasts.

A run is a process of its own, `synth generate` in words that the panel shows; so the notebook stays free, and a lost
kernel costs nothing: the run goes on, and `%synth runs` finds it.
"""

import asyncio
import os
import re
import sys
from html import escape
from typing import Any

import ipywidgets as widgets

from ...commands import run as ask
from ...commands.cards import card_of
from ...commands.text import safe
from ...errors import SynthError
from ...schema.model import Schema
from ..display import Bundle, card_bundle

_RUNS = 5
_METER = re.compile(r"\|[^|]*\|")
_PERCENT = re.compile(r"(\d+)%\|")


def show_panel(workspace: Any, name: str) -> "Panel":
    """The panel, with the runs so far shown above it as an output that needs no kernel."""
    from IPython.display import display

    panel = Panel(workspace, name)
    display(_last_runs(workspace, name), raw=True)  # type: ignore[no-untyped-call]
    return panel


class Panel(widgets.VBox):  # type: ignore[misc]
    """The controls. State: the widgets, changed by the kernel's event loop alone."""

    def __init__(self, workspace: Any, name: str) -> None:
        schema = workspace.experiment(name).schema
        self._workspace, self._name, self._table = workspace, name, _largest(schema)
        count = max(1, self._table.rows.count or 1)
        wide = {"style": {"description_width": "8em"}, "layout": {"width": "46em"}}
        self.rows = widgets.IntSlider(
            count, 0, count * 10, max(1, count // 100), description=safe(self._table.name), **wide
        )
        self.seed = widgets.IntText(schema.seed or 0, description="Seed", **wide)
        self.generate = widgets.Button(description="Generate", button_style="primary", tooltip="Generate a run")
        self.cancel = widgets.Button(description="Cancel", disabled=True, tooltip="Stop, keeping what there is")
        self.bar = widgets.IntProgress(0, 0, 100, description="Progress", **wide)
        self.state, self.runs = widgets.HTML(), widgets.HTML()
        self.line = widgets.Text(description="In a cell", **wide)
        self.generate.on_click(lambda _: asyncio.ensure_future(self.run()))
        self.cancel.on_click(lambda _: self._ask("cancel", name))
        for control in (self.rows, self.seed):
            control.observe(self._write_line, "value")
        self._write_line()
        self._list_runs()
        buttons = widgets.HBox([self.generate, self.cancel])
        super().__init__([self.rows, self.seed, self.line, buttons, self.bar, self.state, self.runs])

    @property
    def words(self) -> list[str]:
        """The command that Generate runs."""
        return [
            "generate",
            self._name,
            "--rows",
            f"{self._table.name}={self.rows.value}",
            "--seed",
            str(self.seed.value),
        ]

    async def run(self) -> None:
        """Generate in a process of its own; its progress lines move the bar."""
        self.generate.disabled, self.cancel.disabled, self.bar.value = True, False, 0
        self.state.value = ""
        try:
            self.bar.value = 100 if await self._generated() == 0 else self.bar.value
        finally:
            self.generate.disabled, self.cancel.disabled = False, True
            self._list_runs()

    async def _generated(self) -> int:
        home = {"SYNTH_HOME": str(self._workspace.home), "SYNTH_PROGRESS": "plain"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "synth_jupyter", *self.words, env=os.environ | home, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        async for line in process.stderr:
            self._show(line.decode(errors="replace").rstrip())
        return await process.wait()

    def _show(self, text: str) -> None:
        """A line of progress replaces what is shown; any other line is added to it."""
        percent = _PERCENT.search(text)
        if percent:
            self.bar.value = int(percent[1])
        line = f'<div role="status">{escape(safe(_METER.sub("", text)))}</div>'
        self.state.value = line if percent or "%" in self.state.value else self.state.value + line

    def _ask(self, *words: str) -> None:
        try:
            ask(self._workspace, list(words))
        except SynthError as error:
            self._show(error.message)

    def _write_line(self, change: Any = None) -> None:
        self.line.value = "%synth " + " ".join(map(_quoted, self.words))

    def _list_runs(self) -> None:
        try:
            self.runs.value = _last_runs(self._workspace, self._name)["text/html"]
        except SynthError as error:
            self._show(error.message)

    def __repr__(self) -> str:
        return f"panel of {self._name}: {self.line.value}"


def _last_runs(workspace: Any, name: str) -> Bundle:
    document = ask(workspace, ["runs", name]).document
    return card_bundle(card_of("runs", {"runs": document["runs"][-_RUNS:]}), _RUNS)


def _largest(schema: Schema) -> Any:
    counted = [table for table in schema.tables if table.rows.count is not None]
    return max(counted, key=lambda table: table.rows.count or 0)


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)
