"""Real container engines load an image, copy its files out, and save it again without loss."""

import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import registries
from runs_by_hand import run_of

from synth_jupyter.errors import ImageError
from synth_jupyter.images.export import Before, export
from synth_jupyter.images.load import load
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema import document as documents
from synth_jupyter.workspace import Experiment, Workspace

pytestmark = pytest.mark.containers
Docker = Callable[..., str]


@pytest.fixture(scope="module")
def call(docker: dict[str, str]) -> Docker:
    """Run the docker client; what it prints."""

    def run(*words: str | Path) -> str:
        done = subprocess.run(["docker", *map(str, words)], env=docker, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run


@pytest.fixture(scope="module")
def loaded(image: Path, call: Docker) -> Iterator[str]:
    """A container of the image, which docker loaded."""
    assert "synth/shop:1" in call("load", "-i", image)
    container = call("create", "synth/shop:1")
    yield container
    call("rm", container)


def test_docker_loads_creates_and_copies_out(loaded: str, run: RunFiles, call: Docker, tmp_path: Path) -> None:
    call("cp", f"{loaded}:/experiment", tmp_path / "out")
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    copied = tmp_path / "out" / "data" / "orders" / "part-00001.parquet"
    assert copied.read_bytes() == (run.root / run.files[2].path).read_bytes()


JOURNEYS = ("docker save", "docker commit", "docker export", "docker build", "docker import")


@pytest.mark.parametrize("journey", JOURNEYS)
def test_what_docker_makes_of_it_comes_back(
    journey: str, loaded: str, run: RunFiles, call: Docker, tmp_path: Path
) -> None:
    """Of a container's tree, which has neither layers nor labels, /experiment is left, which describes itself."""
    saved = tmp_path / "saved.tar"
    if journey == "docker save":
        call("save", "-o", saved, "synth/shop:1")
    elif journey == "docker commit":
        call("commit", loaded, "synth/committed:1")
        call("save", "-o", saved, "synth/committed:1")
    elif journey == "docker build":
        (tmp_path / "Dockerfile").write_text(
            'FROM scratch\nCOPY --from=synth/shop:1 /experiment /experiment\nCMD ["x"]\n'
        )
        call("build", "-q", "-t", "synth/built:1", tmp_path)
        built = call("create", "synth/built:1")
        call("export", "-o", saved, built)
        call("rm", built)
    else:
        call("export", "-o", saved, loaded)
    if journey == "docker import":
        call("import", "-c", 'CMD ["x"]', saved, "synth/flat:1")
        flat = call("create", "synth/flat:1")
        call("export", "-o", saved, flat)
        call("rm", flat)
    imported = load(saved, tmp_path / "in")
    assert (imported.content_digest, imported.files, imported.seed) == (run.content_digest, run.files, 42)


def test_an_engine_is_exported_to_and_imported_from(
    docker: dict[str, str], call: Docker, shop: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "DOCKER_HOST" in docker:
        monkeypatch.setenv("DOCKER_HOST", docker["DOCKER_HOST"])
    run = shop.generate(rows={"customers": 100}, workers=1)
    report = shop.export("daemon:")
    assert report.file == "daemon:synth/shop:run1"
    shop.export("daemon:team/mine:x1", thin=True)
    listed = call("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert {"synth/shop:run1", "team/mine:x1"} <= set(listed)
    elsewhere = Workspace.open(tmp_path / "elsewhere")
    for name in ("synth/shop:run1", "team/mine:x1"):
        imported = elsewhere.import_image(f"daemon:{name}", name.partition("/")[0])
        assert imported.content_digest == run.content_digest
    with pytest.raises(ImageError, match="refuses"):
        elsewhere.import_image("daemon:nothing:here")
    assert list(elsewhere.folders.incoming.iterdir()) == []


def test_where_no_engine_answers_the_next_step_is_said(
    shop: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.generate(rows={"customers": 10}, workers=1)
    for host, message in ((f"unix://{tmp_path}/none.sock", "no container engine"), ("tcp://x:1", "only unix://")):
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(ImageError, match=message) as caught:
            shop.export("daemon:")
        assert caught.value.hint


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory, image: Path) -> tuple[str, dict[str, str]]:
    """podman with a storage of its own that holds the image; loading and saving need no container runtime."""
    found = shutil.which("podman")
    if found is None:
        pytest.skip("needs podman (Debian: podman)")
    folder = tmp_path_factory.mktemp("podman")
    storage, containers = folder / "storage.conf", folder / "containers.conf"
    storage.write_text(f'[storage]\ndriver="vfs"\ngraphroot="{folder}/graph"\nrunroot="{folder}/run"\n')
    engine = f'cgroup_manager="cgroupfs"\nevents_logger="file"\ntmp_dir="{folder}/tmp"\n'
    containers.write_text(f'[engine]\n{engine}[containers]\nnetns="none"\n')
    settings = {"CONTAINERS_STORAGE_CONF": str(storage), "CONTAINERS_CONF": str(containers)}
    environment = os.environ | settings
    subprocess.run([found, "load", "-q", "-i", image], env=environment, check=True, capture_output=True)
    return found, environment


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "export"])
def test_what_podman_saves_comes_back(
    form: str, run: RunFiles, podman: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    program, environment = podman
    saved = tmp_path / "saved.tar"

    def call(*words: str | Path) -> str:
        done = subprocess.run([program, *words], env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    if form == "export":
        call("export", "-o", saved, call("create", "docker.io/synth/shop:1").splitlines()[-1])
    else:
        call("save", "-q", "--format", form, "-o", saved, "docker.io/synth/shop:1")
    if form == "docker-archive":
        with tarfile.open(saved) as archive:
            assert any(info.issym() for info in archive)
    imported = load(saved, tmp_path / "in")
    assert (imported.content_digest, imported.files, imported.seed) == (run.content_digest, run.files, 42)


@pytest.fixture
def podman_socket(podman: tuple[str, dict[str, str]], tmp_path: Path) -> Iterator[str]:
    """Where podman's service listens."""
    program, environment = podman
    address = f"unix://{tmp_path}/podman.sock"
    words = [program, "system", "service", "--time=0", address]
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            while not (tmp_path / "podman.sock").is_socket():
                assert service.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            yield address
        finally:
            service.terminate()
            service.wait(timeout=30)


def test_podmans_service_is_an_engine_too(
    podman_socket: str, shop: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", podman_socket)
    run = shop.generate(rows={"customers": 100}, workers=1)
    assert shop.export("daemon:team/mine:x1").file == "daemon:team/mine:x1"
    elsewhere = Workspace.open(tmp_path / "elsewhere")
    assert elsewhere.import_image("daemon:team/mine:x1").content_digest == run.content_digest
    with pytest.raises(ImageError, match="refuses"):
        elsewhere.import_image("daemon:nothing:here")


def test_docker_loads_an_image_of_three_hundred_tables(call: Docker, tmp_path: Path) -> None:
    """An engine mounts no more than 125 layers; ours has at most 100, however many tables there are."""
    tables = ", ".join(f"t{number}: {{rows: 1, columns: {{id: {{type: int}}}}}}" for number in range(300))
    schema = documents.read(f"{{experiment: wide, tables: {{{tables}}}}}").schema
    one = pa.table({"id": pa.array([1], pa.int32())})
    run = run_of(tmp_path / "run", schema, {table.name: [one] for table in schema.tables})
    export(run, documents.canonical(schema), tmp_path / "wide.tar", tag="1")
    call("load", "-i", tmp_path / "wide.tar")
    layers = json.loads(call("image", "inspect", "synth/wide:1", "--format", "{{json .RootFS.Layers}}"))
    assert len(layers) <= 100
    container = call("create", "synth/wide:1")
    call("cp", f"{container}:/experiment/data", tmp_path / "out")
    call("rm", container)
    assert len(list((tmp_path / "out").glob("*/part-00000.parquet"))) == 300


@pytest.fixture
def ctr(tool: Callable[[str], str], tmp_path: Path) -> Iterator[Docker]:
    """The client of a containerd of our own."""
    client, server = tool("ctr"), tool("containerd")
    if os.geteuid() != 0:
        pytest.skip("needs root to start containerd")
    socket = tmp_path / "containerd.sock"
    (tmp_path / "config.toml").write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
    words = [
        "--config",
        tmp_path / "config.toml",
        "--root",
        tmp_path / "root",
        "--state",
        tmp_path / "state",
        "--address",
        socket,
    ]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([server, *words], stdout=log, stderr=log)

    def run(*more: str | Path) -> str:
        command = [client, "-a", socket, "-n", "t", *more]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    try:
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            if not subprocess.run([client, "-a", socket, "version"], capture_output=True, check=False).returncode:
                break
        yield run
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_containerd_finds_it_complete_and_what_it_exports_comes_back(
    image: Path, run: RunFiles, ctr: Docker, tmp_path: Path
) -> None:
    ctr("images", "import", "--all-platforms", image)
    assert "complete" in ctr("images", "check")
    ctr("images", "export", tmp_path / "out.tar", "docker.io/synth/shop:1")
    assert load(tmp_path / "out.tar", tmp_path / "in").content_digest == run.content_digest


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
    with registries.registry(tool("docker-registry"), tmp_path / "registry") as address:
        yield address


@pytest.fixture
def shop(tmp_path: Path) -> Experiment:
    """An experiment of two tables."""
    workspace = Workspace.open(tmp_path / "home")
    workspace.define(
        "{experiment: shop, tables: {customers: {rows: 9, columns: {customer_id: {type: int, primary_key: true}}},"
        " orders: {rows: {per: customers, min: 0, max: 3}, columns: {order_id: {type: int, primary_key: true},"
        " customer_id: {references: customers.customer_id}}}}}"
    )
    return workspace.experiment("shop")
