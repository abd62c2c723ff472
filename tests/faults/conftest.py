"""Undisturbed runs to compare with, and workspaces to disturb."""

import sys
from pathlib import Path

import pytest

from synth_jupyter.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parent))

from faulty import counted
from judged import SMALL
from kills import SHOP, Undisturbed, files_of


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed")
    workspace = Workspace.open(home)
    workspace.define(SHOP)
    run = workspace.experiment("shop").generate()
    return Undisturbed(str(run.content_digest), files_of(home))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with the larger experiment defined."""
    Workspace.open(tmp_path / "home").define(SHOP)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run of the small experiment that nobody disturbed."""
    home = tmp_path_factory.mktemp("sound")
    Workspace.open(home).define(SMALL)
    Workspace.open(home).experiment("shop").generate()
    return home


@pytest.fixture(scope="session")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The effects of one run of the small experiment, by name."""
    home = tmp_path_factory.mktemp("points")
    Workspace.open(home).define(SMALL)
    return counted(lambda: Workspace.open(home).experiment("shop").generate())


@pytest.fixture
def defined(tmp_path: Path) -> Path:
    """A workspace with the small experiment defined."""
    Workspace.open(tmp_path / "home").define(SMALL)
    return tmp_path / "home"
