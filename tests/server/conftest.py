"""A server that was killed, and one for all tests of this folder on the same workspace."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from serving import LASTING, SECRETS, SHOP, Server, start_server, stop_server, waiting

from synth_jupyter.workspace import Workspace


def install_plug_in(folder: Path) -> None:
    """A package with a generator, as pip would leave it."""
    (about := folder / "coins-1.0.dist-info").mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: coins\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[synth_jupyter.generators]\ncoin = coins:Coin\n")
    (folder / "coins.py").write_text(
        "from dataclasses import dataclass\n"
        "import pyarrow as pa\n\n"
        "@dataclass(frozen=True)\n"
        "class Coin:\n"
        "    needs: tuple = ()\n\n"
        "    def generate(self, rows, stream, inputs):\n"
        "        return pa.array(stream.below(rows, 2))\n"
    )


@dataclass(frozen=True)
class Killed:
    """What was under way when a server was killed: a job, and the processes that waited for questions."""

    home: Path
    job: str
    before: list[psutil.Process]
    first: list[psutil.Process]
    second: list[psutil.Process]


@pytest.fixture(scope="session")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """A workspace with a small shop that was generated once; its server answered two questions and is gone."""
    folder = tmp_path_factory.mktemp("killed")
    workspace = Workspace.open(folder / "home")
    workspace.define(SHOP)
    workspace.experiment("shop").generate()
    workspace.define(LASTING, "lasting")
    install_plug_in(folder / "packages")
    server = start_server(folder)
    try:
        before = waiting(server)
        server.post("sql", name="shop", sql="SELECT 1 AS a")
        assert server.post("sql", name="shop", sql="SELECT 2 AS a")["rows"] == [[2]]
        first = waiting(server)
        assert server.post("sql", name="shop", sql="SELECT 3 AS a")["rows"] == [[3]]
        second = waiting(server)
        job = server.call("POST", "generate", {"name": "lasting", "workers": 1}).document["job"]
        assert server.get(f"jobs/{job}/events", wait=20)["events"]
    finally:
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
    return Killed(folder / "home", job, before, first, second)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, killed: Killed) -> Iterator[Server]:
    """A server on the workspace that the killed one left, with secrets in its environment."""
    packages = killed.home.parent / "packages"
    started = start_server(tmp_path_factory.mktemp("server"), packages=packages, SYNTH_HOME=str(killed.home), **SECRETS)
    try:
        yield started
    finally:
        stop_server(started)
