"""Write a run as one reproducible image, an OCI layout that in a tar is a docker archive, too; no daemon is needed."""

import functools
import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ..engine.digest import table_digests
from ..errors import ImageError, NotFoundError
from ..files import sha256_of
from ..plan.model import PartitionFile, RunFiles
from . import tar, writing
from .contents import MANIFEST, POOLS, SCHEMA, SUMS, Announced, Contents, Placed, data_path
from .grouping import data_layers, identity
from .layout import (
    MAX_LAYERS_IN_ALL,
    MAX_OWN_LAYERS,
    Base,
    BaseLayer,
    Entry,
    Envelope,
    LayerPlan,
    check_created,
    check_tag,
    is_safe,
    placed_in,
    sha256sums,
)  # fmt: skip
from .readme import readme
from .regenerable import refuse_unsure
from .threads import in_threads
from .writing import Sink

_CHUNK = 1 << 18
_RESERVED = (MANIFEST, SCHEMA, SUMS)


Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class ExportedLayer:
    """One layer of an exported image; `reused` when an earlier image of the experiment had it already."""

    digest: str
    bytes: int
    role: str
    reused: bool = False
    identity: str = ""


@dataclass(frozen=True)
class Before:
    """What earlier images of the experiment have: the content digest of the version before this one, the identities
    of its layers in their order, and the digests of all layers of all images."""

    parent: str = ""
    layers: Sequence[str] = ()
    digests: Collection[str] = ()


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote."""

    file: Path | str
    bytes: int
    content_digest: str
    layers: tuple[ExportedLayer, ...]
    parent: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The `export` document."""
        layers = [
            {"digest": layer.digest, "bytes": layer.bytes, "role": layer.role, "reused": layer.reused}
            for layer in self.layers
        ]
        return {
            "file": str(self.file), "bytes": self.bytes, "content_digest": self.content_digest,
            "parent": self.parent or None, "layers": layers,
        }  # fmt: skip


@dataclass(frozen=True)
class _Image:
    """The whole image, decided: layers from the bottom up, the bytes of its small files, and where the others lie."""

    contents: Contents
    envelope: Envelope
    layers: tuple[LayerPlan, ...]
    small: Mapping[str, bytes]
    large: Mapping[str, Opener]


def export(
    run: RunFiles, document: str, target: Path, *, tag: str, created: str | None = None, thin: bool = False,
    pools: Mapping[str, bytes] | None = None, extra: Mapping[str, bytes | Path] | None = None, replace: bool = False,
    folder: bool = False, before: Before | None = None, base: Base | None = None,
    on_layer: Callable[[LayerPlan], None] | None = None,
) -> ExportReport:  # fmt: skip
    """Write the image of a completed run to `target`, a tar or a `folder`; `document` is its canonical schema.

    `created` is the time the image carries (`YYYY-MM-DDTHH:MM:SSZ`), the same fixed one by default. A thin image holds
    no data but all that regenerates it: schema, seed, `pools` by name, and the digests. `extra` are further files by
    their path below /experiment, such as `README.md`, as bytes or where they are. The same arguments give the same
    bytes on any machine. The layers come upon those of a `base`, or stand alone. `on_layer` hears of each of ours when
    it is written.

    Raises:
        ConflictError: `target` exists and `replace` is false.
        NotFoundError: the folder of `target` does not exist.
        ImageError: the run has no data, its files are not what was recorded, a name or time is unfit, or a thin image
            could not be made again elsewhere.
    """
    if not target.parent.is_dir():
        raise NotFoundError(f"there is no folder {target.parent}", hint="make it first")
    writing.check_free(target, folder=folder, replace=replace)
    sink = (writing.layout if folder else writing.archive)(target, replace=replace)
    return send(
        run, document, sink, target, tag=tag, created=created, thin=thin, pools=pools, extra=extra, before=before,
        base=base, on_layer=on_layer,
    )  # fmt: skip


def send(
    run: RunFiles, document: str, place: AbstractContextManager[Sink], name: Path | str, *, tag: str,
    created: str | None = None, thin: bool = False, pools: Mapping[str, bytes] | None = None,
    extra: Mapping[str, bytes | Path] | None = None, before: Before | None = None, base: Base | None = None,
    on_layer: Callable[[LayerPlan], None] | None = None,
) -> ExportReport:  # fmt: skip
    """The same to any place that takes an image, opened once it is decided; `name` is how the report calls it."""
    if thin:
        refuse_unsure(run.schema)
    before = before or Before()
    small, dumps = _small_files(run, document, pools, extra, thin), _dumps(extra)
    image = _image(run, check_tag(tag), check_created(created), thin, small, dumps, before, base or Base())
    with place as sink:
        layers = tuple(_write(image, sink, before, on_layer))
        own = layers[len(image.envelope.base.blobs) :]
        size = sink.finish(image.envelope.files([layer.digest.removeprefix("sha256:") for layer in own]))
    return ExportReport(name, size, run.content_digest, layers, before.parent)


def _small_files(
    run: RunFiles,
    document: str,
    pools: Mapping[str, bytes] | None,
    extra: Mapping[str, bytes | Path] | None,
    thin: bool,
) -> dict[str, bytes]:
    """The files that are given as bytes, by path; README.md is written unless it is given."""
    found = {f"{POOLS}/{name}": data for name, data in (pools or {}).items()}
    found |= {path: data for path, data in (extra or {}).items() if isinstance(data, bytes)}
    paths = {*found, *(extra or {})}
    found = {"README.md": readme(run, paths, thin=thin)} | found
    for path in paths:
        if not is_safe(path) or path.startswith("data/") or path in _RESERVED:
            raise ImageError(f"an image cannot hold a file called {path!r}")
    if len({path.casefold() for path in {*found, *paths}}) != len({*found, *paths}):
        raise ImageError("two files of the image differ only in letter case")
    return found | {SCHEMA: document.encode()}


