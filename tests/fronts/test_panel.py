"""The panel: each part's line is the command that it runs, a run is a process of its own, and parts stand alone."""

import asyncio
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from synth_jupyter.commands import parse, split
from synth_jupyter.jupyter.widgets import (
    Define,
    Export,
    Generate,
    Import,
    Lineage,
    Panel,
    Preview,
    Remove,
    Runs,
    Sql,
    Trace,
)  # fmt: skip
from synth_jupyter.jupyter.widgets.activity import MODULE, Activity
from synth_jupyter.workspace import Workspace

PARTS = (Define, Generate, Runs, Preview, Sql, Lineage, Trace, Export, Import, Remove)


@pytest.fixture
def workspace(shop_file: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("PYTHONPATH", str(project))
    monkeypatch.chdir(tmp_path)
    workspace = Workspace.open()
    workspace.define(shop_file.read_text())
    return workspace


@pytest.fixture
def made(workspace: Workspace) -> Workspace:
    workspace.experiment("shop").generate()
    return workspace


def controls(widget: Any) -> list[Any]:
    below = [each for child in getattr(widget, "children", ()) for each in controls(child)]
    return [widget, *below]


@pytest.mark.parametrize("kind", PARTS)
def test_every_part_is_a_box_of_standard_controls_with_names_and_perhaps_the_runs(
    workspace: Workspace, kind: Any
) -> None:
    part = kind(workspace, "shop")
    assert isinstance(part, widgets.VBox)
    used = [each for each in controls(part) if not isinstance(each, widgets.Box | widgets.HTML)]
    standard = [each for each in used if not isinstance(each, Activity)]
    assert {type(each).__module__.split(".")[0] for each in standard} == {"ipywidgets"}
    assert all(each.description and each.tooltip for each in standard), [each for each in used if not each.tooltip]


@pytest.mark.parametrize("kind", PARTS)
def test_the_line_of_every_part_is_in_the_grammar(workspace: Workspace, kind: Any) -> None:
    part = kind(workspace, "shop")
    if kind is Import:
        part.source.value = "shop.tar"
    head = part.line.splitlines()[0].removeprefix("%%").removeprefix("%").removeprefix("synth ")
    assert parse(split(head).words, notebook=True).verb == part.words()[0]
    assert part.copied.value == part.line
    assert repr(part).endswith(part.line.splitlines()[0])


def test_rows_and_seed_become_words(workspace: Workspace) -> None:
    part = Generate(workspace, "shop")
    assert part.line == "%synth generate shop --seed 42"
    part.rows["customers"].value, part.seed.value = 50, "7"
    assert part.line == "%synth generate shop --rows customers=50 --seed 7"
    options = parse(part.words()).options
    assert (options.rows, options.seed) == ([("customers", 50)], 7)


class Page:
    """What a page would do with the list of runs: ask by message, and read what comes."""

    def __init__(self, activity: Activity) -> None:
        self.activity, self.said = activity, []
        activity.send = self.said.append

    async def ask(self, path: str, **given: Any) -> Any:
        """The answer to one message; its document, or its error."""
        number = str(len(self.said))
        await self.activity.reply({"id": number, "method": "?", "path": path, "given": given})
        (found,) = [each for each in self.said if each.get("id") == number]
        return found.get("document") or found["error"]

    async def ended(self) -> dict[str, Any]:
        """The newest run, when it is under way no more."""
        while True:
            run: dict[str, Any] = (await self.ask("runs", name="shop"))["runs"][-1]
            if run["status"] != "running":
                return run


def test_generate_makes_a_run_that_the_list_follows_to_its_end(workspace: Workspace) -> None:
    part, heard = Generate(workspace, "shop"), []
    page = Page(part.activity)
    part.listeners.append(lambda: heard.append(workspace.experiment("shop").runs()[0].status))
    part.rows["customers"].value = 20

    async def made() -> dict[str, Any]:
        await page.ask("runs", name="shop")
        await part.make()
        return await page.ended()

    run = asyncio.run(made())
    assert (run["status"], run["rows"], part.generate.disabled) == ("complete", run["made"], False)
    assert sum(run["made"].values()) == 80
    assert part.said == "shop@1: under way"
    assert {"changed": True} in page.said
    assert heard[-1] == "complete"


def test_cancel_keeps_what_there_is_and_resume_finishes_it(workspace: Workspace) -> None:
    part = Generate(workspace, "shop")
    page = Page(part.activity)
    part.rows["customers"].value = 4_000_000

    async def cancelled_and_resumed() -> list[Any]:
        await part.make()
        await page.ask("cancel", name="shop@1")
        partial = await page.ended()
        await page.ask("resume", name="shop@1")
        return [partial, await page.ended()]

    partial, complete = asyncio.run(cancelled_and_resumed())
    assert (partial["status"], complete["status"]) == ("partial", "complete")
    assert sum(partial["made"].values()) < sum(partial["rows"].values())
    assert len(workspace.experiment("shop").runs()) == 1


def test_a_reset_run_comes_back_by_the_list(made: Workspace) -> None:
    made.experiment("shop").reset()
    page = Page(Activity(made, "shop"))
    assert asyncio.run(page.ask("runs", name="shop"))["runs"][0]["made"] == {"customers": 0, "orders": 0}
    asyncio.run(page.ask("restore", name="shop@1"))
    assert made.experiment("shop").runs()[0].status == "complete"


def test_a_page_gets_an_error_for_what_cannot_be_done_and_for_every_other_verb(workspace: Workspace) -> None:
    page = Page(Activity(workspace, "shop"))
    assert "under way" in asyncio.run(page.ask("cancel", name="shop"))["message"]
    for path in ("delete", "reset", "sql", "export", "define", "../runs", ""):
        assert "cannot be asked here" in asyncio.run(page.ask(path, name="shop"))["message"]
    assert "no parameter" in asyncio.run(page.ask("resume", name="shop", out="/tmp/x"))["message"]


def test_the_sidebars_module_is_the_widgets_and_small(workspace: Workspace) -> None:
    activity = Activity(workspace, "shop")
    assert activity.get_state()["_esm"] == MODULE.read_text("utf-8")
    assert "activity.js" in (MODULE.parent / "remoteEntry.js").read_text("utf-8")
    assert len(MODULE.read_bytes()) < 30_000
    assert repr(activity) == "runs of shop"


def test_a_run_that_cannot_be_made_says_why(workspace: Workspace) -> None:
    part = Generate(workspace, "shop")
    part.seed.value = "many"
    asyncio.run(part.make())
    assert part.failed
    assert "not a whole number" in part.said
    assert not part.generate.disabled


def test_a_document_is_checked_before_it_is_stored(workspace: Workspace) -> None:
    part = Define(workspace)
    part.name.value = "tiny"
    part.document.value = "tables: {a: {rows: 2, columnz: {}}}"
    part.check.click()
    assert part.failed
    assert "columnz" in part.said
    part.document.value = "tables: {a: {rows: 2, columns: {id: {type: int, primary_key: true}}}}"
    part.check.click()
    assert not part.failed
    assert [each.name for each in workspace.list()] == ["shop"]
    assert part.line == f"%%synth define tiny\n{part.document.value}"
    part.define.click()
    assert [each.name for each in workspace.list()] == ["shop", "tiny"]


@pytest.mark.parametrize(
    ("kind", "settings", "press", "expected"),
    [
        (Runs, {}, "refresh", "shop@1"),
        (Runs, {}, "verify", "no violation"),
        (Preview, {"table": "orders", "count": 3}, "look", "3 rows"),
        (Preview, {"table": "orders"}, "profile", "its columns"),
        (Sql, {"statement": "-- all\nSELECT count(*) AS n FROM orders"}, "run", "600"),
        (Lineage, {}, "draw", "orders"),
        (Trace, {"table": "orders", "value": "17"}, "trace", "shop@1 orders row 16"),
        (Trace, {"table": "orders", "by": "row", "value": "16"}, "trace", "shop@1 orders row 16"),
        (Export, {"file": "x.tar", "thin": True}, "write", "x.tar"),
    ],
)
def test_each_part_shows_what_its_command_answers(
    made: Workspace, kind: Any, settings: dict[str, Any], press: str, expected: str
) -> None:
    part = kind(made, "shop")
    for name, value in settings.items():
        getattr(part, name).value = value
    getattr(part, press).click()
    assert not part.failed, part.said
    assert expected in part.said
    assert part.shown.value


def test_an_image_goes_out_and_comes_in_again(made: Workspace) -> None:
    out, back = Export(made, "shop"), Import(made)
    out.write.click()
    back.source.value, back.name.value = "shop.tar", "again"
    back.inspect.click()
    assert "synth/shop" in back.said
    back.bring.click()
    assert not back.failed, back.said
    assert [each.name for each in made.list()] == ["again", "shop"]


def test_removing_waits_for_the_name_and_restoring_does_not(made: Workspace) -> None:
    part, heard = Remove(made, "shop"), []
    part.listeners.append(lambda: heard.append(1))
    part.look.click()
    assert "nothing was removed" in part.said or "--yes" in part.said
    asyncio.run(part.do())
    part.name.value = "sho"
    assert part.act.disabled
    assert part.line == "%synth reset shop"
    assert made.experiment("shop").runs()[0].status == "complete"
    part.name.value = "shop"
    assert (part.act.disabled, part.line) == (False, "%synth reset shop --yes")
    asyncio.run(part.do())
    assert made.experiment("shop").runs()[0].status == "reset"
    assert (part.name.value, part.act.disabled) == ("", True)
    part.what.value = "shop@1"
    assert (part.line, part.act.disabled) == ("%synth restore shop@1", False)
    asyncio.run(part.do())
    assert made.experiment("shop").runs()[0].status == "complete"
    assert heard


def test_a_deleted_experiment_leaves_the_panel(made: Workspace) -> None:
    made.define("tables: {a: {rows: 2, columns: {id: {type: int, primary_key: true}}}}", "tiny")
    panel = Panel(made, "shop")
    part = panel.parts["Remove"]
    part.what.value, part.name.value = "delete", "shop"
    asyncio.run(part.do())
    assert [each.name for each in made.list()] == ["tiny"]
    assert panel.experiment == "tiny"


def test_the_panel_has_every_part_and_follows_what_is_chosen(made: Workspace) -> None:
    panel, heard = Panel(made, "shop"), []
    panel.listeners.append(lambda: heard.append(1))
    assert list(panel.tabs.titles) == list(panel.parts)
    assert {type(part) for part in panel.parts.values()} == set(PARTS)
    define = panel.parts["Define"]
    define.name.value = "tiny"
    define.document.value = "tables: {a: {rows: 2, columns: {id: {type: int, primary_key: true}}}}"
    define.define.click()
    assert list(panel.choice.options) == ["shop", "tiny"]
    assert heard
    panel.choice.value = "tiny"
    assert panel.experiment == "tiny"
    assert panel.parts["Generate"].line.startswith("%synth generate tiny")
    assert repr(panel).startswith("panel of tiny: %synth generate tiny")


def test_an_empty_workspace_offers_what_needs_no_experiment() -> None:
    panel = Panel(Workspace.open())
    assert list(panel.parts) == ["Import", "Define"]
