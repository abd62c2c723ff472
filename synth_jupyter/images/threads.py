"""The same work on several layers at a time: reading, hashing and writing let other threads run meanwhile."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = 4
"""More than this machine may have cores: some of them wait for the disk."""
Item = TypeVar("Item")
Made = TypeVar("Made")


def in_threads(work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """What `work` makes of each item, in their order.

    The first error is raised after what is under way has ended; what was not begun by then never is.
    """
    with ThreadPoolExecutor(THREADS, thread_name_prefix="image") as pool:
        yield from pool.map(work, items)
