"""Parts of graphs that fit a page."""

import pytest

from synth_jupyter.errors import CommandError, NotFoundError
from synth_jupyter.lineage.graph import build
from synth_jupyter.lineage.model import Edge, Graph, Node
from synth_jupyter.lineage.parts import Part, collapsed
from synth_jupyter.schema.document import read
from synth_jupyter.schema.model import Schema


def ids(graph: Graph) -> set[str]:
    return {node.id for node in graph.nodes}


def test_the_whole_graph_is_a_part(shop: Schema) -> None:
    assert Part().of(build(shop)) == build(shop)


def test_focus_takes_the_neighbours_and_a_depth(shop: Schema) -> None:
    assert ids(Part(focus="Orders").of(build(shop))) == {"orders", "customers", "order_items"}
    assert ids(Part(focus="orders", depth=0).of(build(shop))) == {"orders"}
    assert ids(Part(focus="orders", depth=2).of(build(shop))) == {"orders", "customers", "order_items", "products"}


def test_up_and_down_follow_the_edges(shop: Schema) -> None:
    columns = build(shop, "column")
    assert ids(Part(upstream="order_items.price").of(columns)) == {
        "order_items.price", "order_items.discount", "products.price",
    }  # fmt: skip
    assert ids(Part(downstream="products").of(build(shop))) == {"products", "order_items"}


def test_a_path_is_its_nodes_and_its_steps_alone(shop: Schema) -> None:
    way = Part(path=("customers", "order_items")).of(build(shop))
    assert [(edge.source, edge.target) for edge in way.edges] == [("customers", "orders"), ("orders", "order_items")]
    with pytest.raises(NotFoundError, match="nothing leads") as raised:
        Part(path=("order_items", "customers")).of(build(shop))
    assert raised.value.hint == "try --path customers order_items"


def test_groups_are_folded_and_leaves_go_into_their_hub(shop: Schema) -> None:
    folded = collapsed(build(shop, "column"))
    assert ids(folded) == {table.name for table in shop.tables}
    assert {(edge.source, edge.target) for edge in folded.edges} >= {
        ("customers", "orders"),
        ("products", "order_items"),
    }
    pairs = (("a", "h"), ("b", "h"), ("c", "h"), ("h", "x"))
    edges = tuple(Edge(source, target, "foreign_key") for source, target in pairs)
    star = Graph("table", tuple(Node(name, "table", name) for name in "habcx"), edges)
    assert collapsed(star).nodes[0].lines == ("+ a, b, c, x",)


def test_tables_of_schemas_are_groups() -> None:
    text = "experiment: e\ntables:\n" + "".join(
        f"  {name}: {{rows: 1, columns: {{id: {{type: int, primary_key: true}}}}}}\n"
        for name in ("a.x", "a.y", "b.z", "c")
    )
    graph = build(read(text).schema)
    assert {node.id: node.group for node in graph.nodes} == {"a.x": "a", "a.y": "a", "b.z": "b", "c": ""}
    assert ids(collapsed(graph)) == {"a", "b", "c"}
    assert graph.focus("a", 0).nodes == graph.nodes[:2]


@pytest.mark.parametrize(
    ("part", "message"),
    [({"focus": "orders", "upstream": "orders"}, "two different parts"), ({"depth": 2}, "how far from what")],
)
def test_words_that_do_not_go_together_are_refused(part: dict[str, object], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        Part(**part)  # type: ignore[arg-type]


def test_an_unknown_name_is_answered_by_a_near_one(shop: Schema) -> None:
    for part in (Part(focus="ordrs"), Part(upstream="ordrs"), Part(path=("ordrs", "orders"))):
        with pytest.raises(NotFoundError, match="did you mean 'orders'"):
            part.of(build(shop))
