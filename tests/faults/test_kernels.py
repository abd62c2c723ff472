"""A notebook's kernel is killed with a run under way: its workers go with it, and the run goes on elsewhere."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel
from kills import Undisturbed, all_gone_within

from synth_jupyter.workspace import Workspace

CELL = """
import multiprocessing, threading
from synth_jupyter.workspace import Workspace

def listen(progress):
    if progress.partitions >= {partitions}:
        print("at", *[child.pid for child in multiprocessing.active_children()], flush=True)
        threading.Event().wait()

Workspace.open({home!r}).experiment("shop").{verb}(workers=2, on_progress=listen)
"""


def workers_of(client: Any, code: str) -> list[int]:
    """Run the cell until it says which workers it has."""
    said = threading.Event()
    pids: list[int] = []
    client.execute(code)
    while not said.is_set():
        message = client.get_iopub_msg(timeout=60)
        text = message["content"].get("text", "") if message["msg_type"] == "stream" else ""
        assert message["msg_type"] != "error", message["content"]
        if text.startswith("at "):
            pids = [int(word) for word in text.splitlines()[0].split()[1:]]
            said.set()
    return pids


@pytest.mark.parametrize("turns", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_kernel_leaves_no_worker_and_costs_nothing(
    home: Path, undisturbed: Undisturbed, project: Path, turns: int
) -> None:
    path = os.pathsep.join(filter(None, (str(project), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": path, "IPYTHONDIR": str(home.parent / "ipython")}
    for turn in range(turns):
        manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=str(home.parent))
        try:
            verb = "resume" if turn % 3 else "generate"
            cell = CELL.format(home=str(home), verb=verb, partitions=1 + turn % 3)
            pids = workers_of(client, cell)
            assert len(pids) == 2
            os.kill(manager.provisioner.pid, signal.SIGKILL)  # the kernel alone, not its group
            assert all_gone_within([manager.provisioner.pid, *pids], 1.0), "a worker outlived its kernel"
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        assert Workspace.open(home).experiment("shop").runs()[-1].status == "partial"
    run = Workspace.open(home).experiment("shop").resume()
    assert run.content_digest == undisturbed.content_digest
