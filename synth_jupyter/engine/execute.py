"""A plan becomes files: partitions go to an executor, come back staged, and are published one by one.

`execute` yields facts and keeps nothing: whoever iterates records each file, and that record is the only commit
point. To stop, stop iterating. A worker writes only below `stage/<epoch>/` and never renames; this process publishes.
"""

import re
from collections.abc import Collection, Iterator
from concurrent.futures import Executor, Future
from functools import lru_cache
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from pickle import PicklingError

from ..errors import GenerationError, PluginError, SynthError
from ..files import make_folder, publish, remove
from ..plan.model import Partition, PartitionFile, Plan
from .crew import Crew, place_of

HEARTBEAT = 0.5
"""Seconds after which `execute` yields None when no partition has finished."""


def execute(
    plan: Plan, out: Path, executor: Executor, *, epoch: int, done: Collection[tuple[str, int]] = ()
) -> Iterator[PartitionFile | None]:
    """Each partition not in `done` (table, index) as it is published under `out`; None as a heartbeat.

    A lost worker costs the partition that it had, which is made again; one that loses three workers is left out, and
    named when all others are made.

    Raises:
        GenerationError: a partition failed, or lost its workers; those yielded before are safe.
    """
    stage = stage_folder(out, epoch)
    make_folder(stage)
    packed = packed_plan(plan)
    finished = frozenset(done)

    def submit(partition: Partition) -> Future[PartitionFile]:
        return executor.submit(make_partition, packed, partition, str(stage), relative_path(plan, partition))

    waiting = (partition for partition in plan.partitions() if (partition.table, partition.index) not in finished)
    crew = Crew(executor, waiting, submit)
    try:
        while crew.hand_out():
            result = crew.next_result(HEARTBEAT)
            if result is None:
                yield None
                continue
            partition, future = result
            file = result_of(future, partition)
            _publish(stage / staged_name(plan, partition), out / file.path)
            yield file
    finally:
        crew.dismiss()
    crew.blame()


def stage_folder(out: Path, epoch: int) -> Path:
    """Where the workers of one epoch write."""
    return out / "stage" / str(epoch)


def relative_path(plan: Plan, partition: Partition) -> str:
    """Where a partition is published below the run's folder; user text only as an ASCII slug behind a number."""
    number = plan.table(partition.table).number
    return f"data/{table_folder(number, partition.table)}/part-{partition.index:05d}.parquet"


def table_folder(number: int, name: str) -> str:
    """`t0001_customers`: the table's number in the document, and what is plain in its name."""
    return f"t{number:04d}_{re.sub(r'[^a-z0-9_]', '_', name.casefold())[:40]}"


def staged_name(plan: Plan, partition: Partition) -> str:
    """The file's name while it is being written."""
    return f"{plan.table(partition.table).number:04d}-{partition.index:05d}.parquet"


def make_partition(packed: bytes, partition: Partition, stage: str, path: str) -> PartitionFile:
    """In a worker: write one partition below `stage`; the plan is unpacked once per process."""
    from .parquet import write_partition

    plan = unpacked_plan(packed)
    target = Path(stage) / staged_name(plan, partition)
    remove(target)
    return write_partition(plan, partition, target, path)


def packed_plan(plan: Plan) -> bytes:
    try:
        return bytes(ForkingPickler.dumps(plan))
    except (PicklingError, AttributeError, TypeError) as error:
        raise PluginError(
            f"a generator cannot be handed to a worker: {error}",
            hint="write its class at the top of a cell or a module, with plain fields",
        ) from error


@lru_cache(maxsize=1)
def unpacked_plan(packed: bytes) -> Plan:
    """The plan that the parent packed as it packs every argument of a worker; nothing else is ever unpacked."""
    plan: Plan = ForkingPickler.loads(packed)
    return plan


def result_of(future: "Future[PartitionFile]", partition: Partition) -> PartitionFile:
    try:
        return future.result()
    except (SynthError, OSError, MemoryError):
        raise
    except Exception as error:
        raise GenerationError(f"{place_of(partition)} failed: {type(error).__name__}: {error}") from error


def _publish(staged: Path, target: Path) -> None:
    make_folder(target.parent)
    try:
        publish(staged, target)
    except FileExistsError as error:
        raise GenerationError(f"{target} exists already and is not recorded", hint="resume the run") from error
