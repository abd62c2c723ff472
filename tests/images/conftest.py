"""A run made by hand, an image of it, and the tools that judge images."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synth_jupyter.images.export import export
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema import document as documents
from synth_jupyter.workspace import Experiment, Workspace

sys.path.insert(0, str(Path(__file__).parent))  # forge.py, the lies and the runs are shared by the tests of this folder


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFiles:
    """A run of two tables, one in two partitions; for reading only."""
    from runs_by_hand import CITIES, DOCUMENT, orders, run_of

    data = orders()
    tables = {"cities": [CITIES], "orders": [data.slice(0, 65_536), data.slice(65_536)]}
    return run_of(tmp_path_factory.mktemp("run"), documents.read(DOCUMENT).schema, tables)


@pytest.fixture(scope="session")
def document(run: RunFiles) -> str:
    """The run's schema as an image holds it."""
    return documents.canonical(run.schema)


@pytest.fixture(scope="session")
def image(run: RunFiles, document: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported image; for reading only."""
    target = tmp_path_factory.mktemp("image") / "shop.tar"
    export(run, document, target, tag="1")
    return target


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A run of the experiment `shop` whose document the test file has as SHOP; for reading only."""
    workspace = Workspace.open(tmp_path_factory.mktemp("shop") / "home")
    workspace.define(request.module.SHOP)
    workspace.experiment("shop").generate(workers=1)
    return workspace.experiment("shop")


@pytest.fixture
def tool() -> Callable[[str], str]:
    """The path of a program; the test is skipped without it."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"needs {name} (Debian: {name})")
        return found

    return find


@pytest.fixture(scope="session")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a docker client whose engine runs, one of our own where none answers."""
    environment = dict(os.environ)
    if _answers(environment):
        yield environment
        return
    if os.geteuid() != 0 or not shutil.which("dockerd") or not shutil.which("docker"):
        pytest.skip("needs a Docker engine, or root and dockerd (Debian: docker.io) to start one")
    folder = tmp_path_factory.mktemp("dockerd")
    environment["DOCKER_HOST"] = f"unix://{folder}/docker.sock"
    options = ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--bridge=none"]
    folders = ["--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"]
    command = ["dockerd", *folders, "-H", environment["DOCKER_HOST"], *options, "--userland-proxy=false"]
    with (folder / "log").open("wb") as log:
        engine = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            while not _answers(environment) and engine.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            yield environment
        finally:
            engine.terminate()
            engine.wait(timeout=30)


def _answers(environment: dict[str, str]) -> bool:
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(["docker", "info"], env=environment, capture_output=True, check=False).returncode
    )
