"""Memory: of a plan, and of the whole process tree while it generates ten times more each time."""

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter, sleep

from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema.document import read

from .run import DOCUMENT

CUSTOMERS = (62_500, 625_000, 6_250_000)
"""A million rows in all, ten million, a hundred million."""


def figures(scale: float) -> Iterator[str]:
    """Lines of text: bytes are no rates."""
    yield from _plans()
    with tempfile.TemporaryDirectory() as folder:
        _synth(folder, "define", "shop", str(DOCUMENT))
        for customers in CUSTOMERS:
            yield _generated(folder, "shop", "customers", max(1_000, int(customers * scale)))


def billion(scale: float) -> Iterator[str]:
    """A billion rows of two tables with fifteen columns; some minutes, some 40 GB of disk."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SYNTH_BENCH_FOLDER")) as folder:
        _synth(folder, "define", "two", str(Path(__file__).parent / "two.yaml"))
        for share in (0.01, 1.0):
            yield _generated(folder, "two", "customers", max(1_000, int(100_000_000 * scale * share)))


def _plans() -> Iterator[str]:
    """A plan of millions of rows and of ten thousand times more: the same size, in the same time."""
    schema = read(DOCUMENT.read_text()).schema
    build_plan(schema, 42)  # what is loaded once is not counted
    for scale in (1, 10_000):
        start = perf_counter()
        plan = build_plan(schema, 42, scale=Decimal(scale))
        taken = perf_counter() - start
        yield f"plan of {sum(plan.rows.values()):,} rows: {len(pickle.dumps(plan)):,} bytes, {taken:.2f} s"


def _generated(folder: str, experiment: str, table: str, count: int) -> str:
    words = ["generate", experiment, "--no-load", "--workers", "2", "--rows", f"{table}={count}", "--json"]
    start = perf_counter()
    process = subprocess.Popen(_command(words), env=_environment(folder), stdout=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, proportional_bytes(process.pid))
        sleep(0.1)
    taken = perf_counter() - start
    assert process.stdout is not None
    rows = sum(json.loads(process.stdout.read())["rows"].values())
    _synth(folder, "reset", experiment, "--yes")
    memory = f"{most / 2**20:6.0f} MiB at most in all processes"
    return f"{rows:>12,} rows: {memory}, {taken:6.1f} s ({rows / taken:,.0f} rows/s)"


def proportional_bytes(pid: int) -> int:
    """The proportional set sizes of a process and all below it, in bytes (Linux)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    waiting, total = [pid], 0
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _command(words: list[str]) -> list[str]:
    return [sys.executable, "-m", "synth_jupyter", *words]


def _environment(folder: str) -> dict[str, str]:
    return {**os.environ, "SYNTH_HOME": f"{folder}/home", "SYNTH_PROGRESS": "off"}


def _synth(folder: str, *words: str) -> None:
    subprocess.run(_command(list(words)), env=_environment(folder), check=True, capture_output=True)
