"""A folder that appears whole or not at all: filled aside under a lock, then swapped in, with a list of its files."""

import ctypes
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..errors import ConflictError, WarehouseError
from ..files import create, remove_folder, sha256_of, sync_folder

MANIFEST = "_synth_load.json"
"""The list of a load's files; a folder without it is somebody's own and never touched."""
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of Linux


@dataclass(frozen=True)
class Listed:
    """What a folder's list says: which run it holds, how, and the sha256 of each of its files."""

    run: str
    content: str
    form: str
    files: dict[str, str]
    tables: dict[str, Any]


def listed(folder: Path) -> Listed | None:
    """The folder's list; None when it has none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        return Listed(found["run"], found["content_digest"], found["form"], found["files"], found["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_free(folder: Path, replace: bool) -> None:
    """Return only when the folder may be swapped: it is not there, or empty, or all in it is a load's and `replace`.

    Raises:
        ConflictError: it is not; nothing was changed.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    found = listed(folder) if folder.is_dir() and not folder.is_symlink() else None
    if found is None:
        raise ConflictError(
            f"{folder} is there and was not loaded from here; nothing was changed", hint="name a new or an empty folder"
        )
    if not replace:
        raise ConflictError(
            f"{folder} holds another run or load ({found.run}); nothing was changed",
            hint="add --replace to swap it, or name another folder",
        )
    _check_untouched(folder, found)


def _check_untouched(folder: Path, found: Listed) -> None:
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    changed = sorted(there - {*found.files, MANIFEST})
    changed += sorted(name for name in there & {*found.files} if sha256_of(folder / name) != found.files[name])
    if changed:
        raise ConflictError(
            f"{folder / changed[0]} is not as the load of {found.run} wrote it; nothing was changed",
            hint="move it elsewhere, or name another folder",
        )


def fill(folder: Path, replace: bool, write: Callable[[Path], dict[str, Any]]) -> None:
    """`write` fills a hidden folder beside `folder` and returns its list; then the two are swapped.

    Raises:
        ConflictError: the folder may not be swapped.
        WarehouseError: it cannot be written. Nothing was changed.
    """
    check_free(folder, replace)
    if not folder.parent.is_dir():
        raise WarehouseError(f"there is no folder {folder.parent} for {folder.name}")
    try:
        _remove_strays(folder)
        with _aside(folder) as aside:
            document = write(aside)
            document["files"] = {str(path.relative_to(aside)): sha256_of(path) for path in _files(aside)}
            with create(aside / MANIFEST) as file:
                file.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
            sync_folder(aside)
            check_free(folder, replace)
            _swap(aside, folder)
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written: {error.strerror or error}; nothing was changed",
            hint="make room, or look at its rights",
        ) from error


def take_away(folder: Path) -> None:
    """Remove the load's files, and the folder. Raises ConflictError when something else is in it."""
    found = listed(folder)
    if found is None:
        return
    _check_untouched(folder, found)
    for name in (*found.files, MANIFEST):
        (folder / name).unlink(missing_ok=True)
    for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        inner.rmdir()
    folder.rmdir()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A new hidden folder beside, locked while it is filled; whatever has its name afterwards goes."""
    aside = folder.with_name(f".{folder.name[:100]}.synth-{uuid4().hex}")
    aside.mkdir(0o700)
    descriptor = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield aside
    finally:
        os.close(descriptor)
        remove_folder(aside)


def _remove_strays(folder: Path) -> None:
    """What killed loads left; those that are being filled are locked."""
    for stray in folder.parent.glob(f".{folder.name[:100]}.synth-{'[0-9a-f]' * 32}"):
        descriptor = os.open(stray, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_folder(stray)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


def _swap(aside: Path, folder: Path) -> None:
    """In one step where the system can, else with a moment in which the folder is not there."""
    if not folder.exists():
        os.rename(aside, folder)
    elif not _exchanged(aside, folder):
        before = aside.with_name(f".{folder.name[:100]}.synth-{uuid4().hex}")
        os.rename(folder, before)
        os.rename(aside, folder)
        os.rename(before, aside)
    sync_folder(folder.parent)


def _exchanged(one: Path, other: Path) -> bool:
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
