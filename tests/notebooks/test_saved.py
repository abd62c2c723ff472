"""A notebook that was saved and opened again, or is not trusted, still shows what it showed: without a kernel."""

from typing import Any

import html5lib
import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter

Kernel = Any
CELLS = (
    "%synth generate shop", "%synth runs shop", "%synth sql shop SELECT * FROM customers ORDER BY 1",
    "%synth verify shop", "%synth trace shop orders 17", "%synth show shop", "%synth lineage shop", "%synth panel shop",
)  # fmt: skip


@pytest.fixture(scope="module")
def saved(kernel: Kernel) -> Any:
    """The cells with their outputs as Lab saves them: an update replaces what it updates."""
    notebook = nbformat.v4.new_notebook()
    for code in CELLS:
        outputs: dict[Any, Any] = {}
        for number, (kind, content) in enumerate(kernel.run(code).outputs):
            key = content.get("transient", {}).get("display_id", number)
            kind = "display_data" if kind == "update_display_data" else kind
            details = {"execution_count": 1} if kind == "execute_result" else {}
            outputs[key] = nbformat.v4.new_output(kind, data=content["data"], **details)
        notebook.cells.append(nbformat.v4.new_code_cell(code, outputs=list(outputs.values())))
    nbformat.validate(notebook)
    return notebook


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
