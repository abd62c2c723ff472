"""One cluster and one object store for all tests of this folder, and the run to compare with."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.fs
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clusters import KEYS, SHOP, SMALL, Cluster, dask, s3_server

from synth_jupyter.workspace import Experiment, Workspace


@pytest.fixture(scope="session")
def local_digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The content of the same run made on this machine, by its own workers."""
    workspace = Workspace.open(tmp_path_factory.mktemp("local"))
    workspace.define(SHOP)
    return str(workspace.experiment("shop").generate(workers=2, **SMALL).content_digest)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two workers of two threads each."""
    with dask(2, threads=2) as found:
        yield found


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    """What leads to an S3 server."""
    with s3_server() as found:
        yield found


@pytest.fixture
def bucket(object_store: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The URL of a bucket of this test alone."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = f"s3://bucket-{abs(hash(request.node.name))}?{object_store}"
    filesystem, path = pyarrow.fs.FileSystem.from_uri(url)
    filesystem.create_dir(path)
    return url


@pytest.fixture
def shop(tmp_path: Path) -> Experiment:
    """The experiment in a workspace of this test."""
    workspace = Workspace.open(tmp_path / "home")
    workspace.define(SHOP)
    return workspace.experiment("shop")
