"""The sidebar in JupyterLab in a real browser: by mouse and keyboard, in both themes, with and without its server."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from xss import PAYLOADS

from synth_jupyter.workspace import Workspace

from .lab import Lab, assert_nothing_acts, assert_tab_reaches_all, nameless, opened, pale_texts, set_theme, shoot

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one browser at a time, in order

SHOP = """\
tables:
  customers:
    rows: 200
    columns:
      customer_id: {type: bigint, primary_key: true}
      "<img src=x onerror='window.__pwn=1'>": {type: int, min: 1, max: 9}
  orders:
    rows: {per: customers, min: 0, max: 6, mean: 3}
    columns: {order_id: {type: bigint, primary_key: true}, customer_id: {references: customers.customer_id}}
"""
LARGE = "tables: {lines: {rows: 400_000_000, columns: {line_id: {type: bigint, primary_key: true}, a: {type: int}}}}"
STATES = ("running", "partial", "complete", "failed", "reset")


@pytest.fixture(scope="module")
def home(lab: Lab) -> Path:
    """The workspace of that Lab."""
    return lab.home


def with_sidebar(browser: Browser, lab: Lab) -> Page:
    """A page of that Lab with the sidebar open."""
    page = opened(browser, lab)
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="synth-sidebar"]').click(timeout=40_000)
    expect(page.locator("#synth-sidebar")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Page:
    return with_sidebar(browser, lab)


@pytest.fixture
def sidebar(page: Page) -> Any:
    return page.locator("#synth-sidebar")


def test_an_empty_workspace_says_what_to_do_and_inserts_an_example(page: Page, sidebar: Any) -> None:
    expect(sidebar).to_contain_text("None yet. Press “Example” for a cell that defines one")
    shoot(page, "sidebar-empty-light")
    sidebar.get_by_role("button", name="Insert an example experiment").click()
    cells = page.locator(".jp-NotebookPanel .jp-Cell .cm-content")
    expect(cells.nth(0)).to_have_text("%load_ext synth_jupyter", timeout=20_000)
    expect(cells.nth(1)).to_contain_text("%%synth define shop")
    expect(cells).to_have_count(2)


def test_an_experiment_is_generated_drawn_and_exported_by_clicking(page: Page, sidebar: Any, home: Path) -> None:
    Workspace.open(home).define(SHOP, "shop")
    sidebar.get_by_role("button", name="Refresh the list").click()
    sidebar.get_by_role("button", name="Generate shop", exact=True).click()
    expect(sidebar.get_by_role("region", name="Runs")).to_contain_text("shop@1complete, 800 rows", timeout=30_000)
    sidebar.get_by_role("button", name="Export shop@1 as an image").click()
    expect(sidebar.get_by_role("region", name="Images")).to_contain_text("shop@1, exported", timeout=30_000)
    with page.expect_download() as download:
        sidebar.get_by_role("link", name=re.compile("Download .*tar")).first.click()
    assert download.value.path().stat().st_size > 10_000
    sidebar.get_by_role("button", name="Graph of shop").click()
    picture = page.get_by_role("img", name="Graph of the tables of shop")
    expect(picture).to_be_visible(timeout=20_000)
    assert picture.evaluate("node => node.complete && node.naturalWidth > 50")
    assert page.evaluate("window.__pwn") is None
    shoot(page, "sidebar-light")


def test_a_run_shows_its_progress_is_cancelled_and_resumed(page: Page, sidebar: Any, home: Path) -> None:
    Workspace.open(home).define(LARGE, "big")
    sidebar.get_by_role("button", name="Refresh the list").click()
    sidebar.get_by_role("button", name="Generate big", exact=True).click()
    expect(sidebar.get_by_role("progressbar", name="Progress of big@1")).to_have_attribute(
        "value", re.compile(r"0\.0*[1-9]"), timeout=30_000
    )
    shoot(page, "sidebar-running-light")
    sidebar.get_by_role("button", name="Cancel big@1").click()
    expect(sidebar.get_by_role("button", name="Resume big@1")).to_be_visible(timeout=20_000)
    expect(sidebar.get_by_role("region", name="Runs")).to_contain_text("partial")
    sidebar.get_by_role("button", name="Resume big@1").click()
    expect(sidebar.get_by_role("progressbar", name="Progress of big@1")).to_be_visible(timeout=30_000)
    sidebar.get_by_role("button", name="Cancel big@1").click()
    expect(sidebar.get_by_role("button", name="Resume big@1")).to_be_visible(timeout=20_000)


def test_cells_are_inserted_into_the_notebook_that_is_open(page: Page, sidebar: Any) -> None:
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").filter(has_text=".ipynb").click()
    sidebar.get_by_role("button", name="Insert an SQL cell for shop").click()
    cells = page.locator(".jp-NotebookPanel .jp-Cell .cm-content")
    expect(cells.last).to_contain_text("%%synth sql shop")
    assert sum("%load_ext synth_jupyter" in text for text in cells.all_inner_texts()) == 1


def test_every_control_is_reached_by_tab_in_its_order_has_a_name_and_shows_the_focus(page: Page, sidebar: Any) -> None:
    assert_tab_reaches_all(page, sidebar.locator("button, a"))
    assert nameless(sidebar) == []


def test_the_palette_has_its_commands(page: Page) -> None:
    page.keyboard.press("Control+Shift+C")
    page.locator("#modal-command-palette input").fill("synth doctor")
    page.keyboard.press("Enter")
    expect(page.locator(".lm-DockPanel .synth-sidebar li").filter(has_text="synth_jupyter").first).to_be_visible(
        timeout=20_000
    )


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_text_is_legible_in_both_themes(page: Page, sidebar: Any, theme: str) -> None:
    set_theme(page, theme)
    shoot(page, f"sidebar-{theme.lower()}")
    assert pale_texts(page, "#synth-sidebar", at_least=15) == []


def keeps_the_sidebar(answer: Response) -> bool:
    """Whether that answer is to a layout which was saved with the sidebar open."""
    if "/api/workspaces/" not in answer.url or answer.request.method != "PUT":
        return False
    left = answer.request.post_data_json["data"].get("layout-restorer:data", {}).get("left", {})
    return bool(left.get("current") == "synth-sidebar" and not left.get("collapsed"))


def test_a_reloaded_page_opens_the_sidebar_again(page: Page) -> None:
    tab = page.locator('.jp-SideBar .lm-TabBar-tab[data-id="synth-sidebar"]')
    tab.click()
    expect(page.locator("#synth-sidebar")).to_be_hidden()
    with page.expect_response(keeps_the_sidebar, timeout=30_000):
        tab.click()
    page.goto(page.url.partition("?")[0])
    expect(page.locator("#synth-sidebar")).to_contain_text("shop@1", timeout=40_000)


def test_no_text_from_the_server_acts_in_either_theme(browser: Browser, lab: Lab) -> None:
    """Sixty hostile texts in every place of what the server answers."""
    texts = list(enumerate(PAYLOADS, 1))
    answers = {
        "list": {"experiments": [{"experiment": text, "version": 1, "tables": 1, "runs": 1} for _, text in texts]},
        "runs": {
            "runs": [{"run": text, "status": STATES[n % 5], "rows": {text: 9}, "reason": text} for n, text in texts]
        },
        "images": {
            "images": [{"image": text, "experiment": text, "at": text, "run": text, "file": text} for _, text in texts]
        },
        "jobs": {
            "jobs": [{"job": text, "verb": text, "run": text, "status": "running", "file": text} for _, text in texts]
        },
        "doctor": {
            "ok": False,
            "checks": [{"what": text, "found": text, "hint": text, "ok": False} for _, text in texts],
        },
    }
    page = browser.new_page()
    for path, document in answers.items():
        page.route(f"**/synth/api/{path}*", lambda route, *_, said=document: route.fulfill(json=said))
    page.route(
        "**/synth/api/generate*",
        lambda route, *_: route.fulfill(status=422, json={"error": {"message": PAYLOADS[5], "hint": PAYLOADS[0]}}),
    )
    page.goto(f"{lab.address}/lab/workspaces/hostile?token=t&reset")
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60_000)
    expect(page.locator(".jp-LauncherCard").first).to_be_visible(timeout=40_000)  # it takes the focus when it comes
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="synth-sidebar"]').click(timeout=40_000)
    sidebar = page.locator("#synth-sidebar")
    expect(sidebar.get_by_role("region", name="Images").locator("li")).to_have_count(60, timeout=20_000)
    sidebar.get_by_role("button", name="Generate ").first.click()
    expect(sidebar.get_by_role("status")).to_contain_text("onerror=")
    page.keyboard.press("Control+Shift+C")
    page.locator("#modal-command-palette input").fill("synth doctor")
    page.keyboard.press("Enter")
    expect(page.locator(".lm-DockPanel .synth-sidebar li").nth(59)).to_be_visible(timeout=20_000)
    for theme in ("Light", "Dark"):
        set_theme(page, theme)
        for place in ("#synth-sidebar", ".lm-DockPanel .synth-sidebar"):
            assert_nothing_acts(page, place)
    page.close()


def test_without_its_server_it_says_the_command_that_helps(browser: Browser, tmp_path: Path, project: Path) -> None:
    other = Lab(tmp_path, project, is_extended=False)
    try:
        page = with_sidebar(browser, other.wait())
        expect(page.locator("#synth-sidebar")).to_contain_text("jupyter server extension enable synth_jupyter")
        shoot(page, "sidebar-missing")
        page.close()
    finally:
        other.stop()
