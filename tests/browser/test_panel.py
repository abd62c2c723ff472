"""The panel in JupyterLab in a real browser: generate, cancel, resume; both themes; nothing of the data acts."""

import os
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from synth_jupyter.commands import answer, parse
from synth_jupyter.jupyter.display import bundle_of
from synth_jupyter.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one browser at a time, in order

SHOP = """\
tables:
  customers:
    rows: 200
    columns:
      customer_id: {type: bigint, primary_key: true}
      name: {type: varchar(90), choices: {"<img src=x onerror='window.__pwn=1'>": 1, "<script>window.__pwn=1</script>": 1}}
  orders:
    rows: {per: customers, min: 0, max: 6, mean: 3}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
"""
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync")  # fmt: skip
SHOTS = os.environ.get("SYNTH_SCREENSHOTS", "")


def saved_notebook(home: Path) -> Any:
    """A notebook with the outputs of cells that some other kernel ran; nobody here has trusted it."""
    workspace = Workspace.open(home)
    workspace.define(SHOP, "shop")
    notebook = nbformat.v4.new_notebook()
    for words in (["generate", "shop", "--workers", "1"], ["sql", "shop", "SELECT * FROM customers"],
                  ["profile", "shop", "customers"], ["lineage", "shop"]):  # fmt: skip
        bundle = bundle_of(answer(parse(words), lambda: workspace), 20)
        data = {kind: b64encode(it).decode() if isinstance(it, bytes) else it for kind, it in bundle.items()}
        output = nbformat.v4.new_output("display_data", data=data)
        notebook.cells.append(nbformat.v4.new_code_cell(f"%synth {' '.join(words)}", outputs=[output]))
    return notebook


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[str]:
    """The address of a JupyterLab in a home of its own, with one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%load_ext synth_jupyter"),
            nbformat.v4.new_code_cell("%%synth define shop --quiet --replace\n" + SHOP),
            nbformat.v4.new_code_cell("%synth panel shop"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "panel.ipynb")
    nbformat.write(saved_notebook(folder / "before"), folder / "saved.ipynb")
    names = ("SYNTH_HOME", "HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
             "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
    own = {name: str(folder / f"own-{name.lower()}") for name in names}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
               "--IdentityProvider.token=t", f"--ServerApp.root_dir={folder}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    log = (folder / "lab.log").open("wb")
    server = subprocess.Popen(
        command, cwd=folder, env=os.environ | own | {"PYTHONPATH": str(project)}, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _answering(f"{address}/api?token=t", server)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _answering(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert server.poll() is None, "JupyterLab ended"
        try:
            with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=1):
                return
        except OSError:
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.1)
    raise AssertionError("JupyterLab did not answer")


@pytest.fixture(scope="module")
def page(lab: str) -> Iterator[Page]:
    """The notebook, run to its end."""
    program = next(path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(CHROMIUM))
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.goto(f"{lab}/lab/tree/panel.ipynb?token=t&reset")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=30_000)
        page.get_by_text("Python 3", exact=False).first.wait_for(timeout=30_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_role("button", name="Generate", exact=True).wait_for(timeout=30_000)
        yield page
        browser.close()


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Tab")


def test_generate_cancel_resume_in_the_browser(page: Page) -> None:
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("shop@1 done: 800 of 800 rows", timeout=30_000)
    fill(page, "customers", "6000000")
    line = page.get_by_label("In a cell").first
    expect(line).to_have_value("%synth generate shop --rows customers=6000000")
    page.get_by_role("button", name="Generate", exact=True).click()
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    expect(cancel).to_be_enabled(timeout=20_000)
    shoot(page, "running")
    cancel.click()
    expect(page.get_by_role("status")).to_contain_text("shop@2 partial", timeout=20_000)
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("shop@2 done: 24,000,000 of 24,000,000 rows", timeout=60_000)
    expect(page.locator(".jp-OutputArea-output").filter(has_text="shop@2").first).to_be_visible()
    shoot(page, "generate-light")


@pytest.mark.parametrize(
    ("tab", "press", "expected"),
    [("Runs", "Refresh", "shop@1"), ("Preview", "Preview", "onerror"), ("SQL", "Run", "rows"),
     ("Trace", "Trace", "partition 0"), ("Lineage", "Draw", "orders")],
)  # fmt: skip
def test_each_tab_answers_and_nothing_of_the_data_acts(page: Page, tab: str, press: str, expected: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    panel = page.locator(".jp-OutputArea-output .widget-tab")
    panel.get_by_role("button", name=press, exact=True).click()
    expect(panel.locator(".widget-html-content:visible").last).to_contain_text(expected, timeout=20_000)
    assert page.evaluate("window.__pwn") is None
    shoot(page, f"{tab.lower()}-light")


def test_every_control_is_reached_by_tab_and_has_a_name(page: Page) -> None:
    page.get_by_role("tab", name="Generate", exact=True).click()
    page.get_by_label("customers", exact=True).focus()
    names = []
    for _ in range(4):
        names.append(
            page.evaluate(
                "(document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || '').trim()"
            )
        )
        page.keyboard.press("Tab")
    assert names[:3] == ["customers", "Seed", "Generate"]


def test_text_is_legible_in_the_dark_theme(page: Page, lab: str) -> None:
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(page.locator("body[data-jp-theme-light=false]")).to_have_count(1, timeout=20_000)
    for tab in ("Runs", "Preview", "Trace", "Lineage", "Generate"):
        page.get_by_role("tab", name=tab, exact=True).click()
        shoot(page, f"{tab.lower()}-dark")
    page.get_by_role("tab", name="Runs", exact=True).click()
    ratios: list[dict[str, Any]] = page.evaluate(CONTRAST)
    assert ratios
    assert not [each for each in ratios if each["ratio"] < 4.5]


def test_a_notebook_that_is_opened_again_and_not_trusted_shows_what_it_showed(page: Page, lab: str) -> None:
    browser = page.context.browser
    assert browser is not None
    again = browser.new_page(viewport={"width": 1400, "height": 1300})
    again.goto(f"{lab}/lab/workspaces/again/tree/saved.ipynb?token=t&reset")
    shown = again.locator(".jp-OutputArea-output")
    expect(shown.nth(3)).to_be_visible(timeout=30_000)
    expect(shown.nth(0)).to_contain_text("shop@1")
    expect(shown.nth(1).locator("table")).to_contain_text("onerror=")
    expect(shown.nth(2).locator("table").first).to_contain_text("customer_id")
    expect(shown.nth(3).locator("img")).to_be_visible()
    assert again.evaluate("document.querySelectorAll('.jp-OutputArea-output script').length") == 0
    assert again.evaluate("window.__pwn") is None
    assert "model not found" not in again.content()
    shoot(again, "saved")
    again.close()


def test_removing_waits_for_the_name(page: Page) -> None:
    page.get_by_role("tab", name="Remove", exact=True).click()
    act = page.get_by_role("button", name="Do it", exact=True)
    expect(act).to_be_disabled()
    fill(page, "Its name", "shop")
    expect(act).to_be_enabled()
    shoot(page, "remove-dark")
    act.click()
    expect(page.locator(".jp-OutputArea-output").filter(has_text="reset").first).to_be_visible(timeout=20_000)
    expect(act).to_be_disabled()


CONTRAST = """() => {
  const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => { for (; node; node = node.parentElement) {
    const c = numbers(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > .5) return c; } return [255, 255, 255]; };
  return [...document.querySelectorAll('.synth-card td, .synth-card th, .synth-card p, .synth-card caption')]
    .filter(node => node.offsetParent && node.innerText.trim()).map(node => {
      const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
      return {text: node.innerText, ratio: (Math.max(a, b) + .05) / (Math.min(a, b) + .05)}; });
}"""
