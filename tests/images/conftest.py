"""Runs made by hand, images of them, and the tools that judge images."""

import os
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.digests import leaf_digests
from synth_jupyter.engine.digest import content_digest
from synth_jupyter.engine.execute import table_folder
from synth_jupyter.files import sha256_of
from synth_jupyter.images import export
from synth_jupyter.plan.model import PartitionFile, RunFiles
from synth_jupyter.schema import document as documents
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table

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
            "total": pa.array(cents, pa.decimal128(10, 2)), "day": pa.array([row % 365 for row in ids], pa.int32()).cast(pa.date32()),
        }
    )  # fmt: skip


def schema_of(name: str = "shop") -> Schema:
    """Two tables, the second pointing at the first."""

    def column(name: str, type: str, nullable: bool = True) -> Column:
        return Column(name, DataType.parse(type), Rule("constant", {"value": None}), nullable, 1.0 if nullable else 0.0)

    cities = Table(
        "cities",
        (Column("city_id", DataType.parse("bigint"), Rule("sequence")), column("name", "varchar(20)")),
        Rows(3),
        ("city_id",),
    )
    rest = (column("total", "decimal(10,2)"), column("day", "date"))
    keys = (
        Column("order_id", DataType.parse("bigint"), Rule("sequence")),
        Column("city_id", DataType.parse("bigint"), Rule("reference")),
    )
    order_table = Table(
        "orders", (*keys, *rest), Rows(ORDER_ROWS), ("order_id",), (), (ForeignKey(("city_id",), "cities", ("city_id",)),)
    )
    return Schema(name, (cities, order_table), seed=42)


def write_part(root: Path, number: int, table: str, index: int, data: pa.Table) -> PartitionFile:
    """A partition file as a run has it."""
    path = f"data/{table_folder(number, table)}/part-{index:05d}.parquet"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(data, root / path, compression="zstd", store_schema=False, row_group_size=50_000)
    leaves = {name: leaf_digests(data[name].combine_chunks()) for name in data.column_names}
    return PartitionFile(table, index, path, data.num_rows, (root / path).stat().st_size, sha256_of(root / path), leaves)


def run_of(root: Path, schema: Schema, tables: dict[str, list[pa.Table]], seed: int = 42) -> RunFiles:
    """A completed run of these partitions."""
    files = tuple(
        write_part(root, number, name, index, part)
        for number, (name, parts) in enumerate(tables.items(), start=1)
        for index, part in enumerate(parts)
    )
    return RunFiles(f"{schema.name}@1", schema, root, files, content_digest(schema, files), seed)


@pytest.fixture
def run(tmp_path: Path) -> RunFiles:
    """A run of two tables, one in two partitions."""
    data = orders()
    return run_of(
        tmp_path / "run", schema_of(), {"cities": [CITIES], "orders": [data.slice(0, 65_536), data.slice(65_536)]}
    )


@pytest.fixture
def document(run: RunFiles) -> str:
    """The run's schema as an image holds it."""
    return documents.canonical(run.schema)


@pytest.fixture
def image(run: RunFiles, document: str, tmp_path: Path) -> Path:
    """An exported image."""
    export(run, document, tmp_path / "shop.tar", tag="1")
    return tmp_path / "shop.tar"


@pytest.fixture
def tool() -> Callable[[str], str]:
    """The path of a program; the test is skipped without it, or fails when everything is required."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found:
            return found
        if os.environ.get("SYNTH_REQUIRE_ALL") == "1":
            pytest.fail(f"{name} is required and not installed")
        pytest.skip(f"{name} is not installed")

    return find
