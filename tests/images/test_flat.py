"""A tree of files, as `docker export` writes it, is read as strictly as an image: any change of it is refused."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from synth_jupyter.errors import ImageError
from synth_jupyter.images.load import inspect, load
from synth_jupyter.plan.model import RunFiles

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture(scope="session")
def members(image: Path) -> Members:
    """What docker export makes of the image."""
    found: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    for name in (".dockerenv", "dev/console", "etc/hosts"):
        found[name] = (tarfile.TarInfo(name), b"")
    with tarfile.open(image) as archive:
        for member in archive:
            blob = archive.extractfile(member) if member.name.startswith("blobs/sha256/") else None
            if blob and not blob.peek(1).startswith(b"{"):
                with tarfile.open(fileobj=blob) as layer:
                    for info in layer:
                        held = layer.extractfile(info)
                        found[info.name] = (info, held.read() if held else b"")
    return [found[name] for name in sorted(found)]


def packed(members: Members, target: Path) -> Path:
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for info, data in members:
            copy = tarfile.TarInfo(info.name)
            copy.type, copy.linkname, copy.size = info.type, info.linkname, len(data)
            archive.addfile(copy, io.BytesIO(data))
    return target


def named(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    return info, data


def test_a_tree_of_files_comes_back(members: Members, run: RunFiles, tmp_path: Path) -> None:
    image = packed(members, tmp_path / "flat.tar")
    assert inspect(image).content_digest == run.content_digest
    assert load(image, tmp_path / "in").files == run.files


def _without(part: str) -> Callable[[Members], Members]:
    return lambda members: [(info, data) for info, data in members if part not in info.name]


def _changed(part: str) -> Callable[[Members], Members]:
    return lambda members: [
        (info, data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if part in info.name and data else data)
        for info, data in members
    ]


def _with(*more: tuple[tarfile.TarInfo, bytes]) -> Callable[[Members], Members]:
    return lambda members: [*members, *more]


LIES: dict[str, Callable[[Members], Members]] = {
    "a table is missing": _without("data/orders/part-00001"),
    "the manifest is missing": _without("manifest.json"),
    "the sums are missing": _without("SHA256SUMS"),
    "a table is changed": _changed("data/cities/"),
    "the schema is changed": _changed("schema.json"),
    "the readme is changed": _changed("README"),
    "another file": _with(named("experiment/more.txt", b"x")),
    "a file elsewhere": _with(named("usr/bin/sh", b"x")),
    "content in an engine's file": _with(named("etc/hostname", b"x")),
    "a name that escapes": _with(named("experiment/../../evil", b"x")),
    "an absolute name": _with(named("/evil", b"x")),
    "a file twice": _with(named("experiment/README.md", b"x")),
    "a link inside": _with(named("experiment/data/evil", kind=tarfile.SYMTYPE)),
    "a hard link": _with(named("experiment/evil", kind=tarfile.LNKTYPE)),
    "a device": _with(named("dev/sda", kind=tarfile.BLKTYPE)),
    "an image, too": _with(named("index.json", b"{}")),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_changed_tree_is_refused_and_leaves_nothing(lie: str, members: Members, tmp_path: Path) -> None:
    image = packed(LIES[lie](members), tmp_path / "flat.tar")
    with pytest.raises(ImageError):
        load(image, tmp_path / "in")
    assert [path.name for path in tmp_path.iterdir()] == ["flat.tar"]
