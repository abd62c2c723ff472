"""What is exported comes back, from our own tar and from what other tools make of it."""

import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from synth_jupyter.errors import ConflictError, ImageError, NotFoundError
from synth_jupyter.images import Limits, export, inspect, load
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema import document as documents


def check(image: Path, run: RunFiles, into: Path) -> None:
    """The image holds exactly the run."""
    imported = load(image, into)
    assert (imported.experiment, imported.seed, imported.content_digest) == ("shop", 42, run.content_digest)
    assert imported.rows == {"cities": 3, "orders": 70_000}
    assert documents.canonical(imported.schema) == documents.canonical(run.schema)
    assert imported.files == run.files
    for file in run.files:
        assert (into / file.path).read_bytes() == (run.root / file.path).read_bytes()
    found = {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}
    assert found == {file.path for file in run.files}


def test_an_exported_image_comes_back_with_the_same_files_and_digest(
    image: Path, run: RunFiles, document: str, tmp_path: Path
) -> None:
    check(image, run, tmp_path / "in")
    assert load(image, tmp_path / "again").document == document


def test_the_report_describes_the_file_and_its_layers(run: RunFiles, document: str, tmp_path: Path) -> None:
    report = export(run, document, tmp_path / "a.tar", tag="1").to_dict()
    assert report["bytes"] == (tmp_path / "a.tar").stat().st_size
    assert report["content_digest"] == run.content_digest
    assert [layer["role"] for layer in report["layers"]] == ["data cities", "data orders", "documents", "metadata"]
    with tarfile.open(tmp_path / "a.tar") as archive:
        for layer in report["layers"]:
            assert archive.getmember(f"blobs/sha256/{layer['digest'][7:]}").size == layer["bytes"]
            assert layer["reused"] is False
