"""A store in a folder of its own, and the records that tests put into it."""

from pathlib import Path

import pytest

from synth_jupyter.plan.model import PartitionFile
from synth_jupyter.store import NewRun, Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file is."""
    return tmp_path / "home" / "store.db"


@pytest.fixture
def store(path: Path) -> Store:
    """A store with one experiment, `shop`."""
    store = Store.open(path)
    store.experiments.define("shop", '{"tables": {}}', "sha256:1", seed=7)
    return store


class Make:
    """Records with everything in them that a test does not care about."""

    def run(self, number: int, experiment: str = "shop") -> NewRun:
        return NewRun(f"{number:032x}", experiment, 1, 7, {"orders": 10}, "sha256:plan", "here, pid 1", {"scale": "1"})

    def file(self, index: int = 0, table: str = "orders") -> PartitionFile:
        leaves = {"id": bytes(range(64)), "naïve, name": b"x" * 64}
        return PartitionFile(table, index, f"data/t0001_x/part-{index:05d}.parquet", 10, 99, "ab" * 32, leaves)


@pytest.fixture
def make() -> Make:
    return Make()
