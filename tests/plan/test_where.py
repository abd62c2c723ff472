"""Keys with a condition: the chosen parents meet it, the law among them stays, and each row still decides alone."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.errors import GenerationError, ImageError, PlanError, SchemaError
from synth_jupyter.images.regenerable import refuse_unsure
from synth_jupyter.lineage.graph import column_graph, column_id
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan
from synth_jupyter.schema.binding import unfit_expressions
from synth_jupyter.schema.diff import diff
from synth_jupyter.schema.document import canonical, read
from synth_jupyter.schema.model import Schema

ROWS = 20_000


def schema_of(key: str, columns: str = "", shop: str = "") -> Schema:
    """Orders that choose among 3,000 shops: a third of them is open, in ten countries of unequal size."""
    return read(f"""
experiment: x
tables:
  shops:
    rows: 3_000
    columns:
      shop_id: {{type: int, primary_key: true}}
      open:    {{type: boolean, choices: {{true: 1, false: 2}}}}
      country: {{type: int, distribution: {{zipf: {{exponent: 1, n: 10}}}}}}
      ratio:   {{type: double, min: 0, max: 1}}
      {shop}
  orders:
    rows: {ROWS}
    columns:
      country: {{type: int, min: 1, max: 10}}
      shop_id: {{references: shops.shop_id{key}}}
      {columns}
""").schema


def plan_of(key: str, columns: str = "", shop: str = "") -> Plan:
    return build_plan(schema_of(key, columns, shop), 5)


def orders(plan: Plan, rows: Sequence[int] | None = None) -> pa.Table:
    return evaluate(plan, "orders", np.arange(ROWS) if rows is None else np.array(rows))


def of_shop(plan: Plan, column: str, shops: np.ndarray) -> np.ndarray:
    return evaluate(plan, "shops", shops.astype(np.int64) - 1, [column])[column].to_numpy()


def test_every_parent_meets_the_condition_and_every_such_parent_is_as_likely() -> None:
    plan = plan_of(", where: shop_id.open")
    chosen = orders(plan)["shop_id"].to_numpy()
    assert of_shop(plan, "open", chosen).all()
    is_open = of_shop(plan, "open", np.arange(1, 3_001))
    seen = np.bincount(chosen, minlength=3_001)[1:][is_open]
    expected = ROWS / is_open.sum()
    chi_square = ((seen - expected) ** 2 / expected).sum()
    freedom = is_open.sum() - 1
    assert abs(chi_square - freedom) < 4 * np.sqrt(2 * freedom)


def test_a_condition_reads_the_row_and_its_parent_together() -> None:
    plan = plan_of(', where: "shop_id.country = country and shop_id.open"')
    made = orders(plan)
    assert (of_shop(plan, "country", made["shop_id"].to_numpy()) == made["country"].to_numpy()).all()


def test_a_condition_reads_columns_that_follow_the_key_itself() -> None:
    plan = plan_of(", where: near < 0.25", columns="near: {type: double, expr: shop_id.ratio / 2}")
    assert max(orders(plan)["near"].to_pylist()) < 0.25


def test_who_met_the_condition_before_keeps_its_parent() -> None:
    free, bound = plan_of(""), plan_of(", where: shop_id.open")
    before, after = orders(free)["shop_id"].to_numpy(), orders(bound)["shop_id"].to_numpy()
    kept = of_shop(free, "open", before)
    assert (before[kept] == after[kept]).all()
    assert (before[~kept] != after[~kept]).all()


def test_a_row_decides_alone() -> None:
    plan = plan_of(', where: "shop_id.country = country and shop_id.ratio < 0.1", nulls: 20%')
    whole = orders(plan).to_pylist()
    mixed = [19_999, 3, 7_777, 3]
    assert orders(plan, mixed).to_pylist() == [whole[row] for row in mixed]
    assert [orders(plan, [row]).to_pylist()[0] for row in range(40, 60)] == whole[40:60]


def test_favourites_stay_favourites_among_those_that_are_left() -> None:
    free, bound = plan_of(", distribution: {zipf: 1.2}"), plan_of(", distribution: {zipf: 1.2}, where: shop_id.open")
    before = np.bincount(orders(free)["shop_id"].to_numpy(), minlength=3_001)
    after = np.bincount(orders(bound)["shop_id"].to_numpy(), minlength=3_001)
    is_open = np.append(False, of_shop(free, "open", np.arange(1, 3_001)))
    best = [shop for shop in np.argsort(-before) if is_open[shop]][:5]
    assert set(best) == set(np.argsort(-after)[:5])


def test_the_share_without_a_parent_stays() -> None:
    free, bound = plan_of(", nulls: 30%"), plan_of(", nulls: 30%, where: shop_id.open")
    assert orders(free)["shop_id"].is_null().equals(orders(bound)["shop_id"].is_null())


def test_one_parent_in_a_thousand_is_found() -> None:
    plan = plan_of(", where: shop_id % 1000 = 7")
    assert set(orders(plan, range(200))["shop_id"].to_pylist()) == {7, 1_007, 2_007}


def test_a_condition_that_no_parent_meets_is_told_with_its_row() -> None:
    with pytest.raises(GenerationError, match=r"orders\.shop_id, row 4: none of 16,384 rows of shops .*: shop_id < 0"):
        orders(plan_of(", where: shop_id < 0"), [4])


@pytest.mark.parametrize(
    ("key", "columns", "message"),
    [
        (", where: ' '", "", "must be an SQL condition, not empty"),
        (", where: shop_id.open, unique: true", "", "where cannot stand beside one_to_one"),
        ("", "twin: {type: int, where: country = 1}", "where chooses among parents and needs references"),
    ],
)
def test_what_cannot_be_a_condition_is_refused(key: str, columns: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        schema_of(key, columns)


@pytest.mark.parametrize(
    ("where", "message"),
    [("shop_id", "a condition is true or false"), ("shop_id.nope = 1", "nope"), ("random() < 0.5", "random")],
)
def test_conditions_are_bound_to_the_types_of_row_and_parent(where: str, message: str) -> None:
    ((place, said),) = unfit_expressions(schema_of(f", where: {where}"))
    assert place == ("tables", "orders", "columns", "shop_id", "where")
    assert message in said


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("rows: 9, columns: {id: {type: int, primary_key: true}, up: {references: t.id, where: up < 3}}", "to the table itself"),
        ("rows: {per: p, min: 1, max: 2}, columns: {p: {references: p.id, where: p < 3}}", "where cannot be given here"),
    ],
)  # fmt: skip
def test_a_condition_has_no_place_where_parents_are_not_drawn(table: str, message: str) -> None:
    parents = "p: {rows: 5, columns: {id: {type: int, primary_key: true}}}"
    with pytest.raises(SchemaError, match=message):
        read(f"experiment: x\ntables:\n  {parents}\n  t: {{{table}}}\n")


def test_keys_that_wait_for_each_other_are_a_circle() -> None:
    other = "other: {references: shops.shop_id, where: other.country = shop_id.country}"
    with pytest.raises(PlanError, match=r"depends on itself: .*other.* -> .*shop_id.* -> "):
        plan_of(", where: shop_id.country = other.country", other)


def test_a_part_of_a_counted_key_takes_no_condition() -> None:
    schema = read("""
