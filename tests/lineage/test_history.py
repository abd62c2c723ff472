"""The graph of what happened to an experiment."""

from typing import Any

import pytest

from synth_jupyter.lineage.graph import ExperimentHistory, StoredTable, build, stored_tables
from synth_jupyter.lineage.model import Graph
from synth_jupyter.plan.model import RunFiles
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


def test_partition_files_are_summed_by_table(files: RunFiles) -> None:
    summed = {part.table: part for part in stored_tables(files)}
    assert set(summed) == {"products", "customers", "orders", "order_items"}
    assert summed["order_items"].partitions == 2
    assert summed["order_items"].rows == files.rows("order_items")
    assert summed["order_items"].bytes == sum(path.stat().st_size for path in files.paths("order_items"))
