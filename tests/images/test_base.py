"""A run's layers upon another image: that stays as it is, and what lies upon it comes back like any other."""

import gzip
import json
import re
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bases import config_and_manifest, postgres_tar, tar_with, write_base
from forge import tar_of
from registries import false_registry, registry

from synth_jupyter.errors import CommandError, ImageError, NotFoundError, SynthError
from synth_jupyter.images.load import inspect, load
from synth_jupyter.workspace import Experiment, Workspace

SHOP = """
experiment: shop
seed: 7
tables:
  customers: {rows: 20, columns: {customer_id: {type: int, primary_key: true}, name: {type: varchar(40), faker: name}}}
  orders: {rows: 90, columns: {order_id: {type: int, primary_key: true}, customer_id: {references: customers.customer_id}}}
"""
POSTGRES = {
    "Env": ["PATH=/bin", "PGDATA=/data"], "Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres"],
    "User": "postgres", "Volumes": {"/data": {}}, "ExposedPorts": {"5432/tcp": {}}, "Labels": {"from": "there"},
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "pg"
    layers = [tar_with(a=b"1"), tar_with(b=b"2" * 5000), tar_with(a=b"1")]  # one of them twice
    return write_base(folder, layers, name="docker.io/library/postgres:17", **POSTGRES)


def test_the_base_stays_as_it_is_and_ours_lie_upon_it(shop: Experiment, base: Path, tmp_path: Path) -> None:
    shop.export(f"oci:{tmp_path}/out", base=f"oci:{base}")
    below, before = config_and_manifest(base)
    config, manifest = config_and_manifest(tmp_path / "out")
    plain = ("mediaType", "digest", "size")
    assert [{key: layer[key] for key in plain} for layer in manifest["layers"][:3]] == before["layers"]
    assert config["rootfs"]["diff_ids"][:3] == below["rootfs"]["diff_ids"]
    assert config["history"][:4] == below["history"]
    labels = config["config"].pop("Labels")
    assert config["config"] == {key: value for key, value in POSTGRES.items() if key != "Labels"}
    assert labels["from"] == "there"
    assert labels["org.opencontainers.image.base.name"] == "docker.io/library/postgres:17"
    assert re.fullmatch("sha256:[0-9a-f]{64}", labels["org.opencontainers.image.base.digest"])
    assert labels["org.synth-jupyter.layers.below"] == "3"
    assert labels["org.synth-jupyter.content.digest"] == shop.run().content_digest


def test_it_comes_back_and_is_written_the_same_again(shop: Experiment, base: Path, tmp_path: Path) -> None:
    report = shop.export(tmp_path / "a.tar", base=f"oci:{base}")
    assert [layer.role for layer in report.layers].count("base") == 2
    shop.export(tmp_path / "b.tar", base=f"oci:{base}")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert str(tmp_path).encode() not in (tmp_path / "a.tar").read_bytes()
    with tarfile.open(tmp_path / "a.tar") as archive:
        (docker,) = json.load(archive.extractfile("manifest.json") or pytest.fail("no manifest.json"))
        assert set(docker["Layers"]) <= set(archive.getnames())
        assert len(archive.getnames()) == len(set(archive.getnames()))
    assert len(inspect(tmp_path / "a.tar").layers) == len(docker["Layers"])
    assert load(tmp_path / "a.tar", tmp_path / "in").content_digest == shop.run().content_digest
    assert load(tmp_path / "a.tar", tmp_path / "part", tables=["customers"]).rows == {"customers": 20}


