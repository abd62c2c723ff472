"""The store: what has happened, in one SQLite file that is the only truth of a workspace."""

from dataclasses import dataclass
from pathlib import Path

from .database import BUSY_SECONDS, Database
from .derived import DerivedTables
from .experiments import Experiments
from .history import History
from .queries import Queries
from .runs import Runs
from .trash import Trash


@dataclass(frozen=True)
class Store:
    """The file's parts; each method of each part is one transaction, and returns records."""

    path: Path
    experiments: Experiments
    runs: Runs
    history: History
    trash: Trash
    derived: DerivedTables
    queries: Queries

    @classmethod
    def open(cls, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> "Store":
        """The store at `path`, made when missing; an older one is copied beside it and then migrated.

        Raises:
            StoreError: it is of a newer version, of another program, damaged, or cannot be written.
            ConflictError: another process has been writing for more than `busy_seconds`.
        """
        database = Database.open(path, busy_seconds=busy_seconds)
        runs, derived = Runs(database), DerivedTables(database)
        history, trash, queries = History(database), Trash(database), Queries(database)
        return cls(path, Experiments(database), runs, history, trash, derived, queries)
