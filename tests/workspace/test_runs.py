"""The life of a run: generated, stopped, resumed, reset, restored, pruned, deleted."""

import sqlite3
import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.errors import ConflictError, GenerationError, Interrupted, NotFoundError, PlanError, StoreError
from synth_jupyter.files import sha256_of
from synth_jupyter.store import Lease, NewRun
from synth_jupyter.workspace import Experiment, Progress, Workspace, generation, removal


def contents(folder: Path) -> dict[str, str]:
    """The sha256 of every file below a folder, but for locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): sha256_of(path) for path in files}


def folder_of(experiment: Experiment, number: int = 1) -> Path:
    key = experiment.workspace.experiment(f"{experiment.name}@{number}").run().key
    return experiment.workspace.folders.run(key)


def stop_at(partitions: int, error: type[BaseException] = KeyboardInterrupt) -> Any:
    """A listener that raises once so many partitions are recorded."""

    def listen(progress: Progress) -> None:
        if progress.partitions >= partitions and not progress.finished:
            raise error

    return listen


def change_store(experiment: Experiment, statement: str) -> None:
    with sqlite3.connect(experiment.workspace.store.path) as connection:
        connection.execute(statement)


def test_a_complete_run_is_recorded_with_all_that_makes_it_again(shop: Experiment) -> None:
    run = shop.generate(rows={"customers": 70_000}, seed=5)
    assert run.to_dict() | {"seconds": 0, "content_digest": ""} == {
        "run": "shop@1", "status": "complete", "seed": 5, "rows": {"customers": 70_000, "orders": 70_000},
        "seconds": 0, "content_digest": "",
    }  # fmt: skip
    assert str(run.content_digest).startswith("sha256:")
    assert shop.files().rows("orders") == 70_000
    assert sorted(contents(folder_of(shop))) == sorted(["manifest.json", *(file.path for file in shop.files().files)])
    assert [event.kind for event in shop.workspace.store.history.events()] == ["defined", "started", "completed"]


def test_runs_of_one_request_are_equal_and_numbered_on(shop: Experiment) -> None:
    first, second, other = (shop.generate(rows={"customers": 100}, seed=seed) for seed in (None, 42, 43))
    assert [run.address for run in (first, second, other)] == ["shop@1", "shop@2", "shop@3"]
    assert first.content_digest == second.content_digest != other.content_digest
    assert contents(folder_of(shop, 1)) == contents(folder_of(shop, 2))


def test_every_file_and_folder_is_for_this_user_alone(shop: Experiment) -> None:
    shop.generate(rows={"customers": 100})
    for path in [shop.workspace.home, *shop.workspace.home.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_request_that_cannot_be_planned_leaves_no_run(shop: Experiment) -> None:
    with pytest.raises(PlanError, match="nothing was written"):
        shop.generate(rows={"custmers": 5})
    assert shop.runs() == []
    assert not shop.workspace.folders.runs.exists()


def test_progress_only_grows_and_ends_with_everything(shop: Experiment) -> None:
    seen: list[Progress] = []
    shop.generate(on_progress=seen.append)
    assert all(before.partitions <= after.partitions for before, after in pairwise(seen))
    assert [progress.finished for progress in seen].count(True) == 1
    assert seen[-1].rows == seen[-1].totals == {"customers": 200_000, "orders": 200_000}
    assert seen[-1].partitions == seen[-1].partition_total == 8


def test_a_front_end_that_fails_does_not_stop_the_run(shop: Experiment) -> None:
    assert shop.generate(on_progress=stop_at(1, BrokenPipeError)).status == "complete"


def test_an_interrupted_run_says_what_is_kept_and_resumes_to_the_same_bytes(shop: Experiment, processes: None) -> None:
    with pytest.raises(Interrupted, match=r"interrupted; [3-8] of 8 partitions are kept") as caught:
        shop.generate(workers=2, on_progress=stop_at(3))
    assert "synth resume shop@1" in caught.value.hint
    (stopped,) = shop.runs()
    assert (stopped.status, stopped.reason) == ("partial", "interrupted")
    with pytest.raises(ConflictError, match="partial"):
        shop.workspace.experiment("shop@1").files()
    resumed = shop.resume()
    whole = shop.generate()
    assert (resumed.status, resumed.content_digest) == ("complete", whole.content_digest)
    assert contents(folder_of(shop, 1)) == contents(folder_of(shop, 2))


def test_a_cancelled_run_stops_by_itself_and_resumes(shop: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "_LOOK_SECONDS", 0.0)
    elsewhere = Workspace.open(shop.workspace.home).experiment("shop")

    def listen(progress: Progress) -> None:
        if progress.partitions == 2:
            assert elsewhere.runs()[0].status == "running"
            elsewhere.cancel()

    with pytest.raises(GenerationError, match=r"cancelled; [2-8] of 8 partitions are kept"):
        shop.generate(on_progress=listen)
    assert (shop.runs()[0].status, shop.runs()[0].reason) == ("partial", "cancelled")
    with pytest.raises(ConflictError, match="no run of shop is under way"):
        shop.cancel()
    assert shop.resume().status == "complete"


def test_a_run_that_fails_keeps_what_it_has_and_says_why(shop: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    record = shop.workspace.store.runs.record_partition

    def full(key: str, epoch: int, file: Any) -> None:
        if len(shop.workspace.store.runs.partitions(key)) == 2:
            raise OSError(28, "No space left on device")
        record(key, epoch, file)

    monkeypatch.setattr(type(shop.workspace.store.runs), "record_partition", lambda self, *words: full(*words))
    with pytest.raises(GenerationError, match=r"disk is full.*2 of 8 partitions are kept"):
        shop.generate()
    monkeypatch.undo()
    assert shop.runs()[0].status == "failed"
    assert shop.resume().status == "complete"


def test_a_running_run_whose_process_is_gone_is_partial(shop: Experiment) -> None:
    plan = shop.plan(rows={"customers": 10})
    new = NewRun("ab" * 16, "shop", 1, 42, plan.rows, plan.digest, "elsewhere, pid 1")
    shop.workspace.store.runs.begin(new)
    assert (shop.runs()[0].status, shop.runs()[0].reason) == ("partial", "its process is gone")
    with shop.workspace.folders.claimed(shop.workspace.folders.run("ab" * 16), "shop@1"):
        assert shop.runs()[0].status == "running"


def test_resuming_a_complete_run_verifies_it_and_changes_nothing(shop: Experiment) -> None:
    shop.generate(rows={"customers": 100})
    before = (shop.run(), contents(shop.workspace.folders.runs))
    assert shop.resume().record == before[0]
    assert (shop.run(), contents(shop.workspace.folders.runs)) == before


@pytest.mark.parametrize("harm", ["flip", "cut", "remove", "swap"])
def test_resuming_makes_harmed_partitions_again(shop: Experiment, harm: str) -> None:
    shop.generate()
    sound = contents(folder_of(shop))
    first, second = sorted((folder_of(shop) / "data" / "t0002_orders").iterdir())[:2]
    data = first.read_bytes()
    if harm == "flip":
        first.write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])
    elif harm == "cut":
        first.write_bytes(data[:-1])
    elif harm == "remove":
        first.unlink()
    else:
        first.write_bytes(second.read_bytes())
        second.write_bytes(data)
    (first.parent / "part-99999.parquet").write_bytes(data)
    again = shop.resume()
    assert contents(folder_of(shop)) == sound
    assert again.status == "complete"
    lost = [event for event in shop.workspace.store.history.events() if event.kind == "partitions_lost"]
    assert [len(event.details["partitions"]) for event in lost] == [2 if harm == "swap" else 1]


def test_a_run_whose_plan_is_another_now_is_not_resumed(shop: Experiment) -> None:
    with pytest.raises(Interrupted):
        shop.generate(on_progress=stop_at(2))
    change_store(shop, "UPDATE runs SET plan_digest = 'sha256:0'")
    before = contents(folder_of(shop))
    with pytest.raises(ConflictError, match="its plan was sha256:0"):
        shop.resume()
    assert contents(folder_of(shop)) == before
    assert shop.runs()[0].epoch == 1


def test_a_run_keeps_its_schema_version(shop: Experiment, document: str) -> None:
    with pytest.raises(Interrupted):
        shop.generate(on_progress=stop_at(2))
    shop.workspace.define(document.replace("gold: 1", "gold: 9"), replace=True)
    first = shop.resume()
    assert first.content_digest != shop.generate().content_digest
    assert [run.schema_version for run in shop.runs()] == [1, 2]
    assert shop.workspace.experiment("shop@1").preview("customers", 3) != shop.preview("customers", 3)


def test_somebody_elses_run_is_neither_resumed_nor_reset_nor_deleted(shop: Experiment) -> None:
    shop.generate(rows={"customers": 10})
    before = (shop.runs(), contents(shop.workspace.folders.runs))
    with Lease.claim(folder_of(shop), "shop@1"):
        for act in (shop.resume, shop.reset, shop.delete):
            with pytest.raises(ConflictError, match=r"shop@1 is in use by .*, pid \d+ since 2"):
                act()
    assert (shop.runs(), contents(shop.workspace.folders.runs)) == before
    assert shop.workspace.store.trash.intents() == []


def test_a_reset_run_leaves_its_history_and_comes_back_bit_for_bit(shop: Experiment) -> None:
    run = shop.generate()
    sound = contents(folder_of(shop))
    assert shop.reset() == {"experiment": "shop", "reset": ["shop@1"]}
    assert not folder_of(shop).exists()
    assert list(shop.workspace.folders.trash.iterdir()) == []
    assert (shop.runs()[0].status, shop.runs()[0].content_digest) == ("reset", run.content_digest)
    assert shop.sql("SELECT count(*) AS n FROM orders").to_dict()["rows"] == [[0]]
    with pytest.raises(ConflictError, match="was reset") as caught:
        shop.workspace.experiment("shop@1").resume()
    assert "synth restore shop@1" in caught.value.hint
    restored = shop.workspace.experiment("shop@1").restore()
    assert replace(restored.record, epoch=0, seconds=0, finished_at="") == replace(
        run.record, epoch=0, seconds=0, finished_at=""
    )
    assert contents(folder_of(shop)) == sound
    kinds = [event.kind for event in shop.workspace.store.history.events()]
    assert kinds == ["defined", "started", "completed", "reset", "restoring", "completed"]


def test_any_past_run_comes_back_also_of_an_earlier_document(shop: Experiment, document: str) -> None:
    first = shop.generate(rows={"customers": 30}, seed=9)
    shop.workspace.define(document.replace("gold: 1", "gold: 9").replace("max: 500", "max: 50"), replace=True)
    second = shop.generate(rows={"customers": 20})
    sound = [contents(folder_of(shop, number)) for number in (1, 2)]
    shop.reset()
    for number, run in enumerate((first, second), start=1):
        restored = shop.workspace.experiment(f"shop@{number}").restore()
        assert (restored.content_digest, restored.rows, restored.seed) == (run.content_digest, run.rows, run.seed)
        assert contents(folder_of(shop, number)) == sound[number - 1]


def test_a_restore_that_is_not_proved_equal_publishes_nothing(shop: Experiment) -> None:
    shop.generate(rows={"customers": 10})
    shop.reset()
    change_store(shop, "UPDATE runs SET content_digest = 'sha256:0'")
    with pytest.raises(GenerationError, match="shop@1 is reset again") as caught:
        shop.restore()
    assert "synth restore shop@1" in caught.value.hint
    assert shop.runs()[0].status == "reset"
    assert not shop.workspace.folders.run(shop.runs()[0].key).exists()
    with pytest.raises(NotFoundError, match="no complete run"):
        shop.run()


def test_an_interrupted_restore_is_resumed_to_the_same_content(shop: Experiment) -> None:
    run = shop.generate()
    shop.reset()
    with pytest.raises(Interrupted):
        shop.restore(on_progress=stop_at(2))
    assert shop.resume().content_digest == run.content_digest


def test_only_a_reset_run_is_restored(shop: Experiment) -> None:
    with pytest.raises(NotFoundError):
        shop.restore()
    shop.generate(rows={"customers": 10})
    with pytest.raises(ConflictError, match="was not reset"):
        shop.restore()


def test_a_reset_that_died_halfway_is_finished_at_the_next_opening(
    shop: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.generate(rows={"customers": 10})

    def fail(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    for step in ("move_folder", "remove_folder"):
        with monkeypatch.context() as patch:
            patch.setattr(removal, step, fail if step == "remove_folder" else lambda source, target: fail(source))
            if shop.runs()[0].status == "complete":
                with pytest.raises(StoreError, match="cannot be removed"):
                    shop.reset()
            else:
                with pytest.raises(StoreError, match="cannot be removed"):
                    Workspace.open(shop.workspace.home)
        assert shop.runs()[0].status == "reset"
    again = Workspace.open(shop.workspace.home)
    assert again.store.trash.intents() == []
    assert [*again.folders.runs.iterdir(), *again.folders.trash.iterdir()] == []
    assert again.experiment("shop").restore().status == "complete"


def test_folders_without_a_record_are_swept_unless_their_process_lives(shop: Experiment) -> None:
    folders = shop.workspace.folders
    dead, alive, arrived = folders.run("0" * 32), folders.run("1" * 32), folders.arriving("2" * 32)
    for folder in (dead, arrived):
        (folder / "data").mkdir(parents=True)
    (folders.runs / "not-ours").mkdir()
    with folders.claimed(alive, "shop@9"):
        Workspace.open(shop.workspace.home)
        assert sorted(path.name for path in folders.runs.iterdir()) == ["1" * 32, "not-ours"]
    assert not arrived.exists()


def test_a_link_in_the_place_of_a_run_is_never_followed(shop: Experiment, tmp_path: Path) -> None:
    shop.generate(rows={"customers": 10})
    theirs = tmp_path / "theirs"
    folder_of(shop).rename(theirs)
    (theirs / ".lock").unlink()
    folder_of(shop).symlink_to(theirs)
    before = contents(theirs)
    with pytest.raises(StoreError, match="is a link"):
        shop.reset()
    assert contents(theirs) == before


def test_pruning_keeps_the_newest_and_the_tagged(shop: Experiment) -> None:
    for count in range(1, 5):
        shop.generate(rows={"customers": count})
    shop.workspace.experiment("shop@1").tag("v1")
    assert shop.prune(1) == {"experiment": "shop", "kept": ["shop@1", "shop@4"], "pruned": ["shop@2", "shop@3"]}
    assert [run.status for run in shop.runs()] == ["complete", "reset", "reset", "complete"]
    assert shop.workspace.experiment("shop@2").restore().status == "complete"


def test_deleting_takes_everything_but_the_history_and_the_neighbours(shop: Experiment, document: str) -> None:
    workspace = shop.workspace
    workspace.define(document, "other")
    other = workspace.experiment("other").generate(rows={"customers": 10})
    shop.generate(rows={"customers": 10})
    plan = shop.deletion_plan()
    assert [run["run"] for run in plan["runs"]] == ["shop@1"]
    assert shop.delete() == plan
    assert [summary.name for summary in workspace.list()] == ["other"]
    assert [path.name for path in workspace.folders.runs.iterdir()] == [other.record.key]
    assert [event.kind for event in workspace.store.history.events("shop")][-1] == "deleted"
    workspace.define(document)
    assert workspace.experiment("shop").generate(rows={"customers": 10}).address == "shop@2"


def test_a_single_run_is_not_deleted(shop: Experiment) -> None:
    shop.generate(rows={"customers": 10})
    with pytest.raises(ConflictError, match="one run"):
        shop.workspace.experiment("shop@1").delete()


def test_the_first_rows_of_an_answer_know_how_many_there_are(shop: Experiment) -> None:
    shop.generate(rows={"customers": 100})
    answer = shop.sql("SELECT customer_id FROM customers ORDER BY 1", limit=2)
    assert answer.to_dict() | {"verdict": ""} == {
        "columns": ["customer_id"], "rows": [[1], [2]], "row_count": 100, "truncated": True, "verdict": "",
    }  # fmt: skip
    assert answer.to_arrow().num_rows == 2
    assert shop.sql("SELECT 1 AS one", limit=5).to_dict()["truncated"] is False


def test_a_trace_and_a_graph_know_the_run(shop: Experiment) -> None:
    shop.generate(rows={"customers": 100})
    trace = shop.trace("orders", 17).to_dict()
    assert (trace["run"], trace["row"]) == ("shop@1", 16)
    assert all(column["value"] == column["stored"] for column in trace["columns"].values())
    assert {edge.kind for edge in shop.lineage().edges} == {"foreign_key"}
    assert "run:shop@1" in {node.id for node in shop.lineage("run").nodes}
    assert "customers" in shop.explain("orders", "customer_id")
