"""Every effect on files and every commit of the store, killed, failed, lost by the power: nothing recorded is lost."""

import os
import random
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from faulty import BIG, BROKEN, FULL, SMALL, Forked, broken_promises, counted, failing, watched
from kills import files_of

from synth_jupyter import streams
from synth_jupyter.engine import execute, recover
from synth_jupyter.errors import SynthError
from synth_jupyter.store.runs import Runs
from synth_jupyter.workspace import Workspace


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run that nobody disturbed."""
    home = tmp_path_factory.mktemp("sound")
    Workspace.open(home).define(SMALL)
    Workspace.open(home).experiment("shop").generate()
    return home


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The effects of one run, by name."""
    home = tmp_path_factory.mktemp("points")
    Workspace.open(home).define(SMALL)
    return counted(lambda: Workspace.open(home).experiment("shop").generate())


@pytest.fixture
def defined(tmp_path: Path) -> Path:
    Workspace.open(tmp_path / "home").define(SMALL)
    return tmp_path / "home"


def copy(home: Path, number: int) -> Path:
    return Path(shutil.copytree(home, home.parent / f"copy-{number}"))


def faults_of(home: Path, sound: Path) -> list[str]:
    """What is wrong after a crash: a record without its file, or what `resume` cannot mend."""
    return broken_promises(home) + unmended(home, sound)


def unmended(home: Path, sound: Path) -> list[str]:
    """What is wrong once the run is finished."""
    try:
        workspace = Workspace.open(home)
        experiment = workspace.experiment("shop")
        run = experiment.resume() if experiment.runs() else experiment.generate()
    except SynthError as error:
        return [f"cannot go on: {error.message}"]
    wrong = [] if run.status == "complete" else [f"the run is {run.status}"]
    return wrong + ([] if files_of(home) == files_of(sound) else ["the files differ"])


def _kills(defined: Path, sound: Path, points: list[str], numbers: Iterable[int]) -> None:
    for number in numbers:
        home = copy(defined, number)
        assert Forked(home, "go on", kill_at=number).start().answer() == "killed", (number, points[number - 1])
        assert faults_of(home, sound) == [], (number, points[number - 1])
        shutil.rmtree(home)


def test_a_kill_at_every_effect_of_a_run_costs_nothing(defined: Path, sound: Path, points: list[str]) -> None:
    """Of the writes of one file, which differ by its length alone, the first and the last."""
    assert {"mkdir", "open", "write", "fsync", "link", "unlink", "rmtree", "commit"} <= set(points)
    around = zip(["", *points], points, [*points[1:], ""], strict=False)
    chosen = [at for at, names in enumerate(around, 1) if names[1] != "write" or set(names) != {"write"}]
    _kills(defined, sound, points, chosen)


@pytest.mark.slow
def test_a_kill_at_every_write_costs_nothing(defined: Path, sound: Path, points: list[str]) -> None:
    _kills(defined, sound, points, [at for at, name in enumerate(points, 1) if name == "write"])


def test_a_kill_at_every_third_effect_of_a_recovery_costs_nothing(
    defined: Path, sound: Path, points: list[str]
) -> None:
    late = len(points) * 3 // 4
    assert Forked(defined, "go on", kill_at=late).start().answer() == "killed"
    number, answer = 0, "killed"
    while answer == "killed":
        number += 3
        home = copy(defined, number)
        answer = Forked(home, "go on", kill_at=number).start().answer()
        assert faults_of(home, sound) == [], number
        shutil.rmtree(home)
    assert (answer, number > 10) == ("complete", True)


def _random_kills(home: Path, sound: Path, wanted: int, chance: random.Random) -> None:
    kills = runs = 0
    while kills < wanted:
        here = copy(home, runs)
        runs += 1
        for _ in range(chance.randint(1, 12)):
            forked = Forked(here, "go on").start()
            forked.process.join(chance.uniform(0, 0.35))
            forked.process.kill()
            kills += forked.answer() == "killed"
            assert broken_promises(here) == []
        assert faults_of(here, sound) == []
        shutil.rmtree(here)


