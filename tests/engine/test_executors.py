"""A worker that is lost, at whatever moment, costs the task that it had; and the pool ends whatever became of one."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.engine import executors, workers
from synth_jupyter.engine.executors import LocalExecutor
from synth_jupyter.engine.workers import WorkerLost

SECONDS = 60


@pytest.fixture
def one() -> Iterator[LocalExecutor]:
    """A pool of one worker, which has made something already."""
    with LocalExecutor(1) as executor:
        executor.submit(os.getpid).result(SECONDS)
        yield executor
    assert multiprocessing.active_children() == []


def test_a_lost_worker_costs_its_own_task_and_no_other(one: LocalExecutor) -> None:
    lost = one.submit(os._exit, 3)
    others = [one.submit(os.getpid) for _ in range(4)]
    assert isinstance(lost.exception(SECONDS), WorkerLost)
    assert str(lost.exception()) == "exit code 3"
    assert len({other.result(SECONDS) for other in others}) == 1


def test_a_worker_that_is_lost_while_it_has_nothing_to_do_costs_nothing(one: LocalExecutor) -> None:
    (idle,) = multiprocessing.active_children()
    idle.kill()
    idle.join()
    assert one.submit(os.getpid).result(SECONDS) != idle.pid


def test_a_worker_that_is_killed_while_it_starts_costs_one_task(
    one: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, born = workers._Process.start, []

    def stillborn(process: Any) -> None:
        start(process)
        born.append(process)
        if len(born) == 1:
            process.kill()

    monkeypatch.setattr(workers._Process, "start", stillborn)
    assert isinstance(one.submit(os._exit, 0).exception(SECONDS), WorkerLost)
    lost = one.submit(os.getpid).exception(SECONDS)
    assert isinstance(lost, WorkerLost)
    assert "killed by signal 9" in str(lost)
    assert one.submit(os.getpid).result(SECONDS) == born[1].pid


def test_a_worker_that_is_killed_in_the_middle_of_its_answer_costs_one_task(
    one: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpatched: Callable[..., Any] = workers.connection.wait

    def kill_then(things: Any, *words: Any) -> Any:
        """As soon as the first bytes are there; the others do not fit into the pipe."""
        found = unpatched(things, *words)
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        return found

    monkeypatch.setattr(workers.connection, "wait", kill_then)
    answer = one.submit(bytes, 10 << 20)
    assert isinstance(answer.exception(SECONDS), WorkerLost)
    monkeypatch.undo()
    assert len(one.submit(bytes, 10 << 20).result(SECONDS)) == 10 << 20


def test_an_error_is_handed_back_with_the_place_where_it_was_raised(one: LocalExecutor) -> None:
    error = one.submit(int, "x").exception(SECONDS)
    assert isinstance(error, ValueError)
    assert "Traceback" in error.__notes__[0]
    (worker,) = multiprocessing.active_children()
    unpacked = one.submit(eval, "lambda: 0")
    assert "cannot be handed back" in str(unpacked.exception(SECONDS))
    assert one.submit(os.getpid).result(SECONDS) == worker.pid


def test_workers_that_can_end_do_so_by_themselves() -> None:
    with LocalExecutor(2) as executor:
        for future in [executor.submit(os.getpid) for _ in range(8)]:
            future.result(SECONDS)
        children = multiprocessing.active_children()
    assert [child.exitcode for child in children] == [0, 0]
    with pytest.raises(RuntimeError):
        executor.submit(os.getpid)


def test_a_worker_that_cannot_end_is_ended(one: LocalExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_PATIENCE", 0.1)
    (stopped,) = multiprocessing.active_children()
    os.kill(int(stopped.pid or 0), signal.SIGSTOP)


def test_what_is_under_way_ends_with_an_error_at_once_and_what_waits_is_never_begun(tmp_path: Path) -> None:
    executor = LocalExecutor(1)
    with contextlib.suppress(KeyboardInterrupt), executor:
        under_way = executor.submit(signal.pause)
        waiting = executor.submit(os.mkdir, tmp_path / "made")
        while not under_way.running():
            wait([under_way], timeout=0.01)
        raise KeyboardInterrupt
    assert multiprocessing.active_children() == []
    assert isinstance(under_way.exception(0), WorkerLost)
    assert waiting.cancelled()
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_forgets_its_workers_ends_and_they_with_it(project: Path) -> None:
    program = """
import os, signal
from synth_jupyter.engine.executors import LocalExecutor
executor = LocalExecutor(1)
print(executor.submit(os.getpid).result(60), flush=True)
executor.submit(signal.pause)
"""
    environment = os.environ | {"PYTHONPATH": str(project)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert not Path(f"/proc/{int(done.stdout)}").exists()
    assert done.stderr == ""
