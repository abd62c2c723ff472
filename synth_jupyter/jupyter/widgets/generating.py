"""The part that generates: rows for each table, a seed, Generate, Cancel, Resume, and how far it is.

A run is a process of its own, so the notebook stays free, and a lost kernel costs nothing: the run goes on, and
`%synth watch` finds it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from ...commands.text import safe
from ...errors import SynthError
from ..display import escaped
from .part import WIDE, Part, button, row

UNFINISHED = ("partial", "failed")
_MOST = 10**15
_LOOK_SECONDS = 0.25


class Generate(Part):
    """`status` is what became of the last run: empty, running, complete, partial or failed."""

    status = Unicode(help="what became of the last run")

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        schema = workspace.experiment(experiment).schema
        self._counts = {table.name: table.rows.count for table in schema.tables if table.rows.count is not None}
        self.rows = {
            table: widgets.BoundedIntText(
                count, 0, _MOST, description=safe(table), tooltip=f"Rows of {safe(table)}", **WIDE
            )
            for table, count in self._counts.items()
        }
        self.seed = widgets.Text(
            "" if schema.seed is None else str(schema.seed), description="Seed", tooltip="A whole number", **WIDE
        )
        self.generate = button("Generate", "Make a run", self.make, button_style="primary")
        self.cancel = button("Cancel", "Stop, keeping what there is", self.stop, disabled=True)
        self.resume = button("Resume", "Finish the last run that was stopped", self.finish)
        self.bar = widgets.IntProgress(0, 0, 100, description="Progress", tooltip="Share of the rows", **WIDE)
        self.state = widgets.HTML()
        tables = widgets.VBox(list(self.rows.values()), layout={"max_height": "16em", "overflow": "auto"})
        buttons = row(self.generate, self.cancel, self.resume)
        watched = [*self.rows.values(), self.seed]
        self.arrange(tables, self.seed, buttons, self.bar, self.state, watched=watched)
        self._look()

    def words(self) -> list[str]:
        changed = {table: field.value for table, field in self.rows.items() if field.value != self._counts[table]}
        rows = [word for table, count in changed.items() for word in ("--rows", f"{table}={count}")]
        seed = ["--seed", self.seed.value.strip()] if self.seed.value.strip() else []
        return ["generate", self.experiment, *rows, *seed]

    async def make(self) -> None:
        """Make a run, and follow it to its end."""
        await self._follow(self.words())

    async def finish(self) -> None:
        """Finish the newest run that was stopped."""
        stopped = [
            run for run in self.workspace.experiment(self.experiment).runs() if run.status in ("partial", "failed")
        ]
        address = stopped[-1].address if stopped else self.experiment
        await self._follow(["resume", address])

    def stop(self) -> None:
        """Ask the run that is under way to stop, which it does within a second."""
        self._say_line(["cancel", self.experiment])
        self.ask(["cancel", self.experiment])

    async def _follow(self, words: Sequence[str]) -> None:
        self._say_line(words)
        self.generate.disabled = self.resume.disabled = True
        self.status, self.bar.value = "running", 0
        try:
            started = await asyncio.to_thread(self.answered, [*words, "--background"])
            self.cancel.disabled = False
            await self._watch(started.document["run"])
        except SynthError as error:
            self.status = "failed"
            self.show_error(error)
        finally:
            self.generate.disabled, self.cancel.disabled = False, True
            self._look()

    async def _watch(self, address: str) -> None:
        """Read the store until the run has ended; this waits in the kernel's event loop, so a shutdown ends it."""
        experiment = self.workspace.experiment(address)
        while (now := experiment.run()).status == "running":
            self._draw(now)
            await asyncio.sleep(_LOOK_SECONDS)
        self._draw(now)
        self.status = now.status
        if now.status == "complete":
            self.bar.value = 100
        self.ask(["runs", self.experiment])

    def _draw(self, record: Any) -> None:
        made, total = sum(self.workspace.store.runs.progress(record.key).values()), sum(record.rows.values())
        self.bar.value = 100 * made // total if total else 100
        how = "done" if record.status == "complete" else record.status
        why = f" ({record.reason})" if record.reason else ""
        self._say(f"{record.address} {how}{why}: {made:,} of {total:,} rows")

    def _look(self) -> None:
        """Resume is offered when there is something to resume."""
        self.resume.disabled = not self._stopped()

    def _stopped(self) -> list[Any]:
        try:
            runs = self.workspace.experiment(self.experiment).runs()
        except SynthError as error:
            self.show_error(error)
            return []
        return [run for run in runs if run.status in UNFINISHED]

    def _say(self, text: str) -> None:
        self.state.value = f'<div role="status" aria-live="polite">{escaped(text)}</div>'

    def _say_line(self, words: Sequence[str]) -> None:
        import shlex

        self.line = self.copied.value = "%synth " + shlex.join(words)
