"""Targets that are full or may only be read: one clear error, and what was there before is as it was."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import synth_jupyter
from synth_jupyter.errors import WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.warehouses import open_target

# Loads in a process that may write files of so many bytes only, as on a disk with so much room.
FULL = """
import json, resource, signal, sys
from contextlib import closing
from synth_jupyter.errors import SynthError
from synth_jupyter.warehouses import open_target
from synth_jupyter.workspace import Workspace

run = Workspace.open(sys.argv[1]).experiment("shop").files()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for target, room in json.loads(sys.argv[2]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        with closing(open_target(target, {})) as warehouse:
            warehouse.load(run)
        said = "loaded"
    except SynthError as error:
        said = f"{type(error).__name__}: {error.message} | {error.hint}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(json.dumps([target, room, said]), flush=True)
"""
SHOP = """
experiment: shop
seed: 1
tables:
  clients:
    rows: 20_000
    columns:
      client_id: {type: bigint, primary_key: true}
      code: {type: varchar(40), pattern: "[a-z]{40}"}
"""
ROOMS = (30_000, 400_000)


def test_a_target_without_room_is_one_error_keeps_what_it_held_and_loads_when_there_is(
    tmp_path: Path, shop: RunFiles
) -> None:
    workspace = synth_jupyter.open(tmp_path / "home")
    workspace.define(SHOP)
    experiment = workspace.experiment("shop")
    experiment.generate(workers=1, load=False)
    targets = [(f"{kind}:{tmp_path / f'{kind}{room}'}", room) for kind in ("duckdb", "sqlite", "dir") for room in ROOMS]
    held = [f"{kind}:{tmp_path / f'{kind}-held'}" for kind in ("duckdb", "sqlite")]
    for target in held:
        with closing(open_target(target, {})) as warehouse:
            warehouse.load(shop)
        targets.append((target, ROOMS[0]))
    words = [sys.executable, "-c", FULL, str(tmp_path / "home"), json.dumps(targets)]
    path = os.pathsep.join(filter(None, [*sys.path]))
    answers = subprocess.run(
        words, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path}
    )  # fmt: skip
    assert answers.stderr == ""
    for line in answers.stdout.splitlines():
        target, room, said = json.loads(line)
        assert said.startswith("WarehouseError: "), (target, room, said)
        assert "nothing was changed" in said, (target, room, said)
        assert "make room" in said, (target, room, said)
    for target in held:
        with closing(open_target(target, {})) as warehouse:
            assert warehouse.query("SELECT count(*) FROM orders").rows() == [[5]]
    for target, _ in targets:
        assert experiment.load(target).tables["clients"].rows == 20_000


@pytest.fixture
def read_only(tmp_path: Path, shop: RunFiles) -> Iterator[Path]:
    """A folder with loaded files that nobody may change, whoever they are."""
    folder = tmp_path / "frozen"
    folder.mkdir()
    for kind in ("duckdb", "sqlite"):
        with closing(open_target(f"{kind}:{folder / kind}", {})) as warehouse:
            warehouse.load(shop)
    frozen = [folder, *folder.iterdir()]
    if subprocess.run(["chattr", "+i", *map(str, frozen)], capture_output=True, check=False).returncode:
        for path in frozen:
            path.chmod(0o500 if path.is_dir() else 0o400)
    yield folder
    subprocess.run(["chattr", "-i", *map(str, frozen)], capture_output=True, check=False)
    folder.chmod(0o700)


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "dir"])
@pytest.mark.parametrize("there", [True, False])
def test_a_target_that_may_only_be_read_is_one_error(kind: str, there: bool, read_only: Path, shop: RunFiles) -> None:
    path = read_only / (kind if there else "new")
    before = {file.name: file.read_bytes() for file in read_only.iterdir()}
    with pytest.raises(WarehouseError) as caught, closing(open_target(f"{kind}:{path}", {})) as warehouse:
        warehouse.load(shop, schema=None, replace=True, provenance=kind != "dir")
    said = caught.value.message
    assert str(path) in said
    assert "\n" not in said
    assert any(word in said.lower() for word in ("read-only", "permi", "denied")), said
    assert {file.name: file.read_bytes() for file in read_only.iterdir()} == before
