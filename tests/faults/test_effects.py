"""Every effect on files and every commit of the store stopped, failed or interrupted: nothing recorded is lost."""

import contextlib
import errno
import gc
import os
import random
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from faulty import Crashed, crashes, failing, interrupting, telling, watched
from judged import PARTITIONS, broken_promises, copy, faults_of, generate, resume, unmended

from synth_jupyter import files, streams
from synth_jupyter.engine import execute, recover
from synth_jupyter.errors import Interrupted, SynthError
from synth_jupyter.store import history
from synth_jupyter.store.runs import Runs
from synth_jupyter.workspace import Workspace

CODES = (errno.ENOSPC, errno.EFBIG, errno.EIO)


def found_by(defined: Path, sound: Path, numbers: Iterable[int]) -> list[str]:
    """What the harness finds wrong when a run is stopped at these effects, each in a home of its own."""
    for number in numbers:
        home = copy(defined, number)
        assert crashes(generate(home), number), number
        wrong = faults_of(home, sound)
        if wrong:
            return [f"effect {number}", *wrong]
        shutil.rmtree(home)
    return []


def test_a_run_stopped_at_each_of_its_effects_costs_nothing(defined: Path, sound: Path, points: list[str]) -> None:
    """Of the writes of one file, which differ by its length alone, the first and the last."""
    assert {"mkdir", "open", "write", "fsync", "link", "unlink", "rmtree", "commit"} <= set(points)
    assert points.count("commit") == 1 + PARTITIONS + 1
    assert found_by(defined, sound, telling(points)) == []


