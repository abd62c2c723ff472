"""Partitions go out again when their workers are lost, and it is said which of them cannot be made."""

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any

import pytest

from synth_jupyter.engine.crew import Crew
from synth_jupyter.engine.executors import InlineExecutor
from synth_jupyter.engine.workers import WorkerLost
from synth_jupyter.errors import GenerationError
from synth_jupyter.plan.model import Partition

PARTS = [Partition("t", index, 10 * index, 10 * index + 10) for index in range(5)]


def made_by(make: Callable[[Partition], Any], executor: Executor | None = None) -> Iterator[int]:
    """The numbers of the partitions in the order in which they are made; each is tried where `make` says."""
    here = executor or InlineExecutor()
    crew = Crew(here, iter(PARTS), lambda partition: here.submit(make, partition))
    while crew.hand_out():
        result = crew.next_result(60)
        if result is not None:
            yield result[0].index
    crew.blame()


def losing(*lost: int) -> Callable[[Partition], None]:
    """Each of these numbers loses a worker, as often as it is named."""
    left = list(lost)

    def make(partition: Partition) -> None:
        if partition.index in left:
            left.remove(partition.index)
            raise WorkerLost("killed by signal 9")

    return make


def test_a_partition_that_lost_its_worker_is_made_after_all_others() -> None:
    assert list(made_by(losing(1, 1, 3))) == [0, 2, 4, 3, 1]


def test_those_that_lost_three_are_named_when_everything_else_is_made() -> None:
    found = made_by(losing(0, 0, 0, 4, 4, 4, 4, 2))
    assert [next(found) for _ in range(3)] == [1, 3, 2]
    with pytest.raises(
        GenerationError, match=r"partition 0 of 't' \(rows 0 to 10\); partition 4 .* lost 3 workers"
    ) as e:
        next(found)
    assert "(killed by signal 9); everything else was made" in e.value.message


def test_a_loss_that_counts_for_several_is_not_tried_again() -> None:
    tried: list[int] = []

    def make(partition: Partition) -> None:
        tried.append(partition.index)
        if partition.index == 1:
            raise WorkerLost("so says the scheduler", losses=4)

    with pytest.raises(GenerationError, match=r"partition 1 .* lost 4 workers"):
        list(made_by(make))
    assert tried == [0, 1, 2, 3, 4]


def test_where_every_worker_is_lost_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_jupyter.engine.crew._FRUITLESS", 6)
    with pytest.raises(GenerationError, match=r"lost again and again: exit code 1"):
        list(made_by(lambda partition: (_ for _ in ()).throw(WorkerLost("exit code 1"))))


def test_an_executor_that_takes_nothing_more_is_said() -> None:
    class Broken(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            raise BrokenExecutor("a child process terminated abruptly")

    with pytest.raises(GenerationError, match="the workers are gone: a child process terminated abruptly"):
        list(made_by(print, Broken()))
