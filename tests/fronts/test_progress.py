"""Progress: one live line in a terminal, lines at least a second apart in a log, one durable line at the end."""

import io
from collections.abc import Callable
from itertools import pairwise

from synth_jupyter.engine.execute import HEARTBEAT
from synth_jupyter.progress import LogLines, Meter, reporting
from synth_jupyter.workspace.progress_events import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def event(rows: int, seconds: float, *, finished: bool = False, message: str = "") -> Progress:
    return Progress("shop@1", {"a": rows, "b": 0}, {"a": 1000, "b": 0}, 1, 2, seconds, finished, message)


def test_a_terminal_ends_with_one_durable_line() -> None:
    terminal = Terminal()
    with reporting("auto", terminal) as report:
        report(event(0, 0.0))
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


def shop(customers: int, orders: int, seconds: float) -> Progress:
    return Progress(
        "shop@1", {"customers": customers, "orders": orders}, {"customers": 100, "orders": 400}, 1, 9, seconds
    )


def test_a_log_gets_a_line_for_the_run_and_each_moving_table_at_most_every_half_second() -> None:
    log = io.StringIO()
    lines = LogLines(log, ticking(0.0, 0.3, 0.6, 0.9, 1.2, 1.3))
    for at, (customers, orders) in enumerate([(0, 0), (50, 0), (60, 0), (100, 0), (100, 100)]):
        lines(shop(customers, orders, 0.3 * at))
    lines(event(1000, 1.3, finished=True))
    shown = log.getvalue().splitlines()
    assert [line.partition(":")[0] for line in shown] == [
        "shop@1", "  customers",
        "shop@1", "  customers",
        "shop@1", "  customers", "  orders",
        "shop@1",
    ]  # fmt: skip
    assert shown[3] == "  customers: 60 % of 100 rows, 100 rows/s, 00:00 so far, 00:00 to go"
    assert all("to go" in line for line in shown[:-1])
    assert "\r" not in log.getvalue()
    assert "\x1b" not in log.getvalue()


def test_lines_of_a_log_are_never_more_than_a_second_apart() -> None:
    times = [HEARTBEAT * at for at in range(20)]
    log = io.StringIO()
    lines = LogLines(log, ticking(*times))
    shown_at = []
    for time in times:
        before = log.tell()
        lines(event(10, time))
        shown_at += [time] if log.tell() > before else []
    assert max(after - before for before, after in pairwise(shown_at)) <= 1.0


def test_the_speed_is_that_of_this_attempt_and_of_each_table_while_it_was_made() -> None:
    meter = Meter()
    meter.tables(shop(100, 200, 0.0))
    run = meter.run(shop(100, 300, 2.0))
    every, moving = meter.tables(shop(100, 300, 2.0))
    assert (run.rows, run.made, run.speed) == (400, 100, 50.0)
    assert [line.label.strip() for line in every] == ["customers", "orders"]
    assert [(line.label.strip(), line.speed) for line in moving] == [("orders", 50.0)]


def test_a_terminal_shows_a_bar_for_each_table_in_place() -> None:
    terminal = Terminal()
    with reporting("auto", terminal) as report:
        report(shop(50, 0, 1.0))
    first = terminal.getvalue().split("\n")
    assert [line.lstrip("\r").split(":")[0].strip() for line in first[:3]] == ["shop@1", "customers", "orders"]


def test_of_many_tables_only_those_under_way_are_drawn() -> None:
    terminal = Terminal()
    tables = {f"t{number}": 10 for number in range(100)}
    with reporting("auto", terminal) as report:
        report(Progress("big@1", dict.fromkeys(tables, 0) | {"t0": 10, "t1": 5}, tables, 1, 100, 1.0))
    assert terminal.getvalue().count("\n") == 2
    assert "t1:" in terminal.getvalue()


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
