"""Runs of their own process: started from anywhere, watched from anywhere, stopped from anywhere, finished later."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

import synth_jupyter
from synth_jupyter.errors import ConflictError, GenerationError, NotFoundError, PluginError
from synth_jupyter.streams import Stream
from synth_jupyter.workspace import Experiment, Progress, Workspace

SMALL = {"customers": 300_000}
"""Less than a second of work."""
LONG = {"customers": 200_000_000}
"""More than anybody waits for."""
SHOP = """
experiment: shop
seed: 42
tables:
  customers:
    rows: 1000
    columns:
      customer_id: {type: bigint, primary_key: true}
      name: {type: varchar(80), faker: name}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Experiment:
    workspace = Workspace.open(tmp_path / "home")
    workspace.define(SHOP)
    return workspace.experiment("shop")


def again(experiment: Experiment, address: str = "shop@1") -> Experiment:
    """The run as somebody else sees it."""
    return Workspace.open(experiment.workspace.home).experiment(address)


def wait_for_partitions(experiment: Experiment, number: int) -> None:
    """Look on until so many partitions are recorded."""

    class Enough(Exception):
        pass

    def look(progress: Progress) -> None:
        if progress.partitions >= number:
            raise Enough

    with pytest.raises(Enough):
        experiment.watch(look)


def ends_within(pid: int, seconds: float) -> bool:
    """Whether a process, which need not be ours, is gone by then."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def synth(home: Path, *words: str, session: bool = False) -> "subprocess.Popen[str]":
    project = Path(synth_jupyter.__file__).parent.parent
    environment = {**os.environ, "SYNTH_HOME": str(home), "PYTHONPATH": str(project), "SYNTH_PROGRESS": "plain"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-m", "synth_jupyter", *words]
    return subprocess.Popen(command, text=True, env=environment, start_new_session=session, **pipes)


def test_it_has_its_address_at_once_and_its_log_in_its_folder(shop: Experiment) -> None:
    started = shop.start(rows=SMALL, workers=1)
    assert started.address == "shop@1"
    ended = again(shop).watch()
    assert (ended.status, ended.content_digest) == ("complete", shop.generate(rows=SMALL).content_digest)
    assert ends_within(started.pid, 10)
    assert started.log.parent == shop.workspace.folders.run(ended.record.key)
    assert "shop@1: done, 300,000 rows" in started.log.read_text()
    assert started.log.stat().st_mode & 0o077 == 0
    assert sorted(path.suffix for path in shop.workspace.home.glob("*.log")) == []


def test_it_outlives_the_session_that_started_it(shop: Experiment) -> None:
    starter = synth(
        shop.workspace.home, "generate", "shop", "--rows", "customers=3_000_000", "--background", "--json", session=True
    )
    said, _ = starter.communicate(timeout=60)
    document = json.loads(said)
    assert (document["run"], document["rows"]) == ("shop@1", {"customers": 3_000_000})
    with pytest.raises(ProcessLookupError):
        os.killpg(starter.pid, signal.SIGHUP)  # nobody of the session is left
    assert os.getsid(document["pid"]) == document["pid"]
    assert again(shop).watch().status == "complete"


def test_it_is_seen_and_cancelled_from_anywhere_within_a_second_and_resumed(shop: Experiment) -> None:
    started = shop.start(rows=LONG, workers=2)
    assert [(run.address, run.status) for run in shop.runs()] == [("shop@1", "running")]
    wait_for_partitions(again(shop), 2)
    with pytest.raises(ConflictError, match="in use"):
        again(shop).resume()
    asked = time.monotonic()
    again(shop).cancel()
    ended = again(shop).watch()
    assert time.monotonic() - asked < 1.5  # a second, and what a busy machine adds
    assert (ended.status, ended.record.reason) == ("partial", "cancelled")
    assert ends_within(started.pid, 5)
    resumed = shop.workspace.experiment("shop@1").start_resume()
    assert (resumed.address, resumed.log) == ("shop@1", started.log)
    again(shop).cancel()
    again(shop).watch()
    assert resumed.log.read_text().count("shop@1: cancelled; ") >= 2


def test_a_resumed_one_has_the_content_of_one_that_nobody_stopped(shop: Experiment) -> None:
    started = shop.start(rows={"customers": 6_000_000}, workers=2)
    wait_for_partitions(again(shop), 1)
    os.kill(started.pid, signal.SIGKILL)
    assert ends_within(started.pid, 5)
    assert (again(shop).run().status, again(shop).run().reason) == ("partial", "its process is gone")
    again(shop).start_resume(workers=2)
    ended = again(shop).watch()
    assert (ended.status, ended.rows) == ("complete", {"customers": 6_000_000})
    assert again(shop).start_resume().status == "complete"
    assert ended.content_digest == shop.generate(rows={"customers": 6_000_000}).content_digest


def test_watching_ends_at_ctrl_c_and_the_run_goes_on(shop: Experiment) -> None:
    started = shop.start(rows=LONG, workers=1)
    watcher = synth(shop.workspace.home, "watch", "shop@1")
    assert watcher.stderr is not None
    assert "rows" in watcher.stderr.readline()
    watcher.send_signal(signal.SIGINT)
    _, said = watcher.communicate(timeout=30)
    assert watcher.returncode == 130
    assert "goes on" in said
    assert "synth cancel shop@1" in said
    assert not ends_within(started.pid, 0)
    os.kill(started.pid, signal.SIGKILL)


def test_watching_a_run_whose_process_dies_ends_and_says_so(shop: Experiment) -> None:
    started = shop.start(rows=LONG, workers=1)
    watcher = synth(shop.workspace.home, "watch", "shop", "--json")
    assert watcher.stderr is not None
    assert watcher.stderr.readline().startswith("shop@1: ")
    os.kill(started.pid, signal.SIGKILL)
    said, shown = watcher.communicate(timeout=30)
    assert (watcher.returncode, json.loads(said)["status"]) == (1, "partial")
    assert "shop@1: partial (its process is gone); " in shown


def test_watching_what_has_ended_gives_it_as_it_is(shop: Experiment) -> None:
    with pytest.raises(NotFoundError, match="no complete run"):
        shop.watch()
    shop.generate()
    seen: list[Progress] = []
    assert shop.watch(seen.append).status == "complete"
    assert [(event.finished, event.rows) for event in seen] == [(True, {"customers": 1000})]


def test_one_that_cannot_begin_says_why(shop: Experiment) -> None:
    workspace = shop.workspace
    misled = Workspace(workspace.folders, workspace.store, workspace.settings, {"SYNTH_DISPLAY_ROWS": "many"})
    with pytest.raises(GenerationError, match=r"did not begin: .*SYNTH_DISPLAY_ROWS"):
        misled.experiment("shop").start()
    assert shop.runs() == []
    assert list(shop.workspace.home.glob("*.log")) == []


def test_a_generator_of_this_session_is_refused_before_anything_starts(
    shop: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass(frozen=True)
    class Dice:
        needs: tuple[str, ...] = ()

        def generate(self, rows: object, stream: Stream, inputs: object) -> pa.Array:
            return pa.array(stream.below(rows, 6))

    monkeypatch.setattr(Dice, "__module__", "__main__")
    synth_jupyter.generator("dice_of_a_cell")(Dice)
    text = "experiment: game\ntables: {throws: {rows: 9, columns: {eyes: {type: int, generator: dice_of_a_cell}}}}"
    shop.workspace.define(text)
    game = shop.workspace.experiment("game")
    with pytest.raises(PluginError, match="no other process can find"):
        game.start()
    assert game.runs() == []
