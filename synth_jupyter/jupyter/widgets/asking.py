"""The parts that ask: runs, a preview, a statement, the checks."""

import shlex
from typing import Any

import ipywidgets as widgets

from .part import WIDE, Part, button, row


class Runs(Part):
    """The history of the experiment; Verify counts the violations of every constraint of its latest run."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        self.refresh = button("Refresh", "Read the list of runs again", self.ask)
        self.verify = button("Verify", "Count the violations of every constraint", self.check)
        self.arrange(row(self.refresh, self.verify))
        self.ask()

    def words(self) -> list[str]:
        return ["runs", self.experiment]

    def check(self) -> None:
        """Verify the latest run."""
        self.copied.value = self.line = f"%synth verify {self.experiment}"
        self.ask(["verify", self.experiment])


class Preview(Part):
    """Some rows of a table, exactly as a run will write them."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        tables = [table.name for table in workspace.experiment(experiment).schema.tables]
        self.table = widgets.Dropdown(options=tables, description="Table", tooltip="The table", **WIDE)
        self.count = widgets.BoundedIntText(10, 0, 1000, description="Rows", tooltip="How many rows", **WIDE)
        self.first = widgets.BoundedIntText(0, 0, 10**15, description="From row", tooltip="The first, from 0", **WIDE)
        self.look = button("Preview", "Show these rows", self.ask, button_style="primary")
        self.profile = button("Profile", "What each column of the latest run holds", self.describe)
        buttons = row(self.look, self.profile)
        self.arrange(self.table, self.count, self.first, buttons, watched=(self.table, self.count, self.first))

    def words(self) -> list[str]:
        offset = ["--offset", str(self.first.value)] if self.first.value else []
        return ["preview", self.experiment, str(self.table.value or ""), "-n", str(self.count.value), *offset]

    def describe(self) -> None:
        """Profile the table."""
        words = ["profile", self.experiment, str(self.table.value or "")]
        self.copied.value = self.line = f"%synth {shlex.join(words)}"
        self.ask(words)


class Sql(Part):
    """A statement on the latest run."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        tables = [table.name for table in workspace.experiment(experiment).schema.tables]
        start = f'SELECT * FROM "{tables[0]}" LIMIT 10' if tables else "SELECT 1"
        self.statement = widgets.Textarea(start, description="Statement", rows=4, tooltip="One SQL statement", **WIDE)
        self.run = button("Run", "Ask the latest run", self.ask, button_style="primary")
        self.arrange(self.statement, self.run, watched=(self.statement,))

    def words(self) -> list[str]:
        return ["sql", self.experiment]

    def body(self) -> str | None:
        return str(self.statement.value)
