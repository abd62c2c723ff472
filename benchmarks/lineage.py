"""Lineage: tracing a row of a large run, drawing many tables, and what remembering costs a run."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from time import perf_counter

import synth_jupyter
from synth_jupyter.documents import canonical_json
from synth_jupyter.lineage import dot
from synth_jupyter.lineage.model import Edge, Graph, Node
from synth_jupyter.store.database import Database
from synth_jupyter.store.history import append
from synth_jupyter.workspace import Workspace

PAIRS = 7
"""Pairs of processes whose times are compared."""
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
    "pandas",  # pyarrow imports it, where it is installed, as soon as an array is made
)  # fmt: skip
_IMPORTED = """
import sys
from synth_jupyter.__main__ import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""


def figures(scale: float) -> Iterator[str]:
    """Traces, graphs and what lineage costs a run, each beside its limit; `scale` 1.0 is a run of ten million rows."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = synth_jupyter.open(Path(folder) / "home")
        workspace.define(DOCUMENT)
        experiment = workspace.experiment("big")
        run = experiment.generate(rows={"customers": max(1_000, int(1_000_000 * scale))}, load=False)
        yield f"a run of {sum(run.rows.values()):,} rows in {run.seconds:.1f} s"
        yield from _traces(workspace, run.rows["orders"])
        yield _remembering(workspace, float(run.seconds or 1))
        yield _command_line(Path(folder))
    yield from _graphs()


def _traces(workspace: Workspace, orders: int) -> Iterator[str]:
    experiment = workspace.experiment("big")
    keys = Random(7).sample(range(1, orders + 1), 20)
    spent = [_spent(lambda key=key: experiment.trace("orders", key)) for key in (orders, *keys)][1:]  # type: ignore[misc]
    wall, cpu = (statistics.median(column) * 1e3 for column in zip(*spent, strict=True))
    yield f"trace of a row by its key, warm: {wall:.1f} ms, {cpu:.1f} ms of CPU (limit 50 ms)"


def _remembering(workspace: Workspace, whole: float) -> str:
    """What lineage costs a run: two events, inside transactions that are there anyway, and its pools in its record."""
    record = workspace.experiment("big").run()
    plan = workspace.experiment("big").plan()
    with Database(workspace.store.path).writing() as connection:
        start = perf_counter()
        for kind in ("started", "completed"):
            append(connection, "big", kind, run=record.address, rows=record.rows, content_digest=record.content_digest)
        canonical_json([use.to_dict() for use in plan.draws_on])
        taken = perf_counter() - start
    return f"lineage of a run: {taken * 1e3:.1f} ms of {whole:.1f} s, {taken / whole:.2%} (limit 1 %)"


def _command_line(folder: Path) -> str:
    """In processes that find everything compiled, as installed packages are; the median of pairs in turn."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"SYNTH_HOME": str(folder / "home"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    words = ["trace", "big", "orders", "17", "--json"]
    looked = [sys.executable, "-c", _IMPORTED, *words]
    imported = subprocess.run(looked, env=environment, check=False, capture_output=True, text=True).stderr.split()
    names = [name for name in _LIBRARIES if name in imported]
    ours = [sys.executable, "-m", "synth_jupyter", *words]
    plain = [sys.executable, "-c", f"import {', '.join(names)}"]
    pairs = [(_child(ours, environment), _child(plain, environment)) for _ in range(PAIRS + 1)][1:]
    wall, cpu = (statistics.median(mine[of] / bare[of] for mine, bare in pairs) for of in (0, 1))
    took, other = (statistics.median(pair[of][1] for pair in pairs) for of in (0, 1))
    return (
        f"trace from the command line: {cpu:.2f} x importing {', '.join(names)} (limit 1.5): "
        f"{took:.2f} s against {other:.2f} s of CPU; {wall:.2f} x by the clock"
    )


def _child(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of CPU of one process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    return end - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU, this process and those it waited for."""
    start, cpu = perf_counter(), os.times()
    work()
    end, now = perf_counter(), os.times()
    return end - start, sum(now[:4]) - sum(cpu[:4])


def _graphs() -> Iterator[str]:
    for engine in list(dot.engines()):
        for count in (60, 400):
            drawn = [_spent(lambda e=engine, n=count: dot.drawn_by((e,), tables(n), "svg")) for _ in range(3)]  # type: ignore[misc]
            wall, cpu = (min(column) for column in zip(*drawn, strict=True))
            limit = " (limit 1 s)" if count == 400 else ""
            yield f"graph of {count} tables with {engine.name}: {wall:.2f} s, {cpu:.2f} s of CPU{limit}"


def tables(count: int) -> Graph:
    """So many tables, each with one or two parents among the thirty before it."""
    nodes = [Node(f"{n:03}", "table", f"some_table_{n:03}", ("12,345 rows", "PK some_key_id")) for n in range(count)]
    pairs = {(max(0, n - 1 - n * step % 30), n) for n in range(1, count) for step in (7, 11)}
    edges = [Edge(f"{a:03}", f"{b:03}", "foreign_key", "some_id; 0..n, mean 3", many=0) for a, b in sorted(pairs)]
    return Graph("table", tuple(nodes), tuple(edges), "many")
