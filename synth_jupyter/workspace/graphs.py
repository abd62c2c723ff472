"""The lineage graphs of an experiment, its history, and its OpenLineage events, from what the store remembers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError
from ..store import Event
from .addresses import parse_address

if TYPE_CHECKING:
    from ..lineage.derived import DerivedTables
    from ..lineage.graph import ExperimentHistory
    from ..lineage.model import Graph
    from ..store import RunRecord
    from .experiment import Experiment
    from .workspace import Workspace


@dataclass(frozen=True)
class History:
    """Everything that ever happened under a name, oldest first."""

    experiment: str
    events: tuple[Event, ...]

    def to_dict(self) -> dict[str, Any]:
        """The `lineage --history` document."""
        events = [{"number": each.number, "at": each.at, "event": each.kind} | each.details for each in self.events]
        for event in events:
            event.pop("layers", None)  # of an image: digests that say nothing to a reader
        return {"experiment": self.experiment, "events": events}


def history_of(workspace: "Workspace", address: str) -> History:
    """The append-only history of an experiment, or of one run; a deleted experiment has one too.

    Raises:
        NotFoundError: nothing ever happened under that name.
    """
    parsed = parse_address(address)
    events = workspace.store.history.events(parsed.name)
    if not events:
        known = {event.experiment for event in workspace.store.history.events()}
        raise NotFoundError.of("history of an experiment", parsed.name, known)
    wanted = workspace.experiment(address).run().address if parsed.tag is not None else str(parsed)
    if wanted != parsed.name:
        events = [event for event in events if str(event.details.get("run", "")).casefold() == wanted.casefold()]
    return History(wanted, tuple(events))


def graph_of(experiment: "Experiment", level: str) -> "Graph":
    """The graph of `table`, `column` or `run`; CommandError for another level."""
    from ..lineage.derived import with_derived
    from ..lineage.graph import build

    rows = _rows(experiment) if level == "table" else None
    graph = build(experiment.schema, level, rows=rows, history=_history(experiment) if level == "run" else None)
    runs = _derived_of_all(experiment) if level == "run" else [_derived_of_one(experiment)]
    return with_derived(graph, [made for made in runs if made.records])


def events_of(experiment: "Experiment") -> list[dict[str, Any]]:
    """The OpenLineage events of the addressed run, or of every run, in the order in which things happened."""
    from ..lineage.happenings import run_events

    store = experiment.workspace.store
    runs = [run for run in experiment.runs() if experiment.key in (None, run.key)]
    loads = store.runs.loads(experiment.name)
    happened = store.history.events(experiment.name)
    found: list[dict[str, Any]] = []
    for run in runs:
        mine = [load for load in loads if load.run == run.address]
        verified = [event for event in happened if event.kind == "verified" and event.details["run"] == run.address]
        found += run_events(run, experiment.files_of(run), store.derived.of(run.key), mine, verified[-1:])
    return sorted(found, key=lambda event: str(event["eventTime"]))


def _derived_of_one(experiment: "Experiment") -> "DerivedTables":
    from ..lineage.derived import DerivedTables

    try:
        run = experiment.run()
    except NotFoundError:
        return DerivedTables()
    return _derived(experiment, run)


def _derived_of_all(experiment: "Experiment") -> "list[DerivedTables]":
    return [_derived(experiment, run) for run in experiment.runs()]


def _derived(experiment: "Experiment", run: "RunRecord") -> "DerivedTables":
    from ..lineage.derived import DerivedTables
    from .transforming import staleness

    workspace = experiment.workspace
    complete = [each.address for each in experiment.runs() if each.status == "complete"]
    newest = complete[-1] if complete else None
    return DerivedTables(tuple(workspace.store.derived.of(run.key)), staleness(workspace, run, newest))


def _rows(experiment: "Experiment") -> dict[str, int]:
    """Of the addressed or latest complete run, else as planned."""
    try:
        return dict(experiment.run().rows)
    except NotFoundError:
        return dict(experiment.plan().rows)


def _history(experiment: "Experiment") -> "ExperimentHistory":
    from ..lineage.graph import ExperimentHistory, stored_tables

    store = experiment.workspace.store
    name = experiment.name
    stored = (
        table
        for run in experiment.runs()
        if run.status == "complete"
        for table in stored_tables(experiment.files_of(run))
    )
    return ExperimentHistory(
        name, tuple(store.experiments.versions(name)), tuple(experiment.runs()), tuple(stored),
        tuple(store.runs.loads(name)), tuple(store.history.events(name)), tuple(store.experiments.tags(name)),
    )  # fmt: skip
