"""Where partitions are made: in worker processes of this machine, or here and now."""

import atexit
import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..errors import SettingsError
from ..generators import Generator
from ..plan.model import Plan
from .workers import Births, Lane, Task

_PATIENCE = 5.0
INLINE_ROWS = 200_000
"""Rows that one process makes in less time than two workers need to start."""

T = TypeVar("T")


class LocalExecutor(Executor):
    """Worker processes on this machine; `workers` 0 means one for each core. They are started as tasks come.

    A worker that is lost fails the task it had with `WorkerLost`, and no other; the next task finds a new one.
    `own` promises that the tasks are this package's, with no generator of anybody else.
    Mutable: its lanes, which only the thread that submits adds to.
    """

    def __init__(self, workers: int = 0, *, own: bool = False) -> None:
        if workers < 0:
            raise SettingsError(f"{workers} workers are asked for", hint="use 1 or more; 0 means one for each core")
        self.workers = workers or os.cpu_count() or 1
        self.window = 2 * self.workers
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._births = Births(own)
        self._lanes: list[Lane] = []
        self._closed = False
        atexit.register(self.terminate)  # of a program that forgot it, the workers must not outlive the end

    def submit(self, task: Callable[..., T], /, *arguments: Any, **options: Any) -> "Future[T]":
        if self._closed:
            raise RuntimeError("the workers were sent home")
        future: Future[T] = Future()
        self._tasks.put((future, (task, arguments, options)))
        if len(self._lanes) < self.workers:
            self._lanes.append(Lane(self._tasks, self._births))
            self._lanes[-1].start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; the workers end when those that wait are done, or at once when they are cancelled."""
        self._closed = True
        if cancel_futures:
            self._cancel_waiting()
        for _ in self._lanes:
            self._tasks.put(None)
        if wait:
            for lane in self._lanes:
                lane.join()
            atexit.unregister(self.terminate)

    def terminate(self) -> None:
        """End the workers now, in the middle of what they do; nothing they write is published."""
        self.shutdown(wait=False, cancel_futures=True)
        self._births.stop()
        for lane in self._lanes:
            lane.join(_PATIENCE)
        atexit.unregister(self.terminate)

    def _cancel_waiting(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                return
            if task is not None:
                task[0].cancel()

    def __exit__(self, kind: Any, *rest: Any) -> None:
        """End the workers. Who leaves in peace has taken all results: they may take `_PATIENCE` seconds to go."""
        try:
            if kind is None:
                self.shutdown(wait=False)
                latest = time.monotonic() + _PATIENCE
                for lane in self._lanes:
                    lane.join(max(0.0, latest - time.monotonic()))
        finally:
            self.terminate()


class InlineExecutor(Executor):
    """This process itself, for runs that end before a worker would have started: one thread, one task after another.

    The thread that submits stays free meanwhile, to tell how far the run is, and to hear Ctrl-C and cancels.
    Mutable: the thread of the last task, set by the thread that submits; `_busy`, the thread that can be ended now,
    under the lock.
    """

    workers = 1
    window = 1

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._busy: int | None = None

    def submit(self, task: Callable[..., T], /, *arguments: Any, **options: Any) -> "Future[T]":
        future: Future[T] = Future()
        before = self._thread

        def work() -> None:
            if before is not None:
                before.join()
            if future.set_running_or_notify_cancel():
                with suppress(_Stopped):
                    self._fulfil(future, lambda: task(*arguments, **options))

        self._thread = threading.Thread(target=work, name="synth-inline", daemon=True)
        self._thread.start()
        return future

    def _fulfil(self, future: "Future[T]", task: Callable[[], T]) -> None:
        try:
            self._busy = threading.get_ident()
            result = task()
        except BaseException as error:  # noqa: BLE001 - it belongs to the future, as in every executor
            self._settle()
            future.set_exception(error)
        else:
            self._settle()
            future.set_result(result)

    def _settle(self) -> None:
        """From here on the task cannot be ended any more; an end that was sent before is raised here at the latest."""
        with self._lock:
            self._busy = None
        for _ in range(2):
            continue  # where the interpreter looks for what was sent

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if wait and self._thread is not None:
            self._thread.join()

    def terminate(self) -> None:
        """End the task in the middle of what it does, as Ctrl-C would; nothing it writes is published.

        What does not listen, as a library's long call, ends by itself, into a folder that nobody reads.
        """
        with self._lock:
            if self._busy is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._busy), ctypes.py_object(_Stopped))
                self._busy = None
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is not None:
            self.terminate()


class _Stopped(BaseException):
    """Raised inside a task that is no longer wanted; no handler of errors takes it for one."""


def local_executor(plan: Plan, workers: int = 0) -> LocalExecutor | InlineExecutor:
    """What makes a plan's rows soonest: this process for a few, unless a number of `workers` is asked for.

    A generator that was written in a notebook cell or a script exists in this process alone, so it is run here.
    """
    from .resources import workers_for

    few = sum(plan.rows.values()) <= INLINE_ROWS and workers == 0
    if few or is_homemade(plan):
        return InlineExecutor()
    return LocalExecutor(workers or workers_for(plan), own=_homes(plan) == {__name__.partition(".")[0]})


def is_homemade(plan: Plan) -> bool:
    """Whether another process could not import one of the plan's generators: it stands in a cell or a script."""
    return "__main__" in _homes(plan)


def _homes(plan: Plan) -> set[str]:
    """The packages that the plan's generators come from."""
    columns = (column for table in plan.tables for column in table.columns)
    return {type(maker).__module__.partition(".")[0] for column in columns for maker in _makers(column.generator)}


def _makers(generator: Generator) -> Iterator[Generator]:
    """A generator and those inside it."""
    yield generator
    for inner in getattr(generator, "__dict__", {}).values():
        if isinstance(inner, Generator):
            yield from _makers(inner)