def test_a_base_may_be_a_tar_and_a_pull_fetches_nothing_of_it(shop: Experiment, base: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-cf", tmp_path / "base.tar", "-C", base, "."], check=True)
    with false_registry() as (address, memory):
        report = shop.push(f"{address}/r:v1", base=str(tmp_path / "base.tar"), init="postgres")
        foreign = {layer.digest for layer in report.layers if layer.role in ("base", "init")}
        assert len(foreign) == 3
        memory.said.clear()
        run = Workspace.open(tmp_path / "elsewhere").pull(f"{address}/r:v1")
        assert run.content_digest == shop.run().content_digest
        assert not any(path.rpartition("/")[2] in foreign for _, path, _ in memory.said)


def test_a_base_is_fetched_from_a_registry_and_gone_afterwards(shop: Experiment, base: Path, tmp_path: Path) -> None:
    _, manifest = config_and_manifest(base)
    with false_registry() as (address, memory):
        for descriptor in [manifest["config"], *manifest["layers"]]:
            memory.blobs[descriptor["digest"]] = (base / "blobs" / "sha256" / descriptor["digest"][7:]).read_bytes()
        (only,) = json.loads((base / "index.json").read_bytes())["manifests"]
        memory.manifests["17"] = (base / "blobs" / "sha256" / only["digest"][7:]).read_bytes()
        shop.export(tmp_path / "shop.tar", base=f"{address}/postgres:17")
        labels = inspect(tmp_path / "shop.tar").labels
        assert labels["org.opencontainers.image.base.name"] == f"{address}/postgres:17"
        assert labels["org.opencontainers.image.base.digest"] == only["digest"]
        with pytest.raises(NotFoundError, match="there is no image"):
            shop.export(tmp_path / "x.tar", base=f"{address}/postgres:18")
    assert list(shop.workspace.folders.incoming.iterdir()) == []


@pytest.mark.containers
def test_the_layers_of_a_base_in_the_same_registry_are_taken_over(
    shop: Experiment, base: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    with registry(tool("docker-registry"), tmp_path / "registry") as address:
        copy = [tool("skopeo"), "copy", "-q", "--dest-tls-verify=false", f"oci:{base}", f"docker://{address}/pg:17"]
        subprocess.run(copy, check=True, capture_output=True)
        report = shop.push(f"{address}/team/shop:v1", base=f"{address}/pg:17")
        assert {layer.role for layer in report.layers if layer.reused} == {"base"}
        assert all(layer.reused for layer in report.layers if layer.role == "base")


def test_of_several_the_base_for_the_platform_is_taken(shop: Experiment, tmp_path: Path) -> None:
    both = write_base(tmp_path / "both", [tar_with(a=b"1")], architectures=("arm64", "amd64"), **POSTGRES)
    for platform, expected in ((None, "amd64"), ("linux/arm64", "arm64"), ("linux/amd64", "amd64")):
        shop.export(f"oci:{tmp_path}/{platform and expected}", base=f"oci:{both}", platform=platform)
        layout = tmp_path / f"{platform and expected}"
        assert config_and_manifest(layout)[0]["architecture"] == expected
        (only,) = json.loads((layout / "index.json").read_bytes())["manifests"]
        assert only["platform"] == {"architecture": expected, "os": "linux"}
    with pytest.raises(ImageError, match="no image for linux/s390x"):
        shop.export(tmp_path / "x.tar", base=f"oci:{both}", platform="linux/s390x")
    for wrong in ("arm64", "windows/amd64", "linux/", "linux/x"):
        with pytest.raises(CommandError, match="--platform"):
            shop.export(tmp_path / "x.tar", base=f"oci:{both}", platform=wrong)


def test_an_image_without_a_command_gets_ours(shop: Experiment, tmp_path: Path) -> None:
    shop.export(f"oci:{tmp_path}/out", base=f"oci:{write_base(tmp_path / 'bare', [tar_with(a=b'1')])}")
    assert config_and_manifest(tmp_path / "out")[0]["config"]["Cmd"]


def test_a_first_start_runs_the_dump_and_counts(shop: Experiment, base: Path, tmp_path: Path) -> None:
    report = shop.export(f"oci:{tmp_path}/out", base=f"oci:{base}", init="postgres")
    assert [layer.role for layer in report.layers].count("init") == 1
    (init,) = [layer for layer in report.layers if layer.role == "init"]
    with tarfile.open(tmp_path / "out" / "blobs" / "sha256" / init.digest[7:]) as archive:
        assert archive.getnames() == ["docker-entrypoint-initdb.d", "docker-entrypoint-initdb.d/50-experiment.sql"]
        script = archive.extractfile("docker-entrypoint-initdb.d/50-experiment.sql")
        assert script is not None
        assert script.read() == b"\\i /experiment/warehouse/postgres/first-start.sql\n"
    held = {path for layer in report.layers for path in names_in(tmp_path / "out", layer.digest)}
    assert {"experiment/warehouse/postgres/first-start.sql", "experiment/dump/shop.sql"} <= held
    assert load(tmp_path / "out", tmp_path / "in").content_digest == report.content_digest


def names_in(layout: Path, digest: str) -> list[str]:
    with tarfile.open(layout / "blobs" / "sha256" / digest[7:]) as archive:
        return archive.getnames()


def test_what_cannot_be_a_base_is_refused_and_nothing_is_written(shop: Experiment, base: Path, tmp_path: Path) -> None:
    shop.export(tmp_path / "shop.tar")
    bare = write_base(tmp_path / "bare", [tar_with(a=b"1")], Cmd=["sh"])
    tall = write_base(tmp_path / "tall", [tar_with(a=b"%d" % number) for number in range(120)])
    (tmp_path / "files.tar").write_bytes(tar_of([]) + bytes(9216))
    changed = tmp_path / "changed"
    subprocess.run(["cp", "-r", base, changed], check=True)
    _, manifest = config_and_manifest(base)
    blob = changed / "blobs" / "sha256" / manifest["layers"][1]["digest"][7:]
    blob.write_bytes(gzip.compress(b"x" * 900)[: blob.stat().st_size].ljust(blob.stat().st_size, b"\0"))
    for how, message in (
        ({"base": str(tmp_path / "shop.tar")}, "is an image of an experiment itself"),
        ({"base": f"oci:{tall}"}, "120 layers"),
        ({"base": f"oci:{tmp_path}/none"}, "none"),
        ({"base": str(tmp_path / "files.tar")}, "the base files.tar"),
        ({"base": f"oci:{changed}"}, "was changed"),
        ({"base": "postgres:17"}, "names no image in a registry"),
        ({"base": f"oci:{bare}", "init": "postgres"}, "runs no script"),
        ({"init": "postgres"}, "there is none"),
        ({"base": f"oci:{base}", "init": "postgres", "thin": True}, "no data to fill"),
        ({"base": f"oci:{base}", "init": "mysql"}, "no dump for 'mysql'"),
    ):
        with pytest.raises(SynthError, match=message):
            shop.export(tmp_path / "out.tar", **how)  # type: ignore[arg-type]
    assert not (tmp_path / "out.tar").exists()
    assert list(shop.workspace.folders.incoming.iterdir()) == []


@pytest.mark.containers
def test_a_base_comes_from_an_engine_and_what_lies_upon_it_goes_to_one(
    shop: Experiment, base: Path, tmp_path: Path, docker: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "DOCKER_HOST" in docker:
        monkeypatch.setenv("DOCKER_HOST", docker["DOCKER_HOST"])

    def call(*words: str | Path) -> str:
        return subprocess.run(["docker", *words], env=docker, check=True, capture_output=True, text=True).stdout

    (tmp_path / "files.tar").write_bytes(tar_with(a=b"1"))
    call("import", "-c", 'CMD ["own"]', tmp_path / "files.tar", "some/base:1")
    shop.export("daemon:team/based:1", base="daemon:some/base:1")
    shown = json.loads(call("image", "inspect", "team/based:1", "--format", "{{json .}}"))
    assert shown["Config"]["Cmd"] == ["own"]
    assert shown["Config"]["Labels"]["org.opencontainers.image.base.name"] == "some/base:1"
    report = shop.export("daemon:team/packed:1", base=f"oci:{base}")  # layers of any size, because they are compressed
    layers = json.loads(call("image", "inspect", "team/packed:1", "--format", "{{json .RootFS.Layers}}"))
    assert layers[3:] == [layer.digest for layer in report.layers if layer.role != "base"]
    run = Workspace.open(tmp_path / "elsewhere").import_image("daemon:team/packed:1")
    assert run.content_digest == shop.run().content_digest


@pytest.fixture(scope="module")
def postgres_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small image with the PostgreSQL of this machine, which starts as the official image does."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("needs PostgreSQL where Debian has it (Debian: postgresql)")
    settings = POSTGRES | {
        "Env": [f"PATH={programs[-1]}:/usr/local/bin:/usr/bin:/bin", "PGDATA=/var/pg/data"], "User": "999:999",
        "Cmd": ["postgres", "-c", "listen_addresses=", "-k", "/tmp"], "Volumes": {},
    }  # fmt: skip
    return write_base(tmp_path_factory.mktemp("pg") / "pg", [postgres_tar(programs[-1])], **settings)


@pytest.mark.containers
@pytest.mark.postgres
def test_a_postgresql_fills_itself_when_it_starts_and_its_keys_are_on(
    shop: Experiment, postgres_base: Path, tmp_path: Path, docker: dict[str, str]
) -> None:
    shop.export(tmp_path / "shop.tar", base=f"oci:{postgres_base}", init="postgres")

    def call(*words: str | Path, check: bool = True) -> str:
        done = subprocess.run(["docker", *words], env=docker, check=check, capture_output=True, text=True)
        return done.stdout.strip() if check else done.stdout + done.stderr

    call("load", "-i", tmp_path / "shop.tar")
    container = call("run", "-d", "--network=none", "synth/shop:run1")
    try:
        ask = ["exec", container, "psql", "-h", "/tmp", "-U", "postgres", "-tAc"]
        deadline = time.monotonic() + 60
        while call(*ask, "SELECT 'here'", check=False).strip() != "here":
            told = call("logs", container, check=False)
            assert time.monotonic() < deadline, told
            assert call("inspect", "-f", "{{.State.Running}}", container) == "true", told
        assert call(*ask, "SELECT count(*) FROM orders") == "90"
        assert call(*ask, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated") == "1"
        refused = call(*ask, "INSERT INTO orders VALUES (1000, 1000)", check=False)
        assert "violates foreign key constraint" in refused
        sums = call(*ask, "SELECT sum(order_id * customer_id) FROM orders")
        assert [[int(sums)]] == [list(row) for row in shop.sql("SELECT sum(order_id * customer_id) FROM orders").rows()]
    finally:
        call("rm", "-f", container)
