"""The files of an image archive (a tar) or an OCI layout folder, by name, without unpacking anything.

Only names that the known tools write are accepted, only regular files are read, links are never followed, and every
byte between the files of a tar must be what a tar has there.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import ImageError
from . import tar
from .layout import ROOT, is_safe

_HEX = "[0-9a-f]{64}"
_FILES = re.compile(
    rf"oci-layout|index\.json|manifest\.json|repositories|blobs/sha256/{_HEX}|{_HEX}\.(json|tar)|{_HEX}/(layer\.tar|json|VERSION)"
)
_FOLDERS = re.compile(rf"blobs|blobs/sha256|{_HEX}|\.|")
MAX_EXTENDED = 64 << 10
_FLAT_FILES = re.compile(r"\.dockerenv|dev/console|etc/(hostname|hosts|resolv\.conf)|run/\.containerenv")
_FLAT_FOLDERS = re.compile(r"dev|dev/(pts|shm|mqueue)|etc|proc|sys|run|run/secrets|tmp|\.")
_FLAT_LINKS = re.compile(r"etc/mtab")


@dataclass
class Section:
    """A read-only stretch of an open file; `position` moves as it is read."""

    descriptor: int
    position: int
    left: int

    def read(self, size: int, /) -> bytes:
        data = os.pread(self.descriptor, min(size, self.left), self.position)
        self.position += len(data)
        self.left -= len(data)
        return data


class Source(Protocol):
    """Where an image is read from; `sizes` holds every readable file with its bytes."""

    @property
    def sizes(self) -> Mapping[str, int]: ...

    def open(self, name: str) -> AbstractContextManager[Section]: ...


@dataclass(frozen=True)
class _Archive:
    descriptor: int
    sizes: dict[str, int]
    offsets: dict[str, int]

    @contextmanager
    def open(self, name: str) -> Iterator[Section]:
        yield Section(self.descriptor, self.offsets[name], self.sizes[name])


@dataclass(frozen=True)
class _Folder:
    path: Path
    sizes: dict[str, int]

    @contextmanager
    def open(self, name: str) -> Iterator[Section]:
        with _opened_file(self.path / name, follow=False) as (descriptor, size):
            if size != self.sizes[name]:
                raise ImageError(f"{self.path / name} is being changed while it is read")
            yield Section(descriptor, 0, size)


@contextmanager
def opened(path: Path, *, max_members: int) -> Iterator[Source]:
    """The image at `path`, a tar or a folder.

    Raises:
        ImageError: there is nothing, or it is not an image, or it holds what no image tool writes.
    """
    if path.is_dir():
        yield _folder(path, max_members)
        return
    with _opened_file(path, follow=True) as (descriptor, size):
        yield _archive(path.name, descriptor, size, max_members)


def read(source: Source, name: str, limit: int) -> bytes:
    """The whole of a small file; ImageError when it is missing or larger than `limit` bytes."""
    if name not in source.sizes:
        raise ImageError(f"the image has no {name!r}; it is incomplete")
    if source.sizes[name] > limit:
        raise ImageError(f"{name!r} has {source.sizes[name]:,} bytes; at most {limit:,} are read")
    with source.open(name) as section:
        return tar.read_exactly(section, source.sizes[name], repr(name))


def _archive(path: str, descriptor: int, size: int, max_members: int) -> _Archive:
    whole = Section(descriptor, 0, size)
    start = os.pread(descriptor, 4, 0)
    if start[:2] == b"\x1f\x8b" or start == b"\x28\xb5\x2f\xfd":
        raise ImageError(f"{path} is a compressed tar", hint="uncompress it first, with gunzip or unzstd")
    found = _Archive(descriptor, {}, {})
    flat: bool | None = None
    for count, member in enumerate(_members(whole)):
        if count >= max_members:
            raise ImageError(f"{path} holds more than {max_members:,} files")
        if flat is None:
            flat = _is_flat(member)
        name = _accepted(member, flat=bool(flat))
        if name in found.sizes:
            raise ImageError(f"{path} holds {name!r} twice")
        if name and member.kind == "file":
            found.sizes[name], found.offsets[name] = member.size, whole.position
        _skip(whole, member)
    return found


def _members(whole: Section) -> Iterator[tar.Member]:
    """Each member; the caller moves past its data. Checks the end of the tar when it is reached."""
    while True:
        member = tar.parse(whole.read(tar.BLOCK))
        if member is None:
            break
        if member.kind != "extended":
            yield member
            continue
        if member.size > MAX_EXTENDED:
            raise ImageError(f"an extended header has {member.size:,} bytes")
        tar.check_extended(tar.read_exactly(whole, member.size, "an extended header"))
        tar.check_zeros(whole.read(-member.size % tar.BLOCK), "the tar")
    if whole.position < 2 * tar.BLOCK or not whole.left:
        raise ImageError("the tar is cut off, or it is no tar at all: its end is missing")
    while rest := whole.read(1 << 20):
        tar.check_zeros(rest, "the end of the tar")


def _is_flat(member: tar.Member) -> bool | None:
    """Whether the tar is a tree of files rather than an image; the folder `.` says nothing yet."""
    name = member.name.removeprefix("./").rstrip("/")
    if name in ("", "."):
        return None
    return not _FILES.fullmatch(name) and _fits_a_tree(name, member.kind, member.size)


def _fits_a_tree(name: str, kind: str, size: int) -> bool:
    """Whether a tree of files, as an engine exports it, may have it; only /experiment has any content."""
    if name == ROOT or name.startswith(f"{ROOT}/"):
        inner = name.removeprefix(ROOT).removeprefix("/")
        return kind != "link" and (is_safe(inner) if inner else kind == "folder")
    allowed = {"file": _FLAT_FILES, "folder": _FLAT_FOLDERS, "link": _FLAT_LINKS}[kind]
    return size == 0 and allowed.fullmatch(name) is not None


def _accepted(member: tar.Member, *, flat: bool) -> str:
    """The member's plain name, or nothing for a link (podman writes some, which are never followed)."""
    name = member.name.removeprefix("./").rstrip("/") if member.kind == "folder" else member.name.removeprefix("./")
    if flat:
        if not _fits_a_tree(name or ".", member.kind, member.size):
            raise ImageError(f"the archive holds {member.kind} {member.name!r}, which is not part of an image")
        return "" if member.kind == "link" else name
    expected = _FOLDERS if member.kind == "folder" else _FILES
    if not expected.fullmatch(name):
        raise ImageError(f"the archive holds {member.kind} {member.name!r}, which is not part of an image")
    return "" if member.kind == "link" else name


