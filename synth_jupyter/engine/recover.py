"""After a crash: keep what is recorded and intact, remove everything else."""

import re
from collections.abc import Iterable
from pathlib import Path

from ..files import Beat, remove, remove_folder, sha256_of
from ..plan.model import PartitionFile

_PATH = re.compile(r"data/t\d{4,}_[a-z0-9_]{0,40}/part-\d{5,}(?:-\d+-[0-9a-f]{8})?\.parquet")


def recover(out: Path, recorded: Iterable[PartitionFile], beat: Beat | None = None) -> list[PartitionFile]:
    """The recorded files that are on the disk with their size and sha256; all others below `out` are removed.

    Links are removed, never followed. `beat` is called again and again while files are read, which can take long.
    """
    for folder in (out / "stage", out / "data"):
        if folder.is_symlink():
            remove(folder)
    remove_folder(out / "stage")
    intact = [file for file in recorded if is_intact(out, file, beat)]
    _tidy(out / "data", {out / file.path for file in intact})
    return intact


def is_intact(out: Path, file: PartitionFile, beat: Beat | None = None) -> bool:
    """Whether the file is where files of a run are, a regular file, of the recorded size and sha256."""
    path = out / file.path
    if not _PATH.fullmatch(file.path) or any(at.is_symlink() for at in (path, path.parent, path.parent.parent)):
        return False
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    return sha256_of(path, beat) == file.sha256


def _tidy(folder: Path, kept: set[Path]) -> None:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            _tidy(path, kept)
        elif path not in kept:
            remove(path)
