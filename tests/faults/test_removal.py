"""Taking away and bringing back, stopped at any effect and among traps: nothing of others is touched, nothing is lost."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faulty import crashes
from judged import broken_promises, copy
from kills import files_of

from synth_jupyter.errors import NotFoundError, SynthError
from synth_jupyter.workspace import Workspace

VERBS: dict[str, Callable[[Path], Any]] = {
    "reset": lambda home: Workspace.open(home).experiment("shop").reset(),
    "delete": lambda home: Workspace.open(home).experiment("shop").delete(),
    "prune": lambda home: Workspace.open(home).experiment("shop").prune(0),
    "restore": lambda home: Workspace.open(home).experiment("shop@1").restore(),
    "resume": lambda home: Workspace.open(home).experiment("shop@1").resume(),
}


@pytest.fixture
def complete(sound: Path, tmp_path: Path) -> Path:
    """A home with one complete run."""
    return Path(shutil.copytree(sound, tmp_path / "home"))


def history_of(home: Path) -> list[str]:
    return [event.kind for event in Workspace.open(home).store.history.events()]


def told_apart(home: Path, sound: Path) -> str:
    """`whole` or `gone` or `reset`: what a stopped removal leaves is never anything between."""
    workspace = Workspace.open(home)
    assert workspace.store.trash.intents() == []
    assert list(workspace.folders.trash.glob("*")) == []
    try:
        (run,) = workspace.experiment("shop").runs()
    except NotFoundError:
        assert list(workspace.folders.runs.iterdir()) == []
        return "gone"
    if run.status == "complete":
        assert files_of(home) == files_of(sound)
        assert broken_promises(home) == []
        return "whole"
    assert (run.status, list(workspace.folders.runs.iterdir())) == ("reset", [])
    return "reset"


@pytest.mark.parametrize(("verb", "after"), [("reset", "reset"), ("delete", "gone"), ("prune", "whole")])
def test_a_removal_stopped_at_each_of_its_effects_is_not_begun_or_is_finished(
    complete: Path, sound: Path, verb: str, after: str
) -> None:
    if verb == "prune":  # it keeps the newest, of which there must be one
        Workspace.open(complete).experiment("shop").generate(rows={"customers": 1, "orders": 1})
    before, seen, number, stopped = history_of(complete), set(), 0, True
    while stopped:
        number += 1
        home = copy(complete, number)
        stopped = crashes(lambda home=home: _act(verb, home), number)  # type: ignore[misc]
        if verb == "prune":
            runs = Workspace.open(home).experiment("shop").runs()
            seen.add(runs[0].status)
            assert runs[1].status == "complete"
            assert broken_promises(home) == []
        else:
            seen.add(told_apart(home, sound))
        assert history_of(home)[: len(before)] == before
        if verb != "delete" and "reset" in [run.status for run in Workspace.open(home).experiment("shop").runs()]:
            assert Workspace.open(home).experiment("shop@1").restore().status == "complete"
        shutil.rmtree(home)
    assert number > 5
    assert seen == ({"complete", "reset"} if verb == "prune" else {"whole", after})


def _act(verb: str, home: Path) -> Any:
    return Workspace.open(home).experiment("shop").prune(1) if verb == "prune" else VERBS[verb](home)


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_a_restore_stopped_at_an_effect_is_resumed_or_done_again(complete: Path, sound: Path, step: int) -> None:
    VERBS["reset"](complete)
    number, stopped = 1 - step, True
    while stopped:
        number += step
        home = copy(complete, abs(number))
        stopped = crashes(lambda home=home: VERBS["restore"](home), number)  # type: ignore[misc]
        (run,) = Workspace.open(home).experiment("shop").runs()
        if run.status != "complete":
            VERBS["restore" if run.status == "reset" else "resume"](home)
        assert told_apart(home, sound) == "whole"
        shutil.rmtree(home)
    assert number > 50


def _replace(path: Path, theirs: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(theirs)


def _run(home: Path) -> Path:
    return next((home / "runs").iterdir())


def _part(home: Path) -> Path:
    return sorted(_run(home).glob("data/*/*"))[0]


def _hard_link(home: Path, theirs: Path) -> None:
    part = _part(home)
    part.unlink()
    os.link(theirs / "precious.parquet", part)


def _in_trash(home: Path, theirs: Path) -> None:
    (home / "trash").mkdir(exist_ok=True)
    (home / "trash" / _run(home).name).symlink_to(theirs)


def _deep_in_trash(home: Path, theirs: Path) -> None:
    folder = home / "trash" / _run(home).name
    folder.mkdir(parents=True)
    (folder / "data").symlink_to(theirs)


TRAPS: dict[str, Callable[[Path, Path], None]] = {
    "the run is a link": lambda home, theirs: _replace(_run(home), theirs),
    "its data are a link": lambda home, theirs: _replace(_run(home) / "data", theirs),
    "a table's folder is a link": lambda home, theirs: _replace(_part(home).parent, theirs),
    "a partition is a link": lambda home, theirs: _replace(_part(home), theirs / "precious.parquet"),
    "a partition is a file of others": _hard_link,
    "the stage is a link": lambda home, theirs: _replace(_run(home) / "stage", theirs),
    "the stage has a link": lambda home, theirs: (
        (_run(home) / "stage").mkdir(), _replace(_run(home) / "stage" / "2", theirs))[0],
    "the lock is a link": lambda home, theirs: _replace(_run(home) / ".lock", theirs / "precious.parquet"),
    "the manifest is a link": lambda home, theirs: _replace(_run(home) / "manifest.json", theirs / "precious.parquet"),
    "its partial is a link": lambda home, theirs: _replace(
        _run(home) / ".manifest.json.partial", theirs / "precious.parquet"),
    "the mark of a place outside is a link": lambda home, theirs: _replace(
        _run(home) / "outside", theirs / "precious.parquet"),
    "the trash is a link": lambda home, theirs: _replace(home / "trash", theirs),
    "a link in the trash": _in_trash,
    "a link deep in the trash": _deep_in_trash,
    "incoming has a link": lambda home, theirs: (
        (home / "incoming").mkdir(), _replace(home / "incoming" / ("a" * 32), theirs))[0],
    "runs has a link": lambda home, theirs: _replace(home / "runs" / ("b" * 32), theirs),
}  # fmt: skip
PATHS = [
    "../../../theirs/precious.parquet", "data/../../../../theirs/precious.parquet", "{theirs}/precious.parquet",
    "data/t0001_customers/../../../../../theirs/precious.parquet", "data/t0001_customers/part-00000.parquet/../x",
    "", ".", "..", "~/precious.parquet", "data\\..\\..\\precious.parquet", "file://{theirs}/precious.parquet",
    "data/t0001_customers/part-00000.parquet\n", "manifest.json", ".lock", "../../store.db", "C:\\precious.parquet",
]  # fmt: skip


def seen_of(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that can be told of a folder of others: names, kinds, bytes, modes and times."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        facts = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ino, data)
    return found


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of others."""
    folder = tmp_path / "theirs"
    (folder / "part-00000.parquet").mkdir(parents=True)
    (folder / "precious.parquet").write_bytes(b"precious")
    (folder / "inner").mkdir()
    (folder / "inner" / "part-00001.parquet").write_bytes(b"also precious")
    return folder


