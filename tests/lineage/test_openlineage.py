"""OpenLineage events of runs."""

import json
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from synth_jupyter.lineage.openlineage import run_event
from synth_jupyter.plan.model import Plan, RunFiles
from synth_jupyter.store.records import RunRecord


@pytest.fixture
def run(plan: Plan) -> RunRecord:
    return RunRecord(
        "0123456789abcdef0123456789abcdef", "shop", 1, 1, 7, dict(plan.rows), plan.digest, "complete", 1,
        content_digest="sha256:cc", created_at="2025-01-01T00:00:00.000+00:00",
        finished_at="2025-01-01T00:00:05.000+00:00",
    )  # fmt: skip


@pytest.fixture
def event(run: RunRecord, files: RunFiles) -> dict[str, Any]:
    return dict(json.loads(json.dumps(run_event(run, files), allow_nan=False)))


def facets(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Every facet of the document, wherever it stands."""
    holders = [event["run"]["facets"], event["job"]["facets"]]
    holders += [output[name] for output in event["outputs"] for name in ("facets", "outputFacets")]
    return [facet for holder in holders for facet in holder.values()]


def output(event: dict[str, Any], name: str) -> dict[str, Any]:
    return next(dict(output) for output in event["outputs"] if output["name"] == name)


def test_the_event_has_what_the_specification_requires(event: dict[str, Any]) -> None:
    assert event["eventType"] == "COMPLETE"
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    assert event["producer"].startswith("pkg:")
    assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    assert str(uuid.UUID(event["run"]["runId"])) == event["run"]["runId"]
    assert (event["job"]["namespace"], event["job"]["name"]) == ("synth", "shop.generate")
    assert event["inputs"] == []


def test_every_facet_names_its_producer_and_schema(event: dict[str, Any]) -> None:
    assert len(facets(event)) > 10
    specification = event["schemaURL"].partition("/2-0-2/")[0]
    assert {facet["_producer"] for facet in facets(event)} == {event["producer"]}
    assert all(facet["_schemaURL"].startswith(f"{specification}/") for facet in facets(event))


def test_each_table_is_an_output_with_schema_and_statistics(event: dict[str, Any], files: RunFiles) -> None:
    assert [output["name"] for output in event["outputs"]] == [f"shop.{table.name}" for table in files.schema.tables]
    orders = output(event, "shop.orders")
    assert orders["facets"]["schema"]["fields"][0] == {"name": "order_id", "type": "bigint"}
    assert orders["outputFacets"]["outputStatistics"]["rowCount"] == files.rows("orders")
    assert orders["outputFacets"]["outputStatistics"]["size"] > 0


def test_column_lineage_names_the_columns_and_how(event: dict[str, Any]) -> None:
    fields = output(event, "shop.order_items")["facets"]["columnLineage"]["fields"]
    assert set(fields) == {"order_id", "product_id", "price"}
    assert {(each["name"], each["field"]) for each in fields["price"]["inputFields"]} == {
        ("shop.products", "price"), ("shop.order_items", "discount"),
    }  # fmt: skip
    (how,) = fields["order_id"]["inputFields"][0]["transformations"]
    assert (how["type"], how["subtype"]) == ("DIRECT", "IDENTITY")
    paid = output(event, "shop.orders")["facets"]["columnLineage"]["fields"]["paid_at"]["inputFields"]
    kinds = {each["field"]: each["transformations"][0]["type"] for each in paid}
    assert kinds == {"ordered_at": "DIRECT", "status": "INDIRECT"}
    assert "columnLineage" not in output(event, "shop.products")["facets"]


@pytest.mark.parametrize(
    ("status", "type"), [("running", "START"), ("partial", "ABORT"), ("failed", "FAIL"), ("reset", "COMPLETE")]
)
def test_the_state_of_the_run_is_the_type_of_the_event(run: RunRecord, files: RunFiles, status: str, type: str) -> None:
    event = run_event(replace(run, status=status, reason="disk full"), files)
    assert event["eventType"] == type
    assert ("errorMessage" in event["run"]["facets"]) == (status == "failed")


def test_a_reset_run_still_tells_its_row_counts(run: RunRecord, files: RunFiles) -> None:
    event = run_event(replace(run, status="reset"), replace(files, files=()))
    assert output(event, "shop.orders")["outputFacets"]["outputStatistics"]["rowCount"] == run.rows["orders"]
