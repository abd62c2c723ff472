"""A date that follows a moment is counted from the first midnight at or after it, when it is made and when it is verified."""

import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from synth_jupyter.workspace import Experiment, Workspace

TEXT = """
experiment: e
seed: 1
tables:
  t:
    rows: 400
    columns:
      id: {type: int, primary_key: true}
      at: {type: timestamp, min: 2024-02-27, max: 2024-03-02, nulls: 5%}
      due: {type: date, after: at, min: 1d, within: 2d, nullable: true, nulls: 0}
"""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    workspace = Workspace.open(tmp_path_factory.mktemp("home"))
    workspace.define(TEXT)
    made = workspace.experiment("e")
    made.generate(load=False)
    return made


def midnight(moment: datetime) -> date:
    return moment.date() + timedelta(days=moment.time() != datetime.min.time())


def test_days_are_counted_from_the_first_midnight(experiment: Experiment) -> None:
    rows = experiment.preview("t", 400).to_pylist()
    seen = {(row["due"] - midnight(row["at"])).days for row in rows if row["at"]}
    assert seen == {1, 2}
    assert all(row["due"] is None for row in rows if row["at"] is None)
    assert experiment.verify().ok


@pytest.mark.parametrize("target", ["duckdb", "sqlite"])
def test_a_day_too_early_or_too_late_is_counted(experiment: Experiment, target: str, tmp_path: Path) -> None:
    place = f"{target}:{tmp_path / 'out'}"
    experiment.load(place)
    assert experiment.verify(place).ok
    if target == "duckdb":
        return
    first = next(row for row in experiment.preview("t", 400).to_pylist() if row["at"])
    for days, wrong in ((0, 1), (1, 0), (2, 0), (3, 1)):
        with closing(sqlite3.connect(tmp_path / "out")) as file, file:
            due = midnight(first["at"]) + timedelta(days=days)
            file.execute("UPDATE t SET due = ? WHERE id = ?", (due.isoformat(), first["id"]))
        assert sum(check.violations for check in experiment.verify(place).checks) == wrong
