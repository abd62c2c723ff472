"""Completed runs without an engine: Parquet files written here, with the digests that belong to them."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synth_jupyter.digests import leaf_digests
from synth_jupyter.engine.digest import content_digest
from synth_jupyter.engine.execute import table_folder
from synth_jupyter.files import sha256_of
from synth_jupyter.plan.model import PartitionFile, RunFiles
from synth_jupyter.schema.model import Schema

CITIES = pa.table(
    {"city_id": pa.array([1, 2, 3], pa.int64()), "name": pa.array(["Bern", None, "Zürich"])},
    schema=pa.schema([pa.field("city_id", pa.int64(), False), pa.field("name", pa.string())]),
)
ORDER_ROWS = 70_000


def orders() -> pa.Table:
    """70,000 rows, more than a block of the digest, with a decimal, a date and NULLs."""
    ids = range(ORDER_ROWS)
    cents = [Decimal(row % 997).scaleb(-2) if row % 7 else None for row in ids]
    return pa.table(
        {
            "order_id": pa.array(ids, pa.int64()), "city_id": pa.array([row % 3 + 1 for row in ids], pa.int64()),
            "total": pa.array(cents, pa.decimal128(10, 2)),
            "day": pa.array([row % 365 for row in ids], pa.int32()).cast(pa.date32()),
        }
    )  # fmt: skip


DOCUMENT = """
experiment: shop
seed: 42
tables:
  cities:
    rows: 3
    columns:
      city_id: {type: bigint, primary_key: true}
      name: {type: varchar(20), nulls: 0.3}
  orders:
    rows: 70_000
    columns:
      order_id: {type: bigint, primary_key: true}
      city_id: {references: cities.city_id}
      total: {type: "decimal(10,2)", min: 0, max: 10, nulls: 0.1}
      day: {type: date, nulls: 0.1}
"""


def write_part(root: Path, number: int, table: str, index: int, data: pa.Table) -> PartitionFile:
    """A partition file as a run has it."""
    path = f"data/{table_folder(number, table)}/part-{index:05d}.parquet"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(data, root / path, compression="zstd", store_schema=False, row_group_size=50_000)
    leaves = {name: leaf_digests(data[name].combine_chunks()) for name in data.column_names}
    return PartitionFile(
        table, index, path, data.num_rows, (root / path).stat().st_size, sha256_of(root / path), leaves
    )


def run_of(root: Path, schema: Schema, tables: dict[str, list[pa.Table]], seed: int = 42) -> RunFiles:
    """A completed run of these partitions."""
    files = tuple(
        write_part(root, number, name, index, part)
        for number, (name, parts) in enumerate(tables.items(), start=1)
        for index, part in enumerate(parts)
    )
    return RunFiles(f"{schema.name}@1", schema, root, files, content_digest(schema, files), seed)
