"""Notebooks in JupyterLab in a real browser: run by clicking, opened again without their kernel, and with hostile data."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect
from xss import PAYLOADS

from .lab import KERNEL, Lab, assert_nothing_acts, opened, pale_texts, run_all, save, set_theme, shoot

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one browser at a time, in order

OUTPUTS = ".jp-NotebookPanel .jp-OutputArea-output"
FEW = "customers = 2_000\nrow = 17"


@pytest.fixture(scope="module")
def first(lab: Lab, browser: Browser, project: Path) -> Page:
    """The first notebook without its outputs, with few rows, opened by clicking in the file browser and run."""
    notebook = nbformat.read(project / "notebooks/01-first-experiment.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.outputs = [] if cell.cell_type == "code" else cell.get("outputs")
        if "parameters" in cell.metadata.get("tags", ()):
            cell.source = FEW
    notebook.cells = [{key: value for key, value in cell.items() if value is not None} for cell in notebook.cells]
    notebook.metadata |= KERNEL
    nbformat.write(nbformat.from_dict(notebook), lab.root / "first.ipynb")
    page = opened(browser, lab, height=1300)
    page.get_by_role("button", name="Refresh the file browser").or_(
        page.get_by_title("Refresh the file browser.")
    ).first.click()
    page.locator(".jp-DirListing-item").filter(has_text="first.ipynb").dblclick()
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=30_000)
    run_all(page)
    expect(page.locator(OUTPUTS).filter(has_text="did you mean 'customer_id'?")).to_be_visible(timeout=120_000)
    return page


def test_the_first_notebook_is_run_by_clicking(first: Page) -> None:
    expect(first.locator(".jp-NotebookPanel .jp-InputPrompt").filter(has_text="[*]")).to_have_count(0)
    assert first.locator('.jp-NotebookPanel [data-mime-type="application/vnd.jupyter.error"]').count() == 0
    expect(first.get_by_role("button", name="Generate", exact=True)).to_be_visible()
    assert first.locator(f"{OUTPUTS} table caption").count() > 10
    expect(first.get_by_role("region", name="Runs")).to_contain_text("shop@1complete", timeout=20_000)
    shoot(first, "notebook-end-light")
    tables = first.locator(OUTPUTS).filter(has_text="order_items").first
    tables.scroll_into_view_if_needed()
    expect(tables).to_be_in_viewport()
    shoot(first, "notebook-light")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_its_outputs_are_legible_in_both_themes_without_another_run(first: Page, theme: str) -> None:
    set_theme(first, theme)
    shoot(first, f"notebook-outputs-{theme.lower()}")
    runs = first.get_by_role("region", name="Runs")
    runs.scroll_into_view_if_needed()
    expect(runs).to_be_in_viewport()
    shoot(first, f"panel-{theme.lower()}")
    assert pale_texts(first, ".jp-NotebookPanel .synth-card", at_least=100) == []


def test_it_shows_what_it_showed_when_it_is_opened_again_without_its_kernel(
    first: Page, lab: Lab, browser: Browser
) -> None:
    save(first)
    saved = json.loads((lab.root / "first.ipynb").read_text())
    saved["metadata"]["kernelspec"] = {"name": "gone", "display_name": "Gone", "language": "none"}
    (lab.root / "again.ipynb").write_text(json.dumps(saved))
    assert "widgets" not in saved["metadata"]
    page = opened(browser, lab, "again.ipynb", height=1300)
    outputs = page.locator(OUTPUTS)
    expect(outputs.filter(has_text="shop@1 complete").first).to_be_visible(timeout=60_000)
    expect(outputs.filter(has_text="no violation").first).to_be_visible(timeout=30_000)
    expect(outputs.locator("img, svg").first).to_be_visible(timeout=30_000)
    shoot(page, "reopened")
    assert page.get_by_text("model not found").count() == 0
    page.close()


def test_no_text_of_sixty_acts_in_a_trusted_notebook_in_either_theme(lab: Lab, browser: Browser) -> None:
    """They are values and names of columns, and stand in errors; the outputs are trusted, because they were made here."""
    named = list(
        {text.replace(".", ",")[:60].strip().casefold(): text for text in PAYLOADS if text.isprintable()}.values()
    )
    columns = {
        text.replace(".", ",")[:60].strip(): {"type": "varchar(200)", "choices": dict.fromkeys(named, 1)}
        for text in named
    }
    tables = {"t": {"rows": 3, "columns": {"id": {"type": "int", "primary_key": True}, **columns}}}
    document = json.dumps({"experiment": "hostile", "tables": tables | {PAYLOADS[5]: tables["t"]}})
    every = f"import pyarrow as pa\nimport synth_jupyter\nfrom synth_jupyter.errors import SchemaError, Problem\npayloads = {PAYLOADS!r}"
    cells = [
        "%load_ext synth_jupyter", every, f"%%synth define hostile\n{document}", "%synth generate hostile --workers 0 --seed 1",
        "%synth show hostile", "%synth sql hostile SELECT * FROM t", "%synth profile hostile t", "%synth verify hostile",
        "%synth trace hostile t 1", "%synth lineage hostile", "%synth lineage hostile --level column", "%synth runs",
        "%synth sql hostile SELECT unnest($payloads) AS v", "%synth panel hostile",
        "raise SchemaError(payloads[0], hint=payloads[5], problems=[Problem(text, text) for text in payloads])",
    ]  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=KERNEL)
    nbformat.write(notebook, lab.root / "hostile.ipynb")
    page = opened(browser, lab, "hostile.ipynb", height=1300)
    run_all(page)
    expect(page.locator(OUTPUTS).filter(has_text="SchemaError").first).to_be_visible(timeout=90_000)
    panel = page.locator(f"{OUTPUTS} .widget-tab")
    for tab, press in (
        ("Preview", "Preview"),
        ("SQL", "Run"),
        ("Trace", "Trace"),
        ("Lineage", "Draw"),
        ("Define", "Check"),
    ):
        page.get_by_role("tab", name=tab, exact=True).click()
        panel.get_by_role("button", name=press, exact=True).click()
        expect(panel.locator(".widget-html-content:visible").last).to_contain_text(re.compile(r"\S"), timeout=20_000)
        assert_nothing_acts(page, OUTPUTS)
    for theme in ("Light", "Dark"):
        set_theme(page, theme)
        assert_nothing_acts(page, OUTPUTS)
        shoot(page, f"hostile-{theme.lower()}")
    page.close()
