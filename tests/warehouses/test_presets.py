"""Every preset loads into SQLite and PostgreSQL with its constraints on."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from synth_jupyter.presets import PRESETS
from synth_jupyter.schema.counts import expected_rows
from synth_jupyter.workspace import Experiment, Workspace


@pytest.fixture(scope="module", params=PRESETS)
def experiment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A small run of each preset."""
    name = str(request.param)
    workspace = Workspace.open(tmp_path_factory.mktemp(name))
    workspace.define(f"preset:{name}")
    workspace.experiment(name).generate(scale=Decimal("0.001" if name == "tpch" else "0.02"), seed=3, load=False)
    return workspace.experiment(name)


def test_a_preset_loads_into_sqlite_with_every_key_enforced(experiment: Experiment, tmp_path: Path) -> None:
    report = experiment.load(f"sqlite:{tmp_path / 'out.sqlite'}").to_dict()
    assert {name: table["rows"] for name, table in report["tables"].items()} == dict(experiment.run().rows)
    assert all("primary_key" in table["enforced"] for table in report["tables"].values())
    with closing(sqlite3.connect(tmp_path / "out.sqlite")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        declared = sum(
            len(connection.execute(f'PRAGMA foreign_key_list("{name}")').fetchall()) for name in report["tables"]
        )
    assert declared >= sum(len(table.foreign_keys) for table in experiment.schema.tables)


@pytest.mark.postgres
def test_a_preset_loads_into_postgresql_with_its_constraints_on(experiment: Experiment, postgres_url: str) -> None:
    workspace = Workspace.open(experiment.workspace.home, {"PG": postgres_url})
    loaded = workspace.experiment(experiment.name)
    report = loaded.load("env:PG", schema=f"of_{experiment.name}").to_dict()
    for table in loaded.schema.tables:
        enforced = report["tables"][table.name]["enforced"]
        assert "primary_key" in enforced
        assert not table.foreign_keys or "foreign_key" in enforced
    assert loaded.verify("env:PG").ok


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_of_a_million_rows_verifies_and_loads_into_postgresql(
    name: str, tmp_path: Path, postgres_url: str
) -> None:
    workspace = Workspace.open(tmp_path, {"PG": postgres_url})
    made = workspace.define(f"preset:{name}")
    scale = Decimal(1_000_000) / sum(expected_rows(made.schema).values())
    experiment = workspace.experiment(name)
    run = experiment.generate(scale=scale, seed=1, load=False)
    assert sum(run.rows.values()) > 900_000
    report = experiment.verify()
    assert report.ok, [check for check in report.checks if check.violations]
    loaded = experiment.load("env:PG", schema=f"large_{name}").to_dict()["tables"]
    assert {table: facts["rows"] for table, facts in loaded.items()} == dict(run.rows)
    keyed = [table.name for table in made.schema.tables if table.foreign_keys]
    assert all("foreign_key" in loaded[table]["enforced"] for table in keyed)
    assert experiment.verify("env:PG").ok
