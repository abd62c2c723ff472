"""One worker process and the thread that serves it: they share a pipe with each other, and nothing with other workers.

A queue that several processes read has locks, and a process that is killed takes the lock it holds with it. Here
nothing is shared: whoever is lost, at whatever moment, costs the task that it had and no other.
"""

import os
import signal
import sys
import threading
import traceback
import types
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import Any

from ..errors import GenerationError
from .frugal import keep_memory, leave_pandas_out

_ORPHANED = 70
_JOIN_SECONDS = 5.0

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
Task = tuple["Future[Any]", Call]
Answer = tuple[Any, Exception | None, str]
"""A value, or an error and where it was raised."""


class WorkerLost(BrokenExecutor):
    """The worker that had this task is gone, and says how it ended; `losses` workers were lost by this task."""

    def __init__(self, ending: str, losses: int = 1) -> None:
        super().__init__(ending)
        self.losses = losses


class _Process(SpawnProcess):
    """A spawned process that never runs the parent's main module again: notebooks and unguarded scripts work.

    It is born with Ctrl-C blocked: one that comes while it starts is its parent's alone, too.
    """

    _main_is_hidden = threading.Lock()

    def start(self) -> None:
        resource_tracker.ensure_running()  # its own start would let Ctrl-C through
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with self._main_is_hidden:
                main, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
                try:
                    super().start()
                finally:
                    sys.modules["__main__"] = main
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class Births:
    """All that the lanes of one executor have started, and whether they may start more.

    `own` says that the workers run no generator of anybody else. Mutable, and guarded by its lock: a process is not
    started, or found here by whoever ends them.
    """

    own: bool = False
    stopped: bool = False
    processes: list[_Process] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, pipe: Connection) -> _Process:
        """A new worker that has this end of a pipe; WorkerLost after `stop`."""
        with self._lock:
            if self.stopped:
                raise WorkerLost("the workers were ended")
            process = _Process(target=_work, args=(pipe, self.own))
            process.start()
            self.processes.append(process)
            return process

    def stop(self) -> None:
        """End all of them now, in the middle of what they do, and start no more."""
        with self._lock:
            self.stopped = True
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.join(_JOIN_SECONDS)


class Lane(threading.Thread):
    """Hands one task after the other to a worker of its own, and starts another one when that is lost.

    Mutable: its worker, which only this thread touches.
    """

    def __init__(self, tasks: "SimpleQueue[Task | None]", births: Births) -> None:
        super().__init__(name="lane of a worker", daemon=True)
        self._tasks, self._births = tasks, births
        self._worker: tuple[_Process, Connection] | None = None

    def run(self) -> None:
        """Until None comes instead of a task; then the worker ends by itself."""
        while (task := self._tasks.get()) is not None:
            future, call = task
            if future.set_running_or_notify_cancel():
                self._settle(future, call)
        if self._worker is not None:
            process, pipe = self._worker
            pipe.close()
            process.join()

    def _settle(self, future: "Future[Any]", call: Call) -> None:
        try:
            value, error, where = self._answer(call)
        except BaseException as failed:  # noqa: BLE001 - it belongs to the future, as in every executor
            future.set_exception(failed)
            return
        if error is None:
            future.set_result(value)
            return
        error.add_note(where)
        future.set_exception(error)

    def _answer(self, call: Call) -> Answer:
        process, pipe = self._living() or self._newcomer()
        try:
            pipe.send(call)
            connection.wait([pipe, process.sentinel])
            if not pipe.poll():
                raise EOFError
            answer: Answer = pipe.recv()
        except (EOFError, OSError) as error:  # also in the middle of an answer
            self._dismiss()
            raise WorkerLost(_ending(process)) from error
        return answer

    def _living(self) -> tuple[_Process, Connection] | None:
        """Its worker, unless that was lost while it had nothing to do."""
        if self._worker is not None and not self._worker[0].is_alive():
            self._dismiss()
        return self._worker

    def _dismiss(self) -> None:
        if self._worker is not None:
            self._worker[1].close()
            self._worker = None

    def _newcomer(self) -> tuple[_Process, Connection]:
        ours, theirs = get_context("spawn").Pipe()
        with theirs:
            self._worker = self._births.start(theirs), ours
        return self._worker


def _ending(process: _Process) -> str:
    """How a lost worker ended; one that is alive, and cannot be reached, is ended."""
    process.join(_JOIN_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join(_JOIN_SECONDS)
    code = process.exitcode or 0
    if code == -signal.SIGKILL:
        return "killed by signal 9, as the system does when memory runs out"
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _work(pipe: Connection, own: bool) -> None:
    """In a worker: do what comes through the pipe until it is closed; Ctrl-C is the parent's, and its end is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    keep_memory()
    if own:
        leave_pandas_out()
    while True:
        try:
            task, arguments, options = pipe.recv()
        except EOFError:
            return
        answer = _outcome(task, arguments, options)
        try:
            pipe.send(answer)
        except Exception as error:  # noqa: BLE001 - what cannot be packed, of which nothing was sent
            pipe.send((None, GenerationError(f"a worker's answer cannot be handed back: {error}"), answer[2]))


def _outcome(task: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Answer:
    try:
        return task(*arguments, **options), None, ""
    except Exception as error:  # noqa: BLE001 - it is the task's, and goes to whoever asked
        return None, error, traceback.format_exc()


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(_ORPHANED)
