"""Progress: one live line in a terminal, lines at least a second apart in a log, one durable line at the end."""

import io
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import pyarrow as pa
import pytest

import synth_jupyter
from synth_jupyter import files
from synth_jupyter.engine import execute as execution
from synth_jupyter.engine.execute import HEARTBEAT
from synth_jupyter.errors import GenerationError
from synth_jupyter.progress import Line, LiveLines, LogLines, Meter, reporting
from synth_jupyter.progress import Terminal as TerminalPainter
from synth_jupyter.streams import Rows, Stream
from synth_jupyter.workspace import Experiment, Workspace, progress_events
from synth_jupyter.workspace.progress_events import Progress

SLOW = "tables: {t: {rows: 5, columns: {id: {type: int, primary_key: true}, a: {type: bigint, generator: {slow: {}}}}}}"
HEARD = threading.Semaphore(0)
"""Released by each report; the slow generator takes as many as it waits for."""


@synth_jupyter.generator("slow")
@dataclass(frozen=True)
class Slow:
    """Values that are not there before so many reports were made of their run."""

    reports: int = 3
    needs: ClassVar[tuple[str, ...]] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        for _ in range(self.reports):
            while not HEARD.acquire(timeout=0.01):  # in short turns, so that who ends a run can end this
                pass
        return pa.array(rows)


@pytest.fixture
def slow() -> Experiment:
    """An experiment whose one batch waits for reports."""
    while HEARD.acquire(blocking=False):
        pass
    workspace = Workspace.open()
    workspace.define(SLOW, "slow")
    return workspace.experiment("slow")


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


def test_a_second_and_a_half_of_work_is_drawn_eight_times() -> None:
    terminal = Terminal()
    drawn = set()
    times = [time for at in range(8) for time in (0.21 * at, 0.21 * at + 0.1)]
    live = LiveLines(TerminalPainter(terminal), ticking(*times))
    for at, seconds in enumerate(times):
        live(shop(5 * at, 0, seconds))
        drawn.add(terminal.getvalue())
        terminal.truncate(terminal.seek(0))
    assert len(drawn - {""}) == 8


def test_events_that_come_late_make_no_drawing_rarer_and_none_comes_twice_at_once() -> None:
    drawn = []
    terminal = Terminal()
    times = [0.0, 0.13, 0.26, 0.39, 0.52, 0.65, 0.78, 0.91, 1.04, 1.9, 1.91, 1.99, 2.01, 2.11, 2.2, 2.24]
    live = LiveLines(TerminalPainter(terminal), ticking(*times))
    for time in times:
        before = terminal.tell()
        live(shop(1, 0, time))
        drawn += [time] if terminal.tell() > before else []
    assert drawn == [0.0, 0.26, 0.52, 0.65, 0.91, 1.04, 1.9, 2.01, 2.2]
    assert all(after - before > 0.1 for before, after in pairwise(drawn))


def test_where_nothing_was_made_yet_nobody_knows_how_long_the_rest_takes() -> None:
    """As in the first moments of watching a run of another process."""
    assert Line("shop@1", 73, 100, 0, 1.5).words() == "shop@1: 73 % of 100 rows, ? rows/s, 00:01 so far, ? to go"


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


@pytest.mark.parametrize(
    ("rows", "speed", "words"),
    [
        (4, 4.0, "a: 40 % of 10 rows, 4 rows/s"),
        (4, 0.5, "a: 40 % of 10 rows, 0.5 rows/s"),
        (4, 0.0, "a: 40 % of 10 rows, ? rows/s"),
        (12_345, 999.5, "a: 100 % of 12,345 rows, 1,000 rows/s"),
        (5_000_000, 1_200_000.0, "a: 100 % of 5.00M rows, 1.20M rows/s"),
    ],
)
def test_few_rows_are_counted_to_the_last_and_many_roughly(rows: int, speed: float, words: str) -> None:
    line = Line("a", rows, max(rows, 10), rows, rows / speed if speed else 0.0)
    assert line.words().startswith(f"{words}, ")
    assert len(line.bar(90)) == 90
    assert ".00 " not in line.bar(90)


def test_a_small_run_made_in_this_process_is_told_of_while_its_one_batch_is_made(
    slow: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "HEARTBEAT", 0.01)
    threads = set()

    def hear(event: Progress) -> None:
        threads.add(threading.current_thread())
        HEARD.release()

    assert slow.generate(on_progress=hear).status == "complete"
    assert threads == {threading.current_thread()}  # a notebook's output belongs to the cell's own thread


def test_a_small_run_is_cancelled_in_the_middle_of_a_batch(slow: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "HEARTBEAT", 0.01)
    before = threading.active_count()
    asked: list[object] = []

    def hear(event: Progress) -> None:
        if not asked:
            asked.append(slow.cancel())

    with pytest.raises(GenerationError, match="cancelled; 0 of 1 partitions are kept"):
        slow.generate(on_progress=hear)
    assert slow.runs()[0].status == "partial"
    assert threading.active_count() == before


def test_a_check_of_what_is_there_is_told_of_all_along(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.open()
    workspace.define("tables: {t: {rows: 9000, columns: {id: {type: uuid, primary_key: true}}}}", "ids")
    run = workspace.experiment("ids").generate()
    monkeypatch.setattr(files, "_CHUNK", 4096)
    monkeypatch.setattr(progress_events, "_BEAT_SECONDS", 0.0)
    heard: list[Progress] = []
    workspace.experiment(run.address).resume(heard.append)
    (file,) = workspace.store.runs.partitions(workspace.experiment("ids").run().key)
    assert len(heard) >= file.bytes // 4096 > 10
    assert {event.message.partition(",")[0] for event in heard} == {"checking what is there"}
    log = io.StringIO()
    LogLines(log)(heard[0])
    assert log.getvalue().startswith("ids@1, checking what is there, 0 of 0 MiB: 0 % of 9,000 rows")


def test_what_was_checked_does_not_count_as_made() -> None:
    meter = Meter()
    meter.run(Progress("shop@1", {"a": 0}, {"a": 100}, 0, 9, 0.0, message="checking what is there"))
    meter.run(shop_a(50, 10.0))
    assert meter.run(shop_a(70, 12.0)).speed == 10.0


def shop_a(rows: int, seconds: float) -> Progress:
    return Progress("shop@1", {"a": rows}, {"a": 100}, 1, 9, seconds)


def test_until_the_first_rows_each_line_of_a_log_says_what_is_waited_for_and_how_long() -> None:
    log = io.StringIO()
    lines = LogLines(log, ticking(*(HEARTBEAT * at for at in range(6))))
    for at in range(5):
        lines(shop(0, 0, HEARTBEAT * at))
    lines(shop(50, 0, 2.5))
    *waiting, first, _ = log.getvalue().splitlines()
    assert len(set(waiting)) == len(waiting) == 10
    assert waiting[4] == "shop@1: 0 % of 500 rows, workers are starting, no rows yet, 1.0 s so far, ? to go"
    assert waiting[5] == "  customers: 0 % of 100 rows, no rows yet, 1.0 s so far, ? to go"
    assert not [line for line in waiting if "? rows/s" in line]
    assert first.startswith("shop@1: 10 % of 500 rows, 20 rows/s, 00:02 so far")


def test_a_run_that_is_gone_on_with_or_watched_waits_for_new_rows() -> None:
    meter = Meter()
    meter.run(shop(100, 0, 0.0))
    words = meter.run(shop(100, 0, 1.5)).words()
    assert words == "shop@1: 20 % of 500 rows, no new rows yet, 1.5 s so far, ? to go"
