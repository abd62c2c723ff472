"""Runs whose files lie in an object store: asked, verified, traced, loaded and removed like any other."""

import os
from pathlib import Path

import pytest
from clusters import SMALL, Cluster

from synth_jupyter.errors import ConflictError, GenerationError, SettingsError, StoreError
from synth_jupyter.storage import Remote
from synth_jupyter.workspace import Experiment, Progress, Workspace

FOREIGN = ("notes.txt", "data/t0001_customers/part-00000.parquet", "data/readme")


def names(place: str) -> list[str]:
    return Remote.of(place).names()


def put(place: Remote, name: str) -> None:
    with place.write(name) as file:
        file.write(b"somebody's own")


def test_a_run_in_a_bucket_is_as_good_as_one_at_home(
    shop: Experiment, bucket: str, local_digest: str, tmp_path: Path
) -> None:
    run = shop.generate(**SMALL, workers=2, out=bucket)
    assert run.content_digest == local_digest
    home = shop.workspace.folders.run(run.record.key)
    assert not list(home.rglob("*.parquet"))
    assert sorted(names(bucket)) == sorted(f"{run.record.key}/{file.path}" for file in shop.files().files)
    counted = shop.sql("SELECT count(*) AS n, count(DISTINCT customer_id) AS c FROM customers").to_arrow().to_pylist()
    assert counted == [{"n": 140_000, "c": 140_000}]
    assert shop.verify().ok
    traced = shop.trace("orders", 200_000)
    assert all(value.value == value.stored for value in traced.columns.values())
    assert shop.load(f"duckdb:{tmp_path / 'shop.duckdb'}").tables["orders"].rows == run.rows["orders"]
    shop.export(tmp_path / "shop.tar")
    imported = Workspace.open(tmp_path / "elsewhere").import_image(tmp_path / "shop.tar")
    assert imported.content_digest == local_digest


def test_a_cluster_writes_to_a_bucket(shop: Experiment, cluster: Cluster, bucket: str, local_digest: str) -> None:
    assert shop.generate(**SMALL, executor=cluster.executor, out=bucket).content_digest == local_digest


def test_an_attempt_is_nobodys_until_its_row_is_committed(
    shop: Experiment, bucket: str, local_digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(progress: Progress) -> None:
        if progress.partitions == 2 and not progress.finished:
            raise KeyboardInterrupt

    with pytest.raises(GenerationError, match="interrupted"):
        shop.generate(**SMALL, workers=2, out=bucket, on_progress=stop)
    (record,) = shop.runs()
    place = Remote.of(bucket).child(record.key)
    recorded = {file.path for file in shop.workspace.store.runs.partitions(record.key)}
    stray = next(iter(recorded)).replace(".parquet", "")[:-8] + "0badf00d.parquet"
    put(place, stray)
    kept = {name: place.size(name) for name in recorded}
    assert shop.resume(workers=2).content_digest == local_digest
    assert stray not in place.names()
    assert {name: place.size(name) for name in recorded} == kept
    assert sorted(place.names()) == sorted(file.path for file in shop.files().files)


def test_an_object_that_was_changed_or_is_gone_is_made_again(shop: Experiment, bucket: str, local_digest: str) -> None:
    run = shop.generate(**SMALL, workers=2, out=bucket)
    place = Remote.of(bucket).child(run.record.key)
    first, second = (file.path for file in shop.files().files[:2])
    put(place, first)
    place.remove(second)
    with pytest.raises(GenerationError, match=r"was changed|is missing"):
        shop.verify()
    assert shop.resume(workers=2).content_digest == local_digest
    assert shop.verify().ok


@pytest.mark.parametrize("form", ["bucket", "folder"])
def test_removing_takes_the_runs_own_objects_and_nothing_else(
    shop: Experiment, bucket: str, tmp_path: Path, form: str
) -> None:
    out = bucket if form == "bucket" else str(tmp_path / "shared")
    small = {"customers": 1000}
    first, second = (shop.generate(rows=small, out=out) for _ in range(2))
    place, other = (Remote.of(out).child(run.record.key) for run in (first, second))
    theirs = other.names()
    for name in FOREIGN:
        put(place, name)
    shop.workspace.experiment("shop@1").reset()
    assert place.names() == sorted(FOREIGN)
    assert other.names() == theirs
    restored = shop.workspace.experiment("shop@1").restore()
    assert restored.content_digest == first.content_digest
    assert len(place.names()) == len(FOREIGN) + 2
    shop.prune(keep=1)
    shop.delete()
    assert place.names() == sorted(FOREIGN)
    assert other.names() == []
    assert not shop.workspace.store.trash.intents()


def test_a_crash_between_the_record_and_the_removal_is_finished_by_the_next_opening(
    shop: Experiment, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.generate(rows={"customers": 1000}, out=bucket)
    place = Remote.of(bucket).child(run.record.key)
    with monkeypatch.context() as broken:
        broken.setattr(
            "synth_jupyter.workspace.removal.move_folder", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            shop.reset()
    assert len(place.names()) == 2
    Workspace.open(shop.workspace.home)
    assert place.names() == []


def test_a_store_that_does_not_answer_keeps_no_workspace_shut(
    shop: Experiment, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.generate(rows={"customers": 1000}, out=bucket)
    place = Remote.of(bucket).child(run.record.key)

    def refuse(*_: object) -> None:
        raise OSError("no route to host")

    with monkeypatch.context() as broken:
        broken.setattr("synth_jupyter.storage.Remote.names", refuse)
        with pytest.raises(StoreError, match="no route to host"):
            shop.reset()
        again = Workspace.open(shop.workspace.home).experiment("shop@1")
        assert again.run().status == "reset"
        with pytest.raises(ConflictError, match="not removed yet"):
            again.restore()
    Workspace.open(shop.workspace.home)
    assert place.names() == []
    assert not shop.workspace.store.trash.intents()


def test_a_place_is_named_without_secrets_and_is_one_that_there_is(shop: Experiment) -> None:
    with pytest.raises(SettingsError, match="without a password") as caught:
        shop.generate(out="s3://key:s3cr3t@bucket/prefix")
    assert "s3cr3t" not in str(caught.value)
    with pytest.raises(SettingsError, match="no place for files"):
        shop.generate(out="gopher://somewhere")
    assert shop.runs() == []


def test_a_bucket_that_does_not_answer_fails_the_run_with_its_reason(shop: Experiment, bucket: str) -> None:
    nowhere = bucket.replace("s3://bucket-", "s3://not-there-").replace("&allow_bucket_creation=true", "")
    with pytest.raises(GenerationError, match="not-there"):
        shop.generate(rows={"customers": 1000}, out=nowhere)
    assert os.environ["AWS_ACCESS_KEY_ID"]
