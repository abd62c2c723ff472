"""Every effect on the workspace's files: create, make durable, publish without replacing, throw away.

One small module, so that tests can record, fail and replay each effect: all of them are calls of `os` and `shutil`
made here. Folders are created 0700, files 0600.
"""

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_CHUNK = 1 << 20
Beat = Callable[[], object]
"""What long work calls again and again, so that whoever waits for it can be told, and can end it by raising."""


class NewFile(io.RawIOBase, BinaryIO):
    """A descriptor to write to: each `write` takes all its bytes or raises, where a full disk would take some.

    What comes after `close` goes nowhere. A library's writer that failed ends its file once more when it is thrown
    away, and by then the descriptor's number may be that of another file, as of the store.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        done = len(view) if self.closed else 0
        while done < len(view):
            done += os.write(self._descriptor, view[done:])
        return done

    def write_at(self, offset: int, data: bytes) -> None:
        """All of `data`, from `offset` bytes on, wherever the file stands: threads may share it."""
        view = memoryview(data)
        while view:
            done = os.pwrite(self._descriptor, view, offset)
            view, offset = view[done:], offset + done

    def write_early(self, data: Any) -> int:
        """`write`, and let the system bring the bytes to the disk meanwhile: `sync_file` has less to wait for."""
        start = self.tell()
        done = self.write(data)
        if hasattr(os, "posix_fadvise"):  # Linux takes this one as word to begin; some systems have none
            os.posix_fadvise(self._descriptor, start, done, os.POSIX_FADV_DONTNEED)
        return done

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return self.seek(0, os.SEEK_CUR)

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        if not self.closed:
            super().close()
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


def make_folder(path: Path) -> None:
    """The folder and its missing parents, for this user only."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            try:
                os.mkdir(folder, 0o700)
            except FileExistsError:
                continue
            sync_folder(folder.parent)


@contextmanager
def create(path: Path) -> Iterator[NewFile]:
    """A new file to write, made durable when the block ends well and removed when it does not.

    Raises:
        FileExistsError: there is one already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with NewFile(descriptor) as file:
            yield file
            sync_file(file)
    except BaseException:
        remove(path)
        raise


def sync_file(file: BinaryIO) -> None:
    """Return only when the file's bytes are on the disk; one that fails is never tried again, its bytes may be gone."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Return only when the folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(source: Path, target: Path) -> None:
    """Rename `source` to `target`, durably, in the same file system.

    Raises:
        FileExistsError: `target` exists; nothing is ever replaced.
    """
    os.link(source, target, follow_symlinks=False)
    os.unlink(source)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """The file is gone, whether or not it was there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def move_folder(source: Path, target: Path) -> None:
    """Rename a folder, durably; nothing happens when `source` is gone already."""
    if source.exists():
        os.rename(source, target)
        sync_folder(source.parent)
        sync_folder(target.parent)


def remove_folder(path: Path) -> None:
    """The folder and all in it are gone; links inside are removed, not followed."""
    if path.is_symlink():
        raise NotADirectoryError(f"{path} is a link, not a folder")
    if path.exists():
        shutil.rmtree(path)


def sha256_of(path: Path, beat: Beat | None = None) -> str:
    """The hex sha256 of a file's bytes; `beat` is called for each MiB, so that who waits can be told."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if beat is not None:
                beat()
    return digest.hexdigest()
