"""Every preset defines, plans at a million rows, generates, verifies and says what it is for."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import presets_page
import pytest

from synth_jupyter.__main__ import main
from synth_jupyter.commands.grammar import help_text
from synth_jupyter.engine.batches import evaluate
from synth_jupyter.errors import NotFoundError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.presets import PRESETS, preset
from synth_jupyter.schema.counts import expected_rows
from synth_jupyter.schema.document import canonical, read
from synth_jupyter.schema.model import Schema
from synth_jupyter.workspace import Workspace

SMALL = {name: Decimal("0.001") if name == "tpch" else Decimal("0.03") for name in PRESETS}
TPCH = {"region": 5, "nation": 25, "supplier": 10_000, "part": 200_000, "partsupp": 800_000, "customer": 150_000,
        "orders": 1_500_000, "lineitem": 6_001_215}  # fmt: skip


def schema_of(name: str) -> Schema:
    return read(preset(name)).schema


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_reads_back_as_it_was_written_and_says_what_it_is(name: str) -> None:
    schema = schema_of(name)
    assert schema.name == name
    assert read(canonical(schema)).schema == schema
    assert preset(name).startswith(f"# {schema.description[:30]}")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_plans_at_a_million_rows(name: str) -> None:
    schema = schema_of(name)
    scale = Decimal(1_000_000) / sum(expected_rows(schema).values())
    assert 900_000 < sum(build_plan(schema, 1, scale=scale).rows.values()) < 1_100_000


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_generates_and_verifies(name: str, tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    assert workspace.define(f"preset:{name}", "mine").name == "mine"
    run = workspace.experiment("mine").generate(scale=SMALL[name], seed=1, load=False)
    report = workspace.experiment("mine").verify()
    assert (run.status, report.ok) == ("complete", True), [check for check in report.checks if check.violations]


def test_tpch_has_the_cardinalities_of_the_standard_at_every_scale() -> None:
    schema = schema_of("tpch")
    assert expected_rows(schema) == TPCH
    scaled = build_plan(schema, 1, scale=3).rows
    assert scaled == {name: rows if rows < 100 else 3 * rows for name, rows in TPCH.items()}


def test_tpch_has_the_regions_and_the_customers_without_orders_of_the_standard() -> None:
    plan = build_plan(schema_of("tpch"), 1)
    nations = evaluate(plan, "nation", np.arange(25), ["n_name", "n_regionkey"]).to_pylist()
    regions = evaluate(plan, "region", np.arange(5), ["r_name"])["r_name"].to_pylist()
    held = {
        name: {nation["n_name"] for nation in nations if regions[nation["n_regionkey"]] == name} for name in regions
    }
    assert held["AFRICA"] == {"ALGERIA", "ETHIOPIA", "KENYA", "MOROCCO", "MOZAMBIQUE"}
    assert held["AMERICA"] == {"ARGENTINA", "BRAZIL", "CANADA", "PERU", "UNITED STATES"}
    assert held["ASIA"] == {"INDIA", "INDONESIA", "JAPAN", "CHINA", "VIETNAM"}
    assert held["EUROPE"] == {"FRANCE", "GERMANY", "ROMANIA", "RUSSIA", "UNITED KINGDOM"}
    assert held["MIDDLE EAST"] == {"EGYPT", "IRAN", "IRAQ", "JORDAN", "SAUDI ARABIA"}
    owners = evaluate(plan, "orders", np.arange(65_536), ["o_custkey"])["o_custkey"].to_numpy()
    assert set((owners % 3).tolist()) == {1, 2}


@pytest.mark.slow
def test_tpch_has_four_million_different_comments_of_lines() -> None:
    import pyarrow.compute as pc

    plan = build_plan(schema_of("tpch"), 1)
    comments = evaluate(plan, "lineitem", np.arange(TPCH["lineitem"]), ["l_comment"])["l_comment"]
    assert pc.count_distinct(comments).as_py() >= 4_000_000
    assert pc.mean(pc.utf8_length(comments)).as_py() >= 20


def test_persons_choices_and_moments_of_a_preset_fit_each_other(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    workspace.define("preset:bank")
    people = workspace.experiment("bank").preview("customers", 200).to_pylist()
    assert all(p["email"].startswith(f"{p['first_name']}.{p['last_name']}".lower()[:3]) for p in people)
    assert {p["title"] for p in people} == {"Ms.", "Mr."}
    booked = workspace.experiment("bank").preview("transactions", 500).to_pylist()
    assert all(row["amount"] > 0 for row in booked if row["kind"] == "salary")
    assert all(row["amount"] < 0 for row in booked if row["kind"] in ("card", "cash", "direct_debit"))


def test_an_unknown_preset_is_told_with_the_nearest_one_and_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'bank'"):
        preset("bnak")
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path))
    assert main(["define", "mine", "preset:hosptal"]) == 1
    said = capsys.readouterr().err
    assert "did you mean 'hospital'" in said
    assert all(name in said for name in PRESETS)


def test_help_names_every_preset() -> None:
    assert all(name in help_text("define") for name in PRESETS)


def test_the_page_of_the_presets_is_what_they_say() -> None:
    assert presets_page.PAGE.read_text() == presets_page.page(), "run `make fmt`"
    assert all((presets_page.PAGE.parent / f"../images/preset-{name}.svg").is_file() for name in PRESETS)
