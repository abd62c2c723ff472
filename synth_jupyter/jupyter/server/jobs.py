"""Work in the background: each job a process and a folder `jobs/<id>/` of the workspace, which outlive the server.

The folder holds what was asked, the events as lines, and the end. Its lock is held by the living process, so that a
job whose process died is known as `lost`, whoever asks.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...documents import to_json
from ...errors import ConflictError, NotFoundError
from ...files import make_folder, remove_folder
from ...store import is_held
from ...workspace.home import is_key, new_key
from .apart import EVENTS, LOG, RESULT, Asked
from .questions import command, environment
from .statuses import Refused

_ASKED, _FILES = "job.json", "files"
_KEPT = 200


@dataclass(frozen=True)
class Job:
    """One job as its folder tells it now."""

    key: str
    folder: Path
    verb: str
    created_at: str
    status: str
    run: str | None
    progress: dict[str, Any] | None
    outcome: dict[str, Any] | None

    @property
    def download(self) -> Path | None:
        """The file that it made to be fetched."""
        return next(iter(sorted((self.folder / _FILES).iterdir())), None) if self.status == "done" else None

    def to_dict(self) -> dict[str, Any]:
        """The `job` document."""
        outcome = self.outcome or {}
        return {
            "job": self.key, "verb": self.verb, "status": self.status, "run": self.run, "created_at": self.created_at,
            "progress": self.progress, "exit_code": outcome.get("exit_code"), "document": outcome.get("document"),
            "error": outcome.get("error"), "file": self.download.name if self.download else None,
        }  # fmt: skip


@dataclass
class Jobs:
    """The jobs of one workspace; `started` are the processes of this server, which it must reap.

    Mutable: `started`, by the event loop's thread alone.
    """

    home: Path
    most: int
    started: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home / "jobs"

    def new_folder(self) -> Path:
        """A folder for a job that will be started."""
        folder = self.folder / new_key()
        make_folder(folder / _FILES)
        return folder

    def discard(self, folder: Path) -> None:
        """The folder of a job that was not started."""
        remove_folder(folder)

    def files(self, folder: Path) -> Path:
        """Where a job of that folder puts what is to be fetched."""
        return folder / _FILES

    def start(self, asked: Asked, folder: Path) -> Job:
        """The job, under way.

        Raises:
            Refused: too many are under way.
        """
        running = sum(job.status == "running" for job in self.all())
        if running >= self.most:
            remove_folder(folder)
            raise Refused(429, f"{running} jobs are under way", hint="wait for one of them, or cancel it")
        self._forget_old()
        about = {"verb": asked.verb, "created_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        (folder / _ASKED).write_text(to_json(about), encoding="utf-8")
        with (folder / LOG).open("wb") as log:
            process = subprocess.Popen(
                command(), stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment(), start_new_session=True
            )
        assert process.stdin is not None
        with process.stdin as words:
            words.write(replace(asked, folder=str(folder)).line())
        self.started[folder.name] = process
        return self.get(folder.name)

    def all(self) -> list[Job]:
        """Every job that is remembered, oldest first."""
        folders = self.folder.iterdir() if self.folder.is_dir() else []
        found = [self.get(each.name) for each in folders if is_key(each.name) and (each / _ASKED).is_file()]
        return sorted(found, key=lambda job: (job.created_at, job.key))

    def get(self, key: str) -> Job:
        """The job of that id; NotFoundError when there is none."""
        folder = self.folder / key if is_key(key) else None
        if folder is None or not (folder / _ASKED).is_file():
            raise NotFoundError("there is no job of that id", hint="GET /synth/api/jobs lists them")
        about = json.loads((folder / _ASKED).read_text("utf-8"))
        is_running = self._is_running(folder)  # before the look at its end, which it writes first
        outcome = _outcome(folder)
        progress = next(reversed([*self.events(key, 0)]), None)
        run = (outcome or {}).get("document", {}).get("run") or (progress or {}).get("run")
        status = "done" if outcome and "document" in outcome else "failed" if outcome else "lost"
        return Job(key, folder, about["verb"], about["created_at"],
                   "running" if outcome is None and is_running else status, run, progress, outcome)  # fmt: skip

    def events(self, key: str, since: int) -> Iterator[dict[str, Any]]:
        """The events of a job after number `since`, each with its number; a line that is being written waits."""
        try:
            lines = (self.folder / key / EVENTS).read_text("utf-8").split("\n")[:-1]
        except FileNotFoundError:
            return
        for number, line in enumerate(lines[since:], since + 1):
            yield {"id": number, **json.loads(line)}

    def interrupt(self, key: str) -> None:
        """Stop the process as Ctrl-C would.

        Raises:
            ConflictError: it has ended.
        """
        job = self.get(key)
        if job.status != "running":
            raise ConflictError(f"this job is {job.status} already")
        process = self.started.get(key)
        if process is not None:
            process.send_signal(signal.SIGINT)
        elif is_held(job.folder):
            os.kill(int(json.loads((job.folder / ".lock").read_text())["owner"].rpartition(" ")[2]), signal.SIGINT)

    def _is_running(self, folder: Path) -> bool:
        process = self.started.get(folder.name)
        if process is None:
            return is_held(folder)
        if process.poll() is None:
            return True
        del self.started[folder.name]
        return False

    def _forget_old(self) -> None:
        ended = [job for job in self.all() if job.status != "running"]
        for job in ended[: max(0, len(ended) - _KEPT)]:
            remove_folder(job.folder)


def _outcome(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / RESULT).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found
