"""Graphs of tables and columns."""

import json
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.errors import CommandError, NotFoundError
from synth_jupyter.lineage.graph import build, column_graph, column_id, table_graph
from synth_jupyter.lineage.model import Edge, Graph, Node, visible
from synth_jupyter.schema.document import read
from synth_jupyter.schema.model import Schema

ROWS = {"products": 50, "customers": 400, "orders": 1200, "order_items": 4800}


def ends(graph: Graph) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in graph.edges}


def edge(graph: Graph, source: str, target: str) -> Edge:
    return next(edge for edge in graph.edges if (edge.source, edge.target) == (source, target))


def test_tables_are_joined_by_their_foreign_keys_parents_first(shop: Schema) -> None:
    assert ends(table_graph(shop)) == {
        ("customers", "customers"), ("customers", "orders"), ("orders", "order_items"), ("products", "order_items"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "label"),
    [
        ("customers", "orders", "customer_id; 0..20, mean 3"),
        ("orders", "order_items", "order_id; 1..7, mean 4"),
        ("products", "order_items", "product_id; 0..n, mean 96"),
        ("customers", "customers", "referred_by; 0..n, mean 0.3; 70 % NULL"),
    ],
)
def test_an_edge_says_columns_cardinality_and_nulls(shop: Schema, source: str, target: str, label: str) -> None:
    assert edge(table_graph(shop, ROWS), source, target).label == label


def test_a_unique_foreign_key_has_at_most_one_child(shop: Schema) -> None:
    customers = replace(shop.table("customers"), unique=(("referred_by",),))
    graph = table_graph(replace(shop, tables=(customers,)))
    assert edge(graph, "customers", "customers").details["cardinality"] == "0..1"


def test_large_means_are_whole_numbers_not_powers_of_ten(shop: Schema) -> None:
    graph = table_graph(shop, ROWS | {"order_items": 12_000_000})
    assert "mean 240,000" in edge(graph, "products", "order_items").label


def test_a_table_shows_rows_and_keys(shop: Schema) -> None:
    assert table_graph(shop, ROWS).node("customers").lines == ("400 rows", "PK customer_id", "UQ code")
    assert table_graph(shop).node("orders").lines[0] == "0..20 per customers, mean 3"


def test_columns_come_from_keys_expressions_dates_and_conditions(shop: Schema) -> None:
    graph = column_graph(shop)
    assert ends(graph) == {
        ("customers.customer_id", "customers.referred_by"), ("customers.customer_id", "orders.customer_id"),
        ("customers.signup", "orders.ordered_at"), ("orders.ordered_at", "orders.paid_at"),
        ("orders.status", "orders.paid_at"), ("orders.order_id", "order_items.order_id"),
        ("products.product_id", "order_items.product_id"), ("products.price", "order_items.price"),
        ("order_items.discount", "order_items.price"),
    }  # fmt: skip
    assert edge(graph, "orders.status", "orders.paid_at").label == "when"


def test_columns_come_from_all_that_their_rules_read() -> None:
    columns = "\n".join(
        f"      {name}: {rule}"
        for name, rule in {
            "id": "{type: bigint, primary_key: true}",
            "country": "{type: varchar(9), choices: [France, Spain]}",
            "city": "{type: varchar(9), depends: {on: country, choices: {France: [Paris], Spain: [Vigo]}}}",
            "code": '{type: varchar(20), template: "{country:upper}-{id:06}"}',
            "opened": "{type: date, min: 2023-01-01, max: 2023-12-31}",
            "closed": "{type: date, after: opened, within: 90d}",
            "asked": "{type: date, before: opened, within: 9d}",
            "seen": "{type: date, after: opened, before: closed}",
            "age": "{type: int, min: 18, max: 90}",
            "income": "{type: int, min: 0, max: 90000, correlated: {age: 0.6}}",
        }.items()
    )
    graph = column_graph(read(f"experiment: e\ntables:\n  t:\n    rows: 9\n    columns:\n{columns}\n").schema)
    assert {(edge.source, edge.target, edge.label) for edge in graph.edges} == {
        ("t.country", "t.city", "depends"), ("t.country", "t.code", "template"), ("t.id", "t.code", "template"),
        ("t.opened", "t.closed", "after"), ("t.opened", "t.asked", "before"), ("t.opened", "t.seen", "between"),
        ("t.closed", "t.seen", "between"), ("t.age", "t.income", "correlated"),
    }  # fmt: skip


