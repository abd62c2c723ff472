"""Fetch an image from a registry into a folder in the OCI layout; what it is worth, `load` finds out."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import files as disk
from ..documents import canonical_json
from ..errors import ImageError, NotFoundError
from . import strict_json
from .layout import INDEX_TYPE, LABEL, blob_name
from .load import Rows, layers_needed
from .metadata import Limits
from .references import Reference
from .registry import Registry
from .resolve import JSON_LIMIT, MANIFEST_TYPES, MAX_LAYERS, for_machine, hex_of


def pull(
    reference: Reference, into: Path, *, tables: Sequence[str] | None = None, limits: Limits | None = None,
    on_layer: Callable[[Rows, Rows, int], None] | None = None,
) -> None:  # fmt: skip
    """Fetch the image below the new folder `into`: its config, what it says it holds, then only the layers needed.

    Those are all of ours, or the ones with these `tables`; what lies below ours is not fetched. Each blob has its size
    and digest. `on_layer` hears of each layer, with the rows by table that it holds, those
    of all, and how many layers there are.

    Raises:
        NotFoundError: the registry has no such image, or the image no such table.
        ImageError: it is no image of an experiment, too large, or other than its digests say.
    """
    registry, limits = Registry(reference), limits or Limits()
    try:
        config, *layers = _begin(registry, into, limits)
        _check_labels(registry, (into / _name(config)).read_bytes())
        _check_size(layers[-1], "uppermost layer", limits.metadata)
        _fetch(registry, layers[-1], into)
        needed = layers_needed(into, tables, limits=limits)
        _check_room([layers[number] for number in needed], into)
        totals = _sum(needed.values())
        for number, rows in needed.items():
            _fetch(registry, layers[number], into)
            if on_layer:
                on_layer(rows, totals, len(needed))
    finally:
        registry.transport.close()


def fetch(reference: Reference, into: Path, *, architecture: str = "") -> None:
    """Fetch any image, as it is, below the new folder `into`; of several the one for `architecture`, or for amd64.

    Raises:
        NotFoundError: the registry has no such image.
        ImageError: there is none for that, it is too large, or other than its digests say.
    """
    registry = Registry(reference)
    try:
        _, *layers = _begin(registry, into, Limits(), architecture)
        _check_room(layers, into)
        for layer in layers:
            _fetch(registry, layer, into)
    finally:
        registry.transport.close()


def _begin(registry: Registry, into: Path, limits: Limits, architecture: str = "") -> list[dict[str, Any]]:
    """Write the manifest and the config; what describes the config and the layers."""
    data, media_type = _manifest(registry, registry.reference.version, architecture)
    config, *layers = _descriptors(_parsed(data, "the image manifest"), limits)
    disk.make_folder(into / "blobs" / "sha256")
    _write(into / blob_name(hashlib.sha256(data).hexdigest()), iter([data]))
    _write(into / "oci-layout", iter([b'{"imageLayoutVersion":"1.0.0"}']))
    _write(into / "index.json", iter([_index(data, media_type)]))
    _fetch(registry, config, into)
    return [config, *layers]


def _manifest(registry: Registry, version: str, architecture: str) -> tuple[bytes, str]:
    """The manifest of an image; of an index, its image for linux and the architecture."""
    found = registry.manifest(version)
    if found is None:
        raise NotFoundError(f"there is no image {registry.reference}", hint="look at its name and tag")
    data, media_type = found
    if media_type in MANIFEST_TYPES:
        return found
    images = _parsed(data, "the index").get("manifests")
    fit = [each for each in images if _is_for_linux(each)] if isinstance(images, list) and len(images) <= 64 else []
    fit = for_machine(fit, architecture)
    below = registry.manifest(f"sha256:{hex_of(str(fit[0].get('digest')), 'a descriptor')}") if fit else None
    if below is None or below[1] not in MANIFEST_TYPES:
        raise ImageError(f"{registry.reference} is no image for linux")
    return below


def _is_for_linux(descriptor: Any) -> bool:
    platform = descriptor.get("platform", {}) if isinstance(descriptor, dict) else {}
    told = isinstance(platform, dict) and isinstance(platform.get("architecture", ""), str)
    return told and platform.get("os", "linux") == "linux"


def _parsed(data: bytes, what: str) -> dict[str, Any]:
    found = strict_json.parse(data, what, limit=JSON_LIMIT)
    if not isinstance(found, dict):
        raise ImageError(f"{what} is no object")
    return found


def _descriptors(manifest: dict[str, Any], limits: Limits) -> list[dict[str, Any]]:
    """Those of the config and of the layers, if they are not above the limits."""
    blobs = [manifest.get("config"), *(manifest.get("layers") or [])]
    for blob in blobs:
        if not isinstance(blob, dict) or type(blob.get("size")) is not int or not isinstance(blob.get("digest"), str):
            raise ImageError("the image manifest has a descriptor without a size or a digest")
        hex_of(blob["digest"], "a descriptor")
    total = sum(blob["size"] for blob in blobs)
    if len(blobs) < 2:
        raise ImageError("the image has no layer; this is no image of an experiment")
    if len(blobs) > MAX_LAYERS + 1 or total > limits.data or any(blob["size"] < 0 for blob in blobs):
        raise ImageError(f"the image has {len(blobs) - 1} layers and {total:,} bytes; that is above the limit")
    _check_size(blobs[0], "config", JSON_LIMIT)
    return blobs


def _check_size(descriptor: dict[str, Any], what: str, most: int) -> None:
    if descriptor["size"] > most:
        raise ImageError(f"the image's {what} has {descriptor['size']:,} bytes; at most {most:,} are read")


def _check_labels(registry: Registry, data: bytes) -> None:
    inner = _parsed(data, "the image's config").get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict) or f"{LABEL}format" not in labels:
        raise ImageError(f"{registry.reference} is no image of an experiment: its config has no labels of this package")


def _check_room(layers: Sequence[dict[str, Any]], into: Path) -> None:
    total, free = sum(layer["size"] for layer in layers), shutil.disk_usage(into).free
    if total > free:
        raise ImageError(f"the image has {total:,} bytes; {free:,} are free in {into.parent}")


def _fetch(registry: Registry, descriptor: dict[str, Any], into: Path) -> None:
    target = into / _name(descriptor)
    if not target.exists():
        _write(target, registry.blob(descriptor["digest"], descriptor["size"]))


def _name(descriptor: dict[str, Any]) -> str:
    return blob_name(hex_of(descriptor["digest"], "a descriptor"))


def _sum(counts: Iterable[Rows]) -> Rows:
    found: Rows = {}
    for rows in counts:
        found = {table: found.get(table, 0) + rows.get(table, 0) for table in found | rows}
    return found


def _index(manifest: bytes, media_type: str) -> bytes:
    digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    only = {"mediaType": media_type, "digest": digest, "size": len(manifest)}
    return canonical_json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [only]}).encode()


def _write(target: Path, content: Iterator[bytes]) -> None:
    with disk.create(target) as out:
        for piece in content:
            out.write(piece)
