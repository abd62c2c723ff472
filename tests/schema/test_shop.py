"""The document of the tutorial reads as it is written."""

from decimal import Decimal
from pathlib import Path

import pytest

from synth_jupyter.schema.document import Reading, definition_document, read
from synth_jupyter.schema.model import ForeignKey, Rows, Rule


@pytest.fixture(scope="module")
def shop() -> Reading:
    return read((Path(__file__).parent / "shop.yaml").read_text())


def test_the_experiment_has_its_name_seed_warehouse_and_tables_in_order(shop: Reading) -> None:
    schema = shop.schema
    assert (schema.name, schema.seed, schema.warehouse) == ("shop", 42, "duckdb")
    assert [table.name for table in schema.tables] == ["categories", "products", "customers", "orders", "order_items"]
    assert (shop.format, shop.report) == ("yaml", ())


def test_rows_are_numbers_or_so_many_per_parent_through_the_only_foreign_key(shop: Reading) -> None:
    assert shop.schema.table("products").rows == Rows(5000)
    assert shop.schema.table("orders").rows == Rows(None, "customers", ("customer_id",), 0, 20, Decimal(3))
    assert shop.schema.table("order_items").rows == Rows(None, "orders", ("order_id",), 1, 7)


def test_foreign_keys_say_how_a_parent_is_chosen_and_how_often_none_is(shop: Reading) -> None:
    customers, orders, items = (shop.schema.table(name) for name in ("customers", "orders", "order_items"))
    assert customers.foreign_keys == (
        ForeignKey(("referred_by",), "customers", ("customer_id",), Rule("uniform_parent"), 0.7),
    )
    assert customers.column("referred_by").nullable
    assert customers.column("referred_by").nulls == 0.0
    assert orders.foreign_keys[0].rule == Rule("owner_parent")
    assert [key.rule for key in items.foreign_keys] == [Rule("owner_parent"), Rule("zipf_parent", {"exponent": 1.1})]


def test_columns_of_a_foreign_key_take_the_type_of_what_they_reference(shop: Reading) -> None:
    assert str(shop.schema.table("products").column("category_id").type) == "int"
    assert str(shop.schema.table("order_items").column("order_id").type) == "bigint"


@pytest.mark.parametrize(
    ("table", "column", "rule"),
    [
        ("categories", "category_id", Rule("sequence", {"start": 1, "step": 1}, "whole-number key")),
        ("categories", "title", Rule("faker", {"provider": "word", "arguments": {}, "locale": "en_US"})),
        ("products", "price", Rule("uniform", {"min": 1, "max": 500})),
        ("customers", "tier", Rule("choices", {"values": ["gold", "silver", "basic"], "weights": [1, 3, 6]})),
        ("customers", "signup", Rule("uniform", {"min": "2023-01-01", "max": "2024-12-31"})),
        (
            "customers",
            "credit",
            Rule("distribution", {"law": "lognormal", "parameters": {"mean": 4, "sigma": 1}, "max": 10000}),
        ),
        ("customers", "referred_by", Rule("reference")),
        ("orders", "ordered_at", Rule("after", {"column": "customer_id.signup", "within": "2y", "min": "0s"})),
        ("order_items", "line_no", Rule("position")),
        ("order_items", "discount", Rule("choices", {"values": ["0", "0.1"], "weights": [8, 2]})),
        ("order_items", "price", Rule("expression", {"sql": "product_id.price * (1 - discount)"})),
    ],
)
def test_every_column_has_its_rule(shop: Reading, table: str, column: str, rule: Rule) -> None:
    assert shop.schema.table(table).column(column).rule == rule


def test_nulls_and_conditions_make_a_column_nullable(shop: Reading) -> None:
    credit, paid = shop.schema.table("customers").column("credit"), shop.schema.table("orders").column("paid_at")
    assert (credit.nullable, credit.nulls) == (True, 0.05)
    assert (paid.nullable, paid.nulls, paid.when) == (True, 0.0, "status = 'paid'")


def test_keys_come_from_columns_and_from_the_table(shop: Reading) -> None:
    assert shop.schema.table("customers").keys == (("customer_id",), ("email",))
    assert shop.schema.table("order_items").primary_key == ("order_id", "line_no")


def test_the_definition_tells_counts_types_generators_and_reasons(shop: Reading) -> None:
    document = definition_document(shop.schema, shop.report)
    assert {name: table["rows"] for name, table in document["tables"].items()} == {
        "categories": 40, "products": 5000, "customers": 1_000_000, "orders": 3_000_000, "order_items": 12_000_000,
    }  # fmt: skip
    assert set(document["tables"]["orders"]) == {"rows", "primary_key", "unique", "checks", "foreign_keys", "columns"}
    assert document["tables"]["orders"]["foreign_keys"] == [
        {"columns": ["customer_id"], "references": {"table": "customers", "columns": ["customer_id"]}}
    ]
    assert document["tables"]["categories"]["columns"]["category_id"] == {
        "type": "int", "nullable": False, "generator": "sequence(start=1, step=1)", "reason": "whole-number key",
    }  # fmt: skip
    email = document["tables"]["customers"]["columns"]["email"]
    assert (email["generator"], email["reason"]) == ("faker(email)", "declared in the document")
    assert document["tables"]["orders"]["columns"]["paid_at"]["generator"].endswith("when status = 'paid'")


def test_the_name_that_is_given_wins_over_the_documents_own(shop: Reading) -> None:
    assert read((Path(__file__).parent / "shop.yaml").read_text(), name="other").schema.name == "other"
