"""Who makes which partition: hands them to an executor, and hands one out again when its worker was lost.

A worker that is killed, by the system for memory or by anybody, costs the partition that it had, which is made again
after all others. A partition that has lost three workers is given up, and named when everything else is made.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from ..errors import GenerationError
from ..plan.model import Partition, PartitionFile

LOSSES = 3
"""A partition that has lost so many workers is not tried again."""
_FRUITLESS = 30

_LOG = logging.getLogger(__name__)
Result = tuple[Partition, "Future[PartitionFile]"]


@dataclass
class Crew:
    """What is under way in the executor. Mutable, and used by one thread alone; futures report through a queue."""

    executor: Executor
    waiting: Iterator[Partition]
    submit: Callable[[Partition], "Future[PartitionFile]"]
    _running: dict["Future[PartitionFile]", Partition] = field(default_factory=dict)
    _finished: "SimpleQueue[Future[PartitionFile]]" = field(default_factory=SimpleQueue)
    _losses: Counter[Partition] = field(default_factory=Counter)
    _again: deque[Partition] = field(default_factory=deque)
    _given_up: list[Partition] = field(default_factory=list)
    _fruitless: int = 0
    _why: str = ""

    def hand_out(self) -> bool:
        """Keep the executor busy; False when nothing is left to wait for.

        Raises:
            GenerationError: the executor takes nothing any more.
        """
        window = getattr(self.executor, "window", 8)
        while len(self._running) < window and (partition := self._next()) is not None:
            try:
                future = self.submit(partition)
            except BrokenExecutor as error:
                raise GenerationError(f"the workers are gone: {error}") from error
            self._running[future] = partition
            future.add_done_callback(self._finished.put)
        return bool(self._running)

    def next_result(self, timeout: float) -> Result | None:
        """A partition and its future, which is done; None when none came in `timeout` seconds, or a worker was lost.

        Raises:
            GenerationError: workers are lost again and again, and nothing is finished in between.
        """
        try:
            future = self._finished.get(timeout=timeout)
        except Empty:
            return None
        partition = self._running.pop(future)
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            self._lost(partition, error)
            return None
        self._fruitless = 0
        return partition, future

    def dismiss(self) -> None:
        """Nothing more is wanted."""
        for future in self._running:
            future.cancel()

    def blame(self) -> None:
        """Raise GenerationError when partitions were given up; all others are made."""
        if not self._given_up:
            return
        named = "; ".join(place_of(partition) for partition in self._given_up[:3])
        more = len(self._given_up) - 3
        losses = max(self._losses[partition] for partition in self._given_up)
        raise GenerationError(
            f"{named}{f' and {more} more' if more > 0 else ''} lost {losses} workers ({self._why}); "
            "everything else was made; when memory is short, fewer workers need less of it"
        )

    def _next(self) -> Partition | None:
        fresh = next(self.waiting, None)
        if fresh is None and self._again:
            return self._again.popleft()
        return fresh

    def _lost(self, partition: Partition, error: BrokenExecutor) -> None:
        self._why = str(error)
        self._fruitless += 1
        if self._fruitless > _FRUITLESS:
            raise GenerationError(f"the workers are lost again and again: {error}") from error
        self._losses[partition] += getattr(error, "losses", 1)
        given_up = self._losses[partition] >= LOSSES
        (self._given_up if given_up else self._again).append(partition)
        _LOG.warning(
            "a worker was lost (%s); %s is %s", error, place_of(partition), "given up" if given_up else "made again"
        )


def place_of(partition: Partition) -> str:
    """A partition as messages name it."""
    return f"partition {partition.index} of {partition.table!r} (rows {partition.start:,} to {partition.stop:,})"
