"""What the notebook promises of large results and long runs, in a real kernel."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "server"))  # serving.py
Kernel = Any
SOME = "shop --rows customers=2_000_000 --workers 1"
LARGE = "shop --rows customers=12_000_000 --workers 2"
TEN_MILLION = "SELECT a.order_id, b.order_id AS other, n FROM orders a, orders b, range(28) AS r(n)"


def test_a_result_of_ten_million_rows_is_shown_without_being_fetched(kernel: Kernel) -> None:
    """Processor time is judged, and the least of three, since another process may take the caches."""
    kernel.run("import psutil, time\nown = psutil.Process()\n_ = %synth sql shop SELECT 1 AS warm")
    spent = []
    for _ in range(3):
        kernel.run("before, since = own.memory_info().rss, time.process_time()")
        cell = kernel.run(f"%synth sql shop {TEN_MILLION}")
        measured = "[own.memory_info().rss - before, time.process_time() - since]"
        grown, seconds = json.loads(kernel.run(measured).data["text/plain"])
        spent.append(seconds)
        assert "showing 20 of 10,080,000 rows" in cell.data["text/plain"]
        assert len(json.dumps(cell.data)) <= 64 << 10
        assert grown < 50 << 20
    assert min(spent) < 0.3


def test_a_sorted_result_is_shown_without_keeping_what_is_not_shown(kernel: Kernel) -> None:
    kernel.run("import psutil\nown = psutil.Process()\n_ = %synth sql shop SELECT 1 AS warm ORDER BY 1")
    kernel.run("before = own.memory_info().rss")
    rows = "SELECT range AS a, 'text ' || range AS b FROM range(4_000_000)"
    cell = kernel.run(f"%synth sql shop {rows} ORDER BY a DESC")
    assert "showing 20 of 4,000,000 rows" in cell.data["text/plain"]
    assert "text 3999999" in cell.data["text/plain"]
    assert int(kernel.run("own.memory_info().rss - before").data["text/plain"]) < 50 << 20


def test_progress_lives_and_ends_as_one_line(kernel: Kernel) -> None:
    cell = kernel.run("%synth generate shop --rows customers=4_000_000 --workers 1")
    shown = [content for kind, content in cell.outputs if kind in ("display_data", "update_display_data")]
    texts = [content["data"]["text/plain"] for content in shown if "display_id" in content["transient"]]
    done = re.search(r"done, 16,000,000 rows in ([0-9.]+) s", texts[-1])
    assert done is not None, texts[-1]
    seconds = float(done[1])  # the run's own, so that a faster machine may show fewer
    assert len(set(texts)) >= min(8, int(8 * seconds / 1.5)), "eight in a second and a half"
    assert len(set(texts)) >= 4 + int(seconds), "at least every second"
    assert [text for text in texts if "rows/s" in text]


@pytest.fixture(scope="module")
def undisturbed(kernel: Kernel) -> str:
    """The content of a run that nobody stops."""
    return str(kernel.run(f"r = %synth generate {LARGE}\nr.content_digest").data["text/plain"])


def test_the_stop_button_is_heard_within_a_second_and_resume_gives_the_same(kernel: Kernel, undisturbed: str) -> None:
    """Another program on the machine only adds to the time: the least of the three is ours."""
    took = []
    for share, shown in ((10, "[1-9][0-9]"), (50, "[5-9][0-9]"), (90, "9[0-9]")):
        cell = kernel.run_until(f"%synth generate {LARGE}", rf"^shop@\d+: {shown} % of")
        assert cell.seconds_after_interrupt is not None, f"{share} % was never shown"
        assert cell.error["ename"] == "Interrupted"
        took.append(cell.seconds_after_interrupt)
        assert kernel.run("r = %synth resume shop\nr.content_digest").data["text/plain"] == undisturbed
    assert min(took) < 1, took
    assert max(took) < 5, took


@pytest.fixture
def server(kernel: Kernel, tmp_path: Path) -> Iterator[Any]:
    """A server process on the workspace of the kernel."""
    from serving import start_server, stop_server

    home = kernel.run("import os\nprint(os.environ['SYNTH_HOME'])").outputs[0][1]["text"].strip()
    started = start_server(tmp_path / "server", SYNTH_HOME=home)
    yield started
    stop_server(started)


def test_a_cell_that_makes_a_run_ends_when_the_server_is_asked_to_cancel_it(kernel: Kernel, server: Any) -> None:
    """The kernel is busy with the cell and hears nothing; the run looks into the workspace that both have."""
    replies: list[Any] = []
    cell = kernel.run_until(
        f"%synth generate {LARGE}",
        r"^shop@\d+: [1-9][0-9]? % of",
        lambda: replies.append(server.call("POST", "cancel", {"name": "shop"})),
    )
    assert [(reply.status, reply.document["status"]) for reply in replies] == [(200, "running")]
    assert cell.error["ename"] == "GenerationError"
    assert "cancelled; " in cell.error["evalue"]
    run = replies[0].document["run"]
    assert [each["status"] for each in server.get("runs", name="shop")["runs"] if each["run"] == run] == ["partial"]


def test_a_restarted_kernel_sees_what_is_there_and_resume_finishes_it(kernel: Kernel) -> None:
    kernel.restart_during(f"%synth generate {SOME}", r"^shop@\d+: [1-9][0-9]? % of")
    assert kernel.run("runs = %synth runs shop\nruns[-1].status").data["text/plain"] == "'partial'"
    resumed = kernel.run("r = %synth resume shop\nr.content_digest").data["text/plain"]
    assert resumed == kernel.run(f"r = %synth generate {SOME}\nr.content_digest").data["text/plain"]
