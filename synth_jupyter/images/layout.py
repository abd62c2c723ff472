"""What an image is made of: names, labels, layers in their order, and the documents that hold them together. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..documents import canonical_json
from ..errors import ImageError
from . import tar

FORMAT = 1
ROOT = "experiment"
LABEL = "org.synth-jupyter."
CREATED = "2000-01-01T00:00:00Z"
COMMAND = f"/{ROOT}/README.md"
MAX_OWN_LAYERS = 100
MAX_LAYERS_IN_ALL = 125
"""Docker's overlay2 mounts no more."""
QUERIES = "warehouse/queries.json"
DERIVED = "warehouse/derived.json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
PLATFORM = {"architecture": "amd64", "os": "linux"}
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_SEGMENT = re.compile(r"[A-Za-z0-9_%][A-Za-z0-9_.~%-]*")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Entry:
    """One file of a layer: `path` below /experiment, its size in bytes and sha256 (hex)."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class LayerPlan:
    """One layer: what it is for and its files, in the order of their paths."""

    role: str
    entries: tuple[Entry, ...]

    def members(self) -> list[tuple[bytes, Entry | None]]:
        """Each header with the file that follows it; folders come before what they hold, each once."""
        found: list[tuple[bytes, Entry | None]] = []
        made: set[str] = set()
        for entry in self.entries:
            for folder in _folders(f"{ROOT}/{entry.path}"):
                if folder not in made:
                    found.append((tar.header(folder, folder=True), None))
                    made.add(folder)
            found.append((tar.header(f"{ROOT}/{entry.path}", entry.size), entry))
        return found

    @property
    def bytes(self) -> int:
        """The size of the layer's tar."""
        sizes = (tar.stored(entry.size) if entry else len(head) for head, entry in self.members())
        return sum(sizes) + len(tar.END)


@dataclass(frozen=True)
class BaseLayer:
    """A layer of another image as it is stored: the digest (hex) and size of its blob, and that of the tar in it."""

    digest: str
    size: int
    media_type: str
    diff_id: str
    content: Callable[[], Iterator[bytes]]
    role: str = "base"


@dataclass(frozen=True)
class Base:
    """Another image that ours are laid upon; `config` has its platform and settings, which stay as they are.

    `name` and `digest` tell where it comes from and what its manifest was. Where nothing lies below, the same files
    may be made for several `machines` (architectures) at once.
    """

    config: Mapping[str, Any] = field(default_factory=lambda: PLATFORM)
    layers: tuple[BaseLayer, ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()
    name: str = ""
    digest: str = ""
    machines: tuple[str, ...] = ()

    @property
    def configs(self) -> list[dict[str, Any]]:
        """Its settings for each machine."""
        return [{**self.config, "architecture": machine} for machine in self.machines] or [dict(self.config)]

    @property
    def blobs(self) -> tuple[BaseLayer, ...]:
        """Its layers, each once."""
        return tuple({layer.digest: layer for layer in self.layers}.values())

    def labelled(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """Its settings with these labels besides its own; a command, which every image must have, is given to none."""
        inner = dict(self.config.get("config") or {})
        if not inner.get("Cmd") and not inner.get("Entrypoint"):
            inner |= {"Cmd": [COMMAND], "WorkingDir": inner.get("WorkingDir") or "/"}
        named = {"org.opencontainers.image.base.name": self.name, "org.opencontainers.image.base.digest": self.digest}
        told = {key: value for key, value in named.items() if value}
        return inner | {"Labels": {**(inner.get("Labels") or {}), **told, **labels}}


@dataclass(frozen=True)
class Envelope:
    """What stands around the layers: name, tag, time, labels, each layer's role and size, and what lies below them."""

    name: str
    tag: str
    created: str
    labels: Mapping[str, str]
    layers: Sequence[tuple[str, int]]
    base: Base = field(default_factory=Base)

    def files(self, digests: Sequence[str]) -> dict[str, bytes]:
        """The archive's files but the layers, in order; their sizes do not depend on the layers' digests (hex)."""
        configs = [_json(self._config(given, digests)) for given in self.base.configs]
        manifests = [_json(self._manifest(config, digests)) for config in configs]
        index, *below = self._indexes(manifests)
        blobs = {blob_name(_sha(blob)): blob for blob in (*below, *manifests, *configs)}
        layers = [blob_name(digest) for digest in (*(layer.digest for layer in self.base.layers), *digests)]
        docker = [{"Config": blob_name(_sha(configs[0])), "RepoTags": [self._reference], "Layers": layers}]
        layout = _json({"imageLayoutVersion": "1.0.0"})
        return {"oci-layout": layout, "index.json": index, "manifest.json": _json(docker)} | blobs

    @property
    def _reference(self) -> str:
        return f"{repository(self.name)}:{self.tag}"

    def _config(self, given: Mapping[str, Any], digests: Sequence[str]) -> dict[str, Any]:
        own = [{"created": self.created, "created_by": f"synth_jupyter {role}"} for role, _ in self.layers]
        below = [layer.diff_id for layer in self.base.layers]
        return {
            **given, "created": self.created, "history": [*self.base.history, *own],
            "config": self.base.labelled(self.labels),
            "rootfs": {"type": "layers", "diff_ids": [*below, *(f"sha256:{digest}" for digest in digests)]},
        }  # fmt: skip

    def _manifest(self, config: bytes, digests: Sequence[str]) -> dict[str, Any]:
        below = [_descriptor(layer.media_type, layer.digest, layer.size) for layer in self.base.layers]
        layers = [
            _descriptor(LAYER_TYPE, digest, size) | {"annotations": {f"{LABEL}role": role}}
            for digest, (role, size) in zip(digests, self.layers, strict=True)
        ]
        config_descriptor = _descriptor(CONFIG_TYPE, _sha(config), len(config))
        return {
            "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config_descriptor, "layers": [*below, *layers]
        }  # fmt: skip

    def _indexes(self, manifests: Sequence[bytes]) -> list[bytes]:
        """index.json, and the index below it where there are several images."""
        names = {
            "io.containerd.image.name": f"docker.io/{self._reference}",
            "org.opencontainers.image.ref.name": self.tag,
        }
        found = [
            _descriptor(MANIFEST_TYPE, _sha(manifest), len(manifest)) | {"platform": _platform(config)}
            for manifest, config in zip(manifests, self.base.configs, strict=True)
        ]
        if len(found) == 1:
            return [_index([found[0] | {"annotations": names}])]
        below = _index(found)
        return [_index([_descriptor(INDEX_TYPE, _sha(below), len(below)) | {"annotations": names}]), below]


def _index(manifests: Sequence[Mapping[str, Any]]) -> bytes:
    return _json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests})


