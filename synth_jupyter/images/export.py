"""Write a run as one reproducible tar that is an OCI layout and a docker archive at once; no daemon is needed."""

import fcntl
import functools
import hashlib
import io
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from .. import files as disk
from ..errors import ConflictError, ImageError, NotFoundError
from ..plan.model import PartitionFile, RunFiles
from . import tar
from .contents import MANIFEST, POOLS, SCHEMA, SUMS, Contents, Placed, data_path
from .layout import (
    MAX_OWN_LAYERS,
    Entry,
    Envelope,
    LayerPlan,
    blob_name,
    check_created,
    check_tag,
    data_layers,
    is_safe,
    placed_in,
    sha256sums,
)

_CHUNK = 1 << 20
_RESERVED = (MANIFEST, SCHEMA, SUMS)


@dataclass(frozen=True)
class ExportedLayer:
    """One layer of an exported image; `reused` when it came unchanged from a base."""

    digest: str
    bytes: int
    role: str
    reused: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote."""

    file: Path
    bytes: int
    content_digest: str
    layers: tuple[ExportedLayer, ...]

    def to_dict(self) -> dict[str, Any]:
        """The `export` document."""
        layers = [
            {"digest": layer.digest, "bytes": layer.bytes, "role": layer.role, "reused": layer.reused}
            for layer in self.layers
        ]
        return {
            "file": str(self.file), "bytes": self.bytes, "content_digest": self.content_digest, "layers": layers,
        }  # fmt: skip


@dataclass(frozen=True)
class _Image:
    """The whole image, decided: layers from the bottom up, the bytes of its small files, and where the others lie."""

    contents: Contents
    envelope: Envelope
    layers: tuple[LayerPlan, ...]
    small: Mapping[str, bytes]
    large: Mapping[str, Callable[[], BinaryIO]]


def export(
    run: RunFiles, document: str, target: Path, *, tag: str, created: str | None = None, thin: bool = False,
    pools: Mapping[str, bytes] | None = None, extra: Mapping[str, bytes] | None = None, replace: bool = False,
) -> ExportReport:  # fmt: skip
    """Write the image of a completed run to the tar `target`; `document` is its canonical schema.

    `created` is the time the image carries (`YYYY-MM-DDTHH:MM:SSZ`), the same fixed one by default. A thin image holds
    no data but all that regenerates it: schema, seed, `pools` by name, and the digests. `extra` are further files by
    their path below /experiment, such as `README.md`. The same arguments give the same bytes on any machine.

    Raises:
        ConflictError: `target` exists and `replace` is false.
        NotFoundError: the folder of `target` does not exist.
        ImageError: the run has no data, its files are not what was recorded, or a name or time is unfit.
    """
    if not target.parent.is_dir():
        raise NotFoundError(f"there is no folder {target.parent}", hint="make it first")
    if os.path.lexists(target) and not replace:
        raise _taken(target)
    small = _small_files(run, document, pools, extra)
    image = _image(run, check_tag(tag), check_created(created), thin, small)
    with _written(target, replace=replace) as out:
        digests = _write(image, out)
    layers = [
        ExportedLayer(f"sha256:{digest}", layer.bytes, layer.role)
        for digest, layer in zip(digests, image.layers, strict=True)
    ]
    return ExportReport(target, target.stat().st_size, run.content_digest, tuple(layers))


def _small_files(
    run: RunFiles, document: str, pools: Mapping[str, bytes] | None, extra: Mapping[str, bytes] | None
) -> dict[str, bytes]:
    """The files that are given as bytes, by path; README.md is written unless it is given."""
    found = {f"{POOLS}/{name}": data for name, data in (pools or {}).items()}
    found |= {"README.md": _readme(run)} | dict(extra or {})
    for path in found:
        if not is_safe(path) or path.startswith("data/") or path in _RESERVED:
            raise ImageError(f"an image cannot hold a file called {path!r}")
    if len({path.casefold() for path in found}) != len(found):
        raise ImageError("two files of the image differ only in letter case")
    return found | {SCHEMA: document.encode()}


def _image(run: RunFiles, tag: str, created: str, thin: bool, small: Mapping[str, bytes]) -> _Image:
    parts = tuple(part for table in run.schema.tables for part in _parts_of(run, table.name))
    layers = _layers(run, small, thin)
    contents = Contents(
        run.schema.name, run.seed, thin, run.content_digest, tuple(table.name for table in run.schema.tables), parts,
        tuple(Placed(*place) for place in placed_in(layers)),
    )  # fmt: skip
    metadata = dict(small) | {MANIFEST: contents.to_bytes()}
    described = {placed.entry.path: placed.entry for placed in contents.placed}
    own = [_entry(path, metadata[path]) for path in (MANIFEST, SCHEMA)]
    metadata[SUMS] = sha256sums([*described.values(), *own])
    top = LayerPlan("metadata", tuple(sorted([*own, _entry(SUMS, metadata[SUMS])], key=lambda entry: entry.path)))
    digest = hashlib.sha256(b"".join(_layer_bytes(top, metadata, {}))).hexdigest()
    labels = contents.labels(metadata[SCHEMA], f"sha256:{digest}") | _titles(run, tag, created)
    large = {data_path(part): functools.partial(_opened, run, part.path) for part in parts}
    sizes = [(layer.role, layer.bytes) for layer in (*layers, top)]
    return _Image(contents, Envelope(run.schema.name, tag, created, labels, sizes), (*layers, top), metadata, large)


def _titles(run: RunFiles, tag: str, created: str) -> dict[str, str]:
    prefix = "org.opencontainers.image."
    return {
        f"{prefix}title": run.schema.name, f"{prefix}version": tag, f"{prefix}created": created,
        f"{prefix}description": run.schema.description or f"Synthetic relational data: {run.schema.name}",
    }  # fmt: skip


def _parts_of(run: RunFiles, table: str) -> list[PartitionFile]:
    parts = sorted((part for part in run.files if part.table == table), key=lambda part: part.index)
    if not parts:
        raise ImageError(f"{run.run} has no data for table {table!r}", hint="generate or restore the run first")
    order = run.schema.table(table).columns
    return [replace(part, leaves={column.name: part.leaves[column.name] for column in order}) for part in parts]


def _layers(run: RunFiles, small: Mapping[str, bytes], thin: bool) -> tuple[LayerPlan, ...]:
    """Stable first: pools, tables with parents before children, what is written about them; metadata comes on top."""
    given = [_entry(path, data) for path, data in sorted(small.items()) if path != SCHEMA]
    pools = [entry for entry in given if entry.path.startswith(f"{POOLS}/")]
    more = [entry for entry in given if entry not in pools]
    tables: list[tuple[str, list[Entry]]] = []
    for table in () if thin else run.schema.parents_first():
        parts = _parts_of(run, table.name)
        tables.append((table.name, [Entry(data_path(part), part.bytes, part.sha256) for part in parts]))
    below = [LayerPlan("pools", tuple(pools))] if pools else []
    return (*below, *data_layers(tables, MAX_OWN_LAYERS - len(below) - 2), LayerPlan("documents", tuple(more)))


def _entry(path: str, data: bytes) -> Entry:
    return Entry(path, len(data), hashlib.sha256(data).hexdigest())


def _write(image: _Image, out: BinaryIO) -> list[str]:
    """Write the archive and return the layers' digests (hex); the head is written twice, last with the digests."""
    unknown = ["0" * 64] * len(image.layers)
    out.write(_head(image.envelope.files(unknown)))
    digests = []
    for layer in image.layers:
        start = out.tell()
        out.write(bytes(tar.BLOCK))
        digest = hashlib.sha256()
        for chunk in _layer_bytes(layer, image.small, image.large):
            digest.update(chunk)
            out.write(chunk)
        end = out.tell()
        out.seek(start)
        out.write(tar.header(blob_name(digest.hexdigest()), end - start - tar.BLOCK))
        out.seek(end)
        digests.append(digest.hexdigest())
    out.write(tar.END)
    out.seek(0)
    out.write(_head(image.envelope.files(digests)))
    return digests


