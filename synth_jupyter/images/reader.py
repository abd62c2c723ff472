"""What the process does that reads Parquet files from strangers: it limits itself, then answers one line a file.

It starts with every import, so nothing is imported here that it does not need.
"""

import base64
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FOOTER_BYTES = 16 << 20


def serve() -> None:
    """The work of the other process: read the request from standard input, answer one line of JSON a file."""
    request = json.load(sys.stdin)
    _limit(request["memory"], request["seconds"])
    look = _leaves if request["values"] else _footer
    for file in request["files"]:
        try:
            leaves = look(Path(request["root"]) / file["path"], file["rows"], file["columns"])
            coded = {name: base64.b64encode(leaf).decode() for name, leaf in leaves.items()}
            answer: dict[str, Any] = {"leaves": coded}
        except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, TypeError) as error:
            answer = {"error": str(error)[:500] or type(error).__name__}
        print(json.dumps(answer), flush=True)


def plain_type(type: pa.DataType) -> str:
    """How a type looks in a Parquet file that carries no Arrow schema; dictionary-coded or plain is the same."""
    if pa.types.is_dictionary(type):
        return plain_type(type.value_type)
    if pa.types.is_list(type):
        return f"list<{plain_type(type.value_type)}>"
    return "int64" if pa.types.is_duration(type) else str(type)


def _limit(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0)):
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def _leaves(path: Path, rows: int, columns: Mapping[str, str]) -> dict[str, bytes]:
    from ..digests import LEAF_ROWS, leaf_digests

    with _opened(path, rows, columns) as file:
        found: dict[str, list[bytes]] = {name: [] for name in columns}
        for block in _blocks(file, rows, LEAF_ROWS):
            for name in columns:
                found[name].append(leaf_digests(block[name]))
    return {name: b"".join(leaves) for name, leaves in found.items()}


def _footer(path: Path, rows: int, columns: Mapping[str, str]) -> dict[str, bytes]:
    with _opened(path, rows, columns):
        return {}


@contextmanager
def _opened(path: Path, rows: int, columns: Mapping[str, str]) -> Iterator[Any]:
    """The file, if its footer says what was announced; none of its pages is read."""
    _check_footer(path)
    with pq.ParquetFile(path, thrift_string_size_limit=FOOTER_BYTES, thrift_container_size_limit=1 << 20) as file:
        if file.metadata.num_rows != rows:
            raise ValueError(f"its footer says {file.metadata.num_rows:,} rows, not {rows:,}")
        _check_columns(file.schema_arrow, columns)
        yield file


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


def _blocks(file: Any, rows: int, size: int) -> Iterator[dict[str, pa.Array]]:
    """The rows in blocks of `size`, one empty block for none."""
    waiting: list[pa.RecordBatch] = []
    count = total = 0
    for batch in file.iter_batches(batch_size=size, use_threads=False):
        total += batch.num_rows
        while count + batch.num_rows >= size:
            yield _block([*waiting, batch.slice(0, size - count)], file.schema_arrow)
            batch = batch.slice(size - count)
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
