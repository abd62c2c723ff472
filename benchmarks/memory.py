"""Memory: of a plan, and of the whole process tree while it generates ten times more each time."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

import numpy as np

from synth_jupyter.generators.children import Children
from synth_jupyter.streams import Stream

from .run import DOCUMENT

CUSTOMERS = (62_500, 625_000, 6_250_000)
"""A million rows in all, ten million, a hundred million."""


def figures(scale: float) -> Iterator[str]:
    """Lines of text: bytes are no rates."""
    children = Children.plan(3_000_000, 0, 20, 9_000_000, Stream.of(1, "t", "fk").child("children"))
    yield f"plan of the children of 3,000,000 parents: {_bytes_of(children):,} bytes"
    with tempfile.TemporaryDirectory() as folder:
        _synth(folder, "define", "shop", str(DOCUMENT))
        for customers in CUSTOMERS:
            yield _generated(folder, max(1_000, int(customers * scale)))


def _bytes_of(children: Children) -> int:
    arrays = [value for value in vars(children).values() if isinstance(value, np.ndarray)]
    return sum(array.nbytes for array in arrays)


def _generated(folder: str, customers: int) -> str:
    words = ["generate", "shop", "--no-load", "--workers", "2", "--rows", f"customers={customers}", "--json"]
    start = perf_counter()
    process = subprocess.Popen(_command(words), env=_environment(folder), stdout=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, _tree_bytes(process.pid))
        sleep(0.1)
    taken = perf_counter() - start
    assert process.stdout is not None
    rows = sum(json.loads(process.stdout.read())["rows"].values())
    _synth(folder, "reset", "shop", "--yes")
    memory = f"{most / 2**20:6.0f} MiB at most in all processes"
    return f"{rows:>12,} rows: {memory}, {taken:6.1f} s ({rows / taken:,.0f} rows/s)"


def _tree_bytes(pid: int) -> int:
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
