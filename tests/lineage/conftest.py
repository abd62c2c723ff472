"""The shop of these tests, as values, and names that try to be more than names."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.digests import LEAF_ROWS
from synth_jupyter.engine.parquet import write_partition
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan, RunFiles
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table


def column(name: str, type: str, rule: str, options: Mapping[str, Any] | None = None, **more: Any) -> Column:
    return Column(name, DataType.parse(type), Rule(rule, options or {}), **more)


def shop_schema(customers: int = 400) -> Schema:
    """Customers with a self-reference, orders per customer, items per order with a composite key and an expression."""
    return Schema(
        "shop",
        (
            Table(
                "products",
                (
                    column("product_id", "bigint", "sequence"),
                    column("price", "decimal(10,2)", "uniform", {"min": 1, "max": 500}),
                ),
                Rows(50),
                ("product_id",),
            ),
            Table(
                "customers",
                (
                    column("customer_id", "bigint", "sequence", {"start": 1000, "step": 3}),
                    column("code", "decimal(8,2)", "uniform", {"min": "1", "max": "9999"}),
                    column("signup", "date", "uniform", {"min": "2023-01-01", "max": "2024-12-31"}),
                    column("referred_by", "bigint", "reference", nullable=True),
                ),
                Rows(customers),
                ("customer_id",),
                (("code",),),
                (ForeignKey(("referred_by",), "customers", ("customer_id",), nulls=0.7),),
            ),
            Table(
                "orders",
                (
                    column("order_id", "bigint", "sequence"),
                    column("customer_id", "bigint", "reference"),
                    column("ordered_at", "timestamp", "after", {"column": "customer_id.signup", "within": "2y"}),
                    column("status", "varchar(12)", "choices", {"values": ["paid", "open"], "weights": [8, 1]}),
                    column(
                        "paid_at", "timestamp", "after", {"column": "ordered_at", "within": "10d"},
                        when="status = 'paid'", nullable=True,
                    ),
                ),
                Rows(per="customers", via=("customer_id",), min=0, max=20, mean=Decimal(3)),
                ("order_id",),
                (),
                (ForeignKey(("customer_id",), "customers", ("customer_id",), Rule("owner_parent")),),
            ),
            Table(
                "order_items",
                (
                    column("order_id", "bigint", "reference"),
                    column("line_no", "int", "position"),
                    column("product_id", "bigint", "reference"),
                    column("discount", "decimal(3,2)", "choices", {"values": ["0", "0.1"], "weights": [8, 2]}),
                    column(
                        "price", "decimal(10,2)", "expression", {"sql": "product_id.price * (1 - discount)"},
                        nullable=True,
                    ),
                ),
                Rows(per="orders", via=("order_id",), min=1, max=7),
                ("order_id", "line_no"),
                (),
                (
                    ForeignKey(("order_id",), "orders", ("order_id",), Rule("owner_parent")),
                    ForeignKey(("product_id",), "products", ("product_id",), Rule("zipf_parent", {"exponent": "1.1"})),
                ),
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def shop() -> Schema:
    return shop_schema()


HOSTILE_NAMES = (
    'say "hi"', '"', '""', '"];evil[label="x', '" URL="javascript:alert(1)', "it's", "`id`", "\\", "\\\\", "a\\", "\\N",
    "\\G\\L\\E\\T\\H", '\\"', "\\l left \\r right", "two\nlines", "tab\there", "bell\x07", "nul\x00byte", "esc\x1b[31m",
    "line\u2028separator", "<b>bold</b>", "<<b>html label</b>>", "<table><tr><td>x</td></tr></table>",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</text></svg><script>alert(1)</script>",
    "]]><script/>", "<!-- comment", "<?xml version='1.0'?>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "&lt;b&gt;", "&amp;", "&#x27;", "&xxe;", "&", "javascript:alert(1)", "data:text/html,<script>", "{record|fields}",
    "{a|{b|c}}", "n0", "node", "graph", "digraph", "subgraph", "edge", "strict", "cluster_0", "a -> b", "a:b:c",
    "/* comment */", "// comment", "# hash", "%%{init: {'theme':'dark'}}%%", 'click t0 "javascript:alert(1)"', "end",
    "subgraph x", "t0-->t1", "a;b", "a|b", "#quot;", "#35;", "style t0 fill:#f00", "url(#x)", "naïve café", "名前",
    "الاسم", "\u202eevil\u202c", "\u2066x\u2069", "👩‍👩‍👧", "💣", "e\u0301", " spaced  out ", "-", "0", "12.5", "=1+1",
    "@import url(x)", "${HOME}", "%s%n", "; DROP TABLE x; --",
)  # fmt: skip


@pytest.fixture
def hostile_names() -> tuple[str, ...]:
    return HOSTILE_NAMES


@pytest.fixture
def hostile_schema() -> Schema:
    """A table of every hostile name, each with a column of that name, each referring to the one before."""
    tables = []
    for number, name in enumerate(HOSTILE_NAMES):
        previous = HOSTILE_NAMES[number - 1]
        key = ForeignKey(("ref",), previous, (previous,)) if number else None
        columns = (column(name, "int", "sequence"), column("ref", "int", "reference"))
        tables.append(Table(name, columns, Rows(1), (name,), (), (key,) if key else ()))
    return Schema("hostile & <co>", tuple(tables))


def written(plan: Plan, root: Path, run: str = "shop@1") -> RunFiles:
    """Every partition of the plan, written by the engine."""
    root.mkdir()
    files = []
    for part in plan.partitions():
        path = f"t{plan.table(part.table).number:04}-{part.index:05}.parquet"
        files.append(write_partition(plan, part, root / path, path))
    return RunFiles(run, plan.schema, root, tuple(files), "sha256:0", plan.seed)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The shop, with enough order items for two partitions."""
    return build_plan(shop_schema(6_000), 7, partition_rows=LEAF_ROWS)


@pytest.fixture(scope="session")
def files(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> RunFiles:
    return written(plan, tmp_path_factory.mktemp("run") / "data")
