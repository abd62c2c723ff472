"""The verbs: a workspace, its experiments and their runs. It composes the rooms below and holds no logic of theirs."""

from .experiment import Experiment
from .progress_events import Progress
from .results import Definition, ExperimentSummary, Run
from .workspace import Workspace

__all__ = ["Definition", "Experiment", "ExperimentSummary", "Progress", "Run", "Workspace"]
