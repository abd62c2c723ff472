"""Real container engines load an image, copy its files out, and save it again without loss."""

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from synth_jupyter.images.load import load
from synth_jupyter.plan.model import RunFiles

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
