"""Lineage of a workspace: OpenLineage events judged by the published models, traces of loads, images and resets."""

import json
import random
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.commands import run as command
from synth_jupyter.errors import CommandError, NotFoundError, SettingsError, WarehouseError
from synth_jupyter.workspace import Experiment, Workspace


@pytest.fixture
def made(shop: Experiment) -> Experiment:
    shop.generate(rows={"customers": 2_000}, load=False)
    return shop


@pytest.fixture
def events(made: Experiment, tmp_path: Path) -> list[dict[str, Any]]:
    """Of a run that was transformed, loaded and verified; as the words print them."""
    made.transform(
        "SELECT tier, max(price) AS most FROM orders JOIN customers USING (customer_id) GROUP BY tier", "tiers"
    )
    made.load(f"sqlite:{tmp_path / 'shop.sqlite'}")
    made.verify()
    answer = command(made.workspace, ["lineage", "shop", "--format", "openlineage"])
    assert answer.text is not None
    return [json.loads(line) for line in answer.text.splitlines()]


def of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["schemaURL"].endswith(f"/{kind}")]


def built(event: dict[str, Any]) -> Any:
    """The event as values of the published client; TypeError or ValueError where it has another form."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from openlineage.client import event_v2 as models
    kind = event["schemaURL"].rpartition("/")[2]
    if kind == "DatasetEvent":
        dataset = models.StaticDataset(**facets(event["dataset"]))
        return models.DatasetEvent(eventTime=event["eventTime"], producer=event["producer"], dataset=dataset)
    job = models.Job(**facets(event["job"]))
    inputs = [models.InputDataset(**facets(each)) for each in event["inputs"]]
    outputs = [models.OutputDataset(**facets(each)) for each in event["outputs"]]
    if kind == "JobEvent":
        head = {"eventTime": event["eventTime"], "producer": event["producer"]}
        return models.JobEvent(**head, job=job, inputs=inputs, outputs=outputs)
    state, run = models.RunState(event["eventType"]), models.Run(**facets(event["run"]))
    return models.RunEvent(eventTime=event["eventTime"], producer=event["producer"], eventType=state, run=run, job=job,
                           inputs=inputs, outputs=outputs)  # fmt: skip


def facets(holder: dict[str, Any]) -> dict[str, Any]:
    """The holder with each facet as the class that the client publishes for its name."""
    from openlineage.client.generated import (
        column_lineage_dataset,
        data_quality_assertions_dataset,
        data_quality_metrics_dataset,
        dataset_version_dataset,
        job_type_job,
        output_statistics_output_dataset,
        parent_run,
        processing_engine_run,
        schema_dataset,
        sql_job,
    )  # fmt: skip

    known = {
        "schema": schema_dataset.SchemaDatasetFacet, "version": dataset_version_dataset.DatasetVersionDatasetFacet,
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet, "sql": sql_job.SQLJobFacet,
        "dataQualityMetrics": data_quality_metrics_dataset.DataQualityMetricsDatasetFacet,
        "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
        "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
        "jobType": job_type_job.JobTypeJobFacet, "parent": parent_run.ParentRunFacet,
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet,
    }  # fmt: skip
    made = dict(holder)
    for place in ("facets", "inputFacets", "outputFacets"):
        for name, facet in holder.get(place, {}).items():
            assert facet["_schemaURL"].startswith("https://openlineage.io/spec/")
            if name in known:
                known[name](**{key: value for key, value in facet.items() if not key.startswith("_")})
            else:
                assert name.startswith("synth_"), f"{name} is no facet of the specification"
    return made


def test_every_event_is_one_of_the_published_models(events: list[dict[str, Any]]) -> None:
    for event in events:
        built(event)
    assert {len(of_kind(events, kind)) for kind in ("RunEvent", "JobEvent", "DatasetEvent")} == {5, 1, 2}
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)


def test_a_wrong_event_is_not_one_of_the_published_models(events: list[dict[str, Any]]) -> None:
    event = of_kind(events, "RunEvent")[-1]
    for wrong in ({"eventType": "DONE"}, {"eventTime": "yesterday"}, {"run": {"runId": "1"}}):
        with pytest.raises((ValueError, TypeError)):
            built(event | wrong)


def test_events_carry_columns_quality_and_ids_that_stay(events: list[dict[str, Any]], made: Experiment) -> None:
    runs = {event["job"]["name"]: event for event in of_kind(events, "RunEvent")}
    assert set(runs) == {"shop.generate", "shop.tiers", "shop.load", "shop.verify"}
    (tiers,) = runs["shop.tiers"]["outputs"]
    most = tiers["facets"]["columnLineage"]["fields"]["most"]["inputFields"]
    assert [(each["name"], each["field"], each["transformations"][0]["subtype"]) for each in most] == [
        ("shop.orders", "price", "AGGREGATION")
    ]
    orders = next(each for each in runs["shop.generate"]["outputs"] if each["name"] == "shop.orders")
    assert orders["facets"]["dataQualityMetrics"]["columnMetrics"]["price"] == {
        "nullCount": 0,
        "count": made.run().rows["orders"],
    }
    checks = runs["shop.verify"]["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert checks
    assert all(check["success"] for check in checks)
    again = command(made.workspace, ["lineage", "shop", "--format", "openlineage"]).document["events"]
    assert again == events


class Endpoint(BaseHTTPRequestHandler):
    got: list[tuple[str, dict[str, Any]]]
    refuse_after: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, json.loads(body)))
        self.send_response(201 if len(self.got) <= self.refuse_after else 500)
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        """Nothing."""


@pytest.fixture
def endpoint() -> Iterator[type[Endpoint]]:
    handler = type("Handler", (Endpoint,), {"got": [], "refuse_after": 10**6})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    handler.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_events_are_sent_only_when_asked_and_only_to_the_address_of_the_setting(
    made: Experiment, endpoint: Any, tmp_path: Path
) -> None:
    words = ["lineage", "shop", "--format", "openlineage"]
    with pytest.raises(SettingsError, match="not set"):
        command(made.workspace, [*words, "--send"])
    home = made.workspace.home
    told = Workspace.open(home, {"SYNTH_OPENLINEAGE_URL": endpoint.address})
    sent = command(told, words).document["events"]
    assert endpoint.got == []
    assert command(told, [*words, "--send"]).document == {
        "level": "openlineage",
        "sent": len(sent),
        "to": endpoint.address,
    }
    assert endpoint.got == [("/api/v1/lineage", event) for event in sent]
    endpoint.refuse_after = len(endpoint.got) + 2
    with pytest.raises(WarehouseError, match=f"took 2 of {len(sent)}"):
        command(told, [*words, "--send"])
    with pytest.raises(SettingsError, match="no http address"):
        command(Workspace.open(home, {"SYNTH_OPENLINEAGE_URL": "file:///etc/passwd"}), [*words, "--send"])
    with pytest.raises(CommandError, match="--send"):
        command(told, ["lineage", "shop", "--send"])


@pytest.mark.parametrize("table", ["customers", "orders"])
def test_200_random_rows_trace_to_their_run_file_and_row(made: Experiment, table: str) -> None:
    rows = made.sql(f"SELECT * FROM {table}").to_arrow().to_pylist()
    key = made.schema.table(table).primary_key[0]
    files = {file.index: file.path for file in made.files().files if file.table == table}
    for row in random.Random(table).sample(range(len(rows)), 200):
        found = made.trace(table, rows[row][key])
        assert (found.run, found.row, found.file) == ("shop@1", row, files[found.partition])
        assert {name: value.value for name, value in found.columns.items()} == rows[row]
        assert not found.differing
        assert all(value.equal for value in found.columns.values())


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_loaded_row_is_compared_and_a_change_there_is_seen(made: Experiment, tmp_path: Path, engine: str) -> None:
    target = f"{engine}:{tmp_path / 'there'}"
    made.load(target)
    found = made.trace("orders", 17, target=target)
    assert (found.differing, found.note, found.target) == ((), "", target)
    assert all(value.equal for value in found.columns.values())
    change(engine, tmp_path / "there", "UPDATE orders SET price = price + 1 WHERE order_id = 17")
    assert made.trace("orders", 17, target=target).differing == ("price",)
    change(engine, tmp_path / "there", "DELETE FROM orders WHERE order_id = 17")
    gone = made.trace("orders", 17, target=target)
    assert "0 rows" in gone.note
    assert gone.columns["price"].equal is None


@pytest.mark.postgres
def test_rows_are_compared_in_postgresql_wherever_their_run_was_loaded(made: Experiment, postgres_url: str) -> None:
    """In the schema that `load` was told; a run that is not there is compared with no other."""
    from adbc_driver_postgresql import dbapi

    told = Workspace.open(made.workspace.home, {"HERE": postgres_url}).experiment("shop")
    told.load("env:HERE", schema="stage")
    for row in random.Random(1).sample(range(told.run().rows["orders"]), 20):
        found = told.trace("orders", row=row, target="env:HERE")
        assert (found.differing, found.note) == ((), "")
        assert {value.equal for value in found.columns.values()} == {True}
    with dbapi.connect(postgres_url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE stage.orders SET price = price + 1 WHERE order_id = 17")
    assert told.trace("orders", 17, target="env:HERE").differing == ("price",)
    told.reset()
    assert told.trace("orders", 17, target="env:HERE").differing == ("price",)
    told.generate(rows={"customers": 10}, load=False)
    with pytest.raises(NotFoundError, match="shop@2 is not loaded"):
        told.trace("orders", 1, target="env:HERE")


def change(engine: str, path: Path, sql: str) -> None:
    import sqlite3

    import duckdb

    connection: Any = sqlite3.connect(path) if engine == "sqlite" else duckdb.connect(str(path))
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_children_are_ranges_where_rows_belong_to_parents(made: Experiment) -> None:
    for customer in (1, 2, 77):
        (orders,) = made.trace("customers", customer, children=True).children
        mine = made.sql(f"SELECT order_id FROM orders WHERE customer_id = {customer} ORDER BY 1").rows()
        assert [[order] for order in range(orders.first + 1, orders.first + 1 + orders.count)] == mine
    assert made.trace("customers", 1).children is None


def test_draws_are_those_that_make_the_value(made: Experiment) -> None:
    (below,) = made.trace("orders", 17, column="price").columns["price"].draws
    assert below["draw"] == "below 49,901"
    price = made.sql("SELECT price FROM orders WHERE order_id = 17").to_arrow()[0][0].as_py()
    assert below["value"] == int(price * 100) - 100
    assert made.trace("orders", 17, column="order_id").columns["order_id"].draws == ()


def test_an_imported_run_and_a_reset_one_are_traced(made: Experiment, tmp_path: Path) -> None:
    before = made.trace("orders", 17).to_dict()
    for thin in (False, True):
        made.export(tmp_path / f"{thin}.tar", thin=thin)
        made.workspace.import_image(tmp_path / f"{thin}.tar", name=f"other{thin}")
        found = made.workspace.experiment(f"other{thin}").trace("orders", 17).to_dict()
        assert (found["run"], found["columns"]) == (f"other{thin}@1", before["columns"])
        assert found["file"] is not None
    made.reset()
    found = made.trace("orders", 17)
    assert "made again" in found.note
    assert {name: value.value for name, value in found.columns.items()}.keys() == before["columns"].keys()


POOLED = """
experiment: pooled
tables:
  t:
    rows: 50
    columns:
      id: {type: bigint, primary_key: true}
      name: {type: varchar(60), faker: name}
      city: {type: varchar(60), faker: {provider: city, locale: de_DE}}
      mail: {type: varchar(90), unique: true, faker: email}
      note: {type: text}
