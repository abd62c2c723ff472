"""Runs as images: out of one workspace, into another, with the same content."""

from pathlib import Path

import pytest

from synth_jupyter.errors import ConflictError, ImageError
from synth_jupyter.workspace import Experiment, Workspace

POOLED = """
experiment: people
seed: 1
tables:
  people:
    rows: 100
    columns:
      id: {type: int, primary_key: true}
      job: {type: varchar(120), faker: job}
      city: {type: varchar(80), faker: {provider: city, locale: de_DE}}
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "elsewhere")


@pytest.mark.parametrize("thin", [False, True])
def test_an_image_becomes_the_same_content_elsewhere(
    shop: Experiment, elsewhere: Workspace, tmp_path: Path, thin: bool
) -> None:
    run = shop.generate(rows={"customers": 70_000})
    report = shop.export(tmp_path / "shop.tar", thin=thin)
    assert report.content_digest == run.content_digest
    assert not thin or report.bytes < 64 << 10
    imported = elsewhere.import_image(tmp_path / "shop.tar", "shop2")
    assert (imported.address, imported.status, imported.rows) == ("shop2@1", "complete", run.rows)
    assert imported.content_digest == run.content_digest
    shop2 = elsewhere.experiment("shop2")
    assert shop2.run().origin.startswith("shop.tar")
    assert list(elsewhere.folders.incoming.iterdir()) == []
    shop2.reset()
    assert shop2.restore().content_digest == run.content_digest


def test_an_image_never_takes_the_place_of_an_experiment(shop: Experiment, tmp_path: Path) -> None:
    shop.generate(rows={"customers": 10})
    shop.export(tmp_path / "shop.tar")
    for name in (None, "SHOP"):
        with pytest.raises(ConflictError, match="exists already") as caught:
            shop.workspace.import_image(tmp_path / "shop.tar", name)
        assert "--as" in caught.value.hint
    assert [run.address for run in shop.runs()] == ["shop@1"]


@pytest.mark.parametrize("thin", [False, True])
def test_what_was_exported_and_deleted_comes_back_from_its_image(shop: Experiment, tmp_path: Path, thin: bool) -> None:
    run = shop.generate(rows={"customers": 1000})
    rows = shop.sql("SELECT * FROM orders ORDER BY order_id").to_arrow()
    shop.export(tmp_path / "shop.tar", thin=thin)
    home = shop.workspace
    shop.delete()
    assert home.list() == []
    assert not any(home.folders.runs.iterdir())
    again = home.import_image(tmp_path / "shop.tar")
    assert (again.address, again.status, again.content_digest) == (
        "shop@2",  # no number is given twice
        "complete",
        run.content_digest,
    )
    assert home.experiment("shop").sql("SELECT * FROM orders ORDER BY order_id").to_arrow().equals(rows)


def test_an_image_that_is_only_verified_leaves_nothing(shop: Experiment, elsewhere: Workspace, tmp_path: Path) -> None:
    run = shop.generate(rows={"customers": 10})
    shop.export(tmp_path / "shop.tar")
    verified = elsewhere.import_image(tmp_path / "shop.tar", verify_only=True)
    assert verified.content_digest == run.content_digest
    assert elsewhere.list() == []
    assert not elsewhere.folders.runs.exists()
    assert list(elsewhere.folders.incoming.iterdir()) == []


def test_a_damaged_image_leaves_nothing(shop: Experiment, elsewhere: Workspace, tmp_path: Path) -> None:
    shop.generate(rows={"customers": 1000})
    target = tmp_path / "shop.tar"
    shop.export(target)
    data = bytearray(target.read_bytes())
    data[data.rindex(b"PAR1") - 200] ^= 1
    target.write_bytes(bytes(data))
    with pytest.raises(ImageError):
        elsewhere.import_image(target)
    assert elsewhere.list() == []
    assert elsewhere.store.history.events() == []
    assert not elsewhere.folders.runs.exists()
    assert list(elsewhere.folders.incoming.iterdir()) == []


def test_exports_and_imports_are_remembered(shop: Experiment, elsewhere: Workspace, tmp_path: Path) -> None:
    shop.generate(rows={"customers": 10})
    shop.workspace.experiment("shop@1").tag("v1")
    shop.export(tmp_path / "shop.tar")
    elsewhere.import_image(tmp_path / "shop.tar")
    assert [(entry["image"], entry["run"]) for entry in shop.workspace.images()] == [("exported", "shop@1")]
    assert [(entry["image"], entry["run"]) for entry in elsewhere.images()] == [("imported", "shop@1")]


def test_the_pools_of_an_image_are_its_own(workspace: Workspace, elsewhere: Workspace, tmp_path: Path) -> None:
    """They make its data again, and never become pools of the workspace that imported it."""
    workspace.define(POOLED)
    people = workspace.experiment("people")
    run = people.generate()
    people.export(tmp_path / "people.tar", thin=True)
    assert elsewhere.import_image(tmp_path / "people.tar").content_digest == run.content_digest
    assert list(elsewhere.folders.pools.glob("*.txt")) == []
    assert len(list(elsewhere.folders.pools.glob("*/*.txt"))) > 0
    elsewhere.experiment("people").reset()
    assert elsewhere.experiment("people").restore().content_digest == run.content_digest
