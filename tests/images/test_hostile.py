"""Images that lie: each is refused with an ImageError that says what is wrong, and nothing of it is kept."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import lies_of_archives  # noqa: F401  (it registers its lies)
import lies_of_contents
import pytest
from forge import Forgery
from lies import LIES

from synth_jupyter.errors import ImageError
from synth_jupyter.images.load import load


def everything(root: Path) -> dict[str, bytes | None]:
    """Every path below a folder with the bytes of files."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(root.rglob("*"))}


def forms(what: str, image: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """The lie in every form of image that can tell it, with what the refusal says."""
    tell, message = LIES[what]
    forgery = Forgery.of(image)
    tell(forgery)
    yield forgery.write(folder / "hostile.tar"), message
    if forgery.is_plain and forgery.on_docker is Forgery.on_docker and what != "names differ":
        yield forgery.write_folder(folder / "hostile"), ""
        if tell.__module__ == lies_of_contents.__name__:
            yield forgery.write_docker(folder / "docker.tar"), ""


@pytest.mark.parametrize("what", LIES)
def test_a_hostile_image_is_refused_and_leaves_nothing(what: str, image: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    for hostile, message in forms(what, image, tmp_path):
        before = everything(tmp_path)
        with pytest.raises(ImageError) as caught:
            load(hostile, tmp_path / "home" / "in")
        assert message in caught.value.message
        assert caught.value.message.endswith("nothing was kept")
        assert everything(tmp_path) == before


def test_the_forger_can_also_tell_the_truth(image: Path, tmp_path: Path) -> None:
    """Otherwise every image of this file would be refused for the forger's own mistake."""
    forgery = Forgery.of(image)
    forgery.change_metadata(lambda manifest: None)
    forgery.change_data(1, lambda data: data)
    written = (
        forgery.write(tmp_path / "a.tar"),
        forgery.write_folder(tmp_path / "b"),
        forgery.write_docker(tmp_path / "c.tar"),
    )
    for honest in written:
        assert load(honest, tmp_path / f"in-{honest.name}").rows == {"cities": 3, "orders": 70_000}


FOLDERS: dict[str, Callable[[Path, Path], None]] = {
    "a blob is a link": lambda blob, secret: (blob.unlink(), blob.symlink_to(secret))[0],
    "a blob is a pipe": lambda blob, secret: (blob.unlink(), os.mkfifo(blob))[0],
    "a blob is a folder": lambda blob, secret: (blob.unlink(), blob.mkdir())[0],
    "a blob is a socket's name": lambda blob, secret: blob.rename(blob.with_name("run.sock")) and None,
    "the blobs are a link": lambda blob, secret: (
        blob.parent.rename(secret.parent / "moved"), blob.parent.symlink_to(secret.parent / "moved"),
    )[1],
    "a name beside the blobs": lambda blob, secret: (blob.parent / "..evil").write_text("x") and None,
    "the index is a link": lambda blob, secret: (
        (blob.parents[2] / "index.json").unlink(), (blob.parents[2] / "index.json").symlink_to(secret),
    )[0],
    "the index is a pipe": lambda blob, secret: (
        (blob.parents[2] / "index.json").unlink(), os.mkfifo(blob.parents[2] / "index.json"),
    )[0],
}  # fmt: skip


@pytest.mark.parametrize("what", FOLDERS)
def test_a_hostile_folder_is_refused_and_no_link_is_followed(what: str, image: Path, tmp_path: Path) -> None:
    layout = Forgery.of(image).write_folder(tmp_path / "layout")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    blob = max((layout / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    FOLDERS[what](blob, tmp_path / "outside" / "secret")
    with pytest.raises(ImageError) as caught:
        load(layout, tmp_path / "in")
    assert "secret" not in caught.value.message.replace("outside/secret", "")
    assert not (tmp_path / "in").exists()
    assert (tmp_path / "outside" / "secret").read_text() == "secret"


WORST = (
    "layer: gzip bomb", "layer: gzip with more behind the tar", "metadata: gzip bomb", "20,000 members",
    "layer: 20,000 files", "a million values", "200,000 deep", "5 MiB of JSON", "100,000 images", "parquet: a huge footer",
)  # fmt: skip
MEASURE = """
import json, resource, sys, time
from pathlib import Path
from synth_jupyter.errors import ImageError
from synth_jupyter.images.load import load
def used(who): return resource.getrusage(who)
def seconds(): return sum(used(who).ru_utime + used(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
found = {}
for name in sys.argv[1:]:
    start = seconds()
    try:
        load(Path(name), Path(name + ".in"))
    except ImageError:
        found[name] = seconds() - start
(mine,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))  # not the parent's, as ru_maxrss
print(json.dumps([found, [int(mine) >> 10, used(resource.RUSAGE_CHILDREN).ru_maxrss >> 10]]))
"""


def test_the_worst_images_take_little_time_and_memory(image: Path, tmp_path: Path) -> None:
    """Less than 5 seconds of processor each, and 200 MB in this and in any process that reads for it."""
    images = []
    for number, what in enumerate(WORST):
        forgery = Forgery.of(image)
        LIES[what][0](forgery)
        images.append(str(forgery.write(tmp_path / f"{number}.tar")))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MEASURE, *images]
    shown = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = json.loads(shown)
    assert set(seconds) == set(images)
    assert max(seconds.values()) < 5
    assert max(megabytes) < 200
