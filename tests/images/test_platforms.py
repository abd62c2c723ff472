"""One image for several machines: the same layers in an index of manifests, in a file, in engines and in registries."""

import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import registries
from registries import false_registry

from synth_jupyter.errors import CommandError
from synth_jupyter.images.load import load
from synth_jupyter.workspace import Experiment, Workspace

BOTH = "linux/arm64,linux/amd64"
SHOP = "{experiment: shop, seed: 1, tables: {t: {rows: 9, columns: {id: {type: int, primary_key: true}}}}}"


def test_each_machine_has_a_manifest_of_the_same_layers(shop: Experiment, tmp_path: Path) -> None:
    report = shop.export(tmp_path / "a.tar", platform=BOTH)
    with tarfile.open(tmp_path / "a.tar") as archive:
        files = {name: archive.extractfile(name) for name in archive.getnames()}
        read = {name: json.load(file) for name, file in files.items() if file and not is_layer(name, report.layers)}
    (below,) = read["index.json"]["manifests"]
    assert below["annotations"]["org.opencontainers.image.ref.name"] == "run1"
    found = read[f"blobs/sha256/{below['digest'][7:]}"]["manifests"]
    assert [each["platform"] for each in found] == [
        {"architecture": name, "os": "linux"} for name in ("amd64", "arm64")
    ]
    manifests = [read[f"blobs/sha256/{each['digest'][7:]}"] for each in found]
    assert manifests[0]["layers"] == manifests[1]["layers"]
    configs = [read[f"blobs/sha256/{manifest['config']['digest'][7:]}"] for manifest in manifests]
    assert [config.pop("architecture") for config in configs] == ["amd64", "arm64"]
    assert configs[0] == configs[1]
    assert read["manifest.json"][0]["Config"].endswith(manifests[0]["config"]["digest"][7:])
    assert load(tmp_path / "a.tar", tmp_path / "in").content_digest == shop.run().content_digest
    single = shop.export(tmp_path / "b.tar")
    assert single.layers[0].digest == report.layers[0].digest
    assert report.bytes - single.bytes < 10_000


def is_layer(name: str, layers: tuple[object, ...]) -> bool:
    return name.startswith("blobs") and f"sha256:{name[13:]}" in {getattr(layer, "digest", "") for layer in layers}


def test_an_index_is_pushed_found_again_and_pulled(shop: Experiment, tmp_path: Path) -> None:
    with false_registry() as (address, memory):
        report = shop.push(f"{address}/r:v1", platform=BOTH)
        assert len(json.loads(memory.manifests["v1"])["manifests"]) == 2
        assert shop.push(f"{address}/r:v1", platform=BOTH).sent == 0  # its tag names the same content
        run = Workspace.open(tmp_path / "elsewhere").pull(f"{address}/r:v1")
        assert run.content_digest == report.content_digest


@pytest.mark.parametrize("wrong", ["", "amd64", "linux/amd64,", "linux/amd64,linux/amd64", "linux/amd64,linux/x"])
def test_what_is_no_list_of_machines_is_refused(shop: Experiment, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CommandError, match="is unknown; nothing was written"):
        shop.export(tmp_path / "a.tar", platform=wrong)
    with pytest.raises(CommandError, match="a base is for one machine"):
        shop.export(tmp_path / "a.tar", platform=BOTH, base="oci:x")


@pytest.fixture
def registry(tool: Callable[[str], str], tmp_path: Path) -> Iterator[str]:
    with registries.registry(tool("docker-registry"), tmp_path / "registry") as address:
        yield address


@pytest.mark.containers
def test_engines_and_registries_take_the_image_of_each_machine(
    shop: Experiment, registry: str, tmp_path: Path, docker: dict[str, str]
) -> None:
    report = shop.push(f"{registry}/team/shop:v1", platform=BOTH)

    def call(*words: str | Path) -> str:
        return subprocess.run(words, env=docker, check=True, capture_output=True, text=True).stdout.strip()

    found = []
    for machine in ("arm64", "amd64"):
        call("docker", "pull", "-q", "--platform", f"linux/{machine}", report.reference)
        shown = call("docker", "image", "inspect", report.reference, "--format", "{{json .}}")
        assert json.loads(shown)["Architecture"] == machine
        found.append(json.loads(shown)["RootFS"]["Layers"])
    assert found[0] == found[1] == [layer.digest for layer in report.layers]
    shop.export(tmp_path / "shop.tar", platform=BOTH)
    assert "synth/shop:run1" in call("docker", "load", "-i", tmp_path / "shop.tar")
    copy = ["skopeo", "copy", "-q", "--all", "--preserve-digests", "--dest-tls-verify=false"]
    call(*copy, f"oci-archive:{tmp_path}/shop.tar:run1", f"docker://{registry}/team/copied:v1")
    shown = call("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{registry}/team/copied:v1")
    assert [each["platform"]["architecture"] for each in json.loads(shown)["manifests"]] == ["amd64", "arm64"]
