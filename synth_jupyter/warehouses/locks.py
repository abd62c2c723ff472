"""Files that another process holds: waiting a moment for them, and saying who it is."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from ..errors import WarehouseError

T = TypeVar("T")
PATIENCE = 5.0
"""Seconds to wait for a file that another process holds."""
_OPEN_ELSEWHERE = "is open in another process"


def patiently(open: Callable[[], T]) -> T:
    """`open()`, again and again for up to five seconds while another process has the file open."""
    waiting = Retrying(
        stop=stop_after_delay(PATIENCE - 0.5),
        wait=wait_fixed(0.2),
        retry=retry_if_exception(lambda error: isinstance(error, WarehouseError) and _OPEN_ELSEWHERE in error.message),
        reraise=True,
    )
    return waiting(open)


def holder_of(path: Path) -> str:
    """Who holds a lock on the file: ` (python3, pid 17)`; empty when the system does not tell."""
    try:
        wanted = path.stat()
        locks = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return ""
    place = f"{os.major(wanted.st_dev):02x}:{os.minor(wanted.st_dev):02x}:{wanted.st_ino}"
    for words in (line.split() for line in locks):
        pid = next((word for word, after in pairwise(words) if after == place), "")
        if pid.isdigit() and int(pid) != os.getpid():
            return f" ({_program(pid)}, pid {pid})"
    return ""


def _program(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a program that has ended"
