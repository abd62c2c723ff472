"""A container engine on this machine, by its socket: load an image into it, or save one from it, as streams."""

import http.client
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from .. import files as disk
from ..errors import ImageError
from . import tar, writing
from .layout import blob_name
from .transport import UnixConnection
from .writing import Content, Sink, sha256_of

PREFIX = "daemon:"
_PIECE = 1 << 20
_MOST_SAID = 1 << 20


def socket_path(environment: Mapping[str, str] = os.environ) -> Path:
    """The engine's socket: that of DOCKER_HOST, or else where Docker or podman has it.

    Raises:
        ImageError: there is none.
    """
    asked = environment.get("DOCKER_HOST", "")
    if asked and not asked.startswith("unix://"):
        raise ImageError(
            f"DOCKER_HOST is {asked.split('://')[0]}://..., and only unix:// is spoken here",
            hint="export to a file, and let `docker load` send it",
        )
    own = Path(environment.get("XDG_RUNTIME_DIR", "/run")) / "podman" / "podman.sock"
    places = [Path(asked.removeprefix("unix://"))] if asked else [Path("/var/run/docker.sock"), own]
    for place in places:
        if place.is_socket():
            return place
    raise ImageError(
        f"no container engine answers at {' or '.join(map(str, places))}",
        hint="start it, name its socket in DOCKER_HOST, or use a file instead of daemon:",
    )


@contextmanager
def loading(socket: Path, name: str = "") -> Iterator[Sink]:
    """A place for an image: the engine gets it when it is whole, and calls it `name`, too, when one is given."""
    yield _Engine(socket, name)


def save(socket: Path, name: str, target: Path) -> None:
    """Write the image that the engine calls `name` to the new file `target`, as `docker save` does.

    Raises:
        ImageError: the engine has none of that name, or cannot be talked to.
    """
    with _answer(socket, "GET", f"/images/{quote(name, safe='')}/get") as response, disk.create(target) as out:
        while piece := response.read(_PIECE):
            out.write(piece)


@dataclass
class _Engine:
    """An engine as the place of an image. State: each layer's content, read once for its digest and once to send it."""

    socket: Path
    name: str
    sizes: Sequence[int] = ()
    contents: dict[int, tuple[str, Content]] = field(default_factory=dict)

    def begin(self, files: Mapping[str, bytes], sizes: Sequence[int]) -> None:
        """Nothing is sent before the digests are known, which stand at the beginning."""
        self.sizes = sizes

    def layer(self, number: int, content: Content) -> str:
        """Only its digest."""
        digest = sha256_of(content)
        self.contents[number] = digest, content
        return digest

    def finish(self, files: Mapping[str, bytes]) -> int:
        """Send the tar, and give it its name."""
        with _answer(self.socket, "POST", "/images/load?quiet=1", self._tar(files)) as response:
            _check_said(response.read(_MOST_SAID))
        if self.name:
            (image,) = json.loads(files["manifest.json"])[0]["RepoTags"]
            repository, _, tag = (
                self.name.rpartition(":") if ":" in self.name.rpartition("/")[2] else (self.name, "", "")
            )
            query = urlencode({"repo": repository, "tag": tag or "latest"})
            with _answer(self.socket, "POST", f"/images/{quote(image, safe='')}/tag?{query}", b""):
                pass
        return writing.starts(files, self.sizes)[-1] + len(tar.END)

    def _tar(self, files: Mapping[str, bytes]) -> Iterator[bytes]:
        yield writing.head(files)
        for number, size in enumerate(self.sizes):
            digest, content = self.contents[number]
            yield tar.header(blob_name(digest), size)
            yield from content()
            yield tar.padding(size)
        yield tar.END


@contextmanager
def _answer(
    socket: Path, method: str, path: str, body: bytes | Iterator[bytes] | None = None
) -> Iterator[http.client.HTTPResponse]:
    connection = UnixConnection(str(socket))
    try:
        headers = {"Content-Type": "application/x-tar"} if isinstance(body, Iterator) else {}
        connection.request(method, path, body=body, headers=headers, encode_chunked=isinstance(body, Iterator))
        response = connection.getresponse()
        if response.status >= 400:
            raise ImageError(f"the engine at {socket} refuses: {_message(response.read(_MOST_SAID))}")
        yield response
    except (OSError, http.client.HTTPException) as error:
        raise ImageError(
            f"the engine at {socket} cannot be talked to: {error}", hint="is it running, and may you use it?"
        ) from error
    finally:
        connection.close()


def _check_said(said: bytes) -> None:
    """ImageError when the engine's progress, one JSON document a line, ends with an error."""
    for line in said.splitlines():
        if b'"error' in line:
            raise ImageError(f"the engine did not take the image: {_message(line)}")


def _message(data: bytes) -> str:
    try:
        found = json.loads(data)
        text = str(found.get("message") or found.get("error") or found)
    except (ValueError, AttributeError, RecursionError):
        text = data.decode("utf-8", "replace")
    return "".join(letter for letter in text if letter.isprintable())[:300]
