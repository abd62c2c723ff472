"""The lineage graphs of an experiment, from its schema and what the store remembers."""

from typing import TYPE_CHECKING

from ..errors import NotFoundError

if TYPE_CHECKING:
    from ..lineage.graph import ExperimentHistory
    from ..lineage.model import Graph
    from .experiment import Experiment


def graph_of(experiment: "Experiment", level: str) -> "Graph":
    """The graph of `table`, `column` or `run`; CommandError for another level."""
    from ..lineage.graph import build

    rows = _rows(experiment) if level == "table" else None
    return build(experiment.schema, level, rows=rows, history=_history(experiment) if level == "run" else None)


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
        for table in stored_tables(experiment.workspace.experiment(run.address).files())
    )
    return ExperimentHistory(
        name, tuple(store.experiments.versions(name)), tuple(experiment.runs()), tuple(stored),
        tuple(store.runs.loads(name)), tuple(store.history.events(name)), tuple(store.experiments.tags(name)),
    )  # fmt: skip
