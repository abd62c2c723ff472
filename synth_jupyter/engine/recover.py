"""After a crash: keep what is recorded and intact, remove everything else."""

from collections.abc import Iterable
from pathlib import Path

from ..files import remove, remove_folder, sha256_of
from ..plan.model import PartitionFile


def recover(out: Path, recorded: Iterable[PartitionFile]) -> list[PartitionFile]:
    """The recorded files that are on the disk with their size and sha256; all others below `out` are removed."""
    remove_folder(out / "stage")
    intact = [file for file in recorded if is_intact(out, file)]
    kept = {out / file.path for file in intact}
    for path in sorted((out / "data").glob("*/*")):
        if path not in kept:
            remove(path)
    return intact


def is_intact(out: Path, file: PartitionFile) -> bool:
    """Whether the file is there, a regular file, of the recorded size and sha256."""
    path = out / file.path
    if path.is_symlink() or not path.is_file() or path.stat().st_size != file.bytes:
        return False
    return sha256_of(path) == file.sha256
