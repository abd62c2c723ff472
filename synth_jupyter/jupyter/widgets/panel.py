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
from ...commands.text import safe
from ...errors import SynthError
from ...schema.model import Schema
from ..display import bundle_of

_PERCENT = re.compile(r"(\d+)%\|")


def show_panel(workspace: Any, name: str) -> "Panel":
    """The panel, with the runs so far shown above it as an output that needs no kernel."""
    from IPython.display import display

    panel = Panel(workspace, name)
    display(bundle_of(ask(workspace, ["runs", name]), 5), raw=True)  # type: ignore[no-untyped-call]
    return panel


class Panel(widgets.VBox):  # type: ignore[misc]
    """The controls. State: the process that generates, if any; changed by the kernel's event loop alone."""

    def __init__(self, workspace: Any, name: str) -> None:
        schema = workspace.experiment(name).schema
        self._workspace, self._name, self._process, self._table = workspace, name, None, _largest(schema)
        count = max(1, self._table.rows.count or 1)
        wide = {"style": {"description_width": "8em"}, "layout": {"width": "46em"}}
        self.rows = widgets.IntSlider(count, 0, count * 10, max(1, count // 100), description="Rows", **wide)
        self.rows.description = safe(self._table.name)
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
        command = (sys.executable, "-m", "synth_jupyter", *self.words, "--json")
        home = {"SYNTH_HOME": str(self._workspace.home), "SYNTH_PROGRESS": "plain"}
        process = await asyncio.create_subprocess_exec(
            *command, env=os.environ | home, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        async for line in process.stderr:
            self._show(line.decode(errors="replace").rstrip())
        if await process.wait() == 0:
            self.bar.value = 100
        self.generate.disabled, self.cancel.disabled = False, True
        self._list_runs()

    def _show(self, text: str) -> None:
        percent = _PERCENT.search(text)
        self.bar.value = int(percent[1]) if percent else self.bar.value
        self.state.value = f'<div role="status">{escape(safe(text))}</div>'

    def _ask(self, *words: str) -> Any:
        try:
            return ask(self._workspace, list(words))
        except SynthError as error:
            return self._show(error.message)

    def _write_line(self, change: Any = None) -> None:
        self.line.value = "%synth " + " ".join(map(_quoted, self.words))

    def _list_runs(self) -> None:
        self.runs.value = bundle_of(self._ask("runs", self._name), 5)["text/html"]

    def __repr__(self) -> str:
        return f"panel of {self._name}: {self.line.value}"


def _largest(schema: Schema) -> Any:
    counted = [table for table in schema.tables if table.rows.count is not None]
    return max(counted, key=lambda table: table.rows.count or 0)


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)
