"""`%synth panel [NAME]`: every part in one place, beside a table of runs that lasts without a kernel."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode, observe

from ...commands import run as ask
from ...commands.cards import card_of
from ...errors import SynthError
from ..display import Bundle, card_bundle
from .asking import Preview, Runs, Sql
from .defining import Define
from .explaining import Lineage, Trace
from .generating import Generate
from .part import WIDE, Part
from .removing import Remove
from .shipping import Export, Import

PARTS: dict[str, Callable[[Any, str], Part]] = {
    "Generate": Generate, "Runs": Runs, "Preview": Preview, "SQL": Sql, "Lineage": Lineage, "Trace": Trace,
    "Export": Export, "Import": Import, "Define": Define, "Remove": Remove,
}  # fmt: skip
PANEL_MIME = "application/vnd.synth-jupyter.panel+json"
"""What the sidebar's module shows as the panel itself, or as text when its kernel is gone."""
_WITHOUT_EXPERIMENT = ("Import", "Define")
_RUNS = 5
_STYLE = (
    "<style>.synth-panel .lm-TabBar-tab{color:var(--jp-ui-font-color1, CanvasText)!important}"
    ".synth-panel select{appearance:auto!important;background-image:none!important}</style>"
)
"""The controls' own colour of a tab that is not in front is paler than text should be, and lists have a dark arrow."""


def show_panel(workspace: Any, name: str | None = None) -> "Panel":
    """The panel, with the runs so far above it: an output that needs no kernel, and follows what the panel does.

    Raises:
        NotFoundError: there is no such experiment.
    """
    from IPython.display import display

    panel = Panel(workspace, name)
    handle = display(last_runs(workspace, panel.experiment), raw=True, display_id=True)  # type: ignore[no-untyped-call]
    panel.listeners.append(lambda: handle and handle.update(last_runs(workspace, panel.experiment), raw=True))
    return panel


class Panel(widgets.VBox):  # type: ignore[misc]
    """All parts of one experiment as tabs; `experiment` names it, and another may be chosen.

    State: the parts, made anew for another experiment by the kernel's event loop alone.
    """

    experiment = Unicode(help="the experiment that the parts are about")

    def __init__(self, workspace: Any, name: str | None = None) -> None:
        self._workspace = workspace
        self.listeners: list[Callable[[], Any]] = []
        self.parts: dict[str, Part] = {}
        known = [each.name for each in workspace.list()]
        chosen = workspace.experiment(name).name if name else (known[-1] if known else "")
        self.choice = widgets.Dropdown(
            options=known, value=chosen or None, description="Experiment", tooltip="The experiment", **WIDE
        )
        self.tabs = widgets.Tab()
        super().__init__([self.choice, self.tabs, widgets.HTML(_STYLE, layout={"display": "none"})])
        self.add_class("synth-panel")
        self.choice.observe(lambda change: self.set_trait("experiment", change.new or ""), "value")
        self.experiment = chosen
        if not chosen:
            self._build()

    @observe("experiment")
    def _build(self, change: Any = None) -> None:
        closed, self.parts = self.parts, {}
        for title, make in PARTS.items():
            if self.experiment or title in _WITHOUT_EXPERIMENT:
                self.parts[title] = make(self._workspace, self.experiment if title not in _WITHOUT_EXPERIMENT else "")
                self.parts[title].listeners.append(self._changed)
        self.tabs.children = list(self.parts.values())
        self.tabs.titles = list(self.parts)
        for part in closed.values():
            part.close()

    def _changed(self) -> None:
        """What there is may have changed: offer it, and refresh what lasts."""
        known = [each.name for each in self._workspace.list()]
        if known != list(self.choice.options):
            kept = self.experiment if self.experiment in known else (known[-1] if known else None)
            self.choice.options = known
            self.choice.value = kept
        for listener in self.listeners:
            listener()

    @property
    def line(self) -> str:
        """The line of the part in front."""
        part = list(self.parts.values())[self.tabs.selected_index or 0]
        return str(part.line)

    def _repr_mimebundle_(self, **given: Any) -> Bundle:
        """The panel, and what is said in its place where no kernel draws it."""
        text = "The panel needs its kernel: run this cell again. The table above it shows the runs as they were."
        return {**super()._repr_mimebundle_(**given), PANEL_MIME: {"without_kernel": text}}

    def __repr__(self) -> str:
        return f"panel of {self.experiment or 'a new experiment'}: {self.line.splitlines()[0]}"


def last_runs(workspace: Any, name: str) -> Bundle:
    """The newest runs of an experiment as a card."""
    try:
        document = ask(workspace, ["runs", name]).document if name else {"runs": []}
    except SynthError:
        document = {"runs": []}  # it was deleted while the panel was open
    return card_bundle(card_of("runs", {"runs": document["runs"][-_RUNS:]}), _RUNS)