experiment: x
tables:
  a: {rows: 5, columns: {id: {type: int, primary_key: true}}}
  ab:
    rows: 6
    primary_key: [a, b]
    columns: {a: {references: a.id, where: a < 3}, b: {references: a.id}}
""").schema
    with pytest.raises(PlanError, match="part of a key, whose combinations"):
        build_plan(schema, 1)


def test_a_document_with_conditions_reads_back() -> None:
    schema = schema_of(", where: shop_id.open, distribution: {zipf: 1.1}, nulls: 5%")
    assert read(canonical(schema)).schema == schema
    assert '"where": "shop_id.open"' in canonical(schema)


def test_lineage_and_differences_know_what_a_condition_reads() -> None:
    free, bound = schema_of(""), schema_of(", where: shop_id.ratio > 0.5")
    edges = {(edge.source, edge.target): edge.label for edge in column_graph(bound).edges}
    assert edges[column_id("shops", "ratio"), column_id("orders", "shop_id")] == "where"
    (change,) = diff(free, bound)
    assert (change.why, change.data) == ("relation", ("orders.shop_id",))


def test_a_condition_that_processors_compute_differently_makes_no_thin_image() -> None:
    refuse_unsure(schema_of(", where: shop_id.open"))
    with pytest.raises(ImageError, match=r"orders\.shop_id"):
        refuse_unsure(schema_of(", where: sin(shop_id.ratio) > 0.5"))
