"""Send an image to a registry without writing it anywhere first: layers that are there are not sent again."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import ConflictError, ImageError
from . import strict_json
from .export import ExportedLayer, ExportReport
from .layout import LABEL, MANIFEST_TYPE, blob_name
from .references import Reference
from .registry import Registry
from .resolve import JSON_LIMIT
from .writing import Content, Sink, sha256_of


@dataclass
class Pushed:
    """What a push did: the manifest's digest, the bytes that were sent, and which layers were there or taken over."""

    digest: str = ""
    sent: int = 0
    there: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PushReport:
    """An image in a registry; `sent` are the bytes of the blobs that it lacked."""

    reference: str
    digest: str
    bytes: int
    sent: int
    content_digest: str
    layers: tuple[ExportedLayer, ...]

    @classmethod
    def of(cls, reference: Reference, report: ExportReport, done: Pushed) -> "PushReport":
        """From what the export and the registry say."""
        there = set(done.there)
        layers = tuple(replace(layer, reused=layer.digest in there) for layer in report.layers)
        return cls(str(reference), done.digest, report.bytes, done.sent, report.content_digest, layers)

    def to_dict(self) -> dict[str, Any]:
        """The `push` document."""
        layers = [
            {"digest": layer.digest, "bytes": layer.bytes, "role": layer.role, "reused": layer.reused}
            for layer in self.layers
        ]
        return {
            "reference": self.reference, "digest": self.digest, "bytes": self.bytes, "sent": self.sent,
            "content_digest": self.content_digest, "layers": layers,
        }  # fmt: skip


@contextmanager
def pushing(
    reference: Reference, content: str, done: Pushed, *, force: bool = False, elsewhere: Mapping[str, str] | None = None
) -> Iterator[Sink]:
    """A place for an image with that content digest; `elsewhere` are repositories of the registry that have a layer.

    Raises:
        ConflictError: the tag names other content, and `force` is false.
        ImageError: the registry cannot be reached, or refuses.
    """
    if reference.digest:
        raise ImageError(f"{reference} is a digest; an image is pushed under a tag")
    registry = Registry(reference, writes=True)
    try:
        if not force:
            _check_free(registry, content)
        yield _Repository(registry, done, elsewhere or {})
    finally:
        done.sent = registry.sent
        registry.transport.close()


def _check_free(registry: Registry, content: str) -> None:
    found = registry.manifest(registry.reference.tag)
    if found is not None and (other := _content_of(registry, found[0])) != content:
        raise ConflictError(
            f"{registry.reference} names other content, {other or 'which is no experiment'}; nothing was pushed",
            hint="push under another tag, or --force it",
        )


def _content_of(registry: Registry, manifest: bytes) -> str:
    """The content digest that the image's labels tell; nothing when it is no image of an experiment."""
    try:
        found = json.loads(manifest)
        if found.get("manifests"):
            below = registry.manifest(str(found["manifests"][0]["digest"]))
            found = json.loads(below[0]) if below else {}
        config = found["config"]
        size = min(int(config["size"]), JSON_LIMIT)
        data = b"".join(registry.blob(str(config["digest"]), size))
        labels = strict_json.parse(data, "a config", limit=JSON_LIMIT)["config"]["Labels"]
        return str(labels[f"{LABEL}content.digest"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""


@dataclass
class _Repository:
    """A repository as the place of an image. State: `registry`, used under `lock`, and what was done."""

    registry: Registry
    done: Pushed
    elsewhere: Mapping[str, str]
    sizes: Sequence[int] = ()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, files: Mapping[str, bytes], sizes: Sequence[int]) -> None:
        """Nothing is sent before a digest is known."""
        self.sizes = sizes

    def layer(self, number: int, content: Content) -> str:
        """Read it for its digest, and again to send it where the repository lacks it."""
        digest = sha256_of(content)
        with self.lock:
            self._give(f"sha256:{digest}", self.sizes[number], content)
        return digest

    def finish(self, files: Mapping[str, bytes]) -> int:
        """Send each config and manifest, then what stands for them all under the tag."""
        (first,) = json.loads(files["index.json"])["manifests"]
        held = {name: data for name, data in files.items() if name.startswith("blobs/")}
        data = held.pop(_name(first))
        for each in json.loads(data).get("manifests", []):
            manifest = held.pop(_name(each))
            self._give_config(manifest, held)
            self.registry.put_manifest(each["digest"], manifest, MANIFEST_TYPE)
        if first["mediaType"] == MANIFEST_TYPE:
            self._give_config(data, held)
        there = self.registry.manifest(self.registry.reference.tag)
        if there is None or there[0] != data:
            self.registry.put_manifest(self.registry.reference.tag, data, first["mediaType"])
        self.done.digest = first["digest"]
        return sum(len(blob) for name, blob in files.items() if name.startswith("blobs/")) + sum(self.sizes)

    def _give_config(self, manifest: bytes, files: Mapping[str, bytes]) -> None:
        config = json.loads(manifest)["config"]
        text = files[_name(config)]
        self._give(config["digest"], len(text), lambda: iter([text]))

    def _give(self, digest: str, size: int, content: Content) -> None:
        repository = self.elsewhere.get(digest)
        if self.registry.has(digest) or (repository and self.registry.mount(digest, repository)):
            self.done.there.append(digest)
        else:
            self.registry.upload(digest, size, content())


def _name(descriptor: Mapping[str, Any]) -> str:
    return blob_name(descriptor["digest"].removeprefix("sha256:"))
