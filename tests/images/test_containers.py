"""Real container engines load an image, copy its files out, and save it again without loss."""

import json
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from runs_by_hand import run_of

from synth_jupyter.images.export import Before, export
from synth_jupyter.images.load import load
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema import document as documents

pytestmark = pytest.mark.containers
Docker = Callable[..., str]


@pytest.fixture
def call(docker: dict[str, str]) -> Docker:
    """Run the docker client; what it prints."""

    def run(*words: str | Path) -> str:
        done = subprocess.run(["docker", *map(str, words)], env=docker, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run


def test_docker_loads_creates_and_copies_out(image: Path, run: RunFiles, call: Docker, tmp_path: Path) -> None:
    assert "synth/shop:1" in call("load", "-i", image)
    container = call("create", "synth/shop:1")
    try:
        call("cp", f"{container}:/experiment", tmp_path / "out")
    finally:
        call("rm", container)
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    copied = tmp_path / "out" / "data" / "orders" / "part-00001.parquet"
    assert copied.read_bytes() == (run.root / run.files[2].path).read_bytes()


def test_what_docker_saves_comes_back(image: Path, run: RunFiles, call: Docker, tmp_path: Path) -> None:
    call("load", "-i", image)
    call("save", "-o", tmp_path / "saved.tar", "synth/shop:1")
    imported = load(tmp_path / "saved.tar", tmp_path / "in")
    assert (imported.content_digest, imported.files) == (run.content_digest, run.files)


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """podman with a storage of its own; loading and saving need no container runtime."""
    found = shutil.which("podman")
    if found is None:
        pytest.skip("needs podman (Debian: podman)")
    storage, containers = tmp_path / "storage.conf", tmp_path / "containers.conf"
    storage.write_text(f'[storage]\ndriver="vfs"\ngraphroot="{tmp_path}/graph"\nrunroot="{tmp_path}/run"\n')
    engine = f'cgroup_manager="cgroupfs"\nevents_logger="file"\ntmp_dir="{tmp_path}/tmp"\n'
    containers.write_text(f'[engine]\n{engine}[containers]\nnetns="none"\n')
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(storage))
    monkeypatch.setenv("CONTAINERS_CONF", str(containers))
    return found


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
def test_what_podman_saves_comes_back(form: str, image: Path, run: RunFiles, podman: str, tmp_path: Path) -> None:
    subprocess.run([podman, "load", "-q", "-i", image], check=True, capture_output=True)
    saved = tmp_path / "saved.tar"
    save = [podman, "save", "-q", "--format", form, "-o", saved, "docker.io/synth/shop:1"]
    subprocess.run(save, check=True, capture_output=True)
    if form == "docker-archive":
        with tarfile.open(saved) as archive:
            assert any(info.issym() for info in archive)
    assert load(saved, tmp_path / "in").content_digest == run.content_digest


@pytest.mark.parametrize("program", ["docker", "podman"])
def test_what_an_engine_exports_of_a_container_comes_back(
    program: str, image: Path, run: RunFiles, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """One tree of files, without layers and labels: /experiment describes itself."""
    environment = request.getfixturevalue("docker") if program == "docker" else None
    tool = program if program == "docker" else request.getfixturevalue("podman")

    def call(*words: str | Path) -> str:
        done = subprocess.run([tool, *words], env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    call("load", "-i", image)
    container = call("create", "docker.io/synth/shop:1").splitlines()[-1]
    try:
        call("export", "-o", tmp_path / "flat.tar", container)
    finally:
        call("rm", container)
    imported = load(tmp_path / "flat.tar", tmp_path / "in")
    assert (imported.content_digest, imported.files, imported.seed) == (run.content_digest, run.files, 42)


def test_an_engine_keeps_the_layers_of_a_table_that_grew(
    grown: tuple[Path, Path], call: Docker, docker: dict[str, str]
) -> None:
    """At most 15 % of the bytes are new: an engine shares the layers at the bottom, in their order."""
    layers = []
    for image, tag in zip(grown, ("1", "2"), strict=True):
        call("load", "-i", image)
        layers.append(json.loads(call("image", "inspect", f"synth/grow:{tag}", "--format", "{{json .RootFS.Layers}}")))
    before, after = layers
    shared = next((place for place, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1), 0)
    sizes = {layer: size for image in grown for layer, size in sizes_of(image).items()}
    new = sum(sizes[layer] for layer in after[shared:])
    assert new <= 0.15 * sum(sizes[layer] for layer in after), f"{shared} of {len(after)} layers are shared"


def test_a_registry_keeps_the_layers_of_a_table_that_grew(
    grown: tuple[Path, Path], registry: str, tmp_path: Path
) -> None:
    held = []
    for image, tag in zip(grown, ("1", "2"), strict=True):
        target = f"docker://{registry}/synth/grow:{tag}"
        copy = ["skopeo", "copy", "-q", "--preserve-digests", "--dest-tls-verify=false", f"oci-archive:{image}", target]
        subprocess.run(copy, check=True, capture_output=True)
        held.append(sum(path.stat().st_size for path in (tmp_path / "registry").rglob("data")))
    assert held[1] - held[0] <= 0.15 * grown[1].stat().st_size
    pull = [
        "skopeo",
        "copy",
        "-q",
        "--src-tls-verify=false",
        f"docker://{registry}/synth/grow:2",
        f"oci:{tmp_path}/lay:2",
    ]
    subprocess.run(pull, check=True, capture_output=True)
    assert load(tmp_path / "lay", tmp_path / "in").rows == {"few": 3, "many": 1_650_000}


def sizes_of(image: Path) -> dict[str, int]:
    """The bytes of each layer of an image, by its diff_id."""
    with tarfile.open(image) as archive:
        return {f"sha256:{info.name.rpartition('/')[2]}": info.size for info in archive if info.isfile()}


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Images of 1,500,000 rows and of 10 % more, the second told what the first has."""
    from synth_jupyter.plan.cuts import Cuts

    folder, numbers = tmp_path_factory.mktemp("grown"), np.random.default_rng(1).integers(0, 1 << 40, 1_650_000)
    schema = documents.read("{experiment: grow, tables: {few: {rows: 3, columns: {id: {type: bigint}}}, "
                            "many: {rows: 3, columns: {id: {type: bigint}}}}}").schema  # fmt: skip
    images, before = [], Before()
    for tag, rows in (("1", 1_500_000), ("2", 1_650_000)):
        cuts = Cuts()
        starts = [cuts.start(number) for number in range(cuts.count(rows))]
        parts = [pa.table({"id": numbers[start:stop]}) for start, stop in pairwise([*starts, rows])]
        run = run_of(folder / tag, schema, {"few": [pa.table({"id": [1, 2, 3]})], "many": parts})
        images.append(folder / f"{tag}.tar")
        report = export(run, documents.canonical(schema), images[-1], tag=tag, before=before)
        layers = [layer.identity for layer in report.layers]
        before = Before(run.content_digest, layers, {layer.digest for layer in report.layers})
    assert sum(layer.bytes for layer in report.layers if not layer.reused) < 0.15 * report.bytes
    return images[0], images[1]


@pytest.fixture
def registry(tool: Callable[[str], str], tmp_path: Path) -> Iterator[str]:
    """The address of a registry on this machine's loopback."""
    tool("skopeo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/registry}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
    )
    server = subprocess.Popen(
        [tool("docker-registry"), "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while server.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            server.poll()
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
