"""Every pattern of keys generates, loads with its constraints into real engines, verifies there, and traces back."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from judges import HOLDS

import synth_jupyter
from synth_jupyter.workspace import Experiment


@pytest.fixture(params=HOLDS)
def experiment(request: pytest.FixtureRequest, tmp_path: Path) -> Experiment:
    workspace = synth_jupyter.open(tmp_path / "home")
    workspace.define(f"experiment: x\nseed: 5\ntables:{HOLDS[request.param]}")
    workspace.experiment("x").generate()
    return workspace.experiment("x")


def constraints_of(experiment: Experiment) -> dict[str, int]:
    tables = experiment.schema.tables
    return {
        "p": sum(bool(table.primary_key) for table in tables),
        "u": sum(len(table.unique) for table in tables),
        "f": sum(len(table.foreign_keys) for table in tables),
    }


def test_the_run_holds_and_traces_back(experiment: Experiment) -> None:
    report = experiment.verify()
    assert report.ok, [check for check in report.checks if check.violations]
    for table in experiment.schema.tables:
        rows = experiment.files().rows(table.name)
        for row in {0, rows // 2, rows - 1} if rows else ():
            trace = experiment.trace(table.name, row=row)
            assert trace.differing == ()
            if table.primary_key:
                key = {name: trace.to_dict()["columns"][name]["value"] for name in table.primary_key}
                assert experiment.trace(table.name, key).to_dict()["row"] == row


def test_sqlite_accepts_every_constraint(experiment: Experiment, tmp_path: Path) -> None:
    experiment.load(f"sqlite:{tmp_path}/x.sqlite")
    with sqlite3.connect(tmp_path / "x.sqlite") as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        declared = 0
        for table in experiment.schema.tables:
            rows = database.execute(f"PRAGMA foreign_key_list('{table.name}')").fetchall()
            declared += len({row[0] for row in rows})
    assert declared == constraints_of(experiment)["f"]
    assert experiment.verify(f"sqlite:{tmp_path}/x.sqlite").ok


@pytest.mark.postgres
def test_postgres_accepts_every_constraint(
    experiment: Experiment, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET", postgres_url)
    name = f"s{abs(hash(tmp_path))}"
    experiment.load("env:TARGET", schema=name)
    found = {}
    for kind in "puf":
        sql = f"""SELECT count(*) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
                  WHERE n.nspname = '{name}' AND contype = '{kind}' AND convalidated"""
        found[kind] = int(_psql(postgres_url, sql))
    assert found == {**constraints_of(experiment), "p": found["p"]}
    assert found["p"] >= constraints_of(experiment)["p"]


def _psql(url: str, sql: str) -> str:
    command = ["psql", "-X", "-A", "-t", "-d", url, "-c", sql]
    environment = {**os.environ, "PGAPPNAME": "judge"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()
