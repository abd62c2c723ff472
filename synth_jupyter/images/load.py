"""Read an image from anybody: look at it without unpacking, or take its verified files; nothing in it is executed."""

import hashlib
import io
import os
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import files as disk
from ..engine.digest import content_digest, table_digests
from ..errors import ConflictError, ImageError, SynthError
from ..plan.model import PartitionFile
from ..schema import document as documents
from ..schema.model import Schema
from . import strict_json
from .contents import MANIFEST, POOLS, SCHEMA, SUMS, Contents, Placed, check_labels, data_path, read_contents
from .flat import is_flat, read_metadata, unpack_flat
from .layers import read_small, unpack
from .layout import DERIVED, LABEL, QUERIES, Entry, LayerPlan, placed_in, sha256sums
from .parquet import readers
from .part import Part, part_of
from .resolve import Image, Layer, resolve
from .source import Source, opened
from .threads import in_threads

_TITLES = "org.opencontainers.image."
_STATEMENT = 1 << 20
Rows = dict[str, int]
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
class ImageInfo:
    """What an image says about itself; `bytes` is the size of each table's files, `digests` says when they differ."""

    experiment: str
    seed: int
    thin: bool
    content_digest: str
    rows: Mapping[str, int]
    bytes: Mapping[str, int]
    layers: tuple[str, ...]
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    digests: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The `inspect` document."""
        tables = {name: {"rows": rows, "bytes": self.bytes[name]} for name, rows in self.rows.items()}
        return {
            "experiment": self.experiment, "seed": self.seed, "thin": self.thin, "content_digest": self.content_digest,
            "tables": tables, "layers": list(self.layers), "tags": list(self.tags), "labels": dict(self.labels),
        }  # fmt: skip


@dataclass(frozen=True)
class SavedQuery:
    """A statement that came with an image; it was never run here."""

    name: str
    sql: str
    dialect: str


@dataclass(frozen=True)
class Imported:
    """A verified image: its schema document, and `files` as they lie in the folder (of a thin image: none).

    `cuts` say where each table is cut into files, as requests record it. Of a part, `whole` is the content digest of
    the image, `brought` are the tables that keys lead to, and `left_out` those that were not taken.
    """

    experiment: str
    document: str
    schema: Schema
    seed: int
    rows: Mapping[str, int]
    files: tuple[PartitionFile, ...]
    cuts: Mapping[str, int | list[int]]
    content_digest: str
    thin: bool
    pools: Mapping[str, bytes]
    labels: Mapping[str, str]
    queries: tuple[SavedQuery, ...] = ()
    whole: str = ""
    brought: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Metadata:
    contents: Contents
    document: bytes
    schema: Schema
    labels: Mapping[str, str]
    plans: tuple[LayerPlan, ...]


def inspect(source: Path, *, limits: Limits | None = None) -> ImageInfo:
    """What the image at `source` (a tar or an OCI layout folder) says it holds; its data is not read.

    Raises:
        ImageError: it is damaged, unsafe, or no image of an experiment.
    """
    limits = limits or Limits()
    with opened(source, max_members=limits.members) as archive:
        image = None if is_flat(archive) else resolve(archive)
        metadata = _metadata(archive, image, limits)
    contents = metadata.contents
    told = {each.table: each.digest for each in contents.announced}
    return ImageInfo(
        contents.experiment, contents.seed, contents.thin, contents.content_digest, contents.rows, contents.sizes,
        tuple(layer.diff_id for layer in image.layers) if image else (), image.tags if image else (),
        metadata.labels, told or table_digests(metadata.schema, contents.parts),
    )  # fmt: skip


def layers_needed(source: Path, tables: Sequence[str] | None, *, limits: Limits | None = None) -> dict[int, Rows]:
    """Which layers of the image, counted from the bottom, must be read to take `tables` or all; the uppermost is.

    With the rows of each table that a layer holds, as far as it is taken. Of the other layers none need be there.

    Raises:
        ImageError: the image is damaged, unsafe, or no image of an experiment.
        NotFoundError: it has no such table.
    """
    limits = limits or Limits()
    with opened(source, max_members=limits.members) as archive:
        image = resolve(archive, lacking=True)
        metadata = _metadata(archive, image, limits)
    part = part_of(metadata.schema, metadata.contents, tables)
    found: dict[int, Rows] = {number: {} for number in _numbers(metadata, part, tables)}
    rows = {data_path(each): each for each in part.contents.parts}
    for placed in part.contents.placed:
        if each := rows.get(placed.entry.path):
            held = found[placed.layer]
            held[each.table] = held.get(each.table, 0) + each.rows
    return {metadata.contents.below + number: held for number, held in found.items()}


def load(
    source: Path, into: Path, *, tables: Sequence[str] | None = None, values: bool = True, limits: Limits | None = None
) -> Imported:
    """Unpack the image at `source` below the new folder `into` as `data/t0001_name/part-00000.parquet`, all verified.

    Without `values` the files are those of the manifest, byte for byte, with the columns and row counts it announces,
    but the content digest is what the image says: no value is read. Of some `tables`, only these and those that their
    foreign keys lead to are taken, and no other is read.

    Raises:
        NotFoundError: the image has no such table.
        ConflictError: `into` exists and is not an empty folder.
        ImageError: the image is damaged, unsafe or not what it says; `into` is gone again.
    """
    limits = limits or Limits()
    if os.path.lexists(into) and (into.is_symlink() or not into.is_dir() or any(into.iterdir())):
        raise ConflictError(f"{into} exists and is not an empty folder; nothing was imported")
    disk.make_folder(into)
    try:
        return _loaded(source, into, tables, limits, values)
    except BaseException as error:
        disk.remove_folder(into)
        if isinstance(error, OSError):
            reason = error.strerror or error
            raise ImageError(f"{source} could not be imported: {reason}; nothing was kept") from error
        if isinstance(error, ImageError):
            where = "" if error.message.startswith(f"{source} ") else f"{source}: "
            raise ImageError(f"{where}{error.message}; nothing was kept", hint=error.hint) from error
        raise


def _loaded(source: Path, into: Path, tables: Sequence[str] | None, limits: Limits, values: bool) -> Imported:
    with opened(source, max_members=limits.members) as archive:
        image = None if is_flat(archive) else resolve(archive, lacking=True)
        metadata = _metadata(archive, image, limits)
        contents = metadata.contents
        part = part_of(metadata.schema, contents, tables)
        _check_room(part.contents, into, limits)
        if not contents.thin and content_digest(metadata.schema, contents.parts) != contents.content_digest:
            raise ImageError(f"the values do not have the content digest that is announced, {contents.content_digest}")
        with readers(into, part.files, part.schema, values=values) as answers:
            pools, queries = _unpacked(archive, image, metadata, part, tables, into)
            _check_values(part.files, answers(), values)
    document = metadata.document.decode() if tables is None else documents.canonical(part.schema)
    return Imported(
        contents.experiment, document, part.schema, contents.seed, part.contents.rows, part.files,
        part.contents.cuts, part.content_digest, contents.thin, pools, metadata.labels, queries,
        part.whole, part.brought, part.left_out,
    )  # fmt: skip


def _metadata(archive: Source, image: Image | None, limits: Limits) -> _Metadata:
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
    return _Metadata(contents, found[SCHEMA], schema, labels, _plans(contents, image) if image else ())


def _top_layer(archive: Source, image: Image, limits: Limits) -> dict[str, bytes]:
    top = image.layers[-1]
    if _labels(image.config).get(f"{LABEL}metadata") != top.diff_id:
        raise ImageError("its labels do not name its top layer: layers were added or removed, or it is no experiment")
    _check_there(archive, top)
    found = read_small(archive, top, limit=limits.metadata)
    if found.keys() != {MANIFEST, SCHEMA, SUMS}:
        raise ImageError(f"the metadata layer holds {', '.join(sorted(found))[:200]!r}")
    return found


def _check_there(archive: Source, layer: Layer) -> None:
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


def _check_room(contents: Contents, into: Path, limits: Limits) -> None:
    sizes = {placed.entry.path: placed.entry.size for placed in contents.placed}
    data, pools = (sum(size for path, size in sizes.items() if path.startswith(f"{root}/")) for root in ("data", POOLS))
    if sum(sizes.values()) > limits.data or pools > limits.pools:
        total = f"{sum(sizes.values()):,} bytes, {pools:,} of them pools"
        raise ImageError(f"the image holds {total}; that is above the limit")
    free = shutil.disk_usage(into).free
    if data > free:
        raise ImageError(f"the image holds {data:,} bytes of data; {free:,} are free in {into.parent}")


def _numbers(metadata: _Metadata, part: Part, tables: Sequence[str] | None) -> list[int]:
    """The layers that must be read, counted as the manifest does: all of ours, or those with a file of the part."""
    everything = range(len(metadata.plans))
    return list(everything) if tables is None else sorted({placed.layer for placed in part.contents.placed})


def _unpacked(
    archive: Source, image: Image | None, metadata: _Metadata, part: Part, tables: Sequence[str] | None, into: Path
) -> tuple[dict[str, bytes], tuple[SavedQuery, ...]]:
    """Write the data files; return the pools and the saved queries. Other files are read to verify them, and not kept.

    What was derived from the data comes as queries, too: nothing is run that an image brings.
    """
    targets = {data_path(each): into / each.path for each in part.files}
    pools: dict[str, bytes] = {}
    texts: dict[str, bytes] = {}

    def keep(entry: Entry, content: Iterator[bytes]) -> None:
        if entry.path in targets:
            _write(targets[entry.path], content)
        elif entry.path.startswith(f"{POOLS}/"):
            pools[entry.path.removeprefix(f"{POOLS}/")] = b"".join(content)
        elif entry.path in (QUERIES, DERIVED) and entry.size <= strict_json.DOCUMENT_LIMIT:
            texts[entry.path] = b"".join(content)
        else:
            for _ in content:
                continue

    if image is None:
        unpack_flat(archive, metadata.contents, keep)
        return pools, _queries(texts)
    own = image.layers[metadata.contents.below :]
    layers = [(own[number], metadata.plans[number]) for number in _numbers(metadata, part, tables)]
    for layer, _ in layers:
        _check_there(archive, layer)
    for _ in in_threads(lambda pair: unpack(archive, *pair, keep), layers):
        continue
    if tables is None:
        _check_other_blobs(archive, {layer.name for layer in own})
    return pools, _queries(texts)


def _queries(texts: Mapping[str, bytes]) -> tuple[SavedQuery, ...]:
    """Saved statements, and those that made tables, unless a saved one has that name."""
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


def _write(target: Path, content: Iterator[bytes]) -> None:
    disk.make_folder(target.parent)
    with disk.create(target) as raw:
        out = io.BufferedWriter(raw)
        for piece in content:
            out.write(piece)
        out.flush()
        out.detach()


def _check_other_blobs(archive: Source, read: set[str]) -> None:
    """Blobs that nothing refers to (some tools add them) must at least be what their names say."""
    for name, size in archive.sizes.items():
        if name.startswith("blobs/") and name not in read:
            digest = hashlib.sha256()
            with archive.open(name) as section:
                while piece := section.read(min(size, 1 << 20)):
                    digest.update(piece)
            if digest.hexdigest() != name.rpartition("/")[2]:
                raise ImageError(f"the blob sha256:{name.rpartition('/')[2]} was changed: its digest does not match")


def _check_values(files: Sequence[PartitionFile], answers: Iterator[Mapping[str, bytes]], values: bool) -> None:
    """ImageError unless each file can be read and, with `values`, has the leaves that were announced."""
    for part, leaves in zip(files, answers, strict=True):
        for column, leaf in leaves.items() if values else ():
            if part.leaves[column] != leaf:
                raise ImageError(f"{part.path}: the values of column {column!r} are not those that were announced")
