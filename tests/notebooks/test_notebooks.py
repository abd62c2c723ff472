"""The notebooks run from top to bottom with the outputs they show, and a failing cell fails every runner."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(path.name for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SMALL = {"04-ten-million-rows.ipynb": {"devices": 60_000}}
"""Notebooks that are large as they are saved, and the parameters with which they are run each time."""


def environment(project: Path, tmp_path: Path) -> dict[str, str]:
    """That of a notebook's runner, with homes of its own."""
    names = ("SYNTH_HOME", "HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")
    folders = {name: str(tmp_path / name.lower()) for name in names}
    more = {"PYTHONPATH": str(project), "SYNTH_PROGRESS": "off"}
    more["PYTEST_PLUGINS"] = "synth_jupyter.testing.fixtures"  # found by itself where the package is installed
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}  # one notebook runs pytest
    return ours | folders | more


def run(project: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest on notebooks, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull]
    return subprocess.run(
        [*command, "--rootdir", str(project), "--nbval-current-env", "--nbval-cell-timeout=120", *arguments],
        cwd=tmp_path, env=environment(project, tmp_path), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SMALL)) for name in NOTEBOOKS])
def test_a_notebook_gives_the_outputs_that_are_saved_in_it(name: str, project: Path, tmp_path: Path) -> None:
    sanitizer = project / "tests/notebooks/sanitize.cfg"
    done = run(project, tmp_path, "--nbval", f"--nbval-sanitize-with={sanitizer}", str(project / "notebooks" / name))
    assert done.returncode == 0, done.stdout[-8000:]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in SMALL)) for name in NOTEBOOKS]
)
def test_a_notebook_runs_under_papermill_with_its_parameters(name: str, project: Path, tmp_path: Path) -> None:
    given = [word for parameter, value in SMALL.get(name, {}).items() for word in ("-p", parameter, str(value))]
    words = ["-m", "papermill", "--no-progress-bar", *given, str(project / "notebooks" / name), "done.ipynb"]
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=environment(project, tmp_path),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-8000:]
    cells = nbformat.read(tmp_path / "done.ipynb", as_version=4).cells
    assert not given or any("injected-parameters" in cell.metadata.get("tags", ()) for cell in cells)


def test_a_failing_command_fails_a_notebook_even_when_outputs_are_not_compared(project: Path, tmp_path: Path) -> None:
    done = run(project, tmp_path, "--nbval-lax", str(project / "tests/notebooks/broken.ipynb"))
    assert done.returncode == 1, done.stdout[-8000:]
    assert "1 failed" in done.stdout
    assert "there is no experiment 'nothing_here'" in done.stdout


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_small_keeps_no_widget_state_and_has_parameters(name: str, project: Path) -> None:
    path = project / "notebooks" / name
    notebook = nbformat.read(path, as_version=4)
    assert path.stat().st_size < 200_000
    assert "widgets" not in notebook.metadata
    assert any("parameters" in cell.metadata.get("tags", ()) for cell in notebook.cells)
    assert all("widget-view" not in str(output) for cell in notebook.cells for output in cell.get("outputs", ()))
