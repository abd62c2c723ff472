"""Processes killed at any time, and processes that do the same at one moment."""

import random
import shutil
import time
from pathlib import Path

import pytest
from faulty import crashes
from forked import Forked, together
from judged import broken_promises, copy, faults_of, generate

from synth_jupyter.workspace import Workspace


@pytest.mark.parametrize("hundred", [1, *(pytest.param(at, marks=pytest.mark.slow) for at in range(2, 21))])
def test_kills_at_any_time_cost_nothing(defined: Path, sound: Path, hundred: int) -> None:
    kills, seed = 100, random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed} of hundred {hundred}")
    chance, span = random.Random(seed), _span(defined)
    killed = turn = 0
    while killed < kills:
        home = copy(defined, turn)
        turn += 1
        for _ in range(chance.randint(1, 12)):
            killed += Forked(home, "go on").start().kill_after(chance.uniform(0, span))
            assert broken_promises(home) == []
        assert faults_of(home, sound) == []
        shutil.rmtree(home)


def _span(defined: Path) -> float:
    """The seconds that a process takes for a run here, of which the first is slower."""
    home = copy(defined, -1)
    spans = []
    for _ in range(2):
        start = time.monotonic()
        assert Forked(home, "go on").start().answer() == "complete"
        spans.append(time.monotonic() - start)
    shutil.rmtree(home)
    return min(spans) * 1.5


def test_a_process_that_kills_itself_at_an_effect_leaves_what_one_that_stops_leaves(
    defined: Path, sound: Path, points: list[str]
) -> None:
    """The other tests stop in their own process, which costs less: here is why they may."""
    for number in range(3, len(points), 16):
        killed, stopped = copy(defined, number), copy(defined, -number)
        assert Forked(killed, "go on", kill_at=number).start().answer() == "killed"
        assert crashes(generate(stopped), number)
        assert _left(killed) == _left(stopped)
        assert faults_of(killed, sound) == []


def _left(home: Path) -> list[tuple[str, int]]:
    """The path in the run and the size of each file, and the recorded partitions."""
    found = [(str(path.relative_to(home)).split("/", 2)[2], path.stat().st_size)
             for path in home.glob("runs/*/*/**/*") if path.is_file()]  # fmt: skip
    runs = Workspace.open(home).store.runs
    return sorted(found) + [(file.path, file.bytes) for run in runs.of() for file in runs.partitions(run.key)]


@pytest.mark.parametrize("races", [20, pytest.param(50, marks=pytest.mark.slow)])
def test_of_two_processes_that_resume_one_run_at_one_moment_one_wins(
    defined: Path, sound: Path, points: list[str], races: int
) -> None:
    assert crashes(generate(defined), len(points) // 2)
    refused = 0
    for turn in range(races):
        home = copy(defined, turn)
        answers = sorted(together(*(Forked(home, "resume", waits=True) for _ in range(2))))
        claimed = [event for event in Workspace.open(home).store.history.events() if event.kind == "resumed"]
        assert len(claimed) == 1, answers
        assert answers[1] == "complete", answers
        assert answers[0] == "complete" or "shop@1 is in use by" in answers[0], answers
        refused += answers[0] != "complete"
        assert faults_of(home, sound) == []
        shutil.rmtree(home)
    assert refused > 0


def test_four_hundred_operations_of_two_processes_meet_no_lock(defined: Path) -> None:
    assert together(*(Forked(defined, "busy", waits=True) for _ in range(2))) == ["done", "done"]
    store = Workspace.open(defined).store
    assert len([event for event in store.history.events() if event.kind == "counted"]) == 100
    assert store.experiments.version("both").version > 50
