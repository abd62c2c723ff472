"""The panel: its words are the command's, and its run is a process of its own."""

import asyncio
from pathlib import Path

import pytest

from synth_jupyter.commands import parse
from synth_jupyter.jupyter.widgets.panel import Panel
from synth_jupyter.workspace import Workspace


@pytest.fixture
def panel(shop_file: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Panel:
    monkeypatch.setenv("PYTHONPATH", str(project))
    workspace = Workspace.open()
    workspace.define(shop_file.read_text())
    return Panel(workspace, "shop")


def test_the_line_to_copy_is_the_command_that_generate_runs(panel: Panel) -> None:
    panel.rows.value, panel.seed.value = 50, 7
    assert panel.line.value == "%synth generate shop --rows customers=50 --seed 7"
    options = parse(panel.words).options
    assert (options.rows, options.seed) == ([("customers", 50)], 7)


def test_generate_makes_a_run_and_shows_how_it_went(panel: Panel) -> None:
    panel.rows.value = 20
    asyncio.run(panel.run())
    assert (panel.bar.value, panel.generate.disabled, panel.cancel.disabled) == (100, False, True)
    assert "done, 80 rows" in panel.state.value
    assert "shop@1" in panel.runs.value


def test_a_run_that_cannot_be_made_says_why(panel: Panel) -> None:
    panel._workspace.experiment("shop").delete()
    asyncio.run(panel.run())
    assert "no experiment" in panel.state.value
    assert not panel.generate.disabled


def test_cancel_without_a_run_only_says_so(panel: Panel) -> None:
    panel.cancel.click()
    assert "under way" in panel.state.value


def test_a_panel_reads_as_its_command(panel: Panel) -> None:
    assert repr(panel) == "panel of shop: %synth generate shop --rows customers=200 --seed 42"
