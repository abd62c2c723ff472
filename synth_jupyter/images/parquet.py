"""Have Parquet files from strangers read by processes of their own, with little memory and time."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from ..errors import ImageError
from ..plan.model import PartitionFile
from ..schema.model import Schema, Table
from .reader import plain_type

MEMORY = 4 << 30
MOST_READERS = 4
FILES_PER_READER = 4
"""So many files are worth the start of one more process."""
Answers = Callable[[], Iterator[dict[str, bytes]]]
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


@contextmanager
def readers(root: Path, parts: Sequence[PartitionFile], schema: Schema, *, values: bool) -> Iterator[Answers]:
    """Processes that read the files of `parts` below `root` once they are there, which the block says by calling.

    The call gives, in the order of `parts`, the digest leaves of each file by column, computed from its values, or
    without `values` nothing: then only the footer is read. The processes start meanwhile, and end with the block.

    Raises (the call):
        ImageError: a file is no Parquet file of the table's columns and the announced row count, or cannot be read.
    """
    columns = {table.name: _columns(table) for table in schema.tables}
    asked = [{"path": part.path, "rows": part.rows, "columns": columns[part.table]} for part in parts]
    cells = sum(part.rows * len(columns[part.table]) for part in parts) if values else 0
    most = min(os.cpu_count() or 1, MOST_READERS, 1 + len(parts) // FILES_PER_READER) if values else 1
    count = min(most, len(parts))
    request = {"root": str(root), "memory": MEMORY, "seconds": 60 + cells // 200_000, "values": values}
    with ExitStack() as stack:
        found = [stack.enter_context(_ended(_reader())) for _ in range(count)]
        yield partial(_answers, found, parts, asked, request)


def _answers(
    processes: Sequence["subprocess.Popen[bytes]"], parts: Sequence[PartitionFile], asked: Sequence[Any],
    request: Mapping[str, Any],
) -> Iterator[dict[str, bytes]]:  # fmt: skip
    for number, process in enumerate(processes):
        _ask(process, {**request, "files": asked[number :: len(processes)]})
    for part, process in zip(parts, cycle(processes), strict=False):
        assert process.stdout is not None
        yield _answer(process.stdout.readline(), part, process)


def _columns(table: Table) -> dict[str, str]:
    return {field.name: plain_type(field.type) for field in table.arrow_schema}


def _reader() -> "subprocess.Popen[bytes]":
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "ARROW_DEFAULT_MEMORY_POOL": "jemalloc"}
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__package__}.reader import serve; serve()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    """Killed when the block ends, whatever it is doing."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                pipe.close() if pipe else None


def _ask(process: "subprocess.Popen[bytes]", request: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    try:
        with process.stdin:
            process.stdin.write(json.dumps(request).encode())
    except BrokenPipeError:
        process.wait()


def _answer(line: bytes, part: PartitionFile, process: "subprocess.Popen[bytes]") -> dict[str, bytes]:
    if not line.endswith(b"\n"):
        raise ImageError(f"{part.path} cannot be read: the process that read it ended with code {process.wait()}")
    answer = json.loads(line)
    if "error" in answer:
        raise ImageError(f"{part.path} is not what manifest.json says: {answer['error']}")
    return {name: base64.b64decode(leaf) for name, leaf in answer["leaves"].items()}
