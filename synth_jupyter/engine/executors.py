"""Where partitions are made: spawned worker processes that die with their parent and leave Ctrl-C to it."""

import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import connection, parent_process, resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, TypeVar

from ..errors import SettingsError
from ..generators import Generator
from ..plan.model import Plan

_ORPHANED = 70
_PATIENCE = 5.0
INLINE_ROWS = 200_000
"""Rows that one process makes in less time than two workers need to start."""

T = TypeVar("T")


class _Process(SpawnProcess):
    """A spawned process that never runs the parent's main module again: notebooks and unguarded scripts work.

    It is born with Ctrl-C blocked: one that comes while it starts is its parent's alone, too.
    """

    def start(self) -> None:
        resource_tracker.ensure_running()  # its own start would let Ctrl-C through
        main = sys.modules["__main__"]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    """Spawns, and knows all it has spawned, also those that the pool was interrupted before it knew."""

    def __init__(self) -> None:
        self.spawned: list[_Process] = []

    def Process(self, *words: Any, **options: Any) -> _Process:  # type: ignore[override]
        process = _Process(*words, **options)
        self.spawned.append(process)
        return process


class LocalExecutor(Executor):
    """Worker processes on this machine; `workers` 0 means one for each core.

    Mutable: the pool, which `rebuild` replaces; only the thread that submits does so.
    """

    def __init__(self, workers: int = 0) -> None:
        if workers < 0:
            raise SettingsError(f"{workers} workers are asked for", hint="use 1 or more; 0 means one for each core")
        self.workers = workers or os.cpu_count() or 1
        self.window = 2 * self.workers
        self._start()

    def _start(self) -> None:
        self._context = _Context()
        self._pool = ProcessPoolExecutor(self.workers, mp_context=self._context, initializer=_prepare)

    def submit(self, task: Callable[..., T], /, *arguments: Any, **options: Any) -> "Future[T]":
        return self._pool.submit(task, *arguments, **options)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def rebuild(self) -> str:
        """New workers in the place of broken ones; says how the lost one ended."""
        for process in self._alive_or_dead():
            process.join(timeout=1)  # the pool, which is broken, ends the others itself; what is dead tells how it died
        why = _ending(process.exitcode for process in self._alive_or_dead())
        self.terminate()
        self._start()
        return why

    def terminate(self) -> None:
        """End the workers now, in the middle of what they do; nothing they write is published."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self._alive_or_dead():
            process.kill()
        for process in self._alive_or_dead():
            process.join(timeout=5)

    def _alive_or_dead(self) -> list[_Process]:
        return [process for process in self._context.spawned if process.pid is not None]

    def __exit__(self, kind: Any, *rest: Any) -> None:
        """End the workers; who leaves in peace has taken all results, so none of them has anything left to do.

        They may take `_PATIENCE` seconds for it. One that was lost while it waited for a task took the queue's lock
        with it: those that wait for that lock would never end, and the pool's own `shutdown` waits for them.
        """
        if kind is not None:
            self.terminate()
            return
        ending = threading.Thread(target=self._pool.shutdown, daemon=True)
        ending.start()
        ending.join(_PATIENCE)
        if ending.is_alive():
            self.terminate()
            ending.join()


def _ending(codes: Iterable[int | None]) -> str:
    """How the lost worker ended; the pool itself ends the others by SIGTERM."""
    found = [code for code in codes if code not in (None, 0, -signal.SIGTERM)]
    if not found or found[0] is None:
        return "it ended by itself"
    if found[0] == -signal.SIGKILL:
        return "killed by signal 9, as the system does when memory runs out"
    return f"killed by signal {-found[0]}" if found[0] < 0 else f"exit code {found[0]}"


class InlineExecutor(Executor):
    """Everything here and now, in this very thread: for runs that end before a worker would have started."""

    workers = 1
    window = 1

    def submit(self, task: Callable[..., T], /, *arguments: Any, **options: Any) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(task(*arguments, **options))
        except Exception as error:  # noqa: BLE001 - it belongs to the future, as in every executor
            future.set_exception(error)
        return future

    def terminate(self) -> None:
        """Nothing runs when nobody submits."""


def local_executor(plan: Plan, workers: int = 0) -> LocalExecutor | InlineExecutor:
    """What makes a plan's rows soonest: this process for a few, unless a number of `workers` is asked for.

    A generator that was written in a notebook cell or a script exists in this process alone, so it is run here.
    """
    from .resources import workers_for

    few = sum(plan.rows.values()) <= INLINE_ROWS and workers == 0
    return InlineExecutor() if few or is_homemade(plan) else LocalExecutor(workers or workers_for(plan))


def is_homemade(plan: Plan) -> bool:
    """Whether another process could not import one of the plan's generators: it stands in a cell or a script."""
    columns = (column for table in plan.tables for column in table.columns)
    return any(type(maker).__module__ == "__main__" for column in columns for maker in _makers(column.generator))


def _makers(generator: Generator) -> Iterator[Generator]:
    """A generator and those inside it."""
    yield generator
    for inner in getattr(generator, "__dict__", {}).values():
        if isinstance(inner, Generator):
            yield from _makers(inner)


def _prepare() -> None:
    """In a worker: ignore Ctrl-C, and exit when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(_ORPHANED)
