"""WHAT HAS HAPPENED: experiments, schema versions, runs, partitions, tags, loads and the append-only history."""

from .lease import Lease, elsewhere, guard, is_held, owner_of, refuse_elsewhere, this_owner
from .records import (
    DerivedRecord,
    Event,
    ExperimentRecord,
    LoadRecord,
    QueryRecord,
    RunRecord,
    SchemaVersion,
    TagRecord,
)
from .runs import NewRun
from .store import Store

__all__ = [
    "DerivedRecord",
    "Event",
    "ExperimentRecord",
    "Lease",
    "LoadRecord",
    "NewRun",
    "QueryRecord",
    "RunRecord",
    "SchemaVersion",
    "Store",
    "TagRecord",
    "elsewhere",
    "guard",
    "is_held",
    "owner_of",
    "refuse_elsewhere",
    "this_owner",
]
