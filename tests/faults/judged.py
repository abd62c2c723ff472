"""What must be true after any fault, and the home it is asked of."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kills import files_of

from synth_jupyter.engine.recover import is_intact
from synth_jupyter.errors import SynthError
from synth_jupyter.workspace import Workspace

# Two tables of two partitions each, small enough to be made in one process.
SMALL = """
experiment: shop
seed: 42
tables:
  customers:
    rows: 65_600
    columns:
      customer_id: {type: bigint, primary_key: true}
      tier: {type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}
  orders:
    rows: 65_700
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
"""
PARTITIONS = 4


def copy(home: Path, number: int) -> Path:
    return Path(shutil.copytree(home, home.parent / f"copy-{number}", symlinks=True))


def generate(home: Path) -> Callable[[], Any]:
    return lambda: Workspace.open(home).experiment("shop").generate()


def resume(home: Path) -> Callable[[], Any]:
    return lambda: Workspace.open(home).experiment("shop").resume()


def broken_promises(home: Path) -> list[str]:
    """Recorded partitions whose file is not whole: there must never be one, whatever was killed."""
    workspace = Workspace.open(home)
    return [
        f"{run.address} {file.path}"
        for run in workspace.store.runs.of()
        for file in workspace.store.runs.partitions(run.key)
        if not is_intact(workspace.folders.run(run.key), file)
    ]


def unmended(home: Path, sound: Path) -> list[str]:
    """What is wrong once the run is finished."""
    try:
        experiment = Workspace.open(home).experiment("shop")
        run = experiment.resume() if experiment.runs() else experiment.generate()
    except SynthError as error:
        return [f"cannot go on: {error.message}"]
    wrong = [] if run.status == "complete" else [f"the run is {run.status}"]
    return wrong + ([] if files_of(home) == files_of(sound) else ["the files differ"])


def faults_of(home: Path, sound: Path) -> list[str]:
    """What is wrong after a crash: a record without its file, or what `resume` cannot mend."""
    return broken_promises(home) + unmended(home, sound)
