"""Read an image from anybody: look at it without unpacking, or take its verified files; nothing in it is executed."""

import hashlib
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import files as disk
from ..engine.digest import content_digest, table_digests
from ..errors import ConflictError, ImageError
from ..plan.model import PartitionFile
from ..schema import document as documents
from ..schema.model import Schema
from . import strict_json
from .contents import POOLS, Contents, data_path
from .flat import is_flat, unpack_flat
from .layers import unpack
from .layout import DERIVED, QUERIES, Entry
from .metadata import Limits, Metadata, SavedQuery, check_there, metadata_of, queries_of
from .parquet import readers
from .part import Part, part_of
from .resolve import Image, resolve
from .source import Source, opened
from .threads import in_threads

Rows = dict[str, int]


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


def inspect(source: Path, *, limits: Limits | None = None) -> ImageInfo:
    """What the image at `source` (a tar or an OCI layout folder) says it holds; its data is not read.

    Raises:
        ImageError: it is damaged, unsafe, or no image of an experiment.
    """
    limits = limits or Limits()
    with opened(source, max_members=limits.members) as archive:
        image = None if is_flat(archive) else resolve(archive)
        metadata = metadata_of(archive, image, limits)
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
        metadata = metadata_of(archive, image, limits)
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
        metadata = metadata_of(archive, image, limits)
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


def _check_room(contents: Contents, into: Path, limits: Limits) -> None:
    sizes = {placed.entry.path: placed.entry.size for placed in contents.placed}
    data, pools = (sum(size for path, size in sizes.items() if path.startswith(f"{root}/")) for root in ("data", POOLS))
    if sum(sizes.values()) > limits.data or pools > limits.pools:
        total = f"{sum(sizes.values()):,} bytes, {pools:,} of them pools"
        raise ImageError(f"the image holds {total}; that is above the limit")
    free = shutil.disk_usage(into).free
    if data > free:
        raise ImageError(f"the image holds {data:,} bytes of data; {free:,} are free in {into.parent}")


def _numbers(metadata: Metadata, part: Part, tables: Sequence[str] | None) -> list[int]:
    """The layers that must be read, counted as the manifest does: all of ours, or those with a file of the part."""
    everything = range(len(metadata.plans))
    return list(everything) if tables is None else sorted({placed.layer for placed in part.contents.placed})


def _unpacked(
    archive: Source, image: Image | None, metadata: Metadata, part: Part, tables: Sequence[str] | None, into: Path
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
        return pools, queries_of(texts)
    own = image.layers[metadata.contents.below :]
    layers = [(own[number], metadata.plans[number]) for number in _numbers(metadata, part, tables)]
    for layer, _ in layers:
        check_there(archive, layer)
    for _ in in_threads(lambda pair: unpack(archive, *pair, keep), layers):
        continue
    if tables is None:
        _check_other_blobs(archive, {layer.name for layer in own})
    return pools, queries_of(texts)


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
