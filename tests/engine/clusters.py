"""A Dask scheduler with workers, and an S3 server, each in processes of its own on the loopback."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHOP = """
experiment: shop
seed: 42
tables:
  customers:
    rows: 140_000
    columns:
      customer_id: {type: bigint, primary_key: true}
      name: {type: varchar(80), faker: name}
      tier: {type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}
  orders:
    rows: {per: customers, min: 0, max: 4}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      price: {type: "decimal(10,2)", min: 1, max: 500}
      tax: {type: "decimal(12,4)", expr: "price * 0.2"}
"""
SMALL: dict[str, Any] = {"partition_rows": 65_536}
"""Some ten partitions, so that there is something to lose."""
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}

# What all of them import is imported once; the workers are forked before anything else is begun.
_CLUSTER = """
import asyncio, os, signal, sys
from distributed import Scheduler, Worker
import synth_jupyter.engine.objects

async def work(address, threads):
    async with Worker(address, nthreads=threads, host="127.0.0.1", dashboard=False) as worker:
        await worker.finished()

async def schedule(doors, failures):
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False, allowed_failures=failures) as scheduler:
        for door in doors:
            os.write(door, scheduler.address.encode())
        while len(scheduler.workers) < len(doors):
            await asyncio.sleep(0.01)
        print(scheduler.address, *pids, flush=True)
        await scheduler.finished()

count, threads, failures = map(int, sys.argv[1:])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
doors, pids = [], []
for _ in range(count):
    inside, outside = os.pipe()
    if (pid := os.fork()) == 0:
        asyncio.run(work(os.read(inside, 999).decode(), threads))
        os._exit(0)
    doors.append(outside)
    pids.append(pid)
asyncio.run(schedule(doors, failures))
"""
_S3 = """
from moto.server import ThreadedMotoServer
import sys
server = ThreadedMotoServer("127.0.0.1", port=0)
server.start()
print("at", *server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Cluster:
    """`address` of the scheduler, and the process numbers of its workers."""

    address: str
    workers: list[int]
    scheduler: "subprocess.Popen[str]"

    @property
    def executor(self) -> str:
        return f"dask:{self.address}"

    def kill(self, worker: int) -> bool:
        """End one of the workers; False when it is gone."""
        try:
            os.kill(self.workers[worker], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        """Kill the scheduler."""
        self.scheduler.kill()


def _started(program: str, *words: str, **environment: str) -> "subprocess.Popen[str]":
    project = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join(map(str, (project, project / "tests" / "faults")))
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def _first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(*processes: "subprocess.Popen[str]") -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.communicate(timeout=30)


@contextmanager
def dask(workers: int, threads: int = 1, failures: int = 3) -> Iterator[Cluster]:
    """A scheduler and so many worker processes; they know where objects are kept."""
    scheduler = _started(_CLUSTER, str(workers), str(threads), str(failures), **KEYS)
    pids = []
    try:
        address, *pids = _first_line(scheduler).split()
        yield Cluster(address, [int(pid) for pid in pids], scheduler)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        _end(scheduler)


@contextmanager
def s3_server() -> Iterator[str]:
    """The part of an S3 URL behind the `?` that leads to a server of this test."""
    server = _started(_S3)
    try:
        lines = iter(lambda: _first_line(server), "")
        _, host, port = next(line for line in lines if line.startswith("at ")).split()
        yield f"endpoint_override={host}:{port}&scheme=http&region=us-east-1&allow_bucket_creation=true"
    finally:
        _end(server)
