"""Ctrl-C while a run is under way: the first one ends it, later ones do not disturb the clean-up."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interruption:
    """Whether Ctrl-C came. Mutable by the signal handler alone, which runs in the main thread."""

    def __init__(self, usual: Callable[[int, FrameType | None], Any]) -> None:
        self.came = False
        self._usual = usual

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The first is raised as ever; the clean-up it starts is short, and nothing is gained by ending it halfway."""
        if not self.came:
            self.came = True
            self._usual(number, frame)


@contextmanager
def interrupted_once() -> Iterator[Interruption]:
    """Within the block Ctrl-C raises KeyboardInterrupt once; outside of the main thread nothing changes."""
    usual = signal.getsignal(signal.SIGINT)
    interruption = Interruption(usual if callable(usual) else lambda number, frame: None)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield interruption
        return
    signal.signal(signal.SIGINT, interruption.handle)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, usual)