@pytest.mark.parametrize("trap", TRAPS)
def test_links_in_run_folders_and_trash_lead_nowhere(complete: Path, theirs: Path, trap: str) -> None:
    before = seen_of(theirs)
    for number, verb in enumerate(["reset", "delete", "resume"]):
        home = copy(complete, number)
        TRAPS[trap](home, theirs)
        after_trap = seen_of(theirs)  # a hard link changes nothing that is looked at, but be sure
        assert after_trap == before
        try:
            VERBS[verb](home)
            Workspace.open(home)
        except SynthError as error:
            assert error.hint, error.message
        assert seen_of(theirs) == before, verb


@pytest.mark.parametrize("path", PATHS)
def test_a_path_in_a_changed_store_leads_nowhere(complete: Path, sound: Path, theirs: Path, path: str) -> None:
    before = seen_of(theirs)
    hostile = path.format(theirs=theirs)
    with sqlite3.connect(complete / "store.db") as connection:
        connection.execute("UPDATE partitions SET path = ? WHERE table_name = 'customers' AND part = 0", (hostile,))
    for verb in ("resume", "reset"):
        VERBS[verb](complete)
        assert seen_of(theirs) == before
        assert told_apart(complete, sound) == ("whole" if verb == "resume" else "reset")


@pytest.mark.parametrize("key", ["../theirs", "..", "", "{theirs}", "A" * 32, "a" * 31, "a" * 31 + "/"])
def test_a_key_in_a_changed_store_leads_nowhere(complete: Path, theirs: Path, key: str) -> None:
    before = seen_of(theirs)
    with sqlite3.connect(complete / "store.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO trash_intents VALUES (?, '')", (key.format(theirs=theirs),))
    with pytest.raises(SynthError, match="no key of a run") as caught:
        Workspace.open(complete)
    assert caught.value.hint
    assert seen_of(theirs) == before
