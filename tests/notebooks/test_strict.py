"""Every notebook of the project runs from top to bottom and shows what it showed when it was saved."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_a_first_notebook() -> None:
    assert ROOT / "notebooks/01-first-experiment.ipynb" in NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_its_saved_outputs_again(notebook: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "HOME": str(tmp_path / "user"),
        "SYNTH_HOME": str(tmp_path / "home"),
        "SYNTH_PROGRESS": "off",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
    command += ["--rootdir", str(notebook.parent), "-c", os.devnull]
    command += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=300"]
    command += ["--nbval-sanitize-with", str(ROOT / "tests/notebooks/sanitize.cfg"), str(notebook)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
