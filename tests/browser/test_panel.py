"""The panel in JupyterLab in a real browser: generate, cancel, resume; both themes; nothing of the data acts."""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from synth_jupyter.commands import answer, parse
from synth_jupyter.jupyter.display import bundle_of
from synth_jupyter.workspace import Workspace

from .lab import (
    KERNEL,
    Lab,
    assert_tab_reaches_all,
    end_kernels,
    nameless,
    opened,
    pale_texts,
    run_all,
    save,
    set_theme,
    shoot,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one browser at a time, in order

PANEL = ".jp-OutputArea-output .widget-tab"
TABS = ("Generate", "Runs", "Preview", "SQL", "Lineage", "Trace", "Export", "Import", "Define", "Remove")
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
def page(lab: Lab, browser: Browser) -> Page:
    """The notebook, run to its end."""
    cells = ["%load_ext synth_jupyter", f"%%synth define shop --quiet --replace\n{SHOP}", "%synth panel shop"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=KERNEL)
    nbformat.write(notebook, lab.root / "panel.ipynb")
    page = opened(browser, lab, "panel.ipynb", height=1300)
    run_all(page)
    page.get_by_role("button", name="Generate", exact=True).wait_for(timeout=60_000)
    return page


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Tab")


def test_generate_cancel_resume_in_the_browser(page: Page) -> None:
    runs = page.locator(PANEL).get_by_role("region", name="Runs")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(runs).to_contain_text("shop@1complete, 800 rows", timeout=30_000)
    fill(page, "customers", "100000000")
    line = page.get_by_label("In a cell").first
    expect(line).to_have_value("%synth generate shop --rows customers=100000000")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(runs.get_by_role("progressbar", name="Progress of shop@2")).to_have_attribute(
        "value", re.compile(r"0\.0*[1-9]"), timeout=30_000
    )
    shoot(page, "running")
    runs.get_by_role("button", name="Cancel shop@2").click()
    expect(runs).to_contain_text("shop@2partial", timeout=40_000)
    runs.get_by_role("button", name="Resume shop@2").click()
    expect(runs.get_by_role("progressbar", name="Progress of shop@2")).to_be_visible(timeout=30_000)
    expect(page.locator(".jp-OutputArea-output").filter(has_text="shop@2").first).to_be_visible()
    shoot(page, "generate-light")


def test_a_run_is_cancelled_while_the_kernel_is_busy_with_a_cell(page: Page) -> None:
    """The kernel answers between cells only; the server has the same runs, and does it."""
    page.get_by_role("button", name="Insert a cell below (B)").first.click()
    busy = page.locator(".jp-NotebookPanel .jp-Cell").last
    busy.locator(".cm-content").fill(
        "from contextlib import suppress\nfrom threading import Event\nwith suppress(KeyboardInterrupt): Event().wait(600)"
    )
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name=re.compile(r"\| Busy$"))).to_be_visible(timeout=30_000)
    runs = page.locator(PANEL).get_by_role("region", name="Runs")
    runs.get_by_role("button", name="Cancel shop@2").click()
    expect(runs).to_contain_text("shop@2partial", timeout=40_000)
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Interrupt Kernel", exact=True).click()
    expect(page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=30_000)
    expect(page.locator(".jp-OutputArea-output").filter(has_text=re.compile("shop@2.*partial")).first).to_be_visible(
        timeout=20_000
    )


@pytest.mark.parametrize(
    ("tab", "press", "expected"),
    [("Runs", "Refresh", "shop@1"), ("Preview", "Preview", "onerror"), ("SQL", "Run", "rows"),
     ("Trace", "Trace", "partition 0"), ("Lineage", "Draw", "orders")],
)  # fmt: skip
def test_each_tab_answers_and_nothing_of_the_data_acts(page: Page, tab: str, press: str, expected: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    panel = page.locator(PANEL)
    panel.get_by_role("button", name=press, exact=True).click()
    expect(panel.locator(".widget-html-content:visible").last).to_contain_text(expected, timeout=20_000)
    assert page.evaluate("window.__pwn") is None
    shoot(page, f"{tab.lower()}-light")


@pytest.mark.parametrize("tab", TABS)
def test_every_control_is_reached_by_tab_and_has_a_name(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    controls = page.locator(f"{PANEL} :is(button, input, select, textarea):visible:enabled")
    assert controls.count() >= 3
    assert_tab_reaches_all(page, controls)
    assert nameless(page.locator(PANEL)) == []


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_text_is_legible_in_both_themes(page: Page, theme: str) -> None:
    set_theme(page, theme)
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        shoot(page, f"{tab.lower()}-{theme.lower()}")
        assert pale_texts(page, ".jp-OutputArea-output", at_least=10) == []


def test_a_notebook_that_is_opened_again_and_not_trusted_shows_what_it_showed(browser: Browser, lab: Lab) -> None:
    nbformat.write(saved_notebook(lab.root.parent / "before"), lab.root / "saved.ipynb")
    again = opened(browser, lab, "saved.ipynb", height=1300)
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
    shoot(page, "remove-confirmed-dark")
    act.click()
    expect(page.locator(".jp-OutputArea-output").filter(has_text="reset").first).to_be_visible(timeout=20_000)
    expect(act).to_be_disabled()


def test_a_trusted_panel_that_is_opened_again_without_its_kernel_says_what_to_do(
    page: Page, browser: Browser, lab: Lab
) -> None:
    """The kernel that a notebook gets anew does not know the panel of the one before."""
    save(page)
    end_kernels(page, lab)
    page.close()
    again = opened(browser, lab, "panel.ipynb", height=1300)
    shown = again.locator(".jp-OutputArea-output")
    expect(shown.filter(has_text="The panel needs its kernel: run this cell again.")).to_be_visible(timeout=40_000)
    expect(shown.filter(has_text="shop@2").first).to_be_visible()
    assert "model not found" not in again.content()
    shoot(again, "panel-reopened")
    again.close()
