"""A notebook that was saved and opened again, or is not trusted, still shows what it showed: without a kernel."""

import sys
from pathlib import Path
from typing import Any

import html5lib
import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter

from synth_jupyter.commands.surface import VERBS

sys.path.append(str(Path(__file__).resolve().parent.parent / "images"))  # registries.py
Kernel = Any
CELLS = (
    "%synth generate shop", "%synth runs shop", "%synth sql shop SELECT * FROM customers ORDER BY 1",
    "%synth verify shop", "%synth trace shop orders 17", "%synth show shop", "%synth lineage shop", "%synth panel shop",
)  # fmt: skip
LIFE = (
    "%%synth define tour\ntables: {t: {rows: 9, columns: {a: {type: int, primary_key: true}, b: {type: float}}}}",
    "%synth list", "%synth show tour", "%synth diff shop#1 tour", "%synth preview tour t -n 3",
    "%synth generate tour", "%synth runs tour", "%synth resume tour@1",
    "%synth sql tour --save least SELECT min(b) AS least FROM t", "%synth queries tour",
    "%synth verify tour", "%synth profile tour t", "%synth lineage tour", "%synth trace tour t --row 3",
    "%synth explain tour t.b", "%synth tag tour@1 v1", "%synth load tour --into sqlite:tour.sqlite",
    "%synth export tour -o tour.tar", "%synth inspect tour.tar", "%synth import tour.tar --as copy",
    "%synth push tour {registry}/r:v1", "%synth pull {registry}/r:v1 --as other", "%synth images",
    "%synth generate tour --rows t=40_000_000 --background", "%synth cancel tour@2", "%synth watch tour@2",
    "%synth prune tour --keep 1", "%synth reset tour --yes", "%synth restore tour@1", "%synth delete copy --yes",
    "%synth doctor", "%synth help generate", "%synth panel tour",
)  # fmt: skip
"""One cell of every verb, as one life of an experiment."""


def notebook_of(kernel: Kernel, cells: tuple[str, ...]) -> Any:
    """The cells with their outputs as Lab saves them: an update replaces what it updates."""
    notebook = nbformat.v4.new_notebook()
    for code in cells:
        outputs: dict[Any, Any] = {}
        for number, (kind, content) in enumerate(kernel.run(code).outputs):
            assert kind != "error", (code, content["evalue"])
            key = content.get("transient", {}).get("display_id", number)
            kind = "display_data" if kind == "update_display_data" else kind
            details = {"execution_count": 1} if kind == "execute_result" else {}
            outputs[key] = nbformat.v4.new_output(kind, data=content["data"], **details)
        notebook.cells.append(nbformat.v4.new_code_cell(code, outputs=list(outputs.values())))
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def saved(kernel: Kernel) -> Any:
    """A notebook of a few cells."""
    return notebook_of(kernel, CELLS)


def words_in(html: str) -> str:
    """What a reader sees of HTML, with single spaces."""
    page = html5lib.parse(html, namespaceHTMLElements=False)
    for style in page.iter("style"):
        style.clear()
    return " ".join(" ".join(page.itertext()).split())


def test_one_cell_of_every_verb_says_in_text_and_as_markdown_what_it_did(kernel: Kernel) -> None:
    from registries import false_registry

    with false_registry() as (registry, _):
        notebook = notebook_of(kernel, tuple(cell.replace("{registry}", registry) for cell in LIFE))
    assert {cell.source.split()[1] for cell in notebook.cells} == set(VERBS)
    for cell in notebook.cells:
        assert cell.outputs, cell.source
        alone = nbformat.v4.new_notebook(cells=[cell])
        markdown = words_in(MarkdownExporter().from_notebook_node(alone)[0])
        for output in cell.outputs:
            text = output.data["text/plain"]
            assert text.strip(), cell.source
            assert "0x" not in text + markdown, cell.source
            first = " ".join(text.strip().splitlines()[0].split())
            assert first in markdown or "image/png" in output.data, (cell.source, first, markdown)


def elements(html: str) -> set[str]:
    page = html5lib.parse(html, namespaceHTMLElements=False)
    return {str(node.tag).rpartition("}")[2] for node in page.iter()}


def test_every_output_has_a_text_without_an_address(saved: Any) -> None:
    for cell in saved.cells:
        for output in cell.outputs:
            assert output.data["text/plain"].strip()
            assert "0x" not in output.data["text/plain"], cell.source


def test_what_is_not_trusted_shows_its_tables_and_no_script(saved: Any) -> None:
    html, _ = HTMLExporter(sanitize_html=True, template_name="basic").from_notebook_node(saved)
    for expected in ("done, 800 rows", "shop@1", "no violation", "showing 20 of 200 rows", "each column", "1..n"[:1]):
        assert expected in html
    assert "<script>1" not in html
    assert html.count("<table") >= 6
    assert "script" not in elements(html)


def test_the_last_line_of_progress_is_what_was_saved(saved: Any) -> None:
    shown = [output.data for output in saved.cells[0].outputs]
    assert any("done, 800 rows" in data["text/plain"] for data in shown)
    assert not any("<progress" in data.get("text/html", "") for data in shown)


def test_as_markdown_every_cell_can_be_read(saved: Any) -> None:
    text, _ = MarkdownExporter().from_notebook_node(saved)
    assert all(word in text for word in ("done, 800 rows", "no violation", "shop@1", "customers"))


def test_the_notebook_stays_small(saved: Any) -> None:
    assert len(nbformat.writes(saved)) < 200_000
    assert "widgets" not in saved.metadata
