"""Who may write a run's folder: an advisory lock on its `.lock` file, which the kernel frees when its holder dies.

The lock says that nobody else writes now; the epoch in the store says whose records still count. Both are needed:
a lock cannot stop a process that lost it without noticing.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import ConflictError, StoreError
from .records import RunRecord

LOCK_NAME = ".lock"
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.02


def this_owner() -> str:
    """This process as others are told of it: `host, pid 17`."""
    return owner_of(os.getpid())


def owner_of(pid: int) -> str:
    """A process of this machine as others are told of it."""
    return f"{socket.gethostname()}, pid {pid}"


@dataclass(frozen=True)
class Lease:
    """A held lock on a run's folder; it ends with `release`, with the `with` block, or with the process."""

    path: Path
    descriptor: int

    @classmethod
    def claim(cls, folder: Path, what: str) -> "Lease":
        """Hold the folder alone, or fail at once; `what` is the run's address, for the message.

        Raises:
            ConflictError: somebody holds or reads it; says who (host, pid) and since when.
        """
        lease = cls._take(folder, fcntl.LOCK_EX)
        if lease is None:
            raise ConflictError(
                f"{what} is in use by {_holder(folder / LOCK_NAME)}",
                hint=f"wait for it, or stop it with `synth cancel {what}`",
            )
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"owner": this_owner(), "since": since, "host": socket.gethostname(), "boot": _boot()}
        os.ftruncate(lease.descriptor, 0)
        os.pwrite(lease.descriptor, json.dumps(holder).encode(), 0)
        return lease

    @classmethod
    def share(cls, folder: Path, what: str) -> "Lease":
        """Hold the folder with other readers, so that nobody removes it; ConflictError while it is written."""
        lease = cls._take(folder, fcntl.LOCK_SH)
        if lease is None:
            raise ConflictError(
                f"{what} is being written by {_holder(folder / LOCK_NAME)}", hint="wait for it, then repeat the command"
            )
        return lease

    @classmethod
    def _take(cls, folder: Path, kind: int) -> "Lease | None":
        # A look by `is_held` takes the lock for an instant; the later attempts outlive it.
        path = folder / LOCK_NAME
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE_SECONDS)
            descriptor = _opened(folder)
            if _lock(descriptor, kind) and _is_at(descriptor, path):
                return cls(path, descriptor)
            os.close(descriptor)
        return None

    def beat(self) -> None:
        """A sign of life, for those who look from another host; no decision rests on it."""
        os.utime(self.descriptor)

    def release(self) -> None:
        """Let others have it."""
        os.close(self.descriptor)

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_held(folder: Path) -> bool:
    """Whether a living process is writing into the folder now."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def elsewhere(folder: Path) -> str | None:
    """Who last held the folder, when that was on another machine: a lock there cannot be seen from here."""
    try:
        holder = json.loads((folder / LOCK_NAME).read_text(encoding="utf-8"))
        if holder["host"] == socket.gethostname() or holder["boot"] == _boot():
            return None
        beat = datetime.fromtimestamp((folder / LOCK_NAME).stat().st_mtime, UTC).isoformat(timespec="seconds")
        return f"{holder['owner']} since {holder['since']} (last sign of life {beat})"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refuse_elsewhere(folder: Path, record: RunRecord) -> None:
    """Raise ConflictError for a run that is under way on another machine, unless it was asked to stop."""
    owner = elsewhere(folder) if record.status == "running" and not record.cancel_requested else None
    if owner is not None:
        raise ConflictError(
            f"{record.address} is in use by {owner}, on another machine, where this one cannot look",
            hint=f"stop it with `synth cancel {record.address}`; repeat the command when it has stopped, or is gone",
        )


@contextmanager
def guard(path: Path, *, exclusive: bool) -> Iterator[None]:
    """Wait for a short lock between processes and hold it for the block; shared with others unless `exclusive`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _boot() -> str:
    """This start of this machine, the same in all its containers; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _opened(folder: Path) -> int:
    """The lock's file, made when missing; neither it nor the folder may be a link, which others could have put there.

    Raises:
        StoreError: one of them is.
    """
    try:
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.open(LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=inside)
        finally:
            os.close(inside)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        what = folder if folder.is_symlink() else folder / LOCK_NAME
        raise StoreError(
            f"{what} is a link, which is never followed; nothing was changed", hint="remove it, and repeat the command"
        ) from error


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    # The folder may have been thrown away between opening the file and locking it.
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (mine.st_dev, mine.st_ino) == (found.st_dev, found.st_ino)


def _holder(path: Path) -> str:
    if not is_held(path.parent):
        return "somebody who reads it (an export or a load)"
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"{holder['owner']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
