"""Progress events as lines of text: one live line in a terminal, plain lines in a log, one durable line at the end."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from tqdm.std import tqdm

if TYPE_CHECKING:
    from .workspace import Progress

_LOG_SECONDS = 1.0
_SETTINGS: dict[str, Any] = {
    "unit": " rows",
    "unit_scale": True,
    "mininterval": 0.2,
    "miniters": 0,
    "dynamic_ncols": True,
}


class LiveLine(tqdm):  # type: ignore[misc]
    """tqdm that never draws from a thread of its own: only the caller's events draw."""

    monitor_interval = 0


class LogLines:
    """A line at most each second, for output that is no terminal. State: the time of the last line."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._last = float("-inf")

    def __call__(self, event: "Progress") -> None:
        now = self._clock()
        if event.finished:
            print(summary(event), file=self._stream, flush=True)
        elif now - self._last >= _LOG_SECONDS:
            self._last = now
            print(meter(event), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left open."""


class LiveBar:
    """One tqdm line, redrawn in place, with a durable line at the end. State: the bar, made by the first event."""

    def __init__(self, make: Callable[..., Any], finish: Callable[[Any, str], None]) -> None:
        self._make = make
        self._finish = finish
        self._bar: Any = None

    def __call__(self, event: "Progress") -> None:
        if self._bar is None:
            total = sum(event.totals.values())
            self._bar = self._make(total=total, desc=event.run, initial=sum(event.rows.values()), **_SETTINGS)
        if event.finished:
            self._finish(self._bar, summary(event))
            self._bar = None
            return
        self._bar.update(sum(event.rows.values()) - self._bar.n)

    def close(self) -> None:
        """The bar ends where it stands, also after an interrupt; the next output begins on a line of its own."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def quiet(event: "Progress") -> None:
    """No progress at all."""


@contextmanager
def reporting(mode: str, stream: TextIO | None = None) -> "Iterator[Callable[[Progress], None]]":
    """A function for progress events, drawing on `stream` (standard error): live on a terminal, as lines elsewhere.

    `mode` is one of settings.PROGRESS_MODES; a terminal has no html, so there `html` means `auto`.
    """
    target = sys.stderr if stream is None else stream
    if mode == "off":
        yield quiet
        return
    is_live = mode != "plain" and target.isatty()
    shown = LiveBar(lambda **settings: LiveLine(file=target, **settings), _finish_line) if is_live else LogLines(target)
    try:
        yield shown
    finally:
        shown.close()


def _finish_line(bar: Any, text: str) -> None:
    bar.leave = False
    bar.close()
    print(text, file=bar.fp, flush=True)


def meter(event: "Progress") -> str:
    """One line of progress as tqdm writes it: rows, rows/s, time left."""
    return str(
        tqdm.format_meter(
            sum(event.rows.values()), sum(event.totals.values()), max(event.seconds, 1e-9), ncols=100,
            prefix=event.run, unit=" rows", unit_scale=True,
        )
    )  # fmt: skip


def summary(event: "Progress") -> str:
    """The durable last line: what there is now."""
    rows, total = sum(event.rows.values()), sum(event.totals.values())
    if rows < total or event.message:
        return f"{event.run}: {event.message or 'stopped'}; {rows:,} of {total:,} rows after {event.seconds:,.1f} s"
    speed = f" ({rows / event.seconds:,.0f} rows/s)" if event.seconds > 0 else ""
    return f"{event.run}: done, {rows:,} rows in {event.seconds:,.1f} s{speed}"
