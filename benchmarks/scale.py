"""What a plan for many machines needs to know: what one core makes, and what the coordinator commits."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import synth_jupyter
from synth_jupyter.digests import LEAF_ROWS
from synth_jupyter.engine.execute import make_partition, packed_plan, relative_path
from synth_jupyter.files import make_folder, publish
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
        ours, raw = _commits(home, widest, count)
        yield Figure("partitions committed, one by one", count, ours, raw, "a durable INSERT of its bytes by sqlite3")
        each, plain = (1e3 * seconds / count for seconds in (ours, raw))
        yield f"the median commit takes {each:.2f} ms: the link, the folder and the record; the INSERT {plain:.2f} ms"


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


def _commits(home: Path, file: PartitionFile, count: int) -> tuple[float, float]:
    """Seconds that `count` commits of a partition take at the pace of the median one, and as many plain INSERTs.

    A commit is all that the coordinator does for a staged file. The INSERT is of the record's digests alone, through
    one open connection with the same durability; the two take turns, so that a slow moment of the disk meets both.
    """
    store = Store.open(home / "store.db")
    store.experiments.define("shop", "{}", "sha256:0", seed=1)
    run = store.runs.begin(NewRun("0" * 32, "shop", 1, 1, {file.table: file.rows * count}, "", "here", {}))
    plain = sqlite3.connect(home / "plain.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE t (leaves BLOB)"):
        plain.execute(statement)
    make_folder(home / "data")
    leaves = b"".join(file.leaves.values())
    taken, raw = [], []
    with closing(plain), store.runs.many() as runs:
        for at in range(count):
            (home / f"staged-{at}").touch()
            start = perf_counter()
            publish(home / f"staged-{at}", home / "data" / f"{at}")
            runs.record_partition(run.key, run.epoch, replace(file, index=at))
            between = perf_counter()
            plain.execute("INSERT INTO t VALUES (?)", (leaves,))
            taken.append(between - start)
            raw.append(perf_counter() - between)
    return median(taken) * count, median(raw) * count
