"""SIGKILL during a load: the same command goes on from the ledger, and every row is there once."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from synth_jupyter.workspace import Workspace

# Forks one loader after the other (what they import is imported once) and kills each at a random moment.
NURSERY = """
import os, random, select, signal, sys, time
from pathlib import Path
import synth_jupyter.warehouses.duckdb, synth_jupyter.warehouses.sqlite, adbc_driver_sqlite.dbapi
import synth_jupyter.warehouses.facts, synth_jupyter.workspace.experiment
from synth_jupyter.warehouses import loading
from synth_jupyter.workspace import Workspace

loading._PART_ROWS = 1  # a part for each file

home, kind, kills, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
path = Path(home) / f"killed.{kind}"
chance = random.Random(seed)

def load():
    if (pid := os.fork()) == 0:
        try:
            Workspace.open(home).experiment("shop").load(f"{kind}:{path}")
        except BaseException as error:
            print(repr(error), getattr(error, "hint", ""), flush=True)
            os._exit(1)
        os._exit(0)
    return pid

def ended(pid, seconds):
    fd = os.pidfd_open(pid)
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)

def remove():
    for file in path.parent.glob(path.name + "*"):
        file.unlink()

start = time.monotonic()
pid = load()
ended(pid, 100)
assert os.waitpid(pid, 0)[1] == 0
span = time.monotonic() - start
remove()
killed = whole = 0
complete = False
while killed < kills or not complete:
    pid = load()
    if not ended(pid, chance.uniform(0.02, 0.7 * span) if killed < kills else 100):
        complete = False
        os.kill(pid, signal.SIGKILL)
        killed += 1
        os.waitpid(pid, 0)
        continue
    assert os.waitpid(pid, 0)[1] == 0, "a load failed"
    whole += 1
    complete = True
    print("whole", flush=True)
    assert sys.stdin.readline() == "on\\n"
    if killed < kills:
        remove()
print("done", killed, whole, flush=True)
"""
CUSTOMERS = 66_000
"""Just more than one part of each table."""
COUNTS = [
    pytest.param("sqlite", 60, id="sqlite-gate"),
    pytest.param("duckdb", 40, id="duckdb-gate"),
    pytest.param("sqlite", 400, id="sqlite-nightly", marks=pytest.mark.slow),
    pytest.param("duckdb", 400, id="duckdb-nightly", marks=pytest.mark.slow),
]


def left_in(path: Path, kind: str) -> list[list[object]]:
    """Counts of rows, of distinct keys, of the ledger, and of tables."""
    from synth_jupyter.warehouses import open_target

    tables = "sqlite_schema WHERE type = 'table'" if kind == "sqlite" else "duckdb_tables()"
    warehouse = open_target(f"{kind}:{path}", {})
    try:
        return warehouse.query(
            "SELECT (SELECT count(*) FROM customers), (SELECT count(DISTINCT customer_id) FROM customers), "
            "(SELECT count(*) FROM orders), (SELECT count(DISTINCT order_id) FROM orders), "
            f"(SELECT count(*) FROM _synth_loads), (SELECT count(*) FROM {tables})"
        ).rows()
    finally:
        warehouse.close()


@pytest.mark.parametrize(("kind", "kills"), COUNTS)
def test_a_load_killed_at_any_moment_goes_on_and_every_row_is_there_once(
    home: Path, kind: str, kills: int, threads: None
) -> None:
    shop = Workspace.open(home).experiment("shop")
    rows = shop.generate(rows={"customers": CUSTOMERS}, partition_rows=65_536).rows
    seed = random.SystemRandom().randrange(1 << 32)
    words = [sys.executable, "-c", NURSERY, str(home), kind, str(kills), str(seed)]
    wanted = [[rows["customers"], rows["customers"], rows["orders"], rows["orders"], 2, 3]]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for line in nursery.stdout:
            if line.startswith("done"):
                break
            assert line == "whole\n", f"seed {seed}: {line}"
            assert left_in(home / f"killed.{kind}", kind) == wanted, f"seed {seed}"
            nursery.stdin.write("on\n")
            nursery.stdin.flush()
    assert nursery.returncode == 0, f"seed {seed}"
    assert int(line.split()[1]) == kills
    assert shop.verify(f"{kind}:{home / f'killed.{kind}'}").ok
