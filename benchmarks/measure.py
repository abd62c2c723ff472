"""Timing two things side by side, so that a figure is a ratio and not a property of the machine."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time

Work = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """`ours` and `other` in seconds for `count` things; `other` is 0.0 where there is none."""

    what: str
    count: int
    ours: float
    other: float = 0.0
    against: str = ""

    def __str__(self) -> str:
        each = f"{self.ours / self.count * 1e9:8.1f} ns"
        rate = f"{self.what:<46} {_rate(self.count / self.ours):>12} {each:>12}"
        if not self.other:
            return rate
        return f"{rate}   {self.other / self.ours:6.2f} x {self.against} ({_rate(self.count / self.other)})"


def _rate(per_second: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if per_second >= size:
            return f"{per_second / size:.2f} {unit}/s"
    return f"{per_second:.1f} /s"


def ratio(figure: Figure, most: float, more: float = 0.0) -> str:
    """A line that says how many times as long it took, beside the limit: `most` times and `more` seconds."""
    allowed = f"{most:g}x" + (f" + {more * 1e3:g} ms" if more else "")
    held = "held" if figure.ours <= most * figure.other + more else "missed"
    return (
        f"    {figure.ours:.3f} s, {figure.ours / figure.other:.2f}x of {figure.other:.3f} s; limit {allowed}: {held}"
    )


def within(figure: Figure, most: float, size: int) -> str:
    """A line that says how long it took, and would take for `size` things at this rate, beside the limit in seconds."""
    whole = figure.ours * size / figure.count
    held = "held" if whole <= most else "missed"
    return f"    {figure.ours:.2f} s, {whole:.1f} s for {size:,}; limit {most:g} s: {held}"


def seconds(work: Work, repeats: int = 5) -> float:
    """The median time of `repeats` calls, after one that is not counted."""
    return statistics.median(_times((work,), repeats)[0])


def processor_seconds(work: Work, repeats: int = 5) -> float:
    """As `seconds`, of the processor instead of the clock: what other programs do meanwhile does not count."""
    return statistics.median(_times((work,), repeats, process_time)[0])


def compare(what: str, count: int, ours: Work, other: Work, against: str, repeats: int = 5) -> Figure:
    """Both works in turn, so that a slow moment of the machine meets both."""
    mine, theirs = (statistics.median(times) for times in _times((ours, other), repeats))
    return Figure(what, count, mine, theirs, against)


def _times(works: tuple[Work, ...], repeats: int, clock: Callable[[], float] = perf_counter) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in works]
    for turn in range(repeats + 1):
        for work, taken in zip(works, times, strict=True):
            start = clock()
            work()
            if turn:
                taken.append(clock() - start)
    return times