def test_kills_at_any_time_cost_nothing(defined: Path, sound: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    _random_kills(defined, sound, 100, random.Random(seed))


@pytest.mark.slow
def test_two_thousand_kills_at_any_time_cost_nothing(defined: Path, sound: Path) -> None:
    _random_kills(defined, sound, 2000, random.Random(2000))


def _full_disk(defined: Path, sound: Path, points: list[str], number: int, code: int) -> None:
    home = copy(defined, number)
    experiment = Workspace.open(home).experiment("shop")
    failed: list[str] = []
    try:
        with watched(failing(number, code, failed)):
            experiment.generate()
    except SynthError as error:
        assert os.strerror(code).casefold() in error.message.casefold(), (number, failed, error.message)
        assert error.hint, (number, failed, error.message)
    assert faults_of(home, sound) == [], (number, failed)
    shutil.rmtree(home)


def test_a_full_or_broken_disk_at_twelve_effects_is_said_and_costs_nothing(
    defined: Path, sound: Path, points: list[str]
) -> None:
    for turn in range(12):
        number = 1 + turn * (len(points) - 1) // 11
        _full_disk(defined, sound, points, number, (FULL, BIG, BROKEN)[turn % 3])


@pytest.mark.slow
@pytest.mark.parametrize("code", [FULL, BIG, BROKEN])
def test_a_full_or_broken_disk_at_every_effect_is_said_and_costs_nothing(
    defined: Path, sound: Path, points: list[str], code: int
) -> None:
    for number in range(1, len(points) + 1):
        _full_disk(defined, sound, points, number, code)


def _harmed(home: Path, chance: random.Random) -> None:
    chosen = sorted(home.glob("runs/*/data/*/*"))
    file, other = chance.sample(chosen, 2)
    data = bytearray(file.read_bytes())
    kind = chance.choice(["flip", "cut", "swap"])
    if kind == "flip":
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del data[chance.randrange(len(data)) :]
    else:
        data, swapped = bytearray(other.read_bytes()), bytes(data)
        other.write_bytes(swapped)
    file.write_bytes(data)


@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.slow)])
def test_flipped_cut_and_swapped_files_are_never_taken_for_sound(sound: Path, tmp_path: Path, count: int) -> None:
    home = Path(shutil.copytree(sound, tmp_path / "home"))
    chance = random.Random(count)
    for turn in range(count):
        _harmed(home, chance)
        assert unmended(home, sound) == [], turn
    lost = [event for event in Workspace.open(home).store.history.events() if event.kind == "partitions_lost"]
    assert len(lost) == count


def _record_first() -> None:
    pending: list[tuple[Path, Path]] = []
    record, publish = Runs.record_partition, execute.publish

    def late(self: Runs, *words: object) -> None:
        record(self, *words)  # type: ignore[arg-type]
        publish(*pending.pop())

    execute.publish = lambda source, target: pending.append((source, target))
    Runs.record_partition = late  # type: ignore[method-assign, assignment]


def _never_tidy() -> None:
    recover.remove = lambda path: None
    recover.remove_folder = lambda path: None


def _trust_files() -> None:
    def keep(source: Path, target: Path) -> None:
        if not target.exists():
            data = source.read_bytes()
            for start in range(0, len(data), 4096):
                with target.open("ab") as file:
                    execute_files.os.write(file.fileno(), data[start : start + 4096])

    from synth_jupyter import files as execute_files

    execute.publish = keep
    recover.is_intact = lambda out, file: True
    recover.remove = lambda path: None


def _draw_anew() -> None:
    bits = streams.Stream.bits
    salt = int.from_bytes(os.urandom(4), "big")
    streams.Stream.bits = lambda self, rows: bits(self, rows + salt)  # type: ignore[method-assign]


@pytest.mark.parametrize("mistake", [_record_first, _never_tidy, _trust_files, _draw_anew])
def test_each_mistake_in_the_protocol_is_caught(defined: Path, sound: Path, mistake: object, points: list[str]) -> None:
    found = []
    for number in range(1, len(points) + 1, 2):
        home = copy(defined, number)
        Forked(home, "go on", number, mistake).start().answer()  # type: ignore[arg-type]
        found += broken_promises(home)
        answer = Forked(home, "go on", 0, mistake).start().answer()  # type: ignore[arg-type]
        found += [answer] if answer != "complete" else []
        found += [] if files_of(home) == files_of(sound) else ["the files differ"]
        shutil.rmtree(home)
        if found:
            return
    pytest.fail("the harness saw nothing")


@pytest.mark.parametrize("races", [20, pytest.param(400, marks=pytest.mark.slow)])
def test_of_two_processes_that_resume_one_run_one_wins(
    defined: Path, sound: Path, points: list[str], races: int
) -> None:
    assert Forked(defined, "go on", kill_at=len(points) // 2).start().answer() == "killed"
    for turn in range(races):
        home = copy(defined, turn)
        both = [Forked(home, "resume").start() for _ in range(2)]
        answers = sorted(forked.answer() for forked in both)
        claimed = [event for event in Workspace.open(home).store.history.events() if event.kind == "resumed"]
        assert len(claimed) == 1, answers
        assert answers[1] == "complete", answers
        assert answers[0] == "complete" or "shop@1 is in use by" in answers[0], answers
        assert faults_of(home, sound) == []
        shutil.rmtree(home)
