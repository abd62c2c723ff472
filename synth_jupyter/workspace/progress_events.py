"""How far a run is, as values for whoever shows it."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..plan.model import PartitionFile

_BEAT_SECONDS = 0.5
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """`rows` and `totals` by table, recorded partitions and their number in all, seconds since this attempt began."""

    run: str
    rows: dict[str, int]
    totals: dict[str, int]
    partitions: int
    partition_total: int
    seconds: float
    finished: bool = False
    message: str = ""


Listener = Callable[[Progress], None]


@dataclass
class Reporter:
    """Counts what is recorded and tells the listener; one that fails is not asked again, and the run goes on.

    Mutable by `add`, `tell` and a failing listener, in the one thread that drives the run.
    """

    run: str
    totals: Mapping[str, int]
    partition_total: int
    listener: Listener | None
    rows: dict[str, int] = field(init=False)
    partitions: int = 0
    started: float = field(default_factory=time.monotonic)
    told: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.rows = dict.fromkeys(self.totals, 0)

    @property
    def seconds(self) -> float:
        """Since this attempt began."""
        return time.monotonic() - self.started

    def add(self, files: Iterable[PartitionFile]) -> None:
        """These partitions are recorded."""
        for file in files:
            self.rows[file.table] += file.rows
            self.partitions += 1

    def count(self, rows: Mapping[str, int]) -> None:
        """So many rows of these tables are there, in one piece."""
        for table, number in rows.items():
            self.rows[table] += number
        self.partitions += 1

    def beat(self, message: str) -> None:
        """Show what is being done, for work of many small steps: at least half a second after the last showing."""
        if self.seconds - self.told >= _BEAT_SECONDS:
            self.tell(message)

    def tell(self, message: str = "", *, finished: bool = False) -> None:
        """Show the present state."""
        if self.listener is None:
            return
        self.told = self.seconds
        state = (dict(self.rows), dict(self.totals), self.partitions, self.partition_total, self.seconds)
        try:
            self.listener(Progress(self.run, *state, finished, message))
        except Exception:  # noqa: BLE001 - whatever a front end may raise
            # A closed cell or a broken pipe must not cost the run.
            _LOG.exception("the progress of %s can no longer be shown; the run goes on", self.run)
            self.listener = None
