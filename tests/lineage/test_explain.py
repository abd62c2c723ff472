"""A column in words."""

import pytest

from synth_jupyter.errors import NotFoundError
from synth_jupyter.lineage.trace import explain
from synth_jupyter.plan.model import Plan


@pytest.mark.parametrize(
    ("place", "phrases"),
    [
        ("customers.customer_id", ["bigint, the primary key", "counts from 1000 in steps of 3", "NULL: never"]),
        ("customers.code", ["decimal(8,2), unique", "from 1 to 9999 is equally likely"]),
        ("customers.referred_by", ["refers to customers(customer_id)", "NULL: 70 % of the rows"]),
        ("orders.customer_id", ["exact counts of children", "customer_id of the row of customers"]),
        ("orders.paid_at", ["between 0s and 10d after ordered_at", "wherever not (status = 'paid')",
                            "made from: status of this row"]),
        ("orders.status", ["one of 2 values", "why this rule: declared in the document", "different values: at most 2", "seed 7 / orders / status"]),
        ("order_items.line_no", ["part of the primary key (order_id, line_no)", "the place of the row"]),
        ("order_items.product_id", ["zipf_parent(exponent=1.1)"]),
        ("order_items.price", ["price of the row of products that product_id points at", "discount of this row"]),
    ],
)  # fmt: skip
def test_a_column_is_explained(plan: Plan, place: str, phrases: list[str]) -> None:
    text = explain(plan, *place.split("."))
    assert [phrase for phrase in phrases if phrase not in text] == []


def test_every_column_is_explained_without_internal_names(plan: Plan) -> None:
    for table in plan.schema.tables:
        for column in table.columns:
            text = explain(plan, table.name, column.name)
            assert text.startswith(f"{table.name}.{column.name}: {column.type}")
            assert "\x1f" not in text
            assert "None" not in text


def test_unknown_columns_are_suggested(plan: Plan) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'status'"):
        explain(plan, "orders", "statuss")
