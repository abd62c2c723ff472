"""The floors hold, and the contract that says so would notice if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = ("IPython", "ipykernel", "ipywidgets", "tornado", "traitlets")
HEAVY = ("duckdb", "faker", "jupyterlab", "pydantic", "scipy", "sqlalchemy", "sqlglot")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of `folder`'s pyproject.toml on `folder`'s copy of the package."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def house(project: Path, tmp_path: Path) -> Path:
    """A copy of the package and its contracts, to plant things in."""
    shutil.copytree(project / "synth_jupyter", tmp_path / "synth_jupyter", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(project / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout + done.stderr


PLANTED = {
    "Nothing below jupyter knows the notebook": [
        ("plan/model.py", "import IPython", "synth_jupyter.plan.model -> IPython"),
        ("streams.py", "import ipywidgets", "synth_jupyter.streams -> ipywidgets"),
        ("workspace", "from traitlets import HasTraits", "synth_jupyter.workspace -> traitlets"),
        ("commands", "import tornado.web", "synth_jupyter.commands -> tornado"),
    ],
    "One third-party library, one room": [
        ("plan/model.py", "import duckdb", "synth_jupyter.plan.model -> duckdb"),
        ("workspace", "from sqlalchemy import select", "synth_jupyter.workspace -> sqlalchemy"),
        ("verify", "import sqlglot.expressions", "synth_jupyter.verify -> sqlglot"),
    ],
    "A room uses only the rooms below it": [
        ("schema/model.py", "from synth_jupyter.plan import model", "synth_jupyter.schema.model -> synth_jupyter.plan"),
        ("streams.py", "from synth_jupyter import settings", "synth_jupyter.streams -> synth_jupyter.settings"),
        ("engine", "from synth_jupyter.store import records", "synth_jupyter.engine -> synth_jupyter.store"),
        ("commands", "import synth_jupyter.jupyter", "synth_jupyter.commands -> synth_jupyter.jupyter"),
    ],
}


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_imports_are_caught_one_by_one(house: Path, contract: str) -> None:
    for file, line, _ in PLANTED[contract]:
        target = house / "synth_jupyter" / file
        if not target.suffix:
            target = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
        target.write_text(target.read_text() + f"\n{line}\n")
    done = lint(house)
    said = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert f"{contract} BROKEN" in said, done.stdout + done.stderr
    assert [arrow for _, _, arrow in PLANTED[contract] if arrow not in said] == [], done.stdout


def test_a_room_that_the_contract_does_not_name_is_caught(house: Path) -> None:
    (house / "synth_jupyter" / "attic.py").write_text('"""A room nobody drew."""\n')
    done = lint(house)
    assert done.returncode != 0
    assert "attic" in done.stdout + done.stderr


def loaded_by(module: str) -> set[str]:
    """The top-level modules in `sys.modules` of a fresh interpreter that imported `module`."""
    code = f"import sys, {module}; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("module", ["synth_jupyter", "synth_jupyter.workspace", "synth_jupyter.commands"])
def test_the_core_runs_without_a_notebook(module: str) -> None:
    assert loaded_by(module).isdisjoint(NOTEBOOK)


def test_a_worker_loads_numpy_and_arrow_and_little_else() -> None:
    assert loaded_by("synth_jupyter.engine.execute").isdisjoint({*HEAVY, *NOTEBOOK})


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("synth_jupyter").isdisjoint({*HEAVY, *NOTEBOOK, "numpy", "pyarrow"})
