"""One partition to one Parquet file: encodings from what the plan knows, page checksums, digests on the way."""

from collections.abc import Collection
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..digests import LEAF_ROWS, leaf_digests
from ..files import Beat, create, sha256_of
from ..generators.keys import Sequence
from ..plan.model import BoundColumn, Partition, PartitionFile, Plan, TablePlan
from .batches import Batch, decoded

BATCH_ROWS = LEAF_ROWS
ROW_GROUP_ROWS = 4 * LEAF_ROWS
ROWS_A_WORD = 16
"""A table has so many rows for each word of a long dictionary, or the words are written out in every row."""


def write_partition(plan: Plan, partition: Partition, target: Path, path: str) -> PartitionFile:
    """Generate and write a partition durably to `target` (must not exist); `path` is where it will be published."""
    with create(target) as file:
        leaves = encode(plan, plan.table(partition.table), partition.start, partition.stop, file)
    if pq.read_metadata(target).num_rows != partition.rows:
        raise OSError(f"{target.name} was not written whole")
    return PartitionFile(
        partition.table, partition.index, path, partition.rows, target.stat().st_size, sha256_of(target), leaves
    )


def encode(
    plan: Plan, table: TablePlan, start: int, stop: int, file: IO[bytes], beat: Beat | None = None
) -> dict[str, bytes]:
    """Write the rows [start, stop) of a table to `file` as Parquet; the digest leaves of each column, joined.

    `beat` is called after each batch.
    """
    schema = arrow_schema(table)
    leaves: dict[str, list[bytes]] = {column.name: [] for column in table.columns}
    with pq.ParquetWriter(file, schema, **writer_options(table)) as writer:
        for first in range(start, max(stop, start + 1), BATCH_ROWS):
            rows = np.arange(first, min(first + BATCH_ROWS, stop), dtype=np.int64)
            batch = Batch(plan, table, rows)
            arrays = [_coded(batch.column(column.name), schema.field(column.name).type) for column in table.columns]
            for column, values in zip(table.columns, arrays, strict=True):
                leaves[column.name].append(leaf_digests(values))
            writer.write_batch(pa.record_batch(arrays, schema=schema), row_group_size=ROW_GROUP_ROWS)
            if beat is not None:
                beat()
    return {name: b"".join(parts) for name, parts in leaves.items()}


def arrow_schema(table: TablePlan) -> pa.Schema:
    """The schema of the table's files; columns of few distinct values are dictionary-coded."""
    fields = [pa.field(column.name, _stored(column, table.rows), column.nullable) for column in table.columns]
    return pa.schema(fields)


def _stored(column: BoundColumn, rows: int) -> pa.DataType:
    type = column.type.arrow
    if not _is_coded(column, rows):
        return type
    return pa.dictionary(pa.int8() if (column.distinct or 0) <= 128 else pa.int16(), type)


def _is_coded(column: BoundColumn, rows: int) -> bool:
    """Whether a dictionary pays: it is written whole, so the longer it is the more rows must share it."""
    type = column.type.arrow
    return bool(
        column.distinct
        and (column.distinct <= 1 << 7 or (column.distinct <= 1 << 14 and rows >= ROWS_A_WORD * column.distinct))
        and not pa.types.is_boolean(type)
        and not pa.types.is_nested(type)
    )


def _coded(values: pa.Array, type: pa.DataType) -> pa.Array:
    """The array in the file's type: the same dictionary in every batch, or decoded."""
    if pa.types.is_dictionary(type):
        coded = values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()
        return (
            coded
            if coded.type == type
            else pa.DictionaryArray.from_arrays(coded.indices.cast(type.index_type), coded.dictionary)
        )
    return decoded(values)


def writer_options(table: TablePlan) -> dict[str, object]:
    """zstd 1 and, by column: dictionary where few values are known, delta for sequences, byte streams for numbers."""
    coded = [column.name for column in table.columns if _is_coded(column, table.rows)]
    encodings = {column.name: _encoding(column) for column in table.columns if column.name not in coded}
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": coded or False,
        "column_encoding": {name: encoding for name, encoding in encodings.items() if encoding},
        "write_page_checksum": True,
        "store_decimal_as_integer": True,  # other readers know the byte streams of numbers, not those of byte arrays
        "store_schema": False,
        "write_statistics": [column.name for column in table.columns if not _is_long_text(column, coded)],
    }


def _is_long_text(column: BoundColumn, coded: Collection[str]) -> bool:
    """Whether nobody would filter by the least and the greatest value, or ask how many are NULL: none is."""
    is_text = pa.types.is_string(column.type.arrow) or pa.types.is_binary(column.type.arrow)
    return bool(is_text) and not column.nullable and column.name not in coded


def _encoding(column: BoundColumn) -> str | None:
    type = column.type.arrow
    if pa.types.is_integer(type):
        return "DELTA_BINARY_PACKED" if isinstance(column.generator, Sequence) else "BYTE_STREAM_SPLIT"
    if pa.types.is_string(type) or pa.types.is_binary(type):
        return "DELTA_LENGTH_BYTE_ARRAY"
    if pa.types.is_boolean(type) or pa.types.is_nested(type):
        return None
    short_decimal = pa.types.is_decimal(type) and type.precision <= 18
    return "BYTE_STREAM_SPLIT" if short_decimal or pa.types.is_floating(type) or pa.types.is_temporal(type) else None
