"""What a plan for many machines needs to know: what one core makes, and what the coordinator commits."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import synth_jupyter
from synth_jupyter.digests import LEAF_ROWS
from synth_jupyter.engine.execute import make_partition, packed_plan, relative_path
from synth_jupyter.plan.model import PartitionFile
from synth_jupyter.store import NewRun, Store

from .measure import Figure
from .run import DOCUMENT


def figures(scale: float) -> Iterator[Figure | str]:
    """One partition of each table of the tutorial on one core, and the records of many partitions in the store."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        made = list(_one_core(home, scale))
        for file, taken in made:
            yield Figure(f"one core, {file.table}", file.rows, taken)
        size, taken = sum(file.bytes for file, _ in made), sum(taken for _, taken in made)
        yield f"one core writes {size / taken / 1e6:.0f} MB/s of Parquet, digests and sha256 included"
        widest = max((file for file, _ in made), key=lambda file: len(file.leaves))
        count = max(50, int(1000 * scale))
        yield Figure("partitions committed, one by one", count, _commits(home, widest, count))


def _one_core(home: Path, scale: float) -> Iterator[tuple[PartitionFile, float]]:
    """The largest partition of each table that has one worth it, and the processor's seconds that it took."""
    workspace = synth_jupyter.open(home / "home")
    workspace.define(DOCUMENT.read_text(), "shop")
    plan = workspace.experiment("shop").plan(rows={"customers": max(10_000, int(1_000_000 * scale))})
    packed = packed_plan(plan)
    (home / "stage").mkdir()
    for table in (table for table in plan.tables if table.rows >= LEAF_ROWS):
        partition = max(map(table.partition, range(table.partition_count)), key=lambda one: one.rows)
        path = relative_path(plan, partition)
        make_partition(packed, partition, str(home / "stage"), path)
        start = process_time()
        yield make_partition(packed, partition, str(home / "stage"), path), process_time() - start


def _commits(home: Path, file: PartitionFile, count: int) -> float:
    """Seconds that `count` durable records of a partition take, at the pace of the median one."""
    store = Store.open(home / "store.db")
    store.experiments.define("shop", "{}", "sha256:0", seed=1)
    run = store.runs.begin(NewRun("0" * 32, "shop", 1, 1, {file.table: file.rows * count}, "", "here", {}))
    taken = []
    with store.runs.many():
        for at in range(count):
            start = perf_counter()
            store.runs.record_partition(run.key, run.epoch, replace(file, index=at))
            taken.append(perf_counter() - start)
    return median(taken) * count
