"""On what kind of file system a path lies, as the system's table of mounts says."""

import re
from pathlib import Path

TABLE = Path("/proc/self/mountinfo")
REMOTE = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs",
    "lustre", "gpfs", "beegfs", "pvfs2", "orangefs", "ocfs2", "gfs2", "davfs", "coda",
    "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone",
    "fuse.davfs2", "fuse.juicefs",
))  # fmt: skip
"""File systems that other machines write to as well: their locks may be seen here alone, and SQLite's log needs one
memory for all."""


def remote_kind(path: Path, table: Path | None = None) -> str | None:
    """The kind of the network file system that `path`, or its nearest folder that exists, lies on; None for others.

    None also where the system has no table of mounts.
    """
    try:
        lines = (table or TABLE).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place = path.resolve()
    mounts = [mount for mount in map(_mount, lines) if mount is not None and place.is_relative_to(mount[0])]
    # Of two at one place the later hides the earlier.
    kind = max(enumerate(mounts), key=lambda each: (len(each[1][0].parts), each[0]))[1][1] if mounts else ""
    return kind if kind in REMOTE else None


def _mount(line: str) -> tuple[Path, str] | None:
    """Where a line of the table says that what is mounted: its fifth word, and the first after the lone dash."""
    words = line.split(" ")
    if len(words) < 7 or "-" not in words[6:-1]:
        return None
    place = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), words[4])
    return Path(place), words[words.index("-", 6) + 1]
