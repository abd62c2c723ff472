"""SIGKILL anywhere: the resumed run has the very files of an undisturbed one, and no worker lives on."""

import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from kills import ENDINGS, NOWHERE, POINTS, Child, Undisturbed, all_gone_within, files_of

from synth_jupyter.workspace import Workspace

PARTITIONS = 4
slow = pytest.mark.slow


def check(home: Path, undisturbed: Undisturbed) -> None:
    """Resume, and compare everything with the run that nobody killed."""
    workspace = Workspace.open(home)
    run = workspace.experiment("shop").resume()
    assert (run.address, run.status, run.content_digest) == ("shop@1", "complete", undisturbed.content_digest)
    assert files_of(home) == undisturbed.files
    recorded = {file.path: file.sha256 for file in workspace.experiment("shop").files().files}
    assert recorded == {path: sha256 for path, sha256 in undisturbed.files.items() if path != "manifest.json"}


def kill(home: Path, verb: str, point: tuple[str, str, str], count: int) -> bool:
    """Run until the point is reached `count` times and kill there; False when the run ended before."""
    child = Child.start(home, verb, point, count)
    word, *pids = child.line().split()
    child.die()
    if word == "done":
        return False
    assert word == "at"
    assert all_gone_within([int(pid) for pid in pids], 1.5), "a worker outlived its coordinator"
    return True


@pytest.mark.parametrize(
    "point", [name if at == 1 else pytest.param(name, marks=slow) for at, name in enumerate(POINTS)]
)
def test_a_kill_at_any_point_of_a_partition_costs_nothing(home: Path, undisturbed: Any, point: str) -> None:
    count = 1 + list(POINTS).index(point)
    assert kill(home, "generate", POINTS[point], count)
    (run,) = Workspace.open(home).experiment("shop").runs()
    assert (run.status, run.reason) == ("partial", "its process is gone")
    check(home, undisturbed)


@slow
@pytest.mark.parametrize("point", ["before the stage is removed", "before the run is complete"])
def test_a_kill_after_the_last_partition_costs_nothing(home: Path, undisturbed: Any, point: str) -> None:
    assert kill(home, "generate", ENDINGS[point], 1)
    check(home, undisturbed)


@slow
def test_a_kill_while_a_resume_tidies_up_costs_nothing(home: Path, undisturbed: Any) -> None:
    assert kill(home, "generate", POINTS["between its publication and its record"], 3)
    assert kill(home, "resume", ENDINGS["while a resume tidies up"], 1)
    check(home, undisturbed)


@pytest.mark.parametrize("rounds", [2, pytest.param(30, marks=slow)])
def test_kills_at_random_points_of_one_run_cost_nothing(home: Path, undisturbed: Any, rounds: int) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    places = []
    for _ in range(rounds):
        point, count = chance.choice(list(POINTS)), chance.randint(1, 2)
        places.append((point, count))
        started = Workspace.open(home).experiment("shop").runs()
        if not kill(home, "resume" if started else "generate", POINTS[point], count):
            break
    print(f"seed {seed}: killed at {places}")
    check(home, undisturbed)


def test_ctrl_c_stops_the_run_and_its_workers_and_says_how_to_go_on(home: Path, undisturbed: Any) -> None:
    child = Child.start(home, "generate", POINTS["after its record"], 2)
    word, *pids = child.line().split()
    assert (word, len(pids)) == ("at", 2)
    os.killpg(child.process.pid, signal.SIGINT)
    answer, _ = child.process.communicate(timeout=30)
    assert answer.startswith("interrupted shop@1: interrupted; ")
    assert f"of {PARTITIONS} partitions are kept" in answer
    assert "synth resume shop@1" in answer
    assert child.process.returncode == 0
    assert all_gone_within([int(pid) for pid in pids], 1.5)
    (run,) = Workspace.open(home).experiment("shop").runs()
    assert (run.status, run.reason) == ("partial", "interrupted")
    check(home, undisturbed)


@slow
def test_two_processes_that_resume_one_run_at_once_are_one_winner_and_one_refusal(home: Path, undisturbed: Any) -> None:
    assert kill(home, "generate", POINTS["after its record"], 1)
    holder = Child.start(home, "resume", POINTS["after its record"], 1)
    assert holder.line().startswith("at ")
    refused = Child.start(home, "resume", NOWHERE)
    assert refused.line() == f"ConflictError shop@1 {holder.process.pid}"
    refused.process.communicate()
    holder.die()
    check(home, undisturbed)
