"""What an image says of itself, believed only where all that it says agrees."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ImageError, SynthError
from ..schema import document as documents
from ..schema.model import Schema
from . import strict_json
from .contents import MANIFEST, SCHEMA, SUMS, Contents, Placed, check_labels, read_contents
from .flat import read_metadata
from .layers import read_small
from .layout import DERIVED, LABEL, QUERIES, Entry, LayerPlan, placed_in, sha256sums
from .resolve import Image, Layer
from .source import Source

_TITLES = "org.opencontainers.image."
_STATEMENT = 1 << 20
_QUERY = {"name": str, "sql": str, "dialect": str}
_DERIVED = {"query": str, "engine": str, "inputs": dict, "columns": list, "rows": int, "digest": str}


@dataclass(frozen=True)
class Limits:
    """What an image may ask for: bytes of data in all, files in the archive, bytes of metadata and of pools."""

    data: int = 1 << 40
    members: int = 10_000
    metadata: int = 64 << 20
    pools: int = 256 << 20


@dataclass(frozen=True)
class SavedQuery:
    """A statement that came with an image; it was never run here."""

    name: str
    sql: str
    dialect: str


@dataclass(frozen=True)
class Metadata:
    """What the top layer says; `document` is its schema as text, `plans` what lies in each of our layers below it."""

    contents: Contents
    document: bytes
    schema: Schema
    labels: Mapping[str, str]
    plans: tuple[LayerPlan, ...]


def metadata_of(archive: Source, image: Image | None, limits: Limits) -> Metadata:
    """The top layer's files, believed only where they agree with each other and with the labels.

    Without an image, as an engine exports a container, there are neither layers nor labels to agree with.
    """
    found = _top_layer(archive, image, limits) if image else read_metadata(archive, limits.metadata)
    contents = read_contents(found[MANIFEST], limits.metadata)
    labels = _labels(image.config) if image else contents.labels(found[SCHEMA], "")
    if image:
        check_labels(labels, contents, found[SCHEMA])
    schema = _schema(found[SCHEMA], contents)
    own = [Entry(name, len(found[name]), hashlib.sha256(found[name]).hexdigest()) for name in (MANIFEST, SCHEMA)]
    if found[SUMS] != sha256sums([*(placed.entry for placed in contents.placed), *own]):
        raise ImageError(f"{SUMS} and {MANIFEST} disagree")
    return Metadata(contents, found[SCHEMA], schema, labels, _plans(contents, image) if image else ())


def _top_layer(archive: Source, image: Image, limits: Limits) -> dict[str, bytes]:
    top = image.layers[-1]
    if _labels(image.config).get(f"{LABEL}metadata") != top.diff_id:
        raise ImageError("its labels do not name its top layer: layers were added or removed, or it is no experiment")
    check_there(archive, top)
    found = read_small(archive, top, limit=limits.metadata)
    if found.keys() != {MANIFEST, SCHEMA, SUMS}:
        raise ImageError(f"the metadata layer holds {', '.join(sorted(found))[:200]!r}")
    return found


def check_there(archive: Source, layer: Layer) -> None:
    """ImageError unless the archive holds the layer."""
    if layer.name not in archive.sizes:
        raise ImageError(f"the image has no blob {(layer.digest or layer.name)[:100]}; it is incomplete")


def _labels(config: Mapping[str, Any]) -> dict[str, str]:
    """The labels that this package and the image standard define; others are left out."""
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict) or f"{LABEL}format" not in labels:
        raise ImageError("this is no image of an experiment: its config has no labels of this package")
    found = {key: value for key, value in labels.items() if key.startswith((LABEL, _TITLES))}
    for key, value in found.items():
        if not isinstance(value, str) or len(value) > 4096 or not _is_printable(key + value.replace("\n", "")):
            raise ImageError(f"the label {key[:80]!r} holds control characters, or is too long")
    return dict(sorted(found.items()))


def _is_printable(text: str) -> bool:
    return not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text)


def _schema(document: bytes, contents: Contents) -> Schema:
    strict_json.parse(document, SCHEMA, limit=strict_json.DOCUMENT_LIMIT)
    try:
        schema = documents.read(document.decode()).schema
    except SynthError as error:
        raise ImageError(f"the schema of the image cannot be used: {'; '.join(error.lines())[:1000]}") from error
    if tuple(table.name for table in schema.tables) != contents.tables:
        raise ImageError(f"{SCHEMA} and {MANIFEST} list different tables")
    for part in contents.parts:
        if part.leaves.keys() != {column.name for column in schema.table(part.table).columns}:
            raise ImageError(f"{SCHEMA} and {MANIFEST} list different columns of {part.table!r}")
    if schema.name != contents.experiment:
        raise ImageError(f"{SCHEMA} and {MANIFEST} give the experiment different names")
    return schema


def _plans(contents: Contents, image: Image) -> tuple[LayerPlan, ...]:
    """Our layers below the metadata, as the manifest places the files in them."""
    count = len(image.layers) - contents.below - 1
    if contents.below < 0 or count < 0:
        raise ImageError(f"{MANIFEST} says that {contents.below} layers lie below; the image has {len(image.layers)}")
    by_layer: dict[int, list[Entry]] = {number: [] for number in range(count)}
    for placed in contents.placed:
        if placed.layer not in by_layer:
            raise ImageError(f"{MANIFEST} places {placed.entry.path!r} in a layer that is not there")
        by_layer[placed.layer].append(placed.entry)
    plans = tuple(LayerPlan("", tuple(entries)) for entries in by_layer.values())
    if tuple(Placed(*place) for place in placed_in(plans)) != contents.placed:
        raise ImageError(f"{MANIFEST} places files where they cannot be")
    return plans


def queries_of(texts: Mapping[str, bytes]) -> tuple[SavedQuery, ...]:
    """From the files of these paths: saved statements, and those that made tables, unless a saved one has that name."""
    found: dict[str, SavedQuery] = {}
    for path, key in ((QUERIES, "queries"), (DERIVED, "derived")):
        if path not in texts:
            continue
        document = strict_json.parse(texts[path], path, limit=strict_json.DOCUMENT_LIMIT)
        for each in strict_json.known(document, path, {key: list})[key]:
            about = strict_json.known(each, f"an entry of {path}", _QUERY, _DERIVED if key == "derived" else {})
            query = SavedQuery(about["name"], about["sql"], about["dialect"])
            if not _is_printable(query.name + query.dialect) or len(query.sql) > _STATEMENT:
                raise ImageError(f"{path} holds a statement under an unfit name, or one that is too long")
            found.setdefault(query.name.casefold(), query)
    return tuple(found.values())
