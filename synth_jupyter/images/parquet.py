"""Read Parquet files from strangers in a process of its own, with little memory and time, and digest their values."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..digests import LEAF_ROWS, leaf_digests
from ..errors import ImageError
from ..plan.model import PartitionFile
from ..schema.model import Schema, Table

FOOTER_BYTES = 16 << 20
MEMORY = 4 << 30
MOST_READERS = 4
FILES_PER_READER = 4
"""So many files are worth the start of one more process."""
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


def leaves_of(root: Path, parts: Sequence[PartitionFile], schema: Schema) -> Iterator[dict[str, bytes]]:
    """The digest leaves of each file below `root`, by column, computed from its values, in the order of `parts`.

    Raises:
        ImageError: a file is no Parquet file of the table's columns and the announced row count, or cannot be read.
    """
    columns = {table.name: _columns(table) for table in schema.tables}
    asked = [{"path": part.path, "rows": part.rows, "columns": columns[part.table]} for part in parts]
    cells = sum(part.rows * len(columns[part.table]) for part in parts)
    count = min(os.cpu_count() or 1, MOST_READERS, 1 + len(parts) // FILES_PER_READER)
    with ExitStack() as stack:
        readers = []
        for number in range(count):
            reader = stack.enter_context(_reader(root, asked[number::count], seconds=60 + cells // 200_000))
            stack.callback(reader.kill)
            readers.append(reader)
        for part, reader in zip(parts, cycle(readers), strict=False):
            assert reader.stdout is not None
            yield _answer(reader.stdout.readline(), part, reader)


def _columns(table: Table) -> dict[str, str]:
    return {field.name: plain_type(field.type) for field in table.arrow_schema}


def plain_type(type: pa.DataType) -> str:
    """How a type looks in a Parquet file that carries no Arrow schema; dictionary-coded or plain is the same."""
    if pa.types.is_dictionary(type):
        return plain_type(type.value_type)
    if pa.types.is_list(type):
        return f"list<{plain_type(type.value_type)}>"
    return "int64" if pa.types.is_duration(type) else str(type)


def serve() -> None:
    """The work of the other process: read the request from standard input, answer one line of JSON a file."""
    request = json.load(sys.stdin)
    _limit(request["memory"], request["seconds"])
    for file in request["files"]:
        try:
            leaves = _leaves(Path(request["root"]) / file["path"], file["rows"], file["columns"])
            coded = {name: base64.b64encode(leaf).decode() for name, leaf in leaves.items()}
            answer: dict[str, Any] = {"leaves": coded}
        except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, TypeError) as error:
            answer = {"error": str(error)[:500] or type(error).__name__}
        print(json.dumps(answer), flush=True)


def _reader(root: Path, asked: list[dict[str, Any]], *, seconds: int) -> "subprocess.Popen[bytes]":
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "ARROW_DEFAULT_MEMORY_POOL": "jemalloc"}
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    assert process.stdin is not None
    request = {"root": str(root), "memory": MEMORY, "seconds": seconds, "files": asked}
    try:
        with process.stdin:
            process.stdin.write(json.dumps(request).encode())
    except BrokenPipeError:
        process.wait()
    return process


def _answer(line: bytes, part: PartitionFile, process: "subprocess.Popen[bytes]") -> dict[str, bytes]:
    if not line.endswith(b"\n"):
        raise ImageError(f"{part.path} cannot be read: the process that read it ended with code {process.wait()}")
    answer = json.loads(line)
    if "error" in answer:
        raise ImageError(f"{part.path} is not what manifest.json says: {answer['error']}")
    return {name: base64.b64decode(leaf) for name, leaf in answer["leaves"].items()}


def _limit(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0)):
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def _leaves(path: Path, rows: int, columns: Mapping[str, str]) -> dict[str, bytes]:
    import pyarrow.parquet as pq

    _check_footer(path)
    with pq.ParquetFile(path, thrift_string_size_limit=FOOTER_BYTES, thrift_container_size_limit=1 << 20) as file:
        if file.metadata.num_rows != rows:
            raise ValueError(f"its footer says {file.metadata.num_rows:,} rows, not {rows:,}")
        _check_columns(file.schema_arrow, columns)
        found: dict[str, list[bytes]] = {name: [] for name in columns}
        for block in _blocks(file, rows):
            for name in columns:
                found[name].append(leaf_digests(block[name]))
    return {name: b"".join(leaves) for name, leaves in found.items()}


def _check_footer(path: Path) -> None:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read(8)
    if size < 12 or end[4:] != b"PAR1" or int.from_bytes(end[:4], "little") > min(FOOTER_BYTES, size - 12):
        raise ValueError("it is no Parquet file, or its footer is damaged or too large")


def _check_columns(schema: pa.Schema, columns: Mapping[str, str]) -> None:
    if schema.names != list(columns):
        raise ValueError(f"its columns are {', '.join(schema.names)[:200]!r}, not {', '.join(columns)[:200]!r}")
    for field in schema:
        if isinstance(field.type, pa.BaseExtensionType) or b"ARROW:extension:name" in (field.metadata or {}):
            raise ValueError(f"its column {field.name!r} has an extension type")
        if plain_type(field.type) != columns[field.name]:
            raise ValueError(f"its column {field.name!r} is {field.type}, not {columns[field.name]}")


def _blocks(file: Any, rows: int) -> Iterator[dict[str, pa.Array]]:
    """The rows in blocks of a digest's leaf, one empty block for none."""
    waiting: list[pa.RecordBatch] = []
    count = total = 0
    for batch in file.iter_batches(batch_size=LEAF_ROWS, use_threads=False):
        total += batch.num_rows
        while count + batch.num_rows >= LEAF_ROWS:
            yield _block([*waiting, batch.slice(0, LEAF_ROWS - count)], file.schema_arrow)
            batch = batch.slice(LEAF_ROWS - count)
            waiting, count = [], 0
        waiting, count = [*waiting, batch], count + batch.num_rows
    if total != rows:
        raise ValueError(f"it holds {total:,} rows, not {rows:,}")
    if count or not rows:
        yield _block(waiting, file.schema_arrow)


def _block(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> dict[str, pa.Array]:
    table = pa.Table.from_batches(batches, schema)
    return {name: _whole(table[name]) for name in table.column_names}


def _whole(column: pa.ChunkedArray) -> pa.Array:
    chunks = [chunk.dictionary_decode() if isinstance(chunk, pa.DictionaryArray) else chunk for chunk in column.chunks]
    plain = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return pa.concat_arrays(chunks) if chunks else pa.array([], plain)
