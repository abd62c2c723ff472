"""A generator written in a script, without a guard, makes as many rows as any other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = '''
from dataclasses import dataclass
import pyarrow as pa
import synth_jupyter

@synth_jupyter.generator("dice")
@dataclass(frozen=True)
class Dice:
    sides: int = 6
    needs: tuple[str, ...] = ()

    def generate(self, rows, stream, inputs):
        return pa.array(stream.below(rows, self.sides) + 1)

workspace = synth_jupyter.open("home")
workspace.define("""
experiment: game
tables:
  throws:
    rows: 300_000
    columns:
      eyes: {type: int, generator: {dice: {sides: 3}}, nulls: 10%}
""")
experiment = workspace.experiment("game")
run = experiment.generate()
print(experiment.sql("SELECT count(*), min(eyes), max(eyes) FROM throws").to_arrow().to_pylist())
experiment.export("game.tar", thin=True)
assert synth_jupyter.open("elsewhere").import_image("game.tar").content_digest == run.content_digest
'''


@pytest.mark.parametrize("form", ["frozen=True", "frozen=True, slots=True"])
def test_a_generator_of_an_unguarded_script_runs_at_any_size_and_in_thin_images(tmp_path: Path, form: str) -> None:
    (tmp_path / "script.py").write_text(SCRIPT.replace("frozen=True", form))
    project = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(project)}
    command = [sys.executable, "script.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "300000" in done.stdout
    assert "3" in done.stdout
