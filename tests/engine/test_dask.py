"""A cluster makes the very content that this machine makes, and loses nothing with its workers."""

import sys
from pathlib import Path

import pytest
from clusters import SMALL, Cluster, dask

from synth_jupyter.errors import CommandError, GenerationError, PluginError
from synth_jupyter.workspace import Experiment, Progress


def test_a_cluster_makes_the_same_content(shop: Experiment, cluster: Cluster, local_digest: str) -> None:
    run = shop.generate(**SMALL, executor=cluster.executor)
    assert (run.status, run.content_digest) == ("complete", local_digest)
    assert shop.sql("SELECT count(*) AS n FROM orders").to_arrow().to_pylist() == [{"n": run.rows["orders"]}]
    assert shop.verify().ok
    assert shop.trace("customers", row=139_999).partition == 2


def test_a_shared_folder_holds_a_run_of_a_cluster(
    shop: Experiment, cluster: Cluster, local_digest: str, tmp_path: Path
) -> None:
    run = shop.generate(**SMALL, executor=cluster.executor, out=str(tmp_path / "shared"))
    assert run.content_digest == local_digest
    files = [path for path in (tmp_path / "shared").rglob("*") if path.is_file()]
    assert len(files) == len(shop.files().files)
    assert not (shop.workspace.folders.run(run.record.key) / "data").exists()


def test_a_killed_worker_costs_nothing(shop: Experiment, local_digest: str, tmp_path: Path) -> None:
    with dask(2) as cluster:

        def kill(progress: Progress) -> None:
            if progress.partitions == 1:
                cluster.kill(0)

        run = shop.generate(**SMALL, executor=cluster.executor, out=str(tmp_path / "shared"), on_progress=kill)
        assert not cluster.kill(0)
    assert run.content_digest == local_digest


def test_a_partition_that_kills_three_workers_is_named_and_the_rest_is_made(shop: Experiment, tmp_path: Path) -> None:
    """As often as the scheduler is told to let a task fail; the test's tells it so with its third worker."""
    sys.path.append(str(Path(__file__).parents[1] / "faults"))
    import deadly

    shop.workspace.define(deadly.DOCUMENT)
    doomed = shop.workspace.experiment("doomed")
    with dask(4, failures=2) as cluster:
        with pytest.raises(GenerationError, match=r"partition 1 of 't' .* lost 3 workers") as caught:
            doomed.generate(partition_rows=65_536, executor=cluster.executor, out=str(tmp_path / "shared"))
        assert sum(map(cluster.kill, range(4))) == 1
    assert "3 of 4 partitions are kept" in caught.value.message
    assert "synth resume doomed@1" in caught.value.hint


def test_a_scheduler_that_dies_is_said_and_what_is_recorded_is_kept(
    shop: Experiment, local_digest: str, tmp_path: Path
) -> None:
    with dask(1) as cluster:

        def kill(progress: Progress) -> None:
            if progress.partitions == 1 and not progress.finished:
                cluster.end()

        with pytest.raises(GenerationError, match="scheduler is gone") as caught:
            shop.generate(**SMALL, executor=cluster.executor, out=str(tmp_path / "shared"), on_progress=kill)
    assert "partitions are kept" in caught.value.message
    assert shop.runs()[0].status == "failed"
    assert shop.resume().content_digest == local_digest


def test_a_run_of_a_cluster_that_was_stopped_is_finished_here(
    shop: Experiment, cluster: Cluster, local_digest: str, tmp_path: Path
) -> None:
    def stop(progress: Progress) -> None:
        if progress.partitions == 1 and not progress.finished:
            raise KeyboardInterrupt

    with pytest.raises(GenerationError, match="interrupted"):
        shop.generate(**SMALL, executor=cluster.executor, out=str(tmp_path / "shared"), on_progress=stop)
    recorded = shop.workspace.store.runs.partitions(shop.runs()[0].key)
    seen: list[Progress] = []
    assert shop.resume(on_progress=seen.append).content_digest == local_digest
    assert seen[0].partitions >= len(recorded)
    files = {path.name for path in (tmp_path / "shared").rglob("*.parquet")}
    assert files == {Path(file.path).name for file in shop.files().files}


def test_a_cluster_that_is_not_there_or_has_no_workers_is_said(shop: Experiment) -> None:
    with dask(0) as empty, pytest.raises(GenerationError, match="has no workers"):
        shop.generate(executor=empty.executor)
    with pytest.raises(CommandError, match="is no executor"):
        shop.generate(executor="spark:there")


def test_workers_that_write_to_another_disk_are_found_out(
    shop: Experiment, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth_jupyter.storage.Remote.size", lambda self, name: None)
    with pytest.raises(GenerationError, match="is not in") as caught:
        shop.generate(**SMALL, executor=cluster.executor)
    assert "--out" in caught.value.hint


def test_a_generator_of_this_session_is_refused(shop: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_jupyter.engine.executors.is_homemade", lambda plan: True)
    with pytest.raises(GenerationError, match="where no worker of a cluster can find it") as caught:
        shop.generate(executor="dask:tcp://127.0.0.1:1")
    assert isinstance(caught.value.__cause__, PluginError)
