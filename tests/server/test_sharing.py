"""Two kernels, a command line and a server work in one home at one time, and none meets a lock."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("server")

TIMES = 12
DOCUMENT = "{tables: {t: {rows: %d, columns: {id: {type: bigint, primary_key: true}}}}}"
KERNEL = """
import sys
import synth_jupyter
name, times, document = sys.argv[1], int(sys.argv[2]), sys.argv[3]
workspace = synth_jupyter.open()
for turn in range(1, times + 1):
    for each in (name, "shared_by_four"):
        workspace.define(document % turn, each, replace=True)
    workspace.experiment(name).generate()
    workspace.experiment("shared_by_four").preview("t", 1)
"""


def test_two_kernels_a_command_line_and_a_server_meet_no_lock(server: Any, killed: Any, project: Path) -> None:
    environment = os.environ | {"SYNTH_HOME": str(killed.home), "PYTHONPATH": str(project), "SYNTH_PROGRESS": "off"}
    words = [[sys.executable, "-c", KERNEL, name, str(TIMES), DOCUMENT] for name in ("kernel_one", "kernel_two")]
    line = f"for i in 1 2 3; do echo '{DOCUMENT % 3}' | $SYNTH define line - --replace && $SYNTH generate line; done"
    words.append(["sh", "-ec", line.replace("$SYNTH", f"{sys.executable} -m synth_jupyter")])
    others = [
        subprocess.Popen(each, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for each in words
    ]
    for turn in range(1, TIMES + 1):
        for name in ("of_the_server", "shared_by_four"):
            server.post("define", name=name, document=DOCUMENT % turn, replace=True)
        assert server.get("list")["experiments"]
    said = [(process.communicate(timeout=120)[0], process.returncode) for process in others]
    assert [code for _, code in said] == [0, 0, 0], said
    assert len(server.get("runs", name="kernel_one")["runs"]) == TIMES