def _dumps(extra: Mapping[str, bytes | Path] | None) -> dict[Entry, Opener]:
    """The files that are given by where they are."""
    found: dict[Entry, Opener] = {}
    for path, place in sorted((extra or {}).items()):
        if isinstance(place, Path):
            found[Entry(path, place.stat().st_size, sha256_of(place))] = functools.partial(_file, place)
    return found


def _image(
    run: RunFiles, tag: str, created: str, thin: bool, small: Mapping[str, bytes], dumps: Mapping[Entry, Opener],
    before: Before, base: Base,
) -> _Image:  # fmt: skip
    by_table = {table.name: _parts_of(run, table.name) for table in run.schema.tables}
    parts = () if thin else tuple(part for found in by_table.values() for part in found)
    digests = table_digests(run.schema, run.files) if thin else {}
    budget = min(MAX_OWN_LAYERS, MAX_LAYERS_IN_ALL - len(base.layers))
    layers = _layers(run, small, list(dumps), thin, before, budget)
    contents = Contents(
        run.schema.name, run.seed, run.content_digest, tuple(by_table), parts,
        tuple(Placed(*place) for place in placed_in(layers)),
        tuple(Announced.of(name, by_table[name], digest) for name, digest in digests.items()), parent=before.parent,
        below=len(base.layers),
    )  # fmt: skip
    metadata = dict(small) | {MANIFEST: contents.to_bytes()}
    described = {placed.entry.path: placed.entry for placed in contents.placed}
    own = [_entry(path, metadata[path]) for path in (MANIFEST, SCHEMA)]
    metadata[SUMS] = sha256sums([*described.values(), *own])
    top = LayerPlan("metadata", tuple(sorted([*own, _entry(SUMS, metadata[SUMS])], key=lambda entry: entry.path)))
    digest = hashlib.sha256(b"".join(_layer_bytes(top, metadata, {}))).hexdigest()
    labels = contents.labels(metadata[SCHEMA], f"sha256:{digest}") | _titles(run, tag, created)
    large: dict[str, Opener] = {data_path(part): functools.partial(_opened, run, part.path) for part in parts}
    large |= {entry.path: opener for entry, opener in dumps.items()}
    sizes = [(layer.role, layer.bytes) for layer in (*layers, top)]
    return _Image(
        contents, Envelope(run.schema.name, tag, created, labels, sizes, base), (*layers, top), metadata, large
    )


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


def _layers(
    run: RunFiles, small: Mapping[str, bytes], dumps: Sequence[Entry], thin: bool, before: Before,
    budget: int,
) -> tuple[LayerPlan, ...]:  # fmt: skip
    """Stable first: pools, tables with parents before children, what is written about them; metadata comes on top."""
    given = [_entry(path, data) for path, data in sorted(small.items()) if path != SCHEMA]
    pools = [entry for entry in given if entry.path.startswith(f"{POOLS}/")]
    more = [entry for entry in given if entry not in pools]
    tables: list[tuple[str, list[Entry]]] = []
    for table in () if thin else run.schema.parents_first():
        parts = _parts_of(run, table.name)
        tables.append((table.name, [Entry(data_path(part), part.bytes, part.sha256) for part in parts]))
    below = [LayerPlan("pools", tuple(pools))] if pools else []
    above = [LayerPlan(f"dump {dump.path.rpartition('/')[2]}", (dump,)) for dump in dumps]
    data = data_layers(tables, budget - len(below) - len(above) - 2, before.layers)
    return (*below, *data, *above, LayerPlan("documents", tuple(more)))


def _entry(path: str, data: bytes) -> Entry:
    return Entry(path, len(data), hashlib.sha256(data).hexdigest())


def _write(
    image: _Image, sink: Sink, before: Before, on_layer: Callable[[LayerPlan], None] | None
) -> Iterator[ExportedLayer]:
    """Write the layers, those of the base first, and yield them; the head is known last, with their digests."""
    below = image.envelope.base.blobs
    sizes = [*(layer.size for layer in below), *(layer.bytes for layer in image.layers)]
    sink.begin(image.envelope.files(["0" * 64] * len(image.layers)), sizes)

    def write(number: int) -> str:
        if number < len(below):
            return _copy(below[number], number, sink)
        return sink.layer(number, lambda: _layer_bytes(image.layers[number - len(below)], image.small, image.large))

    for number, digest in enumerate(in_threads(write, range(len(sizes)))):
        reused = f"sha256:{digest}" in before.digests
        if number < len(below):
            yield ExportedLayer(f"sha256:{digest}", sizes[number], below[number].role, reused)
            continue
        layer = image.layers[number - len(below)]
        if on_layer:
            on_layer(layer)
        yield ExportedLayer(f"sha256:{digest}", layer.bytes, layer.role, reused, identity(layer))


def _copy(layer: BaseLayer, number: int, sink: Sink) -> str:
    digest = sink.layer(number, layer.content)
    if digest != layer.digest:
        raise ImageError(f"the base's layer sha256:{layer.digest} was changed: its digest does not match")
    return digest


def _layer_bytes(
    layer: LayerPlan, small: Mapping[str, bytes], large: Mapping[str, Callable[[], BinaryIO]]
) -> Iterator[bytes]:
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


def _file(path: Path) -> BinaryIO:
    return path.open("rb", buffering=0)


def _checked(opened: Opener, entry: Entry) -> Iterator[bytes]:
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
