"""A small run, written by hand as Parquet."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.files import sha256_of
from synth_jupyter.plan.model import PartitionFile, RunFiles
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table

Data = dict[str, dict[str, list[object]]]
RunMaker = Callable[..., RunFiles]


def column(name: str, kind: str, rule: Rule | None = None, **more: object) -> Column:
    return Column(name, DataType.parse(kind), rule or Rule("sequence"), **more)  # type: ignore[arg-type]


def shop_schema() -> Schema:
    """Customers refer to each other as a tree; each has 0 to 2 orders."""
    customers = Table(
        "customers",
        (
            column("customer_id", "bigint"),
            column("email", "varchar(20)", Rule("pattern", {"pattern": "x"})),
            column("tier", "varchar(10)", Rule("choices", {"values": ["gold", "basic"]})),
            column("signup", "date", Rule("uniform", {"min": "2024-01-01", "max": "2024-12-31"})),
            column("referred_by", "bigint", Rule("reference"), nullable=True),
        ),
        Rows(count=4),
        primary_key=("customer_id",),
        unique=(("email",),),
        foreign_keys=(ForeignKey(("referred_by",), "customers", ("customer_id",), nulls=0.5),),
    )
    orders = Table(
        "orders",
        (
            column("order_id", "bigint"),
            column("customer_id", "bigint", Rule("reference")),
            column("amount", "decimal(10,2)", Rule("uniform", {"min": 1, "max": 500})),
            column("ordered_at", "timestamp"),
            column("paid", "boolean", Rule("bernoulli", {"p": 0.5}), nullable=True),
        ),
        Rows(per="customers", via=("customer_id",), min=0, max=2, total=5),
        primary_key=("order_id",),
        foreign_keys=(ForeignKey(("customer_id",), "customers", ("customer_id",), Rule("owner_parent")),),
        checks=("amount > 0",),
    )
    return Schema("shop", (customers, orders))


@pytest.fixture
def shop_rows() -> Data:
    return {
        "customers": {
            "customer_id": [1, 2, 3, 4],
            "email": ["a@x", "b@x", "c@x", "d\"'@x"],
            "tier": ["gold", "basic", "basic", "gold"],
            "signup": [date(2024, 1, 1), date(2024, 2, 29), date(2024, 12, 31), date(2024, 4, 1)],
            "referred_by": [2, None, 1, 3],
        },
        "orders": {
            "order_id": [1, 2, 3, 4, 5],
            "customer_id": [1, 1, 2, 4, 4],
            "amount": [Decimal("12.30"), Decimal("1.00"), Decimal("500.00"), Decimal("0.10") + 1, Decimal("12.30")],
            "ordered_at": [datetime(2024, 5, day, 12, 30, 1, 500_000) for day in range(1, 6)],
            "paid": [True, False, None, True, True],
        },
    }


@pytest.fixture
def make_run(tmp_path: Path, shop_rows: Data) -> RunMaker:
    """`make_run(schema=, rows=, partitions=, run=)` writes the rows and describes them."""

    def make(
        schema: Schema | None = None,
        rows: Data | None = None,
        *,
        partitions: int = 2,
        run: str = "shop@1",
    ) -> RunFiles:
        schema, rows = schema or shop_schema(), rows or shop_rows
        root = tmp_path / f"run-{run.replace('@', '-')}-{len(list(tmp_path.iterdir()))}"
        files = [
            _write(root, table, rows[table.name], index, partitions)
            for table in schema.tables
            for index in range(partitions)
        ]
        return RunFiles(run, schema, root, tuple(files), "sha256:" + "0" * 63 + str(len(rows)), 42)

    return make


def _write(root: Path, table: Table, rows: dict[str, list[object]], index: int, partitions: int) -> PartitionFile:
    data = pa.table(rows, schema=table.arrow_schema)
    size = -(-data.num_rows // partitions)
    part = data.slice(index * size, size)
    path = root / "data" / f"t_{table.name}" / f"part-{index:05}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(part, path, write_page_checksum=True)
    return PartitionFile(
        table.name, index, str(path.relative_to(root)), part.num_rows, path.stat().st_size, sha256_of(path), {}
    )


@pytest.fixture
def shop(make_run: RunMaker) -> RunFiles:
    return make_run()
