"""The part that removes and brings back: reset, delete and restore; what removes wants the name to be typed first."""

import asyncio
from typing import Any

import ipywidgets as widgets

from ...errors import SynthError
from ..display import bundle_of
from .part import ROWS, WIDE, Part, button, row

REMOVING = {"Reset: its data": "reset", "Delete: all of it": "delete"}
_BACK = "Restore: "


class Remove(Part):
    """Nothing is removed before the experiment's name stands in `name`; without it one sees what would be."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        self.what = widgets.Dropdown(options=self._choices(), description="What", tooltip="What to do", **WIDE)
        self.name = widgets.Text(
            "", description="Its name", tooltip="To remove it, write the experiment's name here", **WIDE
        )
        self.look = button("Show", "What would be removed; nothing is", self.see)
        self.act = button("Do it", "Do what the line says", self.do, button_style="danger")
        self.name.observe(self._allow, "value")
        self.what.observe(self._allow, "value")
        self.arrange(self.what, self.name, row(self.look, self.act), watched=(self.what, self.name))
        self._allow()

    @property
    def is_confirmed(self) -> bool:
        """Whether the name stands there as it is written."""
        return bool(self.name.value == self.experiment)

    def words(self) -> list[str]:
        chosen = str(self.what.value)
        if chosen not in REMOVING.values():
            return ["restore", chosen]
        return [chosen, self.experiment, *(["--yes"] if self.is_confirmed else [])]

    def see(self) -> None:
        """What would be removed, or the runs where something is to come back."""
        verb = str(self.what.value)
        self.ask([verb, self.experiment] if verb in REMOVING.values() else ["runs", self.experiment])

    async def do(self) -> None:
        """Do it; the notebook stays free meanwhile."""
        if self.act.disabled:
            return
        self.act.disabled = True
        try:
            self.show(bundle_of(await asyncio.to_thread(self.answered, self.words()), ROWS))
        except SynthError as error:
            self.show_error(error)
        finally:
            self.name.value = ""
            self._offer()
            self.tell()

    def _allow(self, change: Any = None) -> None:
        self.act.disabled = self.what.value in REMOVING.values() and not self.is_confirmed

    def _offer(self) -> None:
        chosen = self.what.value
        self.what.options = choices = self._choices()
        self.what.value = chosen if chosen in choices.values() else "reset"
        self._allow()

    def _choices(self) -> dict[str, str]:
        """What can be done now: the runs that were reset can come back."""
        try:
            runs = self.workspace.experiment(self.experiment).runs()
        except SynthError:
            runs = []  # it was deleted
        return REMOVING | {f"{_BACK}{run.address}": run.address for run in runs if run.status == "reset"}
