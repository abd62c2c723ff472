"""Taking data away, so that a crash at any point is finished by the next opening of the workspace.

One transaction says that a run has no data any more and that its folder is to go; that is the commit point. Then the
folder moves to `trash/`, is removed there, and the intent is deleted.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConflictError, StoreError
from ..files import make_folder, move_folder, remove_folder
from ..store import Lease, RunRecord, Store, refuse_elsewhere
from .home import Home, is_key
from .sites import clear_outside

_LOG = logging.getLogger(__name__)


class _Unreachable(StoreError):
    """A place outside does not answer, or refuses."""


@dataclass(frozen=True)
class Removal:
    """Removes folders of runs, each only while nobody writes or reads it."""

    home: Home
    store: Store

    def reset(self, runs: Sequence[RunRecord], kind: str = "reset") -> list[RunRecord]:
        """The runs without their data; the records stay.

        Raises:
            ConflictError: somebody holds one of them; nothing was removed.
        """
        with self.home.changing(exclusive=True), ExitStack() as held:
            self._hold(runs, held)
            left = self.store.runs.reset([run.key for run in runs], kind)
            self._clear(run.key for run in runs)
        return left

    def delete(self, experiment: str, runs: Sequence[RunRecord]) -> None:
        """The experiment and all its runs are forgotten, but for the history; ConflictError while one is held."""
        with self.home.changing(exclusive=True), ExitStack() as held:
            self._hold(runs, held)
            self._clear(self.store.experiments.delete(experiment))

    def finish(self) -> None:
        """Remove what an earlier process meant to remove, or left without a record when it died."""
        if not (self.store.trash.intents() or self._strays()):
            return
        with self.home.changing(exclusive=True):
            for key in self.store.trash.intents():
                self._try_again(key)
            for folder in self._strays():
                self._remove_stray(folder)

    def _hold(self, runs: Sequence[RunRecord], held: ExitStack) -> None:
        for run in runs:
            refuse_elsewhere(self.home.run(run.key), run)
            if (folder := self.home.run(run.key)).exists():
                held.enter_context(Lease.claim(folder, run.address))

    def _clear(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._throw_away(self.home.run(key), self.home.discarded(key))
            self.store.trash.finish(key)

    def _try_again(self, key: str) -> None:
        """A place outside that does not answer must not keep the workspace shut: it is asked again next time."""
        try:
            self._clear([key])
        except _Unreachable as error:
            _LOG.warning("%s; the next command tries again", error.message)

    def _throw_away(self, folder: Path, discarded: Path) -> None:
        try:
            if self.home.trash.is_symlink():
                raise NotADirectoryError(f"{self.home.trash} is a link, which is never followed")
            make_folder(self.home.trash)
            self._clear_outside(discarded)
            remove_folder(discarded)
            move_folder(folder, discarded)
            self._clear_outside(discarded)
            remove_folder(discarded)
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be removed completely: {error}",
                hint="make it removable; the next command of this workspace finishes it",
            ) from error

    def _clear_outside(self, discarded: Path) -> None:
        try:
            clear_outside(discarded)
        except OSError as error:
            raise _Unreachable(
                f"what a removed run keeps outside this workspace cannot be removed: {error}",
                hint="the next command of this workspace tries again",
            ) from error

    def _strays(self) -> list[Path]:
        """Folders that no record knows: their process died before its first record, or is about to write it."""
        known = {run.key for run in self.store.runs.of()} | set(self.store.trash.intents())
        found = [path for path in _entries(self.home.runs) if path.name not in known]
        return found + _entries(self.home.incoming)

    def _remove_stray(self, folder: Path) -> None:
        try:
            lease = Lease.claim(folder, folder.name)
        except ConflictError:
            return  # its process is alive
        with lease:
            self._throw_away(folder, self.home.discarded(folder.name))


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if is_key(path.name) and path.is_dir() and not path.is_symlink()]
