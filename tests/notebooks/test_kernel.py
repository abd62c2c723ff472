"""The magic in a real kernel: outputs, assignment, errors that fail the cell, the stop button, completion."""

import json
from base64 import b64decode
from importlib.metadata import version
from typing import Any

import pytest

Kernel = Any


def test_a_result_is_shown_once_as_text_and_as_html(kernel: Kernel) -> None:
    cell = kernel.run("%synth sql shop SELECT * FROM orders ORDER BY 1")
    assert cell.kinds == ["execute_result"]
    assert set(cell.data) == {"text/plain", "text/html"}
    assert "showing 20 of 600 rows" in cell.data["text/plain"]
    assert "0x" not in cell.data["text/plain"]


def test_the_kernel_has_the_versions_that_are_under_test(kernel: Kernel) -> None:
    cell = kernel.run("import IPython, ipykernel\nIPython.__version__, ipykernel.__version__")
    assert cell.data["text/plain"] == str((version("ipython"), version("ipykernel")))


def test_an_assigned_result_shows_nothing_and_speaks_arrow_and_pandas(kernel: Kernel) -> None:
    assert kernel.run("r = %synth sql shop SELECT * FROM orders").outputs == []
    cell = kernel.run("r.to_arrow().num_rows, len(r.to_pandas()), type(r).__name__")
    assert cell.data["text/plain"] == "(600, 600, 'Result')"


def test_o_keeps_the_result_in_a_variable_also_from_a_cell(kernel: Kernel) -> None:
    kernel.run("%%synth sql shop -o kept --quiet\nSELECT count(*) AS n\nFROM orders")
    assert kernel.run("kept.to_arrow().to_pylist()").data["text/plain"] == "[{'n': 600}]"


def test_a_list_of_runs_is_a_list_that_shows_a_card(kernel: Kernel) -> None:
    kernel.run("runs = %synth runs shop")
    assert kernel.run("runs[0].status, len(runs)").data["text/plain"] == "('complete', 1)"
    assert "text/html" in kernel.run("runs").data


def test_values_of_the_python_api_are_shown_as_cards_too(kernel: Kernel) -> None:
    cell = kernel.run("import synth_jupyter\nsynth_jupyter.open().experiment('shop').sql('SELECT 1 AS a')")
    assert "<table" in cell.data["text/html"]


def test_names_of_the_notebook_are_filled_in_words_and_bound_in_sql(kernel: Kernel) -> None:
    kernel.run("limit, wanted, table = 2, \"x' OR 1=1 --\", {'name': 'orders'}")
    cell = kernel.run("%synth preview shop {{table['name']}} -n {{limit}} --json")
    assert len(json.loads(cell.outputs[0][1]["text"])["rows"]) == 2
    cell = kernel.run("%synth sql shop --json SELECT $wanted AS w, '{{limit}}' AS braces, '$wanted' AS quoted")
    assert json.loads(cell.outputs[0][1]["text"])["rows"] == [["x' OR 1=1 --", "{{limit}}", "$wanted"]]


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("%synth sql shop SELECT custmer_id FROM orders", "QueryError", "did you mean 'customer_id'?"),
        ("%synth sql shop SELECT CAST(tier AS INTEGER) AS x FROM customers", "QueryError", "Could not convert"),
        ("%synth preview shop ordrs", "NotFoundError", "did you mean 'orders'?"),
        ("%synth generat shop", "CommandError", "did you mean 'generate'?"),
        ("%synth generate shop --row orders=1", "CommandError", "did you mean '--rows'?"),
        ("%synth show {{nothing}}", "NotFoundError", "there is no variable 'nothing'"),
        ("%%synth runs shop\nbody", "CommandError", "takes no lines below it"),
        ("%%synth define bad\na: [", "SchemaError", "nothing was stored"),
    ],
)
def test_a_mistake_is_a_short_error_that_fails_the_cell(kernel: Kernel, code: str, name: str, said: str) -> None:
    error = kernel.run(code).error
    assert error["ename"] == name
    assert said in error["evalue"]
    assert len(error["traceback"]) <= 3
    assert not any("Traceback" in line for line in error["traceback"])


