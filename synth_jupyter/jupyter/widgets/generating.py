"""The part that generates: rows for each table, a seed, Generate, and the runs as they go.

A run is a process of its own, so the notebook stays free, and a lost kernel costs nothing: the run goes on, and
`%synth watch` finds it.
"""

import asyncio
from typing import Any

import ipywidgets as widgets

from ...commands.text import safe
from ...errors import SynthError
from .activity import Activity
from .part import WIDE, Part, button, row

_MOST = 10**15


class Generate(Part):
    """`activity` shows the runs with their progress, and cancels, resumes and restores them."""

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
        self.activity = Activity(workspace, experiment)
        self.activity.listeners.append(self.tell)
        tables = widgets.VBox(list(self.rows.values()), layout={"max_height": "16em", "overflow": "auto"})
        watched = [*self.rows.values(), self.seed]
        self.arrange(tables, self.seed, row(self.generate), watched=watched)
        self.children = [*self.children, self.activity]

    def words(self) -> list[str]:
        changed = {table: field.value for table, field in self.rows.items() if field.value != self._counts[table]}
        rows = [word for table, count in changed.items() for word in ("--rows", f"{table}={count}")]
        seed = ["--seed", self.seed.value.strip()] if self.seed.value.strip() else []
        return ["generate", self.experiment, *rows, *seed]

    async def make(self) -> None:
        """Start a run, which the list below shows from then on."""
        self.generate.disabled = True
        try:
            started = await asyncio.to_thread(self.answered, [*self.words(), "--background"])
            self.said, self.failed, self.shown.value = f"{started.document['run']}: under way", False, ""
        except SynthError as error:
            self.show_error(error)
        finally:
            self.generate.disabled = False
            self.activity.refresh()
            self.tell()
