"""Fetch an image from a registry into a folder in the OCI layout; what it is worth, `load` finds out."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import files as disk
from ..documents import canonical_json
from ..errors import ImageError, NotFoundError
from . import strict_json
from .layout import INDEX_TYPE, LABEL, blob_name
from .load import Limits
from .references import Reference
from .registry import Registry
from .resolve import JSON_LIMIT, MANIFEST_TYPES, MAX_LAYERS, hex_of


def pull(reference: Reference, into: Path, *, limits: Limits | None = None) -> None:
    """Fetch the image below the new folder `into`, its config before its layers; each blob has its size and digest.

    Raises:
        NotFoundError: the registry has no such image.
        ImageError: it is no image of an experiment, too large, or other than its digests say.
    """
    registry = Registry(reference)
    try:
        data, media_type = _manifest(registry, reference.version)
        manifest = _parsed(data, "the image manifest")
        disk.make_folder(into / "blobs" / "sha256")
        _write(into / blob_name(hashlib.sha256(data).hexdigest()), iter([data]))
        for descriptor in _blobs(registry, manifest, into, limits or Limits()):
            digest, size = descriptor["digest"], descriptor["size"]
            target = into / blob_name(hex_of(digest, "a descriptor"))
            if not target.exists():
                _write(target, registry.blob(digest, size))
        _write(into / "oci-layout", iter([b'{"imageLayoutVersion":"1.0.0"}']))
        _write(into / "index.json", iter([_index(data, media_type)]))
    finally:
        registry.transport.close()


def _manifest(registry: Registry, version: str) -> tuple[bytes, str]:
    """The manifest of an image; of an index, its one image for linux."""
    found = registry.manifest(version)
    if found is None:
        raise NotFoundError(f"there is no image {registry.reference}", hint="look at its name and tag")
    data, media_type = found
    if media_type in MANIFEST_TYPES:
        return found
    images = _parsed(data, "the index").get("manifests")
    fit = [each for each in images if _is_for_linux(each)] if isinstance(images, list) and len(images) <= 64 else []
    below = registry.manifest(f"sha256:{hex_of(str(fit[0].get('digest')), 'a descriptor')}") if fit else None
    if below is None or below[1] not in MANIFEST_TYPES:
        raise ImageError(f"{registry.reference} is no image for linux")
    return below


def _is_for_linux(descriptor: Any) -> bool:
    platform = descriptor.get("platform", {}) if isinstance(descriptor, dict) else {}
    return isinstance(platform, dict) and platform.get("os", "linux") == "linux"


def _parsed(data: bytes, what: str) -> dict[str, Any]:
    found = strict_json.parse(data, what, limit=JSON_LIMIT)
    if not isinstance(found, dict):
        raise ImageError(f"{what} is no object")
    return found


def _blobs(registry: Registry, manifest: dict[str, Any], into: Path, limits: Limits) -> Iterator[dict[str, Any]]:
    """The config, then the layers, once the config says that it is an image of an experiment."""
    blobs = [manifest.get("config"), *(manifest.get("layers") or [])]
    for blob in blobs:
        if not isinstance(blob, dict) or type(blob.get("size")) is not int or not isinstance(blob.get("digest"), str):
            raise ImageError("the image manifest has a descriptor without a size or a digest")
    total = sum(blob["size"] for blob in blobs)
    free = shutil.disk_usage(into).free
    if len(blobs) > MAX_LAYERS + 1 or total > limits.data or any(blob["size"] < 0 for blob in blobs):
        raise ImageError(f"the image has {len(blobs) - 1} layers and {total:,} bytes; that is above the limit")
    if blobs[0]["size"] > JSON_LIMIT:
        raise ImageError(f"the image's config has {blobs[0]['size']:,} bytes; at most {JSON_LIMIT:,} are read")
    if total > free:
        raise ImageError(f"the image has {total:,} bytes; {free:,} are free in {into.parent}")
    yield blobs[0]
    config = _parsed((into / blob_name(blobs[0]["digest"][7:])).read_bytes(), "the image's config")
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict) or f"{LABEL}format" not in labels:
        raise ImageError(f"{registry.reference} is no image of an experiment: its config has no labels of this package")
    yield from blobs[1:]


def _index(manifest: bytes, media_type: str) -> bytes:
    digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    only = {"mediaType": media_type, "digest": digest, "size": len(manifest)}
    return canonical_json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [only]}).encode()


def _write(target: Path, content: Iterator[bytes]) -> None:
    with disk.create(target) as out:
        for piece in content:
            out.write(piece)
