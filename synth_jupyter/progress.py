"""Progress events as lines of text, a line a table: live in a terminal, plain in a log, one durable line at the end."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

from tqdm.std import tqdm

if TYPE_CHECKING:
    from .workspace import Progress

_LOG_SECONDS = 0.5
"""Between lines of a log: events come at least so often, so that lines are never more than a second apart."""
_DRAW_SECONDS = 0.2
"""Between drawings on average, whenever events come; two that follow a long silence may be half as far apart."""
MOST_TABLES = 12
"""Tables shown at a time; of more, only those under way are."""
_WORDS_OF_UNKNOWN = "{desc}: %(rows)s rows, %(speed)s, %(elapsed)s so far"
_WORDS = "{desc}: {percentage:.0f} %% of %(total)s rows, %(speed)s, %(elapsed)s so far, {remaining} to go"
_BAR = "{l_bar}{bar}| %(rows)s/%(total)s [{elapsed}<{remaining}, %(speed)s]"
_BAR_OF_UNKNOWN = "{desc}: %(rows)s rows [{elapsed}, %(speed)s]"
_NO_ROWS = ("no rows yet", "no new rows yet")
_WHOLE = 100_000
"""Below this many rows are counted to the last; above, three figures of them say enough."""


@dataclass(frozen=True)
class Line:
    """How far a run or one of its tables is: `made` of its rows came in `seconds`, the others were there before.

    `waiting` says what goes on while there is no speed to tell; then tenths of seconds show that it goes on.
    """

    label: str
    rows: int
    total: int
    made: int
    seconds: float
    waiting: str = ""

    @property
    def speed(self) -> float | None:
        """Rows a second; None before the first."""
        return self.made / self.seconds if self.made and self.seconds > 0 else None

    def words(self) -> str:
        """`orders: 45 % of 5.00M rows, 1.20M rows/s, 00:02 so far, 00:02 to go`."""
        return self._format(_WORDS if self.total else _WORDS_OF_UNKNOWN)

    def bar(self, width: int) -> str:
        """The same around a bar of characters, exactly `width` wide."""
        return self._format(_BAR if self.total else _BAR_OF_UNKNOWN, ncols=width)

    def _format(self, form: str, **how: object) -> str:
        speed = f"{_count(self.speed)} rows/s" if self.speed else self.waiting or "? rows/s"
        elapsed = f"{self.seconds:.1f} s" if self.waiting and not self.speed else tqdm.format_interval(self.seconds)
        said = form % {"rows": _count(self.rows), "total": _count(self.total), "speed": speed, "elapsed": elapsed}
        meter = tqdm.format_meter(
            self.rows, self.total, self.seconds, rate=self.speed or 0, prefix=self.label, bar_format=said, **how
        )
        return str(meter)


def _count(number: float) -> str:
    """`4`, `12,345`, `5.00M`; a speed below ten has a decimal."""
    if number >= _WHOLE:
        return str(tqdm.format_sizeof(number))
    return f"{number:,.1f}" if 0 < number < 10 and number != int(number) else f"{number:,.0f}"


class Meter:
    """Turns events into lines. State: the first and the last event, and since when each table is under way."""

    def __init__(self) -> None:
        self._first: Progress | None = None
        self._last: Progress | None = None
        self._spans: dict[str, tuple[float, float]] = {}

    def run(self, event: "Progress") -> Line:
        """The line of the whole run."""
        first = self._since(event)
        rows = sum(event.rows.values())
        made = rows - sum(first.rows.values())
        doing = f", {event.message}" if event.message and not event.finished else ""
        waiting = "" if event.message or made else _waiting(event, rows)
        return Line(event.run + doing, rows, sum(event.totals.values()), made, event.seconds - first.seconds, waiting)

    def tables(self, event: "Progress") -> tuple[list[Line], list[Line]]:
        """The lines of all tables that have rows, and of those among them that moved or are under way."""
        first = self._since(event)
        before, self._last = self._last or event, event
        moving = _moving(event, before)
        for table in moving:
            self._spans[table] = (self._spans.get(table, (before.seconds,))[0], event.seconds)

        def line(table: str) -> Line:
            since, until = self._spans.get(table, (0.0, 0.0))
            rows = event.rows[table]
            waiting = _NO_ROWS[bool(rows)] if table in self._spans else ""
            return Line(f"  {table}", rows, event.totals[table], rows - first.rows[table], until - since, waiting)

        return [line(table) for table, total in event.totals.items() if total], [line(table) for table in moving]

    def _since(self, event: "Progress") -> "Progress":
        """From where rows are counted: what was said before anything was made, as by checks, is no beginning."""
        if self._first is None or self._first.message:
            self._first = event
        return self._first


def _waiting(event: "Progress", rows: int) -> str:
    """Before the first new rows; one partition may have no worker, and those of a run that is watched may be there."""
    return ("workers are starting, " if not rows and event.partition_total > 1 else "") + _NO_ROWS[bool(rows)]


def _moving(event: "Progress", before: "Progress") -> list[str]:
    unfinished = [table for table, total in event.totals.items() if event.rows[table] < total]
    begun = {table for table in unfinished if event.rows[table] or table == unfinished[0]}
    return [table for table in event.totals if table in begun or event.rows[table] != before.rows[table]]


class LogLines:
    """Lines at least each second for output that is no terminal: the run and the tables that move.

    State: the meter, and the time of the last lines.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._meter = Meter()
        self._shown = float("-inf")

    def __call__(self, event: "Progress") -> None:
        now = self._clock()
        run = self._meter.run(event)
        if event.finished:
            print(summary(event, run), file=self._stream, flush=True)
        elif now - self._shown >= _LOG_SECONDS:
            self._shown = now
            for line in (run, *self._meter.tables(event)[1]):
                print(line.words(), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left open."""


class Painter(Protocol):
    """A place whose lines can be drawn anew."""

    def draw(self, lines: Sequence[Line]) -> None:
        """Show these lines in the place of those before."""

    def finish(self, text: str) -> None:
        """Show one line that stays in their place."""

    def close(self) -> None:
        """Leave what stands there; the next output begins on a line of its own."""


class LiveLines:
    """Lines redrawn in place, the run's and the tables', with one durable line at the end.

    State: the meter, and when the next drawing is due.
    """

    def __init__(self, painter: Painter, clock: Callable[[], float] = time.monotonic) -> None:
        self._painter = painter
        self._clock = clock
        self._meter = Meter()
        self._due: float | None = None

    def __call__(self, event: "Progress") -> None:
        now = self._clock()
        run = self._meter.run(event)
        if event.finished:
            self._painter.finish(summary(event, run))
        elif self._due is None or now >= self._due:
            late = 0.0 if self._due is None else min(now - self._due, _DRAW_SECONDS / 2)
            self._due = now - late + _DRAW_SECONDS
            every, moving = self._meter.tables(event)
            self._painter.draw((run, *(every if len(every) <= MOST_TABLES else moving[:MOST_TABLES])))

    def close(self) -> None:
        """It ends where it stands, also after an interrupt."""
        self._painter.close()


class Terminal:
    """Draws upwards over its own lines. State: how many lines stand there, the cursor being on the last."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines = 0

    def draw(self, lines: Sequence[Line]) -> None:
        """Bars as wide as the terminal, as many as it is high."""
        size = _size(self._stream)
        shown = [line.bar(size.columns - 1) for line in lines[: max(1, size.lines - 1)]]
        self._write(self._top() + "\n".join(f"{text}\x1b[K" for text in shown) + "\x1b[J")
        self._lines = len(shown)

    def finish(self, text: str) -> None:
        """The line takes the place of the bars."""
        self._write(f"{self._top()}\x1b[J\r{text}\n")
        self._lines = 0

    def close(self) -> None:
        """Bars that stand stay, and what follows begins below them."""
        if self._lines:
            self._write("\n")
        self._lines = 0

    def _top(self) -> str:
        return "\r" + (f"\x1b[{self._lines - 1}A" if self._lines > 1 else "")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _size(stream: TextIO) -> os.terminal_size:
    try:
        found = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        found = os.terminal_size((0, 0))
    return os.terminal_size((found.columns or 100, found.lines or 24))


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
    is_live = mode != "plain" and target.isatty() and os.environ.get("TERM") != "dumb"
    shown = LiveLines(Terminal(target)) if is_live else LogLines(target)
    try:
        yield shown
    finally:
        shown.close()


def summary(event: "Progress", run: Line) -> str:
    """The durable last line: what there is now, and how fast this attempt was."""
    if run.rows < run.total or event.message:
        said = event.message or "stopped"
        return f"{event.run}: {said}; {run.rows:,} of {run.total:,} rows after {event.seconds:,.1f} s"
    speed = f" ({run.speed:,.0f} rows/s)" if run.speed else ""
    return f"{event.run}: done, {run.rows:,} rows in {event.seconds:,.1f} s{speed}"
