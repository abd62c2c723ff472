"""The graph of what happened to an experiment."""

from dataclasses import replace
from typing import Any

import pytest

from synth_jupyter.lineage import dot, mermaid
from synth_jupyter.lineage.graph import ExperimentHistory, StoredTable, build, stored_tables
from synth_jupyter.lineage.model import Graph
from synth_jupyter.lineage.parts import Part
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.pools import PoolUse
from synth_jupyter.schema.model import Schema
from synth_jupyter.store.records import Event, LoadRecord, RunRecord, SchemaVersion, TagRecord


def a_run(number: int, status: str, version: int = 1, **more: Any) -> RunRecord:
    return RunRecord(f"{number:032x}", "shop", number, version, 42, {"orders": 1000}, "sha256:p", status, 1, **more)


@pytest.fixture
def history() -> ExperimentHistory:
    return ExperimentHistory(
        "shop",
        versions=(SchemaVersion("shop", 1, "{}", "sha256:aa", "t1"), SchemaVersion("shop", 2, "{}", "sha256:bb", "t2")),
        runs=(a_run(1, "reset", content_digest="sha256:cc"), a_run(2, "partial", 2, reason="interrupted")),
        stored=(StoredTable("shop@2", "orders", 3, 1000, 4096),),
        loads=(LoadRecord("shop@1", "sqlite:shop.sqlite", {"orders": 1000}, "t3"),),
        events=(
            Event(1, "t1", "shop", "defined", {"version": 1}),
            Event(7, "t4", "shop", "exported", {"run": "shop@1", "file": "shop.tar", "content_digest": "sha256:cc"}),
            Event(8, "t5", "shop", "exported", {"run": "shop@99", "file": "gone.tar"}),
        ),
        tags=(TagRecord("v1", "shop@1", "sha256:cc", "t3"),),
    )


@pytest.fixture
def graph(history: ExperimentHistory, shop: Schema) -> Graph:
    return build(shop, "run", history=history)


def test_runs_come_from_schemas_and_data_loads_and_images_from_runs(graph: Graph) -> None:
    assert {(edge.source, edge.target) for edge in graph.edges} == {
        ("experiment", "schema:1"), ("experiment", "schema:2"), ("schema:1", "run:shop@1"), ("schema:2", "run:shop@2"),
        ("run:shop@2", "data:shop@2:orders"), ("run:shop@1", "load:1"), ("run:shop@1", "image:7"),
    }  # fmt: skip


def test_what_came_from_a_run_that_is_gone_stays_as_a_node(graph: Graph) -> None:
    assert graph.node("image:8").label == "gone.tar"
    assert graph.upstream("image:8").edges == ()


def test_nodes_say_status_seed_digests_and_sizes(graph: Graph) -> None:
    assert graph.node("run:shop@1").lines == ("reset", "seed 42", "1,000 rows", "sha256:cc", "v1")
    assert graph.node("run:shop@2").lines[0] == "partial: interrupted"
    assert graph.node("data:shop@2:orders").lines == ("1,000 rows", "3 partitions", "4,096 bytes")
    assert graph.node("schema:2").to_dict()["digest"] == "sha256:bb"
    assert graph.node("run:shop@1").to_dict()["plan_digest"] == "sha256:p"


def test_an_experiment_without_runs_is_one_node(shop: Schema) -> None:
    assert [node.label for node in build(shop, "run").nodes] == ["shop"]


DRAWN = (
    PoolUse(
        "sha256:f1", (("customers", "name"), ("customers", "nick"), ("staff", "n.")), "first_name", {}, "en_US", 2_000
    ),
    PoolUse("sha256:e1", (("products", "id"),)),
    PoolUse("sha256:e2", (("products", "price"),)),
    PoolUse("sha256:c1", (("customers", "city"),), "city", {}, "de_DE", 300),
)


def noted(*uses: PoolUse) -> dict[str, Any]:
    return {"request": {"draws_on": [use.to_dict() for use in uses]}}


@pytest.fixture
def pooled(shop: Schema, history: ExperimentHistory) -> Graph:
    """Two runs that share a pool; the first was reset."""
    runs = (a_run(1, "reset", content_digest="sha256:cc", **noted(*DRAWN)), a_run(2, "complete", **noted(DRAWN[0])))
    return build(shop, "run", history=replace(history, runs=runs))


def test_each_pool_is_one_node_that_its_runs_come_from_also_after_a_reset(pooled: Graph) -> None:
    pools = {node.label: node for node in pooled.nodes if node.kind == "pool"}
    assert set(pools) == {"first_name en_US", "city de_DE", "existing rows of products"}
    assert pools["first_name en_US"].lines == ("2,000 values", "sha256:f1", "shipped with the package")
    assert pools["city de_DE"].lines == ("300 values", "sha256:c1")
    assert pools["existing rows of products"].to_dict()["columns"] == {"id": "sha256:e1", "price": "sha256:e2"}
    edges = {(pooled.node(edge.source).label, edge.target, edge.label) for edge in pooled.edges if edge.kind == "pool"}
    assert edges == {
        ("first_name en_US", "run:shop@1", "customers.name, customers.nick, +1"),
        ("first_name en_US", "run:shop@2", "customers.name, customers.nick, +1"),
        ("city de_DE", "run:shop@1", "customers.city"),
        ("existing rows of products", "run:shop@1", "products.id, products.price"),
    }
    document = next(edge for edge in pooled.to_dict()["edges"] if edge["kind"] == "pool" and "first" in edge["source"])
    assert document["columns"] == ["customers.name", "customers.nick", 'staff."n."']


def test_pools_are_walked_like_every_node(pooled: Graph) -> None:
    first = next(node.id for node in pooled.nodes if node.label == "first_name en_US")
    city = next(node.id for node in pooled.nodes if node.label == "city de_DE")
    assert {first, city} <= {node.id for node in pooled.upstream("image:7").nodes}
    assert city not in {node.id for node in pooled.upstream("run:shop@2").nodes}
    assert {"run:shop@1", "run:shop@2", "load:1", "image:7"} <= {node.id for node in pooled.downstream(first).nodes}
    assert pooled.path(city, "load:1") == (city, "run:shop@1", "load:1")
    assert {node.id for node in pooled.focus(city).nodes} == {city, "run:shop@1"}
    assert {first, "run:shop@2"} <= {node.id for node in pooled.focus("pools").nodes}
    assert Part(upstream="City de_DE").of(pooled).nodes == (pooled.node(city),)
    folded = Part(collapse=True).of(pooled)
    assert [node.lines for node in folded.nodes if node.kind == "pool"] == [("3 pools",)]
    assert {(edge.source, edge.target) for edge in folded.edges if edge.kind == "pool"} == {
        ("pools", "run:shop@1"), ("pools", "run:shop@2"),
    }  # fmt: skip


def test_pools_are_in_every_form(pooled: Graph) -> None:
    assert "  <- pool:city de_DE:sha256:c1  [customers.city]\n" in pooled.to_text()
    for text in (dot.source(pooled), mermaid.source(pooled), dot.render(pooled, "svg").decode()):
        for label in ("first_name en_US", "city de_DE", "existing rows of products"):
            assert label in text.replace("\u00a0", " ").replace("&#160;", " ")


def test_partition_files_are_summed_by_table(files: RunFiles) -> None:
    summed = {part.table: part for part in stored_tables(files)}
    assert set(summed) == {"products", "customers", "orders", "order_items"}
    assert summed["order_items"].partitions == 2
    assert summed["order_items"].rows == files.rows("order_items")
    assert summed["order_items"].bytes == sum(path.stat().st_size for path in files.paths("order_items"))
