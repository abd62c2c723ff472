"""A Dask scheduler with workers, and an S3 server, each in processes of its own on the loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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

_SCHEDULER = """
import asyncio
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""
_WORKER = """
import asyncio, os, sys
from distributed import Worker
async def main():
    async with Worker(sys.argv[1], nthreads=int(sys.argv[2]), host="127.0.0.1", dashboard=False) as worker:
        print(os.getpid(), flush=True)
        await worker.finished()
asyncio.run(main())
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
    """`address` of the scheduler, and the processes of its workers."""

    address: str
    workers: list["subprocess.Popen[str]"]

    @property
    def executor(self) -> str:
        return f"dask:{self.address}"


def _started(program: str, *words: str, **environment: str) -> "subprocess.Popen[str]":
    project = str(Path(__file__).resolve().parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "PYTHONPATH": project, **environment},
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
def dask(workers: int, threads: int = 1) -> Iterator[Cluster]:
    """A scheduler and so many worker processes; they know where objects are kept."""
    scheduler = _started(_SCHEDULER)
    started = []
    try:
        address = _first_line(scheduler)
        started = [_started(_WORKER, address, str(threads), **KEYS) for _ in range(workers)]
        assert all(_first_line(worker) for worker in started)
        yield Cluster(address, started)
    finally:
        _end(*started, scheduler)


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
