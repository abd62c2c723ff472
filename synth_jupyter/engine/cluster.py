"""Workers of a Dask cluster as an executor: they make partitions where they are, and this process records them."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from ..errors import GenerationError, PluginError
from .workers import WorkerLost

_CONNECT_SECONDS = 10
T = TypeVar("T")


class DaskExecutor(Executor):
    """The cluster whose scheduler is at `address` (`tcp://host:8786`); a task whose worker dies is run by another.

    Raises:
        PluginError: `distributed` is not installed.
        GenerationError: no scheduler answers, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise PluginError("Dask is not installed here", hint="pip install 'synth-jupyter[dask]'") from error
        try:
            connect: Any = distributed.Client
            self._client: Any = connect(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise GenerationError(
                f"no Dask scheduler answers at {address}: {error}", hint="start one with `dask scheduler`"
            ) from error
        self.workers = sum(self._client.nthreads().values())
        self.window = 2 * self.workers
        if not self.workers:
            self._client.close()
            raise GenerationError(
                f"the Dask scheduler at {address} has no workers", hint=f"start some with `dask worker {address}`"
            )
        # Each attempt is one of its own, also when the same partition was made before.
        self._executor = self._client.get_executor(pure=False)

    def submit(self, task: Callable[..., T], /, *arguments: Any, **options: Any) -> "Future[T]":
        ours: Future[T] = Future()
        theirs: Future[T] = self._executor.submit(task, *arguments, **options)
        theirs.add_done_callback(lambda done: _hand_on(done, ours))
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()

    def terminate(self) -> None:
        """Nothing more is wanted; what the workers are in the middle of, nobody will record."""
        self.shutdown(wait=False, cancel_futures=True)

    def __exit__(self, kind: Any, *rest: Any) -> bool | None:
        self.shutdown(wait=kind is None)
        return None


def _hand_on(theirs: "Future[T]", ours: "Future[T]") -> None:
    """The outcome of a task of the cluster in words that hold for every executor."""
    from distributed import KilledWorker

    if not ours.set_running_or_notify_cancel():
        return
    if theirs.cancelled():
        ours.set_exception(GenerationError("the Dask scheduler is gone, or has forgotten what it was asked for"))
        return
    error = theirs.exception()
    if isinstance(error, KilledWorker):
        # The cluster has tried again and again already, as often as it is configured to.
        ours.set_exception(WorkerLost("so says the Dask scheduler", losses=error.allowed_failures + 1))
    elif error is not None:
        ours.set_exception(error)
    else:
        ours.set_result(theirs.result())