def _head(files: Mapping[str, bytes]) -> bytes:
    names = [(name, data) for name, data in files.items() if not name.startswith("blobs/")]
    blobs = [(name, data) for name, data in files.items() if name.startswith("blobs/")]
    folders = tar.header("blobs", folder=True) + tar.header("blobs/sha256", folder=True)
    return b"".join(map(_member, names)) + folders + b"".join(map(_member, blobs))


def _member(file: tuple[str, bytes]) -> bytes:
    name, data = file
    return tar.header(name, len(data)) + data + tar.padding(len(data))


def _layer_bytes(layer: LayerPlan, small: Mapping[str, bytes], large: Mapping[str, Callable[[], BinaryIO]]) -> Iterator[bytes]:
    for head, entry in layer.members():
        yield head
        if entry:
            yield from [small[entry.path]] if entry.path in small else _checked(large[entry.path], entry)
            yield tar.padding(entry.size)
    yield tar.END


def _opened(run: RunFiles, name: str) -> BinaryIO:
    if run.place is not None:
        remote: BinaryIO = run.open(name)
        return remote
    return open(os.open(run.root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0)


def _checked(opened: Callable[[], BinaryIO], entry: Entry) -> Iterator[bytes]:
    """The bytes of a file in pieces; ImageError at the end when they are not what was recorded."""
    digest, size = hashlib.sha256(), 0
    try:
        with opened() as file:
            while size <= entry.size and (chunk := file.read(_CHUNK)):
                digest.update(chunk)
                size += len(chunk)
                yield chunk
    except OSError as error:
        raise ImageError(f"{entry.path} cannot be read: {error.strerror or error}; no image was written") from error
    if (size, digest.hexdigest()) != (entry.size, entry.sha256):
        hint = "restore the run, then export it again"
        raise ImageError(f"{entry.path} was changed since it was generated; no image was written", hint=hint)


@contextmanager
def _written(target: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """A file beside `target` that takes its place, durably, when the block ends well; else nothing is left."""
    _remove_stale(target)
    partial = target.parent / f".{target.name}.{secrets.token_hex(4)}.partial"
    try:
        with disk.create(partial) as raw:
            fcntl.flock(raw.fileno(), fcntl.LOCK_EX)
            out = io.BufferedWriter(raw, _CHUNK)
            yield out
            out.flush()
            out.detach()
        _publish(partial, target, replace=replace)
    except FileExistsError as error:
        raise _taken(target) from error
    except OSError as error:
        raise ImageError(f"{target} cannot be written: {error.strerror or error}; nothing was kept") from error
    finally:
        disk.remove(partial)


def _publish(partial: Path, target: Path, *, replace: bool) -> None:
    if replace:
        os.replace(partial, target)
        disk.sync_folder(target.parent)
        return
    disk.publish(partial, target)


def _remove_stale(target: Path) -> None:
    """Remove what killed exports to the same target left; one that is being written holds a lock."""
    for partial in target.parent.glob(f".{_plain(target.name)}.????????.partial"):
        with partial.open("rb") as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            disk.remove(partial)


def _taken(target: Path) -> ConflictError:
    return ConflictError(f"{target} exists; nothing was written", hint="choose another file, or replace it")


def _plain(name: str) -> str:
    """`name` with nothing that a glob pattern understands."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _readme(run: RunFiles) -> bytes:
    counts = "".join(f"- {table.name}: {run.rows(table.name):,} rows\n" for table in run.schema.tables)
    return (
        f"# {run.schema.name}\n\nSynthetic relational data; nothing in it is about a real person.\n\n{counts}\n"
        f"Content digest: `{run.content_digest}`\n\n"
        "- `schema.json`: the schema, complete\n"
        "- `manifest.json`: every file with its digest, and the digests of the values\n"
        "- `data/`: the rows as Parquet, a folder a table (absent in a thin image)\n"
        "- `sha256sum -c SHA256SUMS` checks the files\n\n"
        "Copy it out with `docker create`, then `docker cp CONTAINER:/experiment .`; "
        "import it with `synth import FILE.tar --as NAME`.\n"
    ).encode()