def _platform(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: config[key] for key in ("architecture", "os", "variant") if key in config}


def blob_name(digest: str) -> str:
    """Where the archive holds the blob of that hex digest."""
    return f"blobs/sha256/{digest}"


def repository(name: str) -> str:
    """`synth/NAME` in the letters a repository may have; the exact name stands in the labels."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[._-]{2,}", "-", re.sub(r"[^a-z0-9._-]", "-", folded)).strip("._-")
    return f"synth/{plain[:100].strip('._-') or 'experiment'}"


def check_tag(tag: str) -> str:
    """`tag`, if registries take it; ImageError otherwise."""
    if not _TAG.fullmatch(tag):
        raise ImageError(f"{tag!r} cannot be the tag of an image", hint="use letters, digits, _ . and -, at most 128")
    return tag


def check_created(created: str | None) -> str:
    """The time an image carries, `2000-01-01T00:00:00Z` unless given; ImageError for another form."""
    text = CREATED if created is None else created
    try:
        if not _CREATED.fullmatch(text):
            raise ValueError("another form")
        datetime.fromisoformat(text[:-1])
    except ValueError:
        raise ImageError(f"{text!r} is no time for an image", hint=f"write it as {CREATED}") from None
    return text


def is_safe(path: str) -> bool:
    """Whether a path below /experiment is plain: ASCII, relative, at most 5 deep, a name on any system."""
    parts = path.split("/")
    return (
        0 < len(path) <= 200
        and len(parts) <= 5
        and all(_SEGMENT.fullmatch(part) and not part.endswith(".") and not _DEVICE.fullmatch(part) for part in parts)
    )


def data_folder(table: str) -> str:
    """`data/<table>`; all but letters, digits, `_`, `.` and `-` is percent-encoded, long names end in a digest."""
    plain = re.sub(rb"[^A-Za-z0-9_.-]", lambda match: b"%%%02X" % match[0][0], table.encode()).decode()
    if plain[0] in ".-" or _DEVICE.fullmatch(plain):
        plain = f"%{ord(plain[0]):02X}{plain[1:]}"
    plain = f"{plain[:-1]}%2E" if plain.endswith(".") else plain
    if len(plain) > 120:
        plain = f"{plain[:100]}~{hashlib.sha256(table.encode()).hexdigest()[:12]}"
    return f"data/{plain}"


def sha256sums(entries: Sequence[Entry]) -> bytes:
    """What `sha256sum -c` reads in /experiment."""
    return "".join(f"{entry.sha256}  {entry.path}\n" for entry in _sorted(entries)).encode()


def placed_in(layers: Sequence[LayerPlan]) -> Iterator[tuple[Entry, int, int]]:
    """Each file with the number of its layer and the offset of its first byte in that layer's tar."""
    for number, layer in enumerate(layers):
        offset = 0
        for head, entry in layer.members():
            offset += len(head)
            if entry:
                yield entry, number, offset
                offset += entry.size + -entry.size % tar.BLOCK


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.path)


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


def _json(document: Any) -> bytes:
    return canonical_json(document).encode()


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
