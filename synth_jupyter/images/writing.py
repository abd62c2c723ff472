"""Where an image is written: one tar, or a folder in the OCI layout; whole or not at all, durable, never in between."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from .. import files as disk
from ..errors import ConflictError, ImageError
from . import tar
from .layout import blob_name

_LAYOUT = "oci-layout"
Content = Callable[[], Iterator[bytes]]


def sha256_of(content: Content) -> str:
    """The digest (hex) of a layer that is read for it alone."""
    digest = hashlib.sha256()
    for chunk in content():
        digest.update(chunk)
    return digest.hexdigest()


class Sink(Protocol):
    """What takes an image: first its head (with digests that are not known yet), then layers, then the head again.

    Layers may come from several threads, in any order; their bytes may be asked for more than once, and their digest
    (hex) is returned. At the end the size of all is.
    """

    def begin(self, files: Mapping[str, bytes], sizes: Sequence[int]) -> None: ...

    def layer(self, number: int, content: Content) -> str: ...

    def finish(self, files: Mapping[str, bytes]) -> int: ...


@dataclass
class _Archive:
    """A tar; State: where each layer begins, known before any of them is written."""

    out: disk.NewFile
    starts: Sequence[int] = ()

    def begin(self, files: Mapping[str, bytes], sizes: Sequence[int]) -> None:
        """The head has the same size whatever the digests in it are, so that it can be written over itself."""
        self.starts = starts(files, sizes)

    def layer(self, number: int, content: Content) -> str:
        """Write a layer in its place."""
        start, digest = self.starts[number], hashlib.sha256()
        position = start + tar.BLOCK
        for chunk in content():
            digest.update(chunk)
            self.out.write_at(position, chunk)
            position += len(chunk)
        size = position - start - tar.BLOCK
        self.out.write_at(position, tar.padding(size))
        assert start + tar.stored(size) == self.starts[number + 1]
        self.out.write_at(start, tar.header(blob_name(digest.hexdigest()), size))
        return digest.hexdigest()

    def finish(self, files: Mapping[str, bytes]) -> int:
        """Write the head, and the end of the tar."""
        self.out.write_at(0, head(files))
        self.out.write_at(self.starts[-1], tar.END)
        return self.starts[-1] + len(tar.END)


def starts(files: Mapping[str, bytes], sizes: Sequence[int]) -> tuple[int, ...]:
    """Where the header of each layer stands in the tar that holds these files first, and where the last one ends."""
    return tuple(accumulate(map(tar.stored, sizes), initial=len(head(files))))


def head(files: Mapping[str, bytes]) -> bytes:
    """The beginning of the tar: all but the layers."""
    names = [(name, data) for name, data in files.items() if not name.startswith("blobs/")]
    blobs = [(name, data) for name, data in files.items() if name.startswith("blobs/")]
    folders = tar.header("blobs", folder=True) + tar.header("blobs/sha256", folder=True)
    return b"".join(map(_member, names)) + folders + b"".join(map(_member, blobs))


@dataclass(frozen=True)
class _Layout:
    """A folder."""

    folder: Path

    def begin(self, files: Mapping[str, bytes], sizes: Sequence[int]) -> None:
        """Nothing is written before the digests are known."""

    def layer(self, number: int, content: Content) -> str:
        """Write a layer as the blob of its digest."""
        digest, partial = hashlib.sha256(), self.folder / f"layer{number}.partial"
        with disk.create(partial) as file:
            for chunk in content():
                digest.update(chunk)
                file.write(chunk)
        os.replace(partial, self.folder / blob_name(digest.hexdigest()))
        return digest.hexdigest()

    def finish(self, files: Mapping[str, bytes]) -> int:
        """Write what is no layer, and make all of it durable."""
        for name, data in files.items():
            with disk.create(self.folder / name) as file:
                file.write(data)
        disk.sync_folder(self.folder / "blobs" / "sha256")
        disk.sync_folder(self.folder)
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def check_free(target: Path, *, folder: bool, replace: bool) -> None:
    """ConflictError when there is something at `target` that must stay."""
    if os.path.lexists(target) and not (replace and _is_replaceable(target, folder)):
        raise taken(target)


def taken(target: Path) -> ConflictError:
    """There is something at `target` already."""
    return ConflictError(f"{target} exists; nothing was written", hint="choose another place, or --replace it")


@contextmanager
def archive(target: Path, *, replace: bool) -> Iterator[Sink]:
    """A file beside `target` that takes its place, durably, when the block ends well; else nothing is left."""
    partial = _partial(target)
    with _translated(target):
        try:
            with disk.create(partial) as out:
                fcntl.flock(out.fileno(), fcntl.LOCK_EX)
                yield _Archive(out)
            if replace:
                os.replace(partial, target)
                disk.sync_folder(target.parent)
            else:
                disk.publish(partial, target)
        finally:
            disk.remove(partial)


@contextmanager
def layout(target: Path, *, replace: bool) -> Iterator[Sink]:
    """The same for a folder in the OCI layout; one that is replaced is moved aside first."""
    partial = _partial(target)
    with _translated(target):
        try:
            disk.make_folder(partial / "blobs" / "sha256")
            with _locked(partial):
                yield _Layout(partial)
                _swap(partial, target, replace=replace)
        finally:
            disk.remove_folder(partial)


def _swap(partial: Path, target: Path, *, replace: bool) -> None:
    aside = partial.with_suffix(".partial.old")
    if os.path.lexists(target):
        if not replace:
            raise taken(target)
        os.rename(target, aside)
    disk.move_folder(partial, target)
    disk.remove_folder(aside)


def _is_replaceable(target: Path, folder: bool) -> bool:
    if folder:
        return target.is_dir() and not target.is_symlink() and (target / _LAYOUT).is_file()
    return not target.is_dir()


@contextmanager
def _translated(target: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise taken(target) from error
    except OSError as error:
        raise ImageError(f"{target} cannot be written: {error.strerror or error}; nothing was kept") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _partial(target: Path) -> Path:
    """A new name beside the target, after what killed exports to it left was removed; those under way hold a lock."""
    for stale in target.parent.glob(f".{_plain(target.name)}.????????.partial"):
        descriptor = os.open(stale, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            disk.remove_folder(stale) if stale.is_dir() else disk.remove(stale)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
    return target.parent / f".{target.name}.{secrets.token_hex(4)}.partial"


def _plain(name: str) -> str:
    """`name` with nothing that a glob pattern understands."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _member(file: tuple[str, bytes]) -> bytes:
    name, data = file
    return tar.header(name, len(data)) + data + tar.padding(len(data))
