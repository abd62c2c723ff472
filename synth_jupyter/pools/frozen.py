"""Columns of existing data, kept by content digest beside the pools: `<sha256>.arrow`, one column, one batch."""

import os
from pathlib import Path

import pyarrow as pa

from .. import files
from ..digests import combined, leaf_digests
from ..errors import StoreError


def keep_column(folder: Path, values: pa.Array) -> str:
    """Store a column unless it is there already; returns its `sha256:` content digest."""
    digest = combined(str(values.type), leaf_digests(values)).hex()
    path = folder / f"{digest}.arrow"
    if not path.exists():
        files.make_folder(folder)
        draft = folder / f".{path.name}.{os.getpid()}"
        files.remove(draft)
        with files.create(draft) as file:
            table = pa.table({"values": values})
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_batch(
                    table.to_batches(max_chunksize=max(len(values), 1))[0] if len(values) else _nothing(table)
                )
        try:
            files.publish(draft, path)
        except FileExistsError:
            files.remove(draft)
    return f"sha256:{digest}"


def _nothing(table: pa.Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, table.schema.field(0).type)], schema=table.schema)


def column_path(folder: Path | None, digest: str) -> Path:
    """Where a kept column is.

    Raises:
        StoreError: it is not there.
    """
    path = None if folder is None else folder / f"{digest.removeprefix('sha256:')}.arrow"
    if path is None or not path.is_file():
        raise StoreError(
            f"the existing data {digest[:19]}... are not in this workspace",
            hint="define the experiment again with them",
        )
    return path
