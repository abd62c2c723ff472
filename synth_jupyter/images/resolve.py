"""From the files of an archive to the one image it holds: its config and its layers, every digest and size agreed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ImageError
from . import source as sources
from . import strict_json
from .source import Source

JSON_LIMIT = 4 << 20
MAX_LAYERS = 127
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CONFIG_TYPES = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_LAYER_TYPES = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
_ANNOTATIONS = re.compile(
    r"org\.opencontainers\.image\.[a-z.]+|io\.containerd\.image\.name|org\.synth-jupyter\.[a-z.]+"
    r"|com\.docker\.[a-zA-Z./-]+|vnd\.docker\.[a-zA-Z./-]+|config\.digest|containerd\.io/[a-zA-Z0-9._:/-]+"
)
_DESCRIPTOR = {"mediaType": str, "digest": str, "size": int}
_DESCRIPTOR_MORE = {"annotations": dict, "platform": dict, "artifactType": str}


@dataclass(frozen=True)
class Layer:
    """One layer: the file `name` holds it, `digest` (when known) is of that file, `diff_id` of the tar in it."""

    name: str
    digest: str | None
    diff_id: str


@dataclass(frozen=True)
class Image:
    """The image of an archive; `tags` are its names as written there."""

    config: dict[str, Any]
    config_digest: str
    layers: tuple[Layer, ...]
    tags: tuple[str, ...]
    manifest_digest: str = ""


@dataclass(frozen=True)
class _Found:
    config_name: str
    layer_names: tuple[str, ...]
    tags: tuple[str, ...]
    digests: tuple[str | None, ...]
    architecture: str = ""
    manifest_digest: str = ""


def resolve(source: Source, *, lacking: bool = False, architecture: str = "") -> Image:
    """The image that the archive's manifests describe, without reading its layers; some may be `lacking` in a
    layout that is no docker archive, too.

    Of several it is the one for `architecture`, or for amd64, or the first.

    Raises:
        ImageError: there is none, or more than one, or two descriptions of it disagree.
    """
    lacking = lacking and "manifest.json" not in source.sizes
    found = [describe(source, lacking, architecture) for name, describe in _DESCRIPTIONS if name in source.sizes]
    if not found:
        raise ImageError("this is no image: it has neither index.json nor manifest.json")
    _check_agreement(found)
    first = found[0]
    data = sources.read(source, first.config_name, JSON_LIMIT)
    digest = hashlib.sha256(data).hexdigest()
    if not re.fullmatch(rf"(blobs/sha256/)?{digest}(\.json)?", first.config_name):
        raise ImageError(f"the config {first.config_name!r} was changed: it does not have the digest it is named for")
    config = strict_json.parse(data, "the image's config", limit=JSON_LIMIT)
    diff_ids = _diff_ids(config)
    if first.architecture not in ("", config.get("architecture")):
        raise ImageError("index.json and the config name different architectures")
    if architecture not in ("", config.get("architecture")):
        raise ImageError(f"it is no image for linux/{architecture}, but for {str(config.get('architecture'))[:40]!r}")
    if len(diff_ids) != len(first.layer_names):
        raise ImageError(f"the config names {len(diff_ids)} layers, the manifest {len(first.layer_names)}")
    names = first.layer_names if lacking else _there(source, first.layer_names, diff_ids)
    layers = tuple(map(Layer, names, first.digests, diff_ids))
    return Image(config, f"sha256:{digest}", layers, found[-1].tags, first.manifest_digest)


def _there(source: Source, names: Sequence[str], diff_ids: Sequence[str]) -> list[str]:
    """The files that hold the layers. Docker writes the second of two equal layers as a link, which is not followed:
    the file of the first is that of both."""
    held = {diff_id: name for name, diff_id in zip(names, diff_ids, strict=True) if name in source.sizes}
    for name, diff_id in zip(names, diff_ids, strict=True):
        if diff_id not in held:
            raise ImageError(f"manifest.json names {name[:100]!r}, which the archive does not hold")
    return [name if name in source.sizes else held[diff_id] for name, diff_id in zip(names, diff_ids, strict=True)]


def hex_of(digest: str, what: str) -> str:
    """The 64 hex digits of a `sha256:...` digest; ImageError for anything else."""
    match = _DIGEST.fullmatch(digest)
    if not match:
        raise ImageError(f"{what} is not a sha256 digest: {digest[:80]!r}")
    return match[1]


def _check_agreement(found: list[_Found]) -> None:
    if len(found) < 2:
        return
    oci, docker = found
    if oci.config_name != docker.config_name or oci.layer_names != docker.layer_names:
        raise ImageError("index.json and manifest.json describe different images")
    if docker.tags and oci.tags and not {_plain(tag) for tag in oci.tags} <= {_plain(tag) for tag in docker.tags}:
        raise ImageError("index.json and manifest.json give the image different names")


def _plain(tag: str) -> str:
    return tag.removeprefix("docker.io/").removeprefix("library/")


def _diff_ids(config: Any) -> list[str]:
    rootfs = config.get("rootfs") if isinstance(config, dict) else None
    if not isinstance(rootfs, dict) or rootfs.get("type") != "layers":
        raise ImageError("the image's config has no root file system; this is not an experiment image")
    if config.get("os") != "linux":
        raise ImageError(f"the image is for {config.get('os')!r}; experiment images are for linux")
    diff_ids = strict_json.strings(rootfs.get("diff_ids"), "the config's diff_ids")
    for diff_id in diff_ids:
        hex_of(diff_id, "a diff_id of the config")
    if not 0 < len(diff_ids) <= MAX_LAYERS:
        raise ImageError(f"the image has {len(diff_ids)} layers; 1 to {MAX_LAYERS} are read")
    return diff_ids


def _from_oci(source: Source, lacking: bool, architecture: str) -> _Found:
    if "oci-layout" in source.sizes:
        layout = strict_json.parse(sources.read(source, "oci-layout", 4096), "oci-layout", limit=4096)
        if layout != {"imageLayoutVersion": "1.0.0"}:
            raise ImageError("oci-layout is not of version 1.0.0")
    descriptors = for_machine(_leaves(source, "index.json", None, depth=3), architecture)
    if len({descriptor["digest"] for descriptor in descriptors}) != 1:
        raise ImageError(
            f"the archive holds {len(descriptors)} images; one is expected",
            hint="copy the one you want into an archive of its own, such as with skopeo copy",
        )
    name = _blob(source, descriptors[0], MANIFEST_TYPES)
    manifest = _object(source, name)
    strict_json.known(
        manifest, "the image manifest", {"schemaVersion": int, "config": dict, "layers": list},
        {"mediaType": str, "annotations": dict, "artifactType": str},
    )  # fmt: skip
    _check_version(manifest, MANIFEST_TYPES, "the image manifest")
    layers = tuple(_blob(source, layer, _LAYER_TYPES, lacking=lacking) for layer in manifest["layers"])
    config = _blob(source, manifest["config"], _CONFIG_TYPES)
    digests = tuple(layer["digest"] for layer in manifest["layers"])
    platform = descriptors[0].get("platform", {}).get("architecture", "")
    return _Found(config, layers, _tags(descriptors), digests, platform, descriptors[0]["digest"])


def for_machine(descriptors: list[dict[str, Any]], architecture: str = "") -> list[dict[str, Any]]:
    """Those for `architecture`; unless one is asked for, of several kinds those for amd64, or the first.

    Raises:
        ImageError: there is none for what was asked for.
    """
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for descriptor in descriptors:
        by_kind.setdefault(descriptor.get("platform", {}).get("architecture", ""), []).append(descriptor)
    if architecture and any(by_kind) and architecture not in by_kind:
        kinds = ", ".join(f"linux/{kind}"[:40] for kind in sorted(by_kind))
        raise ImageError(f"there is no image for linux/{architecture}", hint=f"there are {kinds}")
    wanted = architecture if architecture in by_kind else "amd64"
    return by_kind.get(wanted) or next(iter(by_kind.values()), [])


def _leaves(source: Source, name: str, digest: str | None, *, depth: int) -> list[dict[str, Any]]:
    """The descriptors of image manifests at or below an index; attestations are left out."""
    if depth == 0:
        raise ImageError("index.json is nested more than 3 deep")
    index = _object(source, name)
    required = {"schemaVersion": int, "manifests": list}
    strict_json.known(index, name, required, {"mediaType": str, "annotations": dict, "artifactType": str})
    _check_version(index, _INDEX_TYPES, name)
    if len(index["manifests"]) > 64:
        raise ImageError(f"{name} lists {len(index['manifests'])} images; at most 64 are read")
    found: list[dict[str, Any]] = []
    for descriptor in index["manifests"]:
        below = _blob(source, descriptor, (*_INDEX_TYPES, *MANIFEST_TYPES))
        platform = strict_json.known(
            descriptor.get("platform", {"os": "linux", "architecture": "amd64"}), "a platform",
            {"os": str, "architecture": str}, {"variant": str, "os.version": str, "os.features": list},
        )  # fmt: skip
        if descriptor["mediaType"] in _INDEX_TYPES:
            found += _leaves(source, below, descriptor["digest"], depth=depth - 1)
        elif platform["os"] == "linux":
            found.append(descriptor)
        elif platform["os"] != "unknown":
            raise ImageError(f"the archive holds an image for {platform['os'][:40]!r}; experiment images are for linux")
    return found


def _check_version(document: dict[str, Any], types: tuple[str, ...], what: str) -> None:
    if document["schemaVersion"] != 2 or document.get("mediaType", types[0]) not in types:
        raise ImageError(f"{what} is of an unknown version or media type")


def _blob(source: Source, descriptor: Any, types: tuple[str, ...], *, lacking: bool = False) -> str:
    """The archive file a descriptor stands for, its size checked; its digest is checked when it is read."""
    strict_json.known(descriptor, "a descriptor", _DESCRIPTOR, _DESCRIPTOR_MORE)
    if descriptor["mediaType"] not in types:
        raise ImageError(
            f"the media type {descriptor['mediaType'][:90]!r} is not read here",
            hint="layers may be plain or gzip; convert others, such as with skopeo copy --dest-compress-format gzip",
        )
    for key in descriptor.get("annotations", {}):
        if not _ANNOTATIONS.fullmatch(key):
            raise ImageError(f"a descriptor has an unknown annotation {key[:60]!r}")
    name = f"blobs/sha256/{hex_of(descriptor['digest'], 'a descriptor')}"
    if name not in source.sizes and lacking:
        return name
    if name not in source.sizes:
        raise ImageError(f"the image has no blob {descriptor['digest']}; it is incomplete")
    if source.sizes[name] != descriptor["size"]:
        size = f"{source.sizes[name]:,} bytes, its descriptor says {descriptor['size']:,}"
        raise ImageError(f"the blob {descriptor['digest']} has {size}")
    return name


def _object(source: Source, name: str) -> dict[str, Any]:
    data = sources.read(source, name, JSON_LIMIT)
    if name.startswith("blobs/") and hashlib.sha256(data).hexdigest() != name.rpartition("/")[2]:
        raise ImageError(f"the blob sha256:{name.rpartition('/')[2]} was changed: its digest does not match")
    found = strict_json.parse(data, name, limit=JSON_LIMIT)
    return strict_json.known(found, name, {}, dict.fromkeys(found, object)) if isinstance(found, dict) else {}


def _tags(descriptors: list[dict[str, Any]]) -> tuple[str, ...]:
    """The image's names in index.json; a short tag must be the end of the full name beside it."""
    tags = []
    for descriptor in descriptors:
        notes = descriptor.get("annotations", {})
        full, short = notes.get("io.containerd.image.name"), notes.get("org.opencontainers.image.ref.name")
        if full is not None and (not isinstance(full, str) or short is None or not full.endswith(str(short))):
            raise ImageError("index.json gives the image two different names")
        tags += [full] if full else []
    return tuple(tags)


def _from_docker(source: Source, lacking: bool, architecture: str) -> _Found:
    data = strict_json.parse(sources.read(source, "manifest.json", JSON_LIMIT), "manifest.json", limit=JSON_LIMIT)
    if not isinstance(data, list) or len(data) != 1:
        raise ImageError("manifest.json must describe exactly one image")
    entry = strict_json.known(
        data[0], "manifest.json", {"Config": str, "Layers": list},
        {"RepoTags": object, "LayerSources": dict, "Parent": str},
    )  # fmt: skip
    layers = tuple(strict_json.strings(entry["Layers"], "the Layers of manifest.json"))
    if entry["Config"] not in source.sizes:
        raise ImageError(f"manifest.json names {entry['Config'][:100]!r}, which the archive does not hold")
    tags = tuple(strict_json.strings(entry.get("RepoTags") or [], "the RepoTags of manifest.json"))
    return _Found(entry["Config"], layers, tags, (None,) * len(layers))


_DESCRIPTIONS = (("index.json", _from_oci), ("manifest.json", _from_docker))
