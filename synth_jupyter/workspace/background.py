"""Runs in a process of their own, of no terminal and no kernel: started here, found again through the store."""

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import GenerationError
from ..files import publish, remove
from ..store import RunRecord, owner_of
from .results import Run

if TYPE_CHECKING:
    from .workspace import Workspace

LOG_NAME = "run.log"
_LOOK_SECONDS = 0.02
# The process in between ends at once, so that the run is nobody's child: nobody has to wait for it.
_LAUNCH = """\
import subprocess as s, sys
log = open(sys.argv[1], "ab")
print(s.Popen(sys.argv[2:], stdin=s.DEVNULL, stdout=log, stderr=log, start_new_session=True).pid)
"""


@dataclass(frozen=True)
class BackgroundRun(Run):
    """A run that another process makes: its number there, and the file that it writes its progress to."""

    pid: int = 0
    log: Path = Path()

    def to_dict(self) -> dict[str, Any]:
        """The `generate` document, with `pid` and `log`."""
        return super().to_dict() | {"pid": self.pid, "log": str(self.log)}


def start(workspace: "Workspace", experiment: str, words: Sequence[str], *, workers: int) -> BackgroundRun:
    """Let a process of its own do `synth WORDS`, which makes a new run of `experiment`; returns when it has begun.

    Raises:
        GenerationError: the process ended before the run began.
    """
    descriptor, name = tempfile.mkstemp(".log", "starting-", workspace.home)
    os.close(descriptor)
    early = Path(name)
    try:
        started = _Started.launch(workspace, experiment, words, early, workers)
        record = started.begun()
        log = workspace.folders.run(record.key) / LOG_NAME
        publish(early, log)
    finally:
        remove(early)
    return BackgroundRun(record, pid=started.pid, log=log)


def go_on(workspace: "Workspace", record: RunRecord, words: Sequence[str], *, workers: int) -> BackgroundRun:
    """The same for a run that is there already; its log goes on in the same file."""
    log = workspace.folders.run(record.key) / LOG_NAME
    os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    started = _Started.launch(workspace, record.experiment, words, log, workers)
    return BackgroundRun(started.begun(record.key), pid=started.pid, log=log)


@dataclass(frozen=True)
class _Started:
    """A process that is about to make a run; `before` is each run's epoch as it was then."""

    workspace: "Workspace"
    experiment: str
    pid: int
    log: Path
    before: Mapping[str, int]

    @classmethod
    def launch(
        cls, workspace: "Workspace", experiment: str, words: Sequence[str], log: Path, workers: int
    ) -> "_Started":
        before = {run.key: run.epoch for run in workspace.store.runs.of(experiment)}
        environment = {**workspace.environment, "SYNTH_HOME": str(workspace.home), "SYNTH_PROGRESS": "plain"}
        environment |= {"SYNTH_WORKERS": str(workers), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-m", "synth_jupyter", *words]
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(log), *command]
        try:
            done = subprocess.run(launcher, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise GenerationError(f"no process could be started: {error}", hint="leave out --background") from error
        return cls(workspace, experiment, int(done.stdout), log, before)

    def begun(self, key: str | None = None) -> RunRecord:
        """The record of the run, as soon as the process has made it its own; of `key` also when it is complete."""
        with _Process(self.pid) as process:
            try:
                while True:
                    ended = process.has_ended(_LOOK_SECONDS)
                    if record := self._record():
                        return record
                    if ended:
                        return self._complete(key)
            except KeyboardInterrupt:
                process.stop()
                raise

    def _record(self) -> RunRecord | None:
        mine = owner_of(self.pid)
        runs = self.workspace.store.runs.of(self.experiment)
        return next((run for run in runs if run.owner == mine and self.before.get(run.key) != run.epoch), None)

    def _complete(self, key: str | None) -> RunRecord:
        record = self.workspace.store.runs.get(key) if key is not None else None
        if record is not None and record.status == "complete":
            return record
        raise self._failure()

    def _failure(self) -> GenerationError:
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        said = "; ".join(line.strip() for line in lines[-2:]) or "it said nothing"
        return GenerationError(
            f"the background run of {self.experiment!r} did not begin: {said}",
            hint="leave out --background to see it all",
        )


class _Process:
    """A process that is not our child, held by a descriptor so that its number cannot come to mean another."""

    def __init__(self, pid: int) -> None:
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def has_ended(self, seconds: float) -> bool:
        """Whether it is gone, or goes within so many seconds."""
        return self._descriptor is None or bool(select.select([self._descriptor], [], [], seconds)[0])

    def stop(self) -> None:
        """End it."""
        if self._descriptor is not None and not self.has_ended(0):
            signal.pidfd_send_signal(self._descriptor, signal.SIGTERM)

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
