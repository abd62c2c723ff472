"""Two schemas are compared by what changes in the data."""

from pathlib import Path

import pytest

from synth_jupyter.schema.diff import Change, diff
from synth_jupyter.schema.document import read

SHOP = (Path(__file__).parent / "shop.yaml").read_text()


def _diff(*edits: tuple[str, str]) -> list[Change]:
    text = SHOP
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return diff(read(SHOP).schema, read(text).schema)


def test_the_same_schema_has_no_difference_whatever_its_name() -> None:
    assert _diff() == []
    assert _diff(("experiment: shop", "experiment: other")) == []


@pytest.mark.parametrize(
    ("edit", "place", "data"),
    [
        (("min: 1, max: 500}", "min: 1, max: 400}"), "tables.products.columns.price.generator",
         ("order_items.price", "products.price")),
        (("faker: word", "faker: words"), "tables.categories.columns.title.generator", ("categories.title",)),
        (("max: 2024-12-31}", "max: 2024-06-30}"), "tables.customers.columns.signup.generator",
         ("customers.signup", "orders.ordered_at", "orders.paid_at")),
        (("{paid: 8, open: 1, void: 1}", "{paid: 9, open: 1, void: 1}"), "tables.orders.columns.status.generator",
         ("orders.paid_at", "orders.status")),
        (("unique: true, ", ""), "tables.customers.unique", ("customers.email",)),
        (("zipf: 1.1", "zipf: 1.2"), "tables.order_items.foreign_keys.product_id",
         ("order_items.price", "order_items.product_id")),
        (("nulls: 0.7", "nulls: 0.6"), "tables.customers.foreign_keys.referred_by", ("customers.referred_by",)),
        (("warehouse: duckdb", "warehouse: sqlite"), "warehouse", ()),
    ],
)  # fmt: skip
def test_a_change_names_the_columns_whose_data_it_changes(
    edit: tuple[str, str], place: str, data: tuple[str, ...]
) -> None:
    (change,) = _diff(edit)
    assert (change.kind in ("changed", "removed"), change.place, change.data) == (True, place, data)


def test_more_parents_reach_their_children_and_who_chooses_among_them() -> None:
    (change,) = _diff(("rows: 40", "rows: 41"))
    assert change.what == "40 -> 41"
    assert change.data == ("categories.category_id", "categories.title", "products.category_id")
    (change,) = _diff(("1_000_000", "2_000_000"))
    assert {name.split(".")[0] for name in change.data} == {"customers", "orders", "order_items"}


def test_an_added_column_changes_no_other() -> None:
    (change,) = _diff(("      title: ", "      colour: {type: varchar(20)}\n      title: "))
    assert (change.kind, change.place, change.data) == (
        "added", "tables.categories.columns.colour", ("categories.colour",),
    )  # fmt: skip


def test_tables_come_and_go() -> None:
    old, new = (
        read("{experiment: e, tables: {a: {columns: {x: {type: int}}}}}"),
        read("{experiment: e, tables: {b: {columns: {x: {type: int}, y: {type: int}}}}}"),
    )
    assert [str(change) for change in diff(old.schema, new.schema)] == [
        "added tables.b: 2 columns; changes the data of b.x, b.y",
        "removed tables.a: 1 column; changes no data",
    ]


def test_a_new_seed_changes_everything() -> None:
    (change,) = _diff(("seed: 42", "seed: 43"))
    assert (change.what, len(change.data)) == ("42 -> 43", 23)
    assert change.to_dict()["place"] == "seed"


def test_types_conditions_checks_and_comments_are_told() -> None:
    changes = _diff(
        ("{type: int, min: 1, max: 10}", "{type: smallint, min: 1, max: 10, comment: pieces}"),
        ("\"status = 'paid'\"", "\"status <> 'open'\""),
        ("    primary_key: [order_id, line_no]", "    checks: [quantity > 0]\n    primary_key: [line_no, order_id]"),
    )
    assert {change.place: change.data for change in changes} == {
        "tables.orders.columns.paid_at.generator": ("orders.paid_at",),
        "tables.order_items.primary_key": ("order_items.line_no", "order_items.order_id"),
        "tables.order_items.checks": (),
        "tables.order_items.columns.quantity.type": ("order_items.quantity",),
        "tables.order_items.columns.quantity.comment": (),
    }
