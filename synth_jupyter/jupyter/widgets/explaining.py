"""The parts that explain: the graph of where data comes from, and one row of it."""

import shlex
from typing import Any

import ipywidgets as widgets

from ...commands.text import safe
from ...errors import CommandError
from .part import WIDE, Part, button


class Lineage(Part):
    """The graph of tables, of columns, or of what was done."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        self.level = widgets.Dropdown(
            options=["table", "column", "run"], description="Level", tooltip="How fine", **WIDE
        )
        self.draw = button("Draw", "Draw the graph", self.ask, button_style="primary")
        self.arrange(self.level, self.draw, watched=(self.level,))

    def words(self) -> list[str]:
        return ["lineage", self.experiment, "--level", str(self.level.value)]


class Trace(Part):
    """Where one row comes from, by its key or by its number."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        tables = [table.name for table in workspace.experiment(experiment).schema.tables]
        self.table = widgets.Dropdown(options=tables, description="Table", tooltip="The table", **WIDE)
        self.by = widgets.Dropdown(options=["key", "row"], description="By", tooltip="Key or number of the row", **WIDE)
        self.value = widgets.Text(
            "1", description="Key or row", tooltip="A key, COL=VALUE words of a composite key, or a row from 0", **WIDE
        )
        self.trace = button("Trace", "Show where this row comes from", self.ask, button_style="primary")
        self.arrange(self.table, self.by, self.value, self.trace, watched=(self.table, self.by, self.value))

    def words(self) -> list[str]:
        said = ["trace", self.experiment, str(self.table.value or "")]
        if self.by.value == "row":
            return [*said, "--row", self.value.value.strip()]
        return [*said, *self._key()]

    def _key(self) -> list[str]:
        try:
            return shlex.split(self.value.value)
        except ValueError:
            return [self.value.value]  # a quote that is still being typed is part of the key

    def show_error(self, error: Any) -> None:
        if isinstance(error, CommandError) and not self.value.value.strip():
            error = CommandError(f"say which row of {safe(str(self.table.value))}", hint="write its key, or its number")
        super().show_error(error)
