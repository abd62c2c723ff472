"""A thin image is refused, by the names of the columns, where another machine may make other values."""

from pathlib import Path

import pytest

from synth_jupyter.errors import ImageError
from synth_jupyter.workspace import Experiment, Workspace

TEXT = """
experiment: e
seed: 1
tables:
  t:
    rows: 20
    columns:
      id: {type: int, primary_key: true}
      firm: {type: varchar(30), faker: {provider: company, per_row: true}}
      size: {type: double, expr: "round(exp(id / 9.0), 2)"}
      seldom: {type: int, min: 1, max: 9, when: "ln(id) > 1", nullable: true}
      sure: {type: int, expr: "id * 2"}
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    workspace = Workspace.open(tmp_path / "home")
    workspace.define(TEXT)
    workspace.experiment("e").generate(load=False)
    return workspace.experiment("e")


def test_a_thin_image_names_the_columns_that_could_come_out_otherwise(experiment: Experiment, tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        experiment.export(tmp_path / "thin.tar", thin=True)
    assert all(name in caught.value.message for name in ("t.firm", "t.size", "t.seldom"))
    assert "t.sure" not in caught.value.message
    assert not (tmp_path / "thin.tar").exists()
    experiment.export(tmp_path / "full.tar")
    assert (tmp_path / "full.tar").exists()
