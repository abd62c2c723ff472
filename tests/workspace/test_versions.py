"""Versions of an experiment as images: what they share, what differs, and tags that stay where they are."""

import subprocess
from pathlib import Path

import pytest

from synth_jupyter.commands import answer, parse
from synth_jupyter.errors import ConflictError
from synth_jupyter.images.load import inspect
from synth_jupyter.workspace import Experiment, Progress, Workspace

PARENT = "org.synth-jupyter.parent.digest"


@pytest.fixture
def versions(shop: Experiment) -> tuple[Experiment, Experiment]:
    """Two runs; the second has other orders."""
    for rows in (1_000, 1_100):
        shop.generate(rows={"customers": rows})
    return shop.workspace.experiment("shop@1"), shop.workspace.experiment("shop@2")


def test_an_image_names_the_version_before_it_and_what_it_shares(
    versions: tuple[Experiment, Experiment], tmp_path: Path
) -> None:
    first, second = versions
    before = first.export(tmp_path / "1.tar")
    after = second.export(tmp_path / "2.tar")
    assert (before.parent, after.parent) == ("", before.content_digest)
    assert not any(layer.reused for layer in before.layers)
    assert inspect(tmp_path / "2.tar").labels[PARENT] == before.content_digest
    again = first.export(tmp_path / "1b.tar")
    assert (tmp_path / "1b.tar").read_bytes() == (tmp_path / "1.tar").read_bytes()
    assert all(layer.reused for layer in again.layers)
    second.export(tmp_path / "2b.tar")
    assert (tmp_path / "2b.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()


def test_one_changed_table_is_one_new_data_layer(workspace: Workspace, document: str, tmp_path: Path) -> None:
    for text in (document, document.replace("max: 500", "max: 501")):
        workspace.define(text, replace=True)
        workspace.experiment("shop").generate(rows={"customers": 1_000})
    workspace.experiment("shop@1").export(tmp_path / "1.tar")
    report = workspace.experiment("shop@2").export(tmp_path / "2.tar")
    assert [layer.role for layer in report.layers if layer.role.startswith("data") and not layer.reused] == [
        "data orders"
    ]


def test_an_imported_version_is_the_parent_of_the_next(versions: tuple[Experiment, Experiment], tmp_path: Path) -> None:
    report = versions[1].export(tmp_path / "2.tar")
    elsewhere = Workspace.open(tmp_path / "elsewhere")
    elsewhere.import_image(tmp_path / "2.tar", "shop")
    shop = elsewhere.experiment("shop")
    shop.generate(rows={"customers": 1_300})
    assert shop.export(tmp_path / "3.tar").parent == report.content_digest


def test_two_images_are_compared_without_their_data(versions: tuple[Experiment, Experiment], tmp_path: Path) -> None:
    for number, version in enumerate(versions, start=1):
        version.export(tmp_path / f"{number}.tar")
    words = ["inspect", str(tmp_path / "2.tar"), "--diff", str(tmp_path / "1.tar")]
    found = answer(parse(words), lambda: versions[0].workspace).document
    assert (found["same_content"], found["same_schema"], found["is_child"]) == (False, True, True)
    customers = found["tables"]["customers"]
    assert (customers["rows_before"], customers["rows_after"]) == (1_000, 1_100)
    assert customers["bytes_before"] < customers["bytes_after"]
    same = answer(parse([*words[:3], words[1]]), lambda: versions[0].workspace).document
    assert (same["same_content"], same["tables"], same["new_layers"]) == (True, {}, 0)


def test_a_tag_moves_to_other_content_only_by_force(versions: tuple[Experiment, Experiment]) -> None:
    first, second = versions
    first.tag("v1")
    with pytest.raises(ConflictError, match="of other content") as caught:
        second.tag("v1")
    assert "--force" in caught.value.hint
    assert second.tag("v1", force=True).run == "shop@2"
    moved = first.workspace.store.history.events("shop")[-1]
    assert (moved.kind, moved.details["moved_from"]) == ("tagged", "shop@1")


def test_a_folder_in_the_oci_layout_comes_back_and_is_replaced_only_on_demand(
    versions: tuple[Experiment, Experiment], tmp_path: Path
) -> None:
    target = f"oci:{tmp_path / 'layout'}"
    first = versions[0].export(target)
    assert inspect(tmp_path / "layout").content_digest == first.content_digest
    with pytest.raises(ConflictError, match="exists"):
        versions[1].export(target)
    report = versions[1].export(target, replace=True)
    imported = Workspace.open(tmp_path / "elsewhere").import_image(target, "copy")
    assert imported.content_digest == report.content_digest != first.content_digest
    (tmp_path / "mine").mkdir()
    with pytest.raises(ConflictError, match="exists"):
        versions[1].export(f"oci:{tmp_path / 'mine'}", replace=True)
    assert {path.name for path in tmp_path.iterdir()} >= {"layout", "mine"}
    assert not list(tmp_path.glob("*.partial*"))
    subprocess.run(["tar", "-cf", tmp_path / "again.tar", "-C", tmp_path / "layout", "."], check=True)
    assert inspect(tmp_path / "again.tar").content_digest == report.content_digest


def test_an_export_tells_the_rows_of_each_layer(versions: tuple[Experiment, Experiment], tmp_path: Path) -> None:
    events: list[Progress] = []
    versions[0].export(tmp_path / "1.tar", on_progress=events.append)
    assert events[-1].finished
    assert events[-1].rows == events[-1].totals
    assert [sum(event.rows.values()) for event in events] == sorted(sum(event.rows.values()) for event in events)
    assert len(events) == len(inspect(tmp_path / "1.tar").layers)