def _skip(whole: Section, member: tar.Member) -> None:
    if member.size > whole.left:
        raise ImageError(f"the tar is cut off inside {member.name!r}")
    whole.position += member.size
    whole.left -= member.size
    tar.check_zeros(tar.read_exactly(whole, -member.size % tar.BLOCK, "the tar"), "the tar")


def _folder(path: Path, max_members: int) -> _Folder:
    found = _Folder(path, {})
    for name in _listed(path, max_members):
        status = (path / name).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{path / name} is not a regular file")
        found.sizes[name] = status.st_size
    if not found.sizes:
        raise ImageError(f"{path} is not an OCI layout: it has neither index.json nor manifest.json")
    return found


def _listed(path: Path, max_members: int) -> Iterator[str]:
    blobs = path / "blobs" / "sha256"
    for folder in (path / "blobs", blobs):
        if folder.is_symlink():
            raise ImageError(f"{folder} is a link; links are not followed")
    yield from (name for name in ("oci-layout", "index.json", "manifest.json") if os.path.lexists(path / name))
    names = sorted(os.listdir(blobs)) if blobs.is_dir() else []
    if len(names) > max_members:
        raise ImageError(f"{path} holds more than {max_members:,} files")
    for name in names:
        if not _FILES.fullmatch(f"blobs/sha256/{name}"):
            raise ImageError(f"{blobs / name} is not part of an image")
        yield f"blobs/sha256/{name}"


@contextmanager
def _opened_file(path: Path, *, follow: bool) -> Iterator[tuple[int, int]]:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{path} is not a regular file")
        yield descriptor, status.st_size
    finally:
        os.close(descriptor)
