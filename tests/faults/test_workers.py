"""Lost workers: each costs time and nothing else; what kills three is named, and everything else is made."""

import multiprocessing
from pathlib import Path
from typing import Any

import deadly
import pytest
from kills import Undisturbed, files_of

from synth_jupyter.errors import GenerationError
from synth_jupyter.workspace import Progress, Workspace


def killing_at(*partitions: int) -> Any:
    """A listener that kills a worker once for each of these numbers of recorded partitions."""
    left = sorted(partitions)

    def listen(progress: Progress) -> None:
        if left and progress.partitions >= left[0]:
            left.pop(0)
            multiprocessing.active_children()[0].kill()

    return listen


@pytest.mark.parametrize("turn", [at if at < 5 else pytest.param(at, marks=pytest.mark.slow) for at in range(50)])
def test_two_workers_killed_in_a_run_cost_nothing(home: Path, undisturbed: Undisturbed, turn: int) -> None:
    run = Workspace.open(home).experiment("shop").generate(workers=2, on_progress=killing_at(turn % 2, 2 + turn % 2))
    assert (run.status, run.content_digest) == ("complete", undisturbed.content_digest)
    assert files_of(home) == undisturbed.files
    assert multiprocessing.active_children() == []


def test_a_partition_that_kills_three_workers_is_named_and_the_rest_is_made(
    tmp_path: Path,
) -> None:
    assert deadly.Deadly.__module__ == "deadly", "workers import it by this name"
    workspace = Workspace.open(tmp_path / "home")
    workspace.define(deadly.DOCUMENT)
    with pytest.raises(GenerationError, match=r"partition 1 of 't' .* lost 3 workers \(killed by signal 9") as caught:
        workspace.experiment("doomed").generate(workers=2, partition_rows=65_536)
    assert "3 of 4 partitions are kept" in caught.value.message
    assert "synth resume doomed@1" in caught.value.hint
    (run,) = workspace.experiment("doomed").runs()
    assert (run.status, len(workspace.store.runs.partitions(run.key))) == ("failed", 3)