def test_an_error_can_be_caught_by_its_type(kernel: Kernel) -> None:
    cell = kernel.run(
        "from synth_jupyter.errors import NotFoundError\n"
        "try:\n    %synth show nope\nexcept NotFoundError:\n    print('caught')"
    )
    assert cell.outputs == [("stream", {"name": "stdout", "text": "caught\n"})]


def test_names_of_columns_are_escaped(kernel: Kernel) -> None:
    html = kernel.run("%synth preview shop customers").data["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_graph_is_a_picture_for_everybody(kernel: Kernel) -> None:
    data = kernel.run("%synth lineage shop").data
    assert set(data) == {"text/plain", "image/svg+xml", "image/png"}
    assert "orders" in data["text/plain"]


def test_a_graph_is_a_picture_where_the_path_has_no_dot(kernel: Kernel) -> None:
    kernel.run("import os, shutil\nkept, os.environ['PATH'] = os.environ['PATH'], os.getcwd()")
    try:
        assert kernel.run("shutil.which('dot') is None").data["text/plain"] == "True"
        cell = kernel.run("%synth lineage shop")
    finally:
        kernel.run("os.environ['PATH'] = kept")
    assert cell.kinds == ["execute_result"]
    assert "<svg" in cell.data["image/svg+xml"]
    assert "orders" in cell.data["image/svg+xml"]
    assert b64decode(cell.data["image/png"]).startswith(b"\x89PNG")


def test_progress_is_one_output_that_ends_as_a_line(kernel: Kernel) -> None:
    cell = kernel.run("%synth generate shop --quiet")
    shown = [content for kind, content in cell.outputs if kind in ("display_data", "update_display_data")]
    assert cell.kinds.count("display_data") == 1
    assert len({content["transient"]["display_id"] for content in shown}) == 1
    assert "done, 800 rows" in shown[-1]["data"]["text/plain"]
    assert "<progress" not in shown[-1]["data"]["text/html"]


def test_running_all_cells_removes_nothing_that_is_not_confirmed(kernel: Kernel) -> None:
    """A notebook with cells for the end of an experiment is run from top to bottom, twice."""
    kernel.run("%synth export shop@1 -o kept.tar --quiet")
    kernel.run("%synth import kept.tar --as kept --quiet\n%synth load kept --into duckdb:kept.duckdb --quiet")
    removing = ("reset kept", "reset kept --quiet", "reset kept --json", "delete kept", "delete kept --loaded",
                "delete kept --json", "reset {{name}}", "delete {{name}} --loaded --quiet", "delete kept -o gone")  # fmt: skip
    kernel.run("name = 'kept'")

    def found() -> list[Any]:
        rows = kernel.run("%synth sql kept --json SELECT count(*), sum(order_id) FROM orders").outputs
        stands = [kernel.run(f"%synth {words} --json").outputs for words in ("list", "runs kept")]
        kernel.run("loaded = %synth verify kept --in duckdb:kept.duckdb")
        return [rows, *stands, kernel.run("loaded.ok").data["text/plain"]]

    before = found()
    assert before[-1] == "True"
    for _ in range(2):
        told = [kernel.run(f"%synth {words}") for words in removing]
        assert "nothing was done" in told[0].data["text/plain"]
        assert [kind for cell in told for kind in cell.kinds if kind == "error"] == []
    assert found() == before


def test_the_stop_button_ends_a_run_that_resume_finishes(kernel: Kernel) -> None:
    cell = kernel.run("%synth generate shop --rows customers=5_000_000 --workers 1", interrupt_after=2.0)
    assert cell.error["ename"] == "Interrupted"
    assert any("resume shop@" in line for line in cell.error["traceback"])
    kernel.run("runs = %synth runs shop")
    assert kernel.run("runs[-1].status").data["text/plain"] == "'partial'"


def test_the_stop_button_ends_a_query(kernel: Kernel) -> None:
    endless = (
        "SELECT sum(a.order_id * b.order_id * c.order_id * d.order_id) FROM orders a, orders b, orders c, orders d"
    )
    error = kernel.run(f"%synth sql shop@1 {endless}", interrupt_after=1.0).error
    assert error["ename"] == "KeyboardInterrupt"
    assert len(error["traceback"]) == 1
    assert kernel.run("%synth sql shop@1 SELECT 1 AS a").kinds == ["execute_result"]


def test_the_panel_leaves_an_output_that_needs_no_kernel(kernel: Kernel) -> None:
    cell = kernel.run("%synth panel shop")
    assert cell.kinds == ["display_data", "execute_result"]
    assert "shop@1" in cell.outputs[0][1]["data"]["text/html"]
    assert "%synth generate shop" in cell.data["text/plain"]


@pytest.mark.parametrize(
    ("code", "expected", "replaced"),
    [
        ("%synth gen", "generate", "gen"),
        ("r = %synth ru", "runs", "ru"),
        ("x = 1\n%synth sh", "show", "sh"),
        ("%synth generate --sc", "--scale", "--sc"),
        ("%synth preview sh", "shop", "sh"),
        ("%synth preview shop or", "orders", "or"),
        ("%synth generate shop --rows cu", "customers=", "cu"),
        ("%synth resume shop@", "shop@1", "shop@"),
        ("%synth explain shop orders.cu", "orders.customer_id", "orders.cu"),
        ("%synth lineage shop --level co", "column", "co"),
        ("%synth load shop --into sq", "sqlite:", "sq"),
        ("%synth sql shop --dialect post", "postgres", "post"),
        ("%synth sql shop SELECT ti", "tier", "ti"),
        ("%%synth sql shop\nSELECT *\nFROM cus", "customers", "cus"),
        ("%%synth sql shop\nSELECT orders.cu", "customer_id", "cu"),
        ("%synth help tra", "trace", "tra"),
        ("%synth ", "generate", ""),
        ("x = %synth ", "define", ""),
        ("x = %synth sql shop SELECT ti", "tier", "ti"),
        ("a.b = %synth li", "list", "li"),
        ("import os\nx = %synth preview shop cus", "customers", "cus"),
        ("%%synth def", "define", "def"),
        ("%synth runs -", "--json", "-"),
        ("%synth sql --q", "--quiet", "--q"),
        ("%synth preview shop -n 3 or", "orders", "or"),
        ("%synth trace shop orders or", "order_id=", "or"),
        ("%synth trace shop orders 3 --column cu", "customer_id", "cu"),
        ("%synth export sh", "shop@1", "sh"),
        ("%synth load shop --into sqlite:home/st", "sqlite:home/store.db", "sqlite:home/st"),
        ("%synth inspect ho", "home/", "ho"),
        ("%%synth sql --limit 5 shop\nSELECT ti", "tier", "ti"),
        ("%%synth sql shop\nSELECT * FROM customers c JOIN orders AS o ON o.", "order_id", ""),
        ("%%synth sql shop\nsel", "SELECT", "sel"),
    ],
)
def test_what_may_come_next_is_completed(kernel: Kernel, code: str, expected: str, replaced: str) -> None:
    matches, fragment = kernel.complete(code)
    assert expected in matches
    assert fragment == replaced


@pytest.mark.parametrize("code", ["ord", "SELECT cus", "%%timeit\ncus", "# %synth\ncus"])
def test_nothing_of_ours_is_suggested_in_other_cells(kernel: Kernel, code: str) -> None:
    assert not {"orders", "customers", "customer_id"} & set(kernel.complete(code)[0])
