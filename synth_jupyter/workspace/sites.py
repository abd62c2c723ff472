"""Where the files of a run are and who makes them: this machine, or a place outside and the workers of a cluster."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CommandError, PluginError
from ..files import Beat, create
from ..plan.model import PartitionFile, Plan
from ..storage import Remote

_DASK = "dask:"
MARK = "outside"
"""The file in a run's folder that names the place of its files, so that they can be removed when the record is gone."""


def check_executor(name: str) -> str:
    """`local` or `dask:ADDRESS`; CommandError otherwise."""
    if name == "local" or (name.startswith(_DASK) and len(name) > len(_DASK)):
        return name
    raise CommandError(f"{name!r} is no executor", hint="use local, or dask:tcp://HOST:8786")


def place_of(request: Mapping[str, Any], key: str) -> Remote | None:
    """The place outside that holds a run's files, if one was asked for."""
    return Remote(request["out"]).child(key) if request.get("out") else None


@dataclass(frozen=True)
class Site:
    """A run's own `folder`, its `place` outside when it has one, and the name of its executor."""

    folder: Path
    place: Remote | None
    name: str = "local"
    workers: int = 0

    def executor(self, plan: Plan) -> "AbstractContextManager[Executor]":
        """The workers, for the time of the block.

        Raises:
            PluginError: they cannot find one of the plan's generators.
            GenerationError: no cluster answers.
        """
        from ..engine.executors import is_homemade, local_executor

        if self.name == "local":
            return local_executor(plan, self.workers)
        if is_homemade(plan):
            raise PluginError(
                "a generator stands in this process alone, where no worker of a cluster can find it",
                hint="put its class into a module that the workers can import",
            )
        from ..engine.cluster import DaskExecutor

        return DaskExecutor(self.name.removeprefix(_DASK))

    def execute(
        self, plan: Plan, executor: Executor, *, epoch: int, done: Collection[tuple[str, int]]
    ) -> Iterator[PartitionFile | None]:
        """Each partition not in `done` once its file is where it belongs; None as a heartbeat."""
        from ..engine.execute import execute
        from ..engine.objects import execute_outside

        if self.place is None and self.name == "local":
            return execute(plan, self.folder, executor, epoch=epoch, done=done)
        place = self.place or Remote.of(str(self.folder))
        return execute_outside(plan, place, executor, epoch=epoch, done=done)

    def recover(self, recorded: Iterable[PartitionFile], beat: Beat | None = None) -> list[PartitionFile]:
        """The recorded files that are there and intact; what else attempts of this run left is removed.

        `beat` is called for each MiB that is read.
        """
        from ..engine.objects import recover_outside
        from ..engine.recover import recover

        if self.place is None:
            return recover(self.folder, recorded, beat)
        self._mark(self.place)
        return recover_outside(self.place, recorded, beat)

    def is_intact(self, file: PartitionFile, beat: Beat | None = None) -> bool:
        """Whether the file is there, with its size and sha256."""
        from ..engine.objects import is_intact_outside
        from ..engine.recover import is_intact

        return is_intact(self.folder, file, beat) if self.place is None else is_intact_outside(self.place, file, beat)

    def _mark(self, place: Remote) -> None:
        """Name the place before anything is written there."""
        if not (self.folder / MARK).exists():
            with create(self.folder / MARK) as file:
                file.write(place.url.encode())


def clear_outside(folder: Path) -> None:
    """Remove what a run, whose folder this is or was, wrote to a place outside; nothing else there is touched."""
    from ..engine.objects import remove_objects

    mark = folder / MARK
    if mark.is_file() and not mark.is_symlink():
        remove_objects(Remote(mark.read_text("utf-8")))
