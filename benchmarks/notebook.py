"""What one feels in a notebook: completion while typing, and the display of a result that is far larger than a page."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

import synth_jupyter

from .measure import Figure

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/tutorial/shop.yaml"
TYPED = (
    "%synth gen", "%synth preview sh", "%synth preview shop or", "%synth generate shop --rows cu",
    "%synth resume shop@", "%synth verify shop:", "%synth explain shop orders.cu", "%synth sql shop SELECT ti",
    "%synth load shop --into sq", "%%synth sql shop\nSELECT * FROM orders o JOIN customers c ON c.",
    "%%synth sql shop\nSELECT * FROM ",
)  # fmt: skip
ROUNDS = 20


def figures(scale: float) -> Iterator[Figure | str]:
    """`scale` 1.0 displays ten million rows."""
    from IPython.core.interactiveshell import InteractiveShell

    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"SYNTH_HOME": home, "IPYTHONDIR": home, "SYNTH_PROGRESS": "off"}
        synth_jupyter.open().define(DOCUMENT.read_text(), "shop")
        synth_jupyter.open().experiment("shop").generate(rows={"customers": 100}, load=False)
        synth_jupyter.open().experiment("shop@1").tag("v1")
        shell: Any = InteractiveShell()  # type: ignore[no-untyped-call]
        shell.run_line_magic("load_ext", "synth_jupyter")
        yield _completion(shell)
        yield from _display(shell, int(10_000_000 * scale))
        shell.history_manager.end_session()


def _completion(shell: Any) -> str:
    from IPython.core.completer import provisionalcompleter

    times = []
    with provisionalcompleter():
        for number in range(ROUNDS):
            for code in TYPED:
                start = perf_counter()
                assert list(shell.Completer.completions(code, len(code))), code
                times.append(perf_counter() - start if number else 0.0)
    return f"{'completion, p95':<46} {sorted(times)[len(times) * 95 // 100] * 1000:8.1f} ms   (at most 50 ms)"


def _display(shell: Any, rows: int) -> Iterator[str]:
    statement = f"SELECT i AS a, i * 2 AS b, 'text ' || i AS c FROM range({rows}) t(i)"
    shell.run_line_magic("synth", "sql shop SELECT 1 AS warm")
    memory, start = psutil.Process().memory_info().rss, perf_counter()
    result = shell.run_line_magic("synth", f"sql shop {statement}")
    data, _ = shell.display_formatter.format(result)
    taken, size = perf_counter() - start, sum(len(text.encode()) for text in data.values())
    yield f"{f'display of {rows:,} rows':<46} {taken * 1000:8.1f} ms   (at most 300 ms)"
    yield f"{'the same, bytes of the output':<46} {size:8,}      (at most 65,536)"
    grown = (psutil.Process().memory_info().rss - memory) / (1 << 20)
    yield f"{'the same, more memory of the kernel':<46} {grown:8.1f} MiB  (at most 50 MiB)"
    start = perf_counter()
    shell.display_formatter.format(shell.run_line_magic("synth", f"sql shop {statement} ORDER BY b DESC, c"))
    yield f"{f'display of {rows:,} rows, sorted':<46} {(perf_counter() - start) * 1000:8.1f} ms"
