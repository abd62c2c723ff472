"""Lineage: tracing a row of a large run, drawing many tables, and what remembering costs a run."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import synth_jupyter
from synth_jupyter.lineage import dot
from synth_jupyter.lineage.model import Edge, Graph, Node
from synth_jupyter.store.database import Database
from synth_jupyter.store.history import append
from synth_jupyter.workspace import Workspace

from .measure import Figure, compare, seconds

DOCUMENT = """
experiment: big
seed: 42
tables:
  customers:
    rows: 1_000_000
    columns:
      customer_id: {type: bigint, primary_key: true}
      email: {type: varchar(120), unique: true, faker: email}
      signup: {type: date, min: 2023-01-01, max: 2024-12-31}
  orders:
    rows: {per: customers, min: 0, max: 20, mean: 9}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      ordered_at: {type: timestamp, after: customer_id.signup, within: 2y}
      amount: {type: "decimal(10,2)", min: 1, max: 500}
"""
_LIBRARIES = (
    "sqlalchemy", "numpy", "pyarrow.parquet", "pyarrow.compute", "pyarrow.dataset", "pydantic", "yaml", "duckdb",
    "sqlglot", "scipy", "platformdirs",
)  # fmt: skip
_IMPORTED = """
import sys
from synth_jupyter.__main__ import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""


def figures(scale: float) -> Iterator[Figure | str]:
    """Times of traces and graphs; `scale` 1.0 is a run of ten million rows."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = synth_jupyter.open(Path(folder))
        workspace.define(DOCUMENT)
        experiment = workspace.experiment("big")
        run = experiment.generate(rows={"customers": max(1_000, int(1_000_000 * scale))}, load=False)
        yield f"a run of {sum(run.rows.values()):,} rows"
        yield from _traces(workspace, run.rows["orders"])
        yield from _remembering(workspace, float(run.seconds or 1))
        yield _command_line(Path(folder))
    yield from _graphs()


def _traces(workspace: Workspace, orders: int) -> Iterator[Figure]:
    experiment = workspace.experiment("big")
    for what, key in (("trace a row by its key", orders // 2), ("trace the last row by its key", orders)):
        yield Figure(what, 1, seconds(lambda key=key: experiment.trace("orders", key)))  # type: ignore[misc]


def _remembering(workspace: Workspace, whole: float) -> Iterator[str]:
    """What the history costs a run: two events, each inside a transaction that is there anyway."""
    taken = 0.0
    with Database(workspace.store.path).writing() as connection:
        for kind in ("started", "completed"):
            start = perf_counter()
            append(connection, "big", kind, run="big@1", rows={"customers": 1, "orders": 1})
            taken += perf_counter() - start
    yield f"lineage of a run: {taken * 1e3:.1f} ms of {whole:.1f} s, {taken / whole:.2%}"


def _command_line(home: Path) -> Figure:
    environment = {**os.environ, "SYNTH_HOME": str(home)}
    words = ["trace", "big", "orders", "17", "--json"]
    looked = [sys.executable, "-c", _IMPORTED, *words]
    imported = subprocess.run(looked, env=environment, check=False, capture_output=True, text=True).stderr.split()
    ours = [sys.executable, "-m", "synth_jupyter", *words]
    plain = [sys.executable, "-c", f"import {', '.join(name for name in _LIBRARIES if name in imported)}"]
    return compare(
        "trace from the command line", 1,
        lambda: subprocess.run(ours, env=environment, check=True, capture_output=True),
        lambda: subprocess.run(plain, env=environment, check=True, capture_output=True),
        "importing the same libraries", repeats=3,
    )  # fmt: skip


def _graphs() -> Iterator[Figure]:
    for engine in list(dot.engines()):
        for count in (60, 400):
            start = perf_counter()
            dot.drawn_by((engine,), tables(count), "svg")
            yield Figure(f"draw {count} tables with {engine.name}", 1, perf_counter() - start)


def tables(count: int) -> Graph:
    """So many tables, each with one or two parents among the thirty before it."""
    nodes = [Node(f"{n:03}", "table", f"some_table_{n:03}", ("12,345 rows", "PK some_key_id")) for n in range(count)]
    pairs = {(max(0, n - 1 - n * step % 30), n) for n in range(1, count) for step in (7, 11)}
    edges = [Edge(f"{a:03}", f"{b:03}", "foreign_key", "some_id; 0..n, mean 3", many=0) for a, b in sorted(pairs)]
    return Graph("table", tuple(nodes), tuple(edges), "many")
