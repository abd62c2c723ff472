"""Partitions as files of a place outside, made by workers that share nothing with this process.

Each attempt writes a file of its own name, which no other attempt has, and which is part of the run from the moment
that its row is committed: two workers may make the same partition, and one of them may be dead or only slow.
"""

import io
import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Executor, Future
from hashlib import sha256
from typing import IO, Any

import pyarrow.parquet as pq

from ..errors import GenerationError
from ..files import Beat
from ..plan.model import Partition, PartitionFile, Plan
from ..storage import Remote, digest_of
from .crew import Crew
from .execute import HEARTBEAT, packed_plan, relative_path, result_of, unpacked_plan
from .parquet import encode

_NAME = re.compile(r"data/t\d{4,}_[a-z0-9_]{0,40}/part-\d{5,}-\d+-[0-9a-f]{8}\.parquet")


def execute_outside(
    plan: Plan, place: Remote, executor: Executor, *, epoch: int, done: Collection[tuple[str, int]] = ()
) -> Iterator[PartitionFile | None]:
    """Like `execute`, into `place`, without a step between the worker's last byte and the caller's record.

    Raises:
        GenerationError: a partition failed, or its file cannot be seen from here.
    """
    packed = packed_plan(plan)
    finished = frozenset(done)

    def submit(partition: Partition) -> "Future[PartitionFile]":
        return executor.submit(make_object, packed, partition, place.url, epoch)

    waiting = (partition for partition in plan.partitions() if (partition.table, partition.index) not in finished)
    crew = Crew(executor, waiting, submit)
    try:
        while crew.hand_out():
            result = crew.next_result(HEARTBEAT)
            if result is None:
                yield None
                continue
            file = result_of(result[1], result[0])
            _refuse_elsewhere(place, file)
            yield file
    finally:
        crew.dismiss()
    crew.blame()


def make_object(packed: bytes, partition: Partition, url: str, epoch: int) -> PartitionFile:
    """In a worker: write one partition under a name of this attempt alone."""
    plan, place = unpacked_plan(packed), Remote(url)
    stem = relative_path(plan, partition).removesuffix(".parquet")
    name = f"{stem}-{epoch}-{secrets.token_hex(4)}.parquet"
    with place.write(name) as file:
        counted = _Counted(file)
        leaves = encode(plan, plan.table(partition.table), partition.start, partition.stop, counted)
    with place.open(name) as written:
        if pq.read_metadata(written).num_rows != partition.rows:
            raise OSError(f"{name} was not written whole")
    return PartitionFile(
        partition.table, partition.index, name, partition.rows, counted.tell(), counted.digest.hexdigest(), leaves
    )


def recover_outside(place: Remote, recorded: Iterable[PartitionFile], beat: Beat | None = None) -> list[PartitionFile]:
    """The recorded files that are there with their size and sha256; other attempts of this run are removed."""
    intact = [file for file in recorded if is_intact_outside(place, file, beat)]
    remove_objects(place, {file.path for file in intact})
    return intact


def is_intact_outside(place: Remote, file: PartitionFile, beat: Beat | None = None) -> bool:
    """Whether the file is there with the recorded size and sha256."""
    return place.size(file.path) == file.bytes and digest_of(place, file.path, beat) == file.sha256


def remove_objects(place: Remote, kept: Collection[str] = ()) -> None:
    """Remove what attempts of a run wrote to its `place`, and nothing that anybody else put there."""
    for name in place.names():
        if _NAME.fullmatch(name) and name not in kept:
            place.remove(name)


def _refuse_elsewhere(place: Remote, file: PartitionFile) -> None:
    if place.size(file.path) != file.bytes:
        raise GenerationError(
            f"a worker wrote {file.path}, and it is not in {place.url}",
            hint="the workers do not share this folder: give --out a place that all of them reach",
        )


class _Counted(io.RawIOBase, IO[bytes]):
    """Passes bytes on and takes their sha256 and number on the way."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self._bytes = 0
        self.digest = sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._inner.write(view)
        self.digest.update(view)
        self._bytes += len(view)
        return len(view)

    def tell(self) -> int:
        return self._bytes