@pytest.mark.slow
def test_a_run_stopped_at_each_write_costs_nothing(defined: Path, sound: Path, points: list[str]) -> None:
    assert found_by(defined, sound, [at for at, name in enumerate(points, 1) if name == "write"]) == []


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_a_recovery_stopped_at_its_effects_costs_nothing(
    defined: Path, sound: Path, points: list[str], step: int
) -> None:
    assert crashes(generate(defined), len(points) * 3 // 4)
    number, stopped = 0, True
    while stopped:
        number += step
        home = copy(defined, number)
        stopped = crashes(resume(home), number)
        assert faults_of(home, sound) == [], number
        shutil.rmtree(home)
    assert number > 20


def _full_disk(defined: Path, sound: Path, number: int, code: int) -> None:
    home, failed = copy(defined, number), []  # type: tuple[Path, list[str]]
    with pytest.raises(SynthError) as caught, watched(failing(number, code, failed)):
        generate(home)()
    said = f"{caught.value.message} {failed} at {number}"
    assert os.strerror(code).casefold() in said.casefold()
    assert caught.value.hint, said
    assert faults_of(home, sound) == [], said
    shutil.rmtree(home)


def test_a_full_or_broken_disk_at_twelve_effects_is_said_and_costs_nothing(
    defined: Path, sound: Path, points: list[str]
) -> None:
    chosen = telling(points)
    for turn in range(12):
        _full_disk(defined, sound, chosen[turn * (len(chosen) - 1) // 11], CODES[turn % 3])


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
def test_a_full_or_broken_disk_at_every_effect_is_said_and_costs_nothing(
    defined: Path, sound: Path, points: list[str], code: int
) -> None:
    for number in telling(points):
        _full_disk(defined, sound, number, code)


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_ctrl_c_at_an_effect_and_at_all_that_follow_keeps_what_is_recorded(
    defined: Path, sound: Path, points: list[str], step: int
) -> None:
    usual = signal.getsignal(signal.SIGINT)
    for number in range(2, len(points) - step, step):
        home = copy(defined, number)
        with pytest.raises((Interrupted, KeyboardInterrupt)) as caught, watched(interrupting(number)):
            generate(home)()
        runs = Workspace.open(home).experiment("shop").runs()
        if runs:
            assert isinstance(caught.value, Interrupted), number
            assert (runs[0].status, runs[0].reason) == ("partial", "interrupted"), number
        assert signal.getsignal(signal.SIGINT) is usual
        assert faults_of(home, sound) == [], number
        shutil.rmtree(home)


def test_a_writer_that_is_thrown_away_late_ends_no_other_file(tmp_path: Path) -> None:
    """It does so when it is collected, and the number of its descriptor may be the store's by then."""
    late = []
    with contextlib.suppress(Crashed), files.create(tmp_path / "failed") as file:
        number = file.fileno()
        late.append(pq.ParquetWriter(file, pa.schema([("n", pa.int64())])))
        raise Crashed
    with (tmp_path / "precious").open("wb+", buffering=0) as other:
        assert other.fileno() == number
        other.write(b"precious")
        other.seek(0)
        late.clear()
        gc.collect()
    assert (tmp_path / "precious").read_bytes() == b"precious"


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


def _record_first(patch: pytest.MonkeyPatch) -> None:
    pending: list[tuple[Path, Path]] = []
    record, publish = Runs.record_partition, execute.publish

    def late(self: Runs, key: str, epoch: int, file: object) -> None:
        record(self, key, epoch, file)  # type: ignore[arg-type]
        publish(*pending.pop())

    patch.setattr(execute, "publish", lambda source, target: pending.append((source, target)))
    patch.setattr(Runs, "record_partition", late)


def _never_tidy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recover, "remove", lambda path: None)
    patch.setattr(recover, "remove_folder", lambda path: None)


def _trust_files(patch: pytest.MonkeyPatch) -> None:
    def keep(source: Path, target: Path) -> None:
        if not target.exists():
            data = source.read_bytes()
            with target.open("ab") as file:
                for start in range(0, len(data), 4096):
                    files.os.write(file.fileno(), data[start : start + 4096])

    patch.setattr(execute, "publish", keep)
    patch.setattr(recover, "is_intact", lambda out, file: True)
    patch.setattr(recover, "remove", lambda path: None)


def _draw_anew(patch: pytest.MonkeyPatch) -> None:
    bits = streams.Stream.bits
    salts = iter(range(1, 1 << 30))
    patch.setattr(streams.Stream, "bits", lambda self, rows: bits(self, rows + next(salts)))


def test_the_unbroken_protocol_passes_where_mistakes_are_looked_for(
    defined: Path, sound: Path, points: list[str]
) -> None:
    assert found_by(defined, sound, range(2, len(points), 6)) == []


@pytest.mark.parametrize("mistake", [_record_first, _never_tidy, _trust_files, _draw_anew])
def test_each_mistake_in_the_protocol_is_caught(
    defined: Path, sound: Path, mistake: object, points: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)  # type: ignore[operator]
    assert found_by(defined, sound, range(2, len(points), 3)) != []


def test_a_clock_that_runs_backwards_decides_nothing(
    defined: Path, sound: Path, points: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = iter(range(1 << 20))
    monkeypatch.setattr("time.time", lambda: 1e9 - 3600 * next(hours))
    for module in ("history", "runs", "experiments", "trash", "queries"):
        name = f"synth_jupyter.store.{module}.now"
        monkeypatch.setattr(name, lambda: f"{2020 - next(hours):04d}-01-01T00:00:00.000+00:00", raising=False)
    assert crashes(generate(defined), len(points) // 2)
    assert faults_of(defined, sound) == []
    events = Workspace.open(defined).store.history.events()
    assert [event.kind for event in events] == ["defined", "started", "resumed", "completed"]
    assert events[1].at > events[2].at > events[3].at
    assert history.now() < events[3].at


def test_a_record_without_its_file_is_a_broken_promise(sound: Path, tmp_path: Path) -> None:
    """The harness itself."""
    home = Path(shutil.copytree(sound, tmp_path / "home"))
    next(home.glob("runs/*/data/*/*")).unlink()
    assert len(broken_promises(home)) == 1
