"""Progress: one live line in a terminal, lines at least a second apart in a log, one durable line at the end."""

import io
from collections.abc import Callable

from synth_jupyter.progress import LogLines, reporting
from synth_jupyter.workspace.progress_events import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def event(rows: int, seconds: float, *, finished: bool = False, message: str = "") -> Progress:
    return Progress("shop@1", {"a": rows, "b": 0}, {"a": 1000, "b": 0}, 1, 2, seconds, finished, message)


def test_a_terminal_ends_with_one_durable_line() -> None:
    terminal = Terminal()
    with reporting("auto", terminal) as report:
        report(event(10, 0.1))
        report(event(1000, 2.0, finished=True))
    last = terminal.getvalue().rstrip("\n").split("\r")[-1]
    assert last == "shop@1: done, 1,000 rows in 2.0 s (500 rows/s)"
    assert terminal.getvalue().endswith("\n")


def test_an_interrupted_bar_leaves_the_next_output_a_line_of_its_own() -> None:
    terminal = Terminal()
    try:
        with reporting("auto", terminal) as report:
            report(event(10, 0.1))
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert terminal.getvalue().endswith("\n")


def ticking(*times: float) -> Callable[[], float]:
    waiting = iter(times)
    return lambda: next(waiting)


def test_a_log_gets_a_line_at_most_every_second() -> None:
    log = io.StringIO()
    lines = LogLines(log, ticking(0.0, 0.5, 0.9, 1.0, 1.1))
    for rows in (0, 1, 2, 3):
        lines(event(rows, 0.5))
    lines(event(1000, 1.1, finished=True))
    shown = log.getvalue().splitlines()
    assert len(shown) == 3
    assert all("rows/s" in line for line in shown)
    assert "\r" not in log.getvalue()


def test_a_run_that_was_stopped_says_how_far_it_came() -> None:
    log = io.StringIO()
    LogLines(log)(event(400, 1.0, finished=True, message="interrupted; 1 of 2 partitions are kept"))
    assert log.getvalue().startswith("shop@1: interrupted; ")
    assert "400 of 1,000 rows" in log.getvalue()


def test_off_draws_nothing() -> None:
    terminal = Terminal()
    with reporting("off", terminal) as report:
        report(event(1000, 2.0, finished=True))
    assert terminal.getvalue() == ""
