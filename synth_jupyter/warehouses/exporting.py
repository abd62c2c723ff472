"""A result as a file: CSV, Parquet, JSON or JSON lines, in bounded memory, whole or not at all."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ..documents import plain, rows_of
from ..errors import ConflictError, QueryError, did_you_mean
from ..files import NewFile, create, remove, sync_folder

Listener = Callable[[int], None]
"""Told, after each batch, how many rows are written."""
_SIDE_BY_SIDE = 4
_LINES = 4_096
"""Lines that Arrow sizes and fills in one go: fewer cost more calls, more leave the processor's cache."""


@dataclass(frozen=True)
class FileReport:
    """A file that was written: its format, rows and bytes."""

    file: Path
    format: str
    rows: int
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """The document of `sql --export`."""
        return {"file": str(self.file), "format": self.format, "rows": self.rows, "bytes": self.bytes}


def format_of(path: Path) -> str:
    """`csv`, `parquet`, `json` or `jsonl`, by the file's ending. Raises QueryError for any other."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in _WRITERS:
        raise QueryError(
            f"{path.name!r} does not tell its form{did_you_mean(ending, _WRITERS)}",
            hint="end it in .csv, .parquet, .json (one array) or .jsonl (an object a line)",
        )
    return ending


def export(
    batches: Iterable[pa.RecordBatch], path: Path, *, replace: bool = False, on_rows: Listener | None = None
) -> FileReport:
    """Write the batches (at least one, maybe of no rows) to `path`; until the last row is there nothing has that name.

    Raises:
        ConflictError: there is a file of that name and `replace` is false.
        QueryError: the ending tells no format, the file cannot be written, or whatever the batches raise.
    """
    form = format_of(path)
    with _published(path, replace) as file:
        rows = _WRITERS[form](_told(batches, on_rows), file)
    return FileReport(path, form, rows, path.stat().st_size)


@contextmanager
def _published(path: Path, replace: bool) -> Iterator[NewFile]:
    """A file beside `path` that takes its name when the block ends well, and goes when it does not."""
    if path.is_dir():
        raise QueryError(f"{str(path)!r} is a folder", hint="name a file in it")
    if path.exists() and not replace:
        raise _taken(path)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with create(unfinished) as file:
            yield file
        _rename(unfinished, path, replace)
    except OSError as error:
        raise QueryError(f"{str(path)!r} cannot be written: {error.strerror or error}") from error
    finally:
        if unfinished.parent.is_dir():
            remove(unfinished)


def _rename(source: Path, target: Path, replace: bool) -> None:
    """Under the target's name at once; a file that came to be there meanwhile is not replaced unasked."""
    if replace:
        os.replace(source, target)
    else:
        try:
            os.link(source, target, follow_symlinks=False)
        except FileExistsError:
            raise _taken(target) from None
    sync_folder(target.parent)


def _taken(path: Path) -> ConflictError:
    return ConflictError(f"there is a file {str(path)!r} already", hint="--replace writes over it")


def _told(batches: Iterable[pa.RecordBatch], on_rows: Listener | None) -> Iterator[pa.RecordBatch]:
    """The batches; what is told counts those before the one that is asked for, all but the last few of them written."""
    rows = 0
    for batch in batches:
        yield batch
        rows += batch.num_rows
        if on_rows is not None:
            on_rows(rows)


def _write_parquet(batches: Iterator[pa.RecordBatch], file: NewFile) -> int:
    first = next(batches)
    schema = _named_once(first.schema)
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd", store_decimal_as_integer=True) as writer:
        for batch in chain((first,), batches):
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            rows += batch.num_rows
    return rows


def _named_once(schema: pa.Schema) -> pa.Schema:
    names = [name.casefold() for name in schema.names]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise QueryError(f"two columns are called {twice!r}", hint="name one of them: ... AS another_name")
    return pa.schema([field.remove_metadata() for field in schema])


def _write_csv(batches: Iterator[pa.RecordBatch], file: NewFile) -> int:
    """Heads and rows; NULL is nothing at all, an empty text is \"\". A few batches become text side by side."""
    first = next(batches)
    file.write(_csv_text(first.slice(0, 0), heads=True))
    rows = 0
    under_way: deque[Future[pa.Buffer]] = deque()
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        for batch in chain((first,), batches):
            under_way.append(threads.submit(_csv_text, batch))
            rows += batch.num_rows
            if len(under_way) > _SIDE_BY_SIDE:
                file.write_early(under_way.popleft().result())
        for text in under_way:
            file.write_early(text.result())
    return rows


def _csv_text(batch: pa.RecordBatch, *, heads: bool = False) -> pa.Buffer:
    columns = [_as_text(*each) for each in zip(batch.schema, batch.columns, strict=True)]
    text = pa.BufferOutputStream()
    options = pa.csv.WriteOptions(
        include_header=heads, batch_size=_LINES, quoting_style="needed", quoting_header="needed"
    )  # fmt: skip
    pa.csv.write_csv(pa.RecordBatch.from_arrays(columns, batch.schema.names), text, options)
    return text.getvalue()


def _is_flat(type: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(type) or pa.types.is_floating(type) or pa.types.is_boolean(type) or pa.types.is_date(type)
        or pa.types.is_decimal(type) or pa.types.is_string(type) or pa.types.is_time(type)
        or (pa.types.is_timestamp(type) and type.tz is None)
    )  # fmt: skip


def _as_text(field: pa.Field, column: pa.Array) -> pa.Array:
    """What a CSV has no form for is written as in JSON documents."""
    if pa.types.is_timestamp(field.type) and _is_flat(field.type):
        return _in_seconds(column)
    if _is_flat(field.type):
        return column
    return pa.array([_one_text(plain(value)) for value in column.to_pylist()], pa.string())


def _in_seconds(times: pa.Array) -> pa.Array:
    """Without the zeros after the point where all these times are whole seconds: a third of the text and its time."""
    try:
        return times.cast(pa.timestamp("s"))
    except pa.ArrowInvalid:
        return times


def _one_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write_json(batches: Iterator[pa.RecordBatch], file: NewFile) -> int:
    return _write_objects(batches, file, (b"[\n", b",\n", b"\n]\n"))


def _write_lines(batches: Iterator[pa.RecordBatch], file: NewFile) -> int:
    return _write_objects(batches, file, (b"", b"\n", b"\n"))


def _write_objects(batches: Iterator[pa.RecordBatch], file: NewFile, marks: tuple[bytes, bytes, bytes]) -> int:
    before, between, after = marks
    first = next(batches)
    names = _named_once(first.schema).names
    file.write(before)
    rows = 0
    for batch in chain((first,), batches):
        lines = [_object(names, row) for row in rows_of(pa.Table.from_batches([batch]))]
        if lines:
            file.write((between if rows else b"") + between.join(lines))
            rows += len(lines)
    file.write(after if rows or before else b"")
    return rows


def _object(names: list[str], row: list[Any]) -> bytes:
    return json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False).encode()


_WRITERS: dict[str, Callable[[Iterator[pa.RecordBatch], NewFile], int]] = {
    "csv": _write_csv, "parquet": _write_parquet, "json": _write_json, "jsonl": _write_lines, "ndjson": _write_lines,
}  # fmt: skip
