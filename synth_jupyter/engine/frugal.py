"""What a process that only makes rows does without: pandas, and giving memory back between two batches."""

import ctypes
import sys
from contextlib import suppress

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT = 256 << 20
_LARGE = 32 << 20


def leave_pandas_out() -> None:
    """Let pyarrow work in this process as where pandas is not installed; others can still import it.

    pyarrow imports pandas at its first scalar or numpy array, only to recognise its objects: half a second, in each
    process. It asks once. This is for processes of our own where no foreign code could hand it such an object.
    """
    if "pandas" in sys.modules:
        return
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.scalar(True)
    finally:
        sys.meta_path.remove(absent)


class _Absent:
    """A finder of modules that says of pandas that there is none, and leaves all others to the next finder."""

    def find_spec(self, name: str, path: object = None, target: object = None, /) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"{name} is left out here", name=name)


def keep_memory() -> None:
    """Let the C library keep what a batch has freed, up to `_KEPT` bytes, for the next one.

    It would give it back, and the system would hand it out again page by page, each set to zero: a tenth of the time.
    Nothing happens where the C library is not glibc.
    """
    with suppress(OSError, AttributeError):
        allocator = ctypes.CDLL(None).mallopt
        allocator(_MMAP_THRESHOLD, _LARGE)
        allocator(_TRIM_THRESHOLD, _KEPT)