def test_upstream_and_downstream_follow_the_edges(shop: Schema) -> None:
    graph = column_graph(shop)
    assert {node.id for node in graph.upstream("orders.paid_at").nodes} == {
        "orders.paid_at", "orders.ordered_at", "orders.status", "customers.signup",
    }  # fmt: skip
    assert {node.id for node in graph.upstream("orders.paid_at", depth=1).nodes} == {
        "orders.paid_at", "orders.ordered_at", "orders.status",
    }  # fmt: skip
    assert [node.id for node in table_graph(shop).downstream("orders").nodes] == ["order_items", "orders"]


def test_a_path_is_a_shortest_way_or_nothing(shop: Schema) -> None:
    graph = table_graph(shop)
    assert graph.path("customers", "order_items") == ("customers", "orders", "order_items")
    assert graph.path("order_items", "customers") == ()
    assert graph.path("orders", "orders") == ("orders",)


def test_focus_keeps_neighbours_both_ways(shop: Schema) -> None:
    assert [node.id for node in table_graph(shop).focus("orders").nodes] == ["customers", "order_items", "orders"]
    assert {node.group for node in column_graph(shop).focus("products", 0).nodes} == {"products"}
    with pytest.raises(NotFoundError, match="did you mean 'orders'"):
        table_graph(shop).focus("ordrs")


def test_an_unknown_level_names_the_right_ones(shop: Schema) -> None:
    with pytest.raises(CommandError, match="did you mean 'table'"):
        build(shop, "tabel")


@pytest.mark.parametrize("level", ["table", "column"])
def test_the_order_of_tables_does_not_matter(shop: Schema, level: str) -> None:
    shuffled = list(shop.tables)
    random.Random(3).shuffle(shuffled)
    again = replace(shop, tables=tuple(shuffled))
    assert json.dumps(build(again, level).to_dict()) == json.dumps(build(shop, level).to_dict())


def test_the_document_has_level_nodes_and_edges(shop: Schema) -> None:
    document = json.loads(json.dumps(build(shop, rows=ROWS).to_dict(), allow_nan=False))
    assert list(document) == ["level", "nodes", "edges"]
    assert document["nodes"][1] == {
        "id": "order_items", "kind": "table", "label": "order_items", "rows": 4800,
        "primary_key": ["order_id", "line_no"], "unique": [],
        "columns": ["order_id", "line_no", "product_id", "discount", "price"],
    }  # fmt: skip
    orders = next(edge for edge in document["edges"] if edge["target"] == "orders")
    assert orders["columns"] == ["customer_id"]
    assert orders["references"] == {"table": "customers", "columns": ["customer_id"]}


def test_text_lists_each_node_with_what_it_comes_from(shop: Schema) -> None:
    text = table_graph(shop, ROWS).to_text()
    assert "orders  (1,200 rows; PK order_id)\n  <- customers  [customer_id; 0..20, mean 3]\n" in text


def test_text_cannot_drive_a_terminal(hostile_schema: Schema) -> None:
    assert all(char == "\n" or char.isprintable() or char == "\u200d" for char in table_graph(hostile_schema).to_text())


def test_ids_of_columns_never_collide() -> None:
    assert len({column_id("a.b", "c"), column_id("a", "b.c"), column_id("a", "b"), column_id('"a.b"', "c")}) == 4


@given(st.text(), st.text(), st.text(), st.text())
def test_ids_of_columns_are_one_to_one(a: str, b: str, c: str, d: str) -> None:
    assert (column_id(a, b) == column_id(c, d)) == ((a, b) == (c, d))


@given(st.text())
def test_visible_text_has_no_character_that_acts(text: str) -> None:
    shown = visible(text)
    assert all(char.isprintable() or char in "\u200c\u200d" for char in shown)
    shown.encode()


def test_a_graph_refuses_loose_edges_and_twins() -> None:
    with pytest.raises(ValueError, match="no node"):
        Graph("table", (Node("a", "table", "a"),), (Edge("a", "b", "foreign_key"),))
    with pytest.raises(ValueError, match="same id"):
        Graph("table", (Node("a", "table", "a"), Node("a", "table", "b")), ())


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20), st.integers(0, 8), st.integers(0, 8))
def test_a_path_exists_exactly_where_downstream_reaches(links: list[tuple[int, int]], start: int, end: int) -> None:
    nodes = tuple(Node(str(number), "table", str(number)) for number in range(9))
    graph = Graph("table", nodes, tuple(Edge(str(a), str(b), "foreign_key") for a, b in links))
    path = graph.path(str(start), str(end))
    assert bool(path) == (str(end) in {node.id for node in graph.downstream(str(start)).nodes})
    assert all(step in ends(graph) for step in pairwise(path))
