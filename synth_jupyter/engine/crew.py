"""Who makes which partition: hands them to an executor, and hands them out again when a worker is lost.

A worker that is killed, by the system for memory or by anybody, takes the whole pool with it. The pool is made anew
once for each loss. A partition that was under way in two losses is made alone, after all others, so that a third
loss has one culprit.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from ..errors import GenerationError
from ..files import remove
from ..plan.model import Partition, PartitionFile

LOSSES = 3
"""A partition that was under way in so many losses is not tried again."""
_FRUITLESS = 12

_LOG = logging.getLogger(__name__)
Result = tuple[Partition, "Future[PartitionFile]"]


@dataclass
class Crew:
    """What is under way in the executor. Mutable, and used by one thread alone; futures report through a queue."""

    executor: Executor
    waiting: Iterator[Partition]
    submit: Callable[[Partition], "Future[PartitionFile]"]
    staged: Callable[[Partition], Path]
    _running: dict["Future[PartitionFile]", Partition] = field(default_factory=dict)
    _finished: "SimpleQueue[Future[PartitionFile]]" = field(default_factory=SimpleQueue)
    _losses: Counter[Partition] = field(default_factory=Counter)
    _again: deque[Partition] = field(default_factory=deque)
    _alone: deque[Partition] = field(default_factory=deque)
    _given_up: list[Partition] = field(default_factory=list)
    _fruitless: int = 0
    _why: str = ""

    def hand_out(self) -> bool:
        """Keep the executor busy; False when nothing is left to wait for."""
        window = getattr(self.executor, "window", 8)
        while len(self._running) < window and (partition := self._next()) is not None:
            future = self._submitted(partition)
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
        if future not in self._running:
            return None
        if isinstance(future.exception(), BrokenExecutor):
            self._recover_from(future.exception())
            return None
        self._fruitless = 0
        return self._running.pop(future), future

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
        raise GenerationError(
            f"{named}{f' and {more} more' if more > 0 else ''} lost {LOSSES} workers ({self._why}); "
            "everything else was made; when memory is short, fewer workers need less of it"
        )

    def _next(self) -> Partition | None:
        fresh = next(self.waiting, None)
        if fresh is not None:
            return fresh
        if self._again:
            return self._again.popleft()
        return self._alone.popleft() if self._alone and not self._running else None

    def _submitted(self, partition: Partition) -> "Future[PartitionFile]":
        try:
            return self.submit(partition)
        except BrokenExecutor as error:
            future: Future[PartitionFile] = Future()
            future.set_exception(error)
            return future

    def _recover_from(self, error: BaseException | None) -> None:
        # Every future of a broken pool is done, or about to be; those that had a result before it broke keep it.
        lost = [future for future in self._running if isinstance(future.exception(), BrokenExecutor)]
        partitions = [self._running.pop(future) for future in lost]
        rebuild: Callable[[], str] | None = getattr(self.executor, "rebuild", None)
        self._fruitless += 1
        if rebuild is None or self._fruitless > _FRUITLESS:
            raise GenerationError(f"the workers are lost again and again: {self._why or error}") from error
        self._why = rebuild()
        started = {partition for partition in partitions if self.staged(partition).exists()} or set(partitions)
        _LOG.warning("a worker was lost (%s); %d partitions are made again", self._why, len(started))
        for partition in partitions:
            self._judge(partition, partition in started)

    def _judge(self, partition: Partition, started: bool) -> None:
        remove(self.staged(partition))
        self._losses[partition] += started
        losses = self._losses[partition]
        if losses >= LOSSES:
            self._given_up.append(partition)
        elif losses == LOSSES - 1:
            self._alone.append(partition)
        else:
            self._again.append(partition)


def place_of(partition: Partition) -> str:
    """A partition as messages name it."""
    return f"partition {partition.index} of {partition.table!r} (rows {partition.start:,} to {partition.stop:,})"
