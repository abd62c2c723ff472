"""Some tables of an image, and those that their keys lead to: the same rows, whole keys, and nothing else is read."""

import json
import tarfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from registries import false_registry

from synth_jupyter.__main__ import main
from synth_jupyter.engine.batches import evaluate
from synth_jupyter.engine.digest import table_digests
from synth_jupyter.errors import CommandError, ImageError, NotFoundError
from synth_jupyter.images.load import layers_needed, load
from synth_jupyter.images.part import closure
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.presets import PRESETS, preset
from synth_jupyter.schema import document as documents
from synth_jupyter.workspace import Experiment, Progress, Workspace

SHOP = """
experiment: shop
seed: 7
tables:
  cities: {rows: 5, columns: {city_id: {type: int, primary_key: true}, name: {type: varchar(40), faker: city}}}
  customers: {rows: 40, columns: {
    customer_id: {type: bigint, primary_key: true}, city_id: {references: cities.city_id},
    signup: {type: date, min: 2023-01-01, max: 2024-12-31},
    referred_by: {references: customers.customer_id, nulls: 0.7}}}
  orders: {rows: {per: customers, min: 0, max: 5}, columns: {
    order_id: {type: bigint, primary_key: true}, customer_id: {references: customers.customer_id},
    at: {type: timestamp, after: customer_id.signup, within: 90d}}}
  visits: {rows: 500, columns: {visit_id: {type: int, primary_key: true}, city_id: {references: cities.city_id}}}
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "elsewhere")


@pytest.mark.parametrize("thin", [False, True])
def test_tables_come_with_those_their_keys_lead_to_and_can_be_made_again(
    shop: Experiment, elsewhere: Workspace, tmp_path: Path, thin: bool
) -> None:
    shop.export(tmp_path / "shop.tar", thin=thin)
    run = elsewhere.import_image(tmp_path / "shop.tar", tables=["ORDERS"])
    assert run.part is not None
    assert (run.part.brought, run.part.left_out) == (("cities", "customers"), ("visits",))
    assert run.part.whole == shop.run().content_digest != run.content_digest
    part = elsewhere.experiment("shop")
    assert "without visits" in part.run().origin
    assert part.verify().ok
    keys = {(table.name, key.columns, key.table) for table in part.schema.tables for key in table.foreign_keys}
    whole = {(table.name, key.columns, key.table) for table in shop.schema.tables for key in table.foreign_keys}
    assert keys == {key for key in whole if key[0] != "visits"}
    digests = table_digests(shop.schema, shop.files().files)
    assert table_digests(part.schema, part.files().files) == {name: digests[name] for name in run.rows}
    part.reset()
    assert part.restore().content_digest == run.content_digest
    part.export(tmp_path / "part.tar")
    assert elsewhere.import_image(tmp_path / "part.tar", "again").content_digest == run.content_digest


def test_all_tables_are_no_part(shop: Experiment, elsewhere: Workspace, tmp_path: Path) -> None:
    shop.export(tmp_path / "shop.tar")
    run = elsewhere.import_image(tmp_path / "shop.tar", tables=["orders", "visits"])
    assert run.part is None
    assert run.content_digest == shop.run().content_digest


def test_a_pull_fetches_the_layers_of_the_tables_alone(
    shop: Experiment, elsewhere: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with false_registry() as (address, memory):
        report = shop.push(f"{address}/r:v1")
        layers = {layer.role: layer.digest for layer in report.layers}
        memory.said.clear()
        events: list[Progress] = []
        run = elsewhere.pull(f"{address}/r:v1", tables=["visits"], on_progress=events.append)
        fetched = {path.rpartition("/")[2] for method, path, _ in memory.said if method == "GET" and "/blobs/" in path}
        assert layers["data visits"] in fetched
        assert not {layers["data orders"], layers["data customers"]} & fetched
        assert run.rows == {"cities": 5, "visits": 500}
        folders = [file.path.split("/")[1] for file in elsewhere.experiment("shop").files().files]
        assert folders == ["t0001_cities", "t0002_visits"]  # as if made here
        assert [event.finished for event in events] == [False] * (len(events) - 1) + [True]
        assert events[-1].rows == events[-1].totals == run.rows
        assert len(events) > 3
        monkeypatch.setenv("SYNTH_PROGRESS", "plain")
        assert main(["pull", f"{address}/r:v1", "--as", "said", "--tables", "visits", "--json"]) == 0
        assert f"{address}/r:v1: done, 505 rows" in capsys.readouterr().err
        with pytest.raises(NotFoundError, match="there is no table 'visit'; did you mean 'visits'"):
            elsewhere.pull(f"{address}/r:v1", "x", tables=["visit"])
        memory.blobs[layers["data visits"]] = b"changed"
        with pytest.raises(ImageError, match=r"nothing was kept|breaks off"):
            elsewhere.pull(f"{address}/r:v1", "x", tables=["visits"])
        assert elsewhere.pull(f"{address}/r:v1", "x", tables=["customers"]).rows == {"cities": 5, "customers": 40}
    assert list(elsewhere.folders.incoming.iterdir()) == []


def test_what_is_not_asked_for_need_not_be_there_and_what_is_must(image: Path, run: RunFiles, tmp_path: Path) -> None:
    whole, needed = layers_needed(image, None), layers_needed(image, ["cities"])
    assert {table for rows in needed.values() for table in rows} == {"cities"}
    assert sum(rows.get("orders", 0) for rows in whole.values()) == 70_000
    with tarfile.open(image) as archive:
        archive.extractall(tmp_path / "layout", filter="data")
    (tmp_path / "layout" / "manifest.json").unlink()  # it would have to be whole
    blobs = [layer["digest"][7:] for layer in manifest_of(tmp_path / "layout")["layers"]]
    for number in set(whole) - set(needed):
        (tmp_path / "layout" / "blobs" / "sha256" / blobs[number]).unlink()
    taken = load(tmp_path / "layout", tmp_path / "in", tables=["cities"])
    assert (taken.rows, taken.left_out, taken.whole) == ({"cities": 3}, ("orders",), run.content_digest)
    (cities,) = taken.files
    assert (tmp_path / "in" / cities.path).read_bytes() == (run.root / run.files[0].path).read_bytes()
    with pytest.raises(ImageError, match="has no blob"):
        load(tmp_path / "layout", tmp_path / "all")
    for number in needed:
        (tmp_path / "layout" / "blobs" / "sha256" / blobs[number]).unlink()
    with pytest.raises(ImageError, match="has no blob"):
        load(tmp_path / "layout", tmp_path / "none", tables=["cities"])


def manifest_of(layout: Path) -> Any:
    (only,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return json.loads((layout / "blobs" / "sha256" / only["digest"][7:]).read_bytes())


QUICK = ("iot", "shop")


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in PRESETS if name not in QUICK)]
)
def test_a_part_of_a_preset_has_the_values_of_the_whole(name: str) -> None:
    """Whatever table is asked for, with what its keys lead to, it is planned and made as among all tables."""
    schema = documents.read(preset(name)).schema
    whole = build_plan(schema, 5, scale=Decimal("0.05"))
    parts = [closure(schema, [table.name]) for table in schema.tables]
    for number, part in enumerate(parts):
        if part in parts[:number] or part == schema:
            continue
        assert documents.read(documents.canonical(part)).schema == part
        plan = build_plan(part, 5, scale=Decimal("0.05"))
        assert plan.rows == {table.name: whole.rows[table.name] for table in part.tables}
        for table in part.tables:
            rows = np.arange(min(20, whole.rows[table.name]))
            assert evaluate(plan, table.name, rows).equals(evaluate(whole, table.name, rows))


def test_names_are_read_as_csv() -> None:
    from synth_jupyter.commands.surface import table_names

    assert table_names('a, "b,c",d e') == ("a", "b,c", "d e")
    for wrong in ("", ",", "a,,b", '"a'):
        with pytest.raises(CommandError, match="names no table"):
            table_names(wrong)
