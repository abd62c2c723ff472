"""An undisturbed run to compare with, and a workspace to disturb."""

import sys
from pathlib import Path

import pytest

from synth_jupyter.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parent))

from kills import SHOP, Undisturbed, files_of


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed")
    workspace = Workspace.open(home)
    workspace.define(SHOP)
    run = workspace.experiment("shop").generate(workers=2)
    return Undisturbed(str(run.content_digest), files_of(home))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with the experiment defined."""
    Workspace.open(tmp_path / "home").define(SHOP)
    return tmp_path / "home"
