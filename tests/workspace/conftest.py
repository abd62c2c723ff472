"""A workspace in a folder of its own, with a small experiment of two tables."""

from pathlib import Path

import pytest

from synth_jupyter.workspace import Experiment, Workspace

SHOP = """
experiment: shop
seed: 42
tables:
  customers:
    rows: 200_000
    columns:
      customer_id: {type: bigint, primary_key: true}
      tier: {type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}
  orders:
    rows: {per: customers, min: 0, max: 2}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      price: {type: "decimal(10,2)", min: 1, max: 500}
"""


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest) -> None:
    """Partitions are made in threads, but in tests that ask for `processes`."""
    if "processes" not in request.fixturenames:
        request.getfixturevalue("threads")


@pytest.fixture
def processes() -> None:
    """Partitions are made in worker processes, as they are outside of tests."""


@pytest.fixture
def document() -> str:
    return SHOP


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


@pytest.fixture
def shop(workspace: Workspace) -> Experiment:
    """Defined, not generated; eight partitions or so."""
    workspace.define(SHOP)
    return workspace.experiment("shop")
