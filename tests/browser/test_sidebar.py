"""The sidebar in JupyterLab in a real browser: by mouse and keyboard, in both themes, with and without its server."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from synth_jupyter.workspace import Workspace

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
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync")  # fmt: skip
SHOTS = os.environ.get("SYNTH_SCREENSHOTS", "")
FOLDERS = ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
           "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip

NO_NEWS = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'


class Lab:
    """A JupyterLab with the sidebar; state: its process."""

    def __init__(self, folder: Path, project: Path, *, is_extended: bool = True) -> None:
        shared = folder / "share/labextensions"
        shutil.copytree(project / "synth_jupyter/jupyter/labextension", shared / "synth-jupyter")
        own = {name: str(folder / name.lower()) for name in FOLDERS}
        own |= {"SYNTH_HOME": str(folder / "home"), "PYTHONPATH": str(project), "JUPYTER_PATH": str(shared.parent)}
        own |= {"JUPYTER_CONFIG_PATH": str(project / "jupyter-config")} if is_extended else {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port = free.getsockname()[1]
        (root := folder / "root").mkdir()
        (folder / "jupyter_config_dir/labconfig").mkdir(parents=True)
        (folder / "jupyter_config_dir/labconfig/page_config.json").write_text(NO_NEWS)
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
             "--IdentityProvider.token=t", f"--ServerApp.root_dir={root}",
             "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
             *([] if is_extended else ["--ServerApp.jpserver_extensions=synth_jupyter=False"])],
            cwd=root, env=os.environ | own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self) -> str:
        """Its address, when it answers."""
        for _ in range(300):
            assert self.process.poll() is None, "JupyterLab ended"
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return self.address
            except OSError:
                with pytest.raises(subprocess.TimeoutExpired):
                    self.process.wait(0.1)
        raise AssertionError("JupyterLab did not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[str]:
    """The address of a Lab whose workspace is empty."""
    lab = Lab(tmp_path_factory.mktemp("lab"), project)
    yield lab.wait()
    lab.stop()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, lab: str) -> Path:
    """The workspace of that Lab."""
    return max(tmp_path_factory.getbasetemp().glob("lab*"), key=lambda path: path.stat().st_ctime) / "home"


def opened(browser: Browser, address: str) -> Page:
    """A page of that Lab with the sidebar open."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(f"{address}/lab?token=t&reset")
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=40_000)
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="synth-sidebar"]').click(timeout=40_000)
    expect(page.locator("#synth-sidebar")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, lab: str) -> Page:
    return opened(browser, lab)


@pytest.fixture
def sidebar(page: Page) -> Any:
    return page.locator("#synth-sidebar")


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


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


def test_a_run_shows_its_progress_is_cancelled_and_offers_to_be_resumed(page: Page, sidebar: Any, home: Path) -> None:
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


def test_cells_are_inserted_into_the_notebook_that_is_open(page: Page, sidebar: Any) -> None:
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").filter(has_text=".ipynb").click()
    sidebar.get_by_role("button", name="Insert an SQL cell for shop").click()
    cells = page.locator(".jp-NotebookPanel .jp-Cell .cm-content")
    expect(cells.last).to_contain_text("%%synth sql shop")
    assert sum("%load_ext synth_jupyter" in text for text in cells.all_inner_texts()) == 1


def test_every_control_is_reached_by_tab_in_its_order_and_has_a_name(page: Page, sidebar: Any) -> None:
    names = sidebar.evaluate(
        "node => [...node.querySelectorAll('button, a')].map(e => e.getAttribute('aria-label') || e.innerText)"
    )
    assert all(names)
    assert len(names) == len(set(names))
    sidebar.get_by_role("button", name=names[0]).focus()
    reached = []
    for _ in names:
        reached.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
        )
        page.keyboard.press("Tab")
    assert reached == names
    sidebar.get_by_role("button", name="Refresh the list").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") in ("solid", "auto")


def test_the_palette_has_its_commands(page: Page) -> None:
    page.keyboard.press("Control+Shift+C")
    page.locator("#modal-command-palette input").fill("synth doctor")
    page.keyboard.press("Enter")
    expect(page.locator(".lm-DockPanel").get_by_text("synth_jupyter").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_text_is_legible_in_both_themes(page: Page, sidebar: Any, theme: str) -> None:
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text(f"JupyterLab {theme}", exact=True).click()
    is_light = str(theme == "Light").lower()
    expect(page.locator(f"body[data-jp-theme-light={is_light}]")).to_have_count(1, timeout=20_000)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=20_000)
    shoot(page, f"sidebar-{theme.lower()}")
    ratios: list[dict[str, Any]] = page.evaluate(CONTRAST)
    assert len(ratios) > 15
    assert not [each for each in ratios if each["ratio"] < 4.5]


def test_a_reloaded_page_opens_the_sidebar_again(page: Page, lab: str) -> None:
    expect(page.locator("#jp-main-statusbar")).to_be_visible()
    page.wait_for_timeout(1500)  # Lab saves its layout after a second
    page.goto(f"{lab}/lab")
    expect(page.locator("#synth-sidebar")).to_contain_text("shop@1", timeout=40_000)


def test_without_its_server_it_says_the_command_that_helps(browser: Browser, tmp_path: Path, project: Path) -> None:
    other = Lab(tmp_path, project, is_extended=False)
    try:
        page = opened(browser, other.wait())
        expect(page.locator("#synth-sidebar")).to_contain_text("jupyter server extension enable synth_jupyter")
        shoot(page, "sidebar-missing")
    finally:
        other.stop()


CONTRAST = """() => {
  const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => { for (; node; node = node.parentElement) {
    const c = numbers(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > .5) return c; } return [255, 255, 255]; };
  const over = (c, back) => c.length < 4 ? c : [0, 1, 2].map(i => c[i] * c[3] + back[i] * (1 - c[3]));
  return [...document.querySelectorAll('#synth-sidebar *')]
    .filter(node => node.offsetParent && [...node.childNodes].some(each => each.nodeType === 3 && each.data.trim())).map(node => {
      const back = ground(node), front = over(numbers(getComputedStyle(node).color), back);
      const [a, b] = [light(front), light(back)];
      return {text: node.innerText, ratio: (Math.max(a, b) + .05) / (Math.min(a, b) + .05)}; });
}"""