"""


def test_every_run_tells_the_pools_it_drew_on_also_reset_and_imported(workspace: Workspace, tmp_path: Path) -> None:
    workspace.define(POOLED)
    pooled = workspace.experiment("pooled")
    pooled.generate(load=False)
    pooled.export(tmp_path / "pooled.tar", thin=True)
    pooled.reset()
    workspace.import_image(tmp_path / "pooled.tar", name="other")
    for name in ("pooled", "other"):
        graph = workspace.experiment(name).lineage("run")
        drawn = {graph.node(edge.source).label: edge for edge in graph.edges if edge.kind == "pool"}
        assert {label: edge.label for label, edge in drawn.items()} == {
            "name en_US": "t.name", "city de_DE": "t.city", "first_name en_US": "t.mail", "last_name en_US": "t.mail",
            "sentence en_US": "t.note",
        }  # fmt: skip
        assert {edge.target for edge in drawn.values()} == {f"run:{name}@1"}
        city = graph.node(drawn["city de_DE"].source).to_dict()
        (kept,) = (workspace.folders.pools).glob(f"{city['digest'].removeprefix('sha256:')}.txt")
        assert (len(kept.read_text().splitlines()), city["shipped"]) == (city["values"], False)
    assert "frozen pool: city de_DE" in workspace.experiment("other").explain("t", "city")


def test_existing_rows_are_where_a_run_came_from(workspace: Workspace) -> None:
    import pyarrow as pa

    document = (
        "experiment: later\ntables:\n  t:\n    rows: 3\n    columns:\n      id: {type: bigint, primary_key: true}\n"
    )
    workspace.define(document, existing={"t": pa.table({"id": [5, 6, 7]})})
    workspace.experiment("later").generate(load=False)
    graph = workspace.experiment("later").lineage("run")
    (node,) = (node for node in graph.nodes if node.kind == "pool")
    assert node.label == "existing rows of t"
    assert graph.path(node.id, "data:later@1:t") == (node.id, "run:later@1", "data:later@1:t")


@pytest.mark.parametrize("spelled", ["90s", "PT90S", "PT1M30S", "pt1m30s"])
def test_intervals_are_keys_in_the_form_in_which_they_are_shown(workspace: Workspace, spelled: str) -> None:
    workspace.define(
        "experiment: spans\ntables:\n  t:\n    rows: 3\n    columns:\n"
        "      span: {type: interval, primary_key: true, choices: [90s, 1h, 2d]}\n"
    )
    workspace.experiment("spans").generate(load=False)
    assert workspace.experiment("spans").trace("t", spelled).columns["span"].equal
