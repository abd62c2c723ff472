"""`/experiment/manifest.json` and the labels: what an image says it holds, written and read back without loss."""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from .. import __version__
from ..digests import LEAF_ROWS
from ..documents import canonical_json
from ..engine.digest import digest_of
from ..engine.execute import table_folder
from ..errors import ImageError
from ..plan.cuts import Cuts
from ..plan.model import PartitionFile
from . import strict_json
from .layout import FORMAT, LABEL, Entry, data_folder, is_safe

MANIFEST = "manifest.json"
SCHEMA = "schema.json"
SUMS = "SHA256SUMS"
POOLS = "pools"
_HEX = re.compile(r"[0-9a-f]{64}")
_CONTENT = re.compile(r"sha256:[0-9a-f]{64}")
_SAID = {"bytes": int, "cuts": list, "digest": str}
_DATA = re.compile(r"data/(t(\d{4,6})_[a-z0-9_]{0,40})/part-(\d{5,9})\.parquet")


@dataclass(frozen=True)
class Placed:
    """A file of the image: its bytes begin at `offset` of the tar of a `layer`, counted from the bottom."""

    entry: Entry
    layer: int
    offset: int


@dataclass(frozen=True)
class Announced:
    """What a thin image says of a table: rows, bytes and cuts of its files, and the digest of its data (hex)."""

    table: str
    rows: int
    bytes: int
    cuts: Cuts
    digest: str

    @classmethod
    def of(cls, table: str, parts: Sequence[PartitionFile], digest: str) -> "Announced":
        """Of a table that has these partitions, in their order."""
        counts = [part.rows for part in parts]
        return cls(table, sum(counts), sum(part.bytes for part in parts), Cuts.covering(counts), digest)


@dataclass(frozen=True)
class Contents:
    """All that an image holds; `parts` are the run's partition files, `placed` every file but the metadata's own.

    A thin image has no parts, and what is `announced` of each table instead. `parent` is the content digest of the
    version before this one, nothing for the first. `below` counts the layers of another image that lie below these.
    """

    experiment: str
    seed: int
    content_digest: str
    tables: tuple[str, ...]
    parts: tuple[PartitionFile, ...]
    placed: tuple[Placed, ...]
    announced: tuple[Announced, ...] = ()
    generator: str = __version__
    parent: str = ""
    below: int = 0

    @property
    def thin(self) -> bool:
        """Whether it holds no data, but all that makes it again."""
        return bool(self.announced)

    @property
    def rows(self) -> dict[str, int]:
        """Row count by table, in the order of the schema."""
        counts = dict.fromkeys(self.tables, 0) | {each.table: each.rows for each in self.announced}
        for part in self.parts:
            counts[part.table] += part.rows
        return counts

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each table's files."""
        sizes = dict.fromkeys(self.tables, 0) | {each.table: each.bytes for each in self.announced}
        for part in self.parts:
            sizes[part.table] += part.bytes
        return sizes

    @property
    def cuts(self) -> dict[str, int | list[int]]:
        """Where each table is cut into files, as requests record it."""
        if self.thin:
            return {each.table: each.cuts.to_json() for each in self.announced}
        counts: dict[str, list[int]] = {}
        for part in self.parts:
            counts.setdefault(part.table, []).append(part.rows)
        return {table: Cuts.covering(rows).to_json() for table, rows in counts.items()}

    def only(self, tables: Collection[str]) -> "Contents":
        """The same without the data of other tables, and without dumps, which hold the rows of all."""
        others = {data_path(part) for part in self.parts if part.table not in tables}
        return replace(
            self,
            tables=tuple(name for name in self.tables if name in tables),
            parts=tuple(part for part in self.parts if part.table in tables),
            placed=tuple(
                placed for placed in self.placed if placed.entry.path not in others and not _is_dump(placed.entry.path)
            ),
            announced=tuple(each for each in self.announced if each.table in tables),
        )

    def to_bytes(self) -> bytes:
        """The text of manifest.json, always the same for the same contents."""
        document = {
            "format": FORMAT, "experiment": self.experiment, "seed": self.seed, "thin": self.thin,
            "content_digest": self.content_digest, "generator": self.generator,
            "tables": list(map(_announced_document, self.announced)) or [
                {"name": name, "rows": rows} for name, rows in self.rows.items()
            ],
            "files": [_placed_document(placed) for placed in self.placed],
            "partitions": [_part_document(part) for part in self.parts],
        }  # fmt: skip
        document |= ({"parent": self.parent} if self.parent else {}) | ({"below": self.below} if self.below else {})
        return canonical_json(document).encode() + b"\n"

    def labels(self, document: bytes, metadata: str) -> dict[str, str]:
        """The labels of the image's config: `document` is schema.json, `metadata` the diff_id of its layer."""
        parent = {f"{LABEL}parent.digest": self.parent} if self.parent else {}
        below = {f"{LABEL}layers.below": str(self.below)} if self.below else {}
        return parent | below | {
            f"{LABEL}format": str(FORMAT), f"{LABEL}experiment": self.experiment, f"{LABEL}seed": str(self.seed),
            f"{LABEL}content.digest": self.content_digest, f"{LABEL}thin": str(self.thin).lower(),
            f"{LABEL}schema.digest": f"sha256:{hashlib.sha256(document).hexdigest()}",
            f"{LABEL}tables": str(len(self.tables)), f"{LABEL}rows": str(sum(self.rows.values())),
            f"{LABEL}generator.version": self.generator, f"{LABEL}synthetic": "true", f"{LABEL}metadata": metadata,
        }  # fmt: skip


def data_path(part: PartitionFile) -> str:
    """`data/<table>/part-00000.parquet`: where an image holds a partition, below /experiment."""
    return f"{data_folder(part.table)}/part-{part.index:05d}.parquet"


def _is_dump(path: str) -> bool:
    return path.startswith("dump/")


def read_contents(data: bytes, limit: int) -> Contents:
    """The contents that a manifest.json describes.

    Raises:
        ImageError: it is no such manifest, or of another format, or says anything twice, unsafe or inconsistent.
    """
    document = strict_json.parse(data, MANIFEST, limit=limit)
    if isinstance(document, dict) and document.get("format") != FORMAT:
        raise ImageError(
            f"the image has format {document.get('format')!r}; this version reads format {FORMAT}",
            hint="import it with the version of this package that wrote it",
        )
    required = {
        "format": int, "experiment": str, "seed": int, "thin": bool, "content_digest": str, "generator": str,
        "tables": list, "files": list, "partitions": list,
    }  # fmt: skip
    found = strict_json.known(document, MANIFEST, required, {"parent": str, "below": int})
    said = _SAID if found["thin"] else {}
    tables = [strict_json.known(table, "a table", {"name": str, "rows": int} | said) for table in found["tables"]]
    contents = Contents(
        found["experiment"], found["seed"], found["content_digest"],
        tuple(table["name"] for table in tables), tuple(map(_part, found["partitions"])),
        tuple(map(_placed, found["files"])), tuple(map(_announced, tables)) if said else (), found["generator"],
        found.get("parent", ""), found.get("below", 0),
    )  # fmt: skip
    _check(contents)
    if contents.to_bytes() != data:
        raise ImageError(f"{MANIFEST} is not in the form this package writes, or its row counts do not add up")
    return contents


def check_labels(labels: Mapping[str, str], contents: Contents, document: bytes) -> None:
    """ImageError unless the image's labels say what its manifest says."""
    expected = contents.labels(document, labels.get(f"{LABEL}metadata", ""))
    for key in sorted(expected.keys() | {key for key in labels if key.startswith(LABEL)}):
        if labels.get(key) != expected.get(key):
            raise ImageError(f"the label {key!r} is {labels.get(key)!r}, but {MANIFEST} says {expected.get(key)!r}")


def _check(contents: Contents) -> None:
    if contents.parent and not _CONTENT.fullmatch(contents.parent):
        raise ImageError(f"{MANIFEST} gives the image an impossible parent: {contents.parent[:100]!r}")
    paths = [placed.entry.path for placed in contents.placed]
    for what, names in (
        ("file", paths), ("table", contents.tables), ("partition", [part.path for part in contents.parts]),
    ):  # fmt: skip
        if len({name.casefold() for name in names}) != len(names):
            raise ImageError(f"{MANIFEST} lists a {what} twice")
    strangers = {part.table for part in contents.parts} - set(contents.tables)
    if strangers:
        raise ImageError(f"{MANIFEST} has partitions of a table it does not list: {min(strangers)!r}")
    placed = {item.entry.path: item.entry for item in contents.placed}
    data = {data_path(part): part for part in contents.parts}
    if {path for path in paths if path.startswith("data/")} != data.keys():
        raise ImageError(f"{MANIFEST} lists other data files than it has partitions")
    for path, part in data.items():
        if (placed[path].size, placed[path].sha256) != (part.bytes, part.sha256):
            raise ImageError(f"{MANIFEST} describes {path!r} in two ways")
    if contents.thin:
        _check_thin(contents)
    else:
        _check_order(contents)


def _check_thin(contents: Contents) -> None:
    if contents.parts:
        raise ImageError(f"{MANIFEST} has partitions though the image is thin")
    if digest_of({each.table: each.digest for each in contents.announced}) != contents.content_digest:
        raise ImageError(f"the tables do not have the content digest that is announced, {contents.content_digest}")


def _check_order(contents: Contents) -> None:
    """Partitions of a table are 0, 1, 2, ... in one folder; all but the last end where a leaf of the digest ends."""
    for table in contents.tables:
        mine = [part for part in contents.parts if part.table == table]
        if [part.index for part in mine] != list(range(len(mine))) or len({_folder(part) for part in mine}) != 1:
            raise ImageError(f"{MANIFEST} does not list the partitions of {table!r} as 0, 1, 2, ...")
        if any(part.rows % LEAF_ROWS for part in mine[:-1]):
            raise ImageError(f"{MANIFEST} cuts the partitions of {table!r} where no block of the digest ends")


def _folder(part: PartitionFile) -> str:
    return part.path.split("/")[1]


def _placed_document(placed: Placed) -> dict[str, Any]:
    entry = placed.entry
    return {
        "path": entry.path, "bytes": entry.size, "sha256": entry.sha256, "layer": placed.layer, "offset": placed.offset,
    }  # fmt: skip


def _placed(value: Any) -> Placed:
    types = {"path": str, "bytes": int, "sha256": str, "layer": int, "offset": int}
    found = strict_json.known(value, f"a file of {MANIFEST}", types)
    path = found["path"]
    if not is_safe(path) or path in (MANIFEST, SCHEMA, SUMS):
        raise ImageError(f"{MANIFEST} lists a file under an unsafe name: {path[:100]!r}")
    if found["bytes"] < 0 or not _HEX.fullmatch(found["sha256"]):
        raise ImageError(f"{MANIFEST} gives {path!r} an impossible size or digest")
    return Placed(Entry(path, found["bytes"], found["sha256"]), found["layer"], found["offset"])


def _plain_path(part: PartitionFile) -> str:
    """Where a run of this machine has the partition; in a place outside its name also tells the attempt."""
    return str(PurePosixPath(part.path).with_name(f"part-{part.index:05d}.parquet"))


def _part_document(part: PartitionFile) -> dict[str, Any]:
    leaves = {name: base64.b64encode(leaf).decode() for name, leaf in part.leaves.items()}
    return {
        "table": part.table, "index": part.index, "path": _plain_path(part), "rows": part.rows, "bytes": part.bytes,
        "sha256": part.sha256, "leaves": leaves,
    }  # fmt: skip


def _part(value: Any) -> PartitionFile:
    types = {
        "table": str, "index": int, "path": str, "rows": int, "bytes": int, "sha256": str, "leaves": dict,
    }  # fmt: skip
    found = strict_json.known(value, f"a partition of {MANIFEST}", types)
    match = _DATA.fullmatch(found["path"])
    if not match or int(match[3]) != found["index"] or match[1] != table_folder(int(match[2]), found["table"]):
        raise ImageError(f"{MANIFEST} gives a partition an unsafe or wrong path: {found['path'][:100]!r}")
    if found["rows"] < 0 or found["bytes"] < 0 or not _HEX.fullmatch(found["sha256"]):
        raise ImageError(f"{MANIFEST} gives {found['path']!r} an impossible size or digest")
    count = 32 * max(1, -(-found["rows"] // LEAF_ROWS))
    leaves = {name: _leaf(leaf, count) for name, leaf in found["leaves"].items()}
    return PartitionFile(
        found["table"], found["index"], found["path"], found["rows"], found["bytes"], found["sha256"], leaves
    )


def _announced_document(each: Announced) -> dict[str, Any]:
    return {
        "name": each.table, "rows": each.rows, "bytes": each.bytes, "cuts": [each.cuts.first, each.cuts.most],
        "digest": each.digest,
    }  # fmt: skip


def _announced(found: dict[str, Any]) -> Announced:
    numbers = (found["rows"], found["bytes"], *found["cuts"])
    whole = all(type(number) is int and 0 <= number < 1 << 62 for number in numbers)
    if not whole or not _HEX.fullmatch(found["digest"]):
        raise ImageError(f"{MANIFEST} gives the table {found['name'][:100]!r} an impossible size or digest")
    if not _are_cuts(found["cuts"]):
        raise ImageError(f"{MANIFEST} cuts the table {found['name'][:100]!r} in an impossible way")
    return Announced(found["name"], found["rows"], found["bytes"], Cuts(*found["cuts"]), found["digest"])


def _are_cuts(cuts: list[int]) -> bool:
    """The first size a multiple of a leaf's rows, the largest that doubled some times."""
    if len(cuts) != 2 or not cuts[0] or cuts[0] % LEAF_ROWS or cuts[1] % cuts[0]:
        return False
    return (cuts[1] // cuts[0]).bit_count() == 1


def _leaf(text: Any, count: int) -> bytes:
    try:
        leaf = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except binascii.Error:
        leaf = b""
    if len(leaf) != count:
        raise ImageError(f"{MANIFEST} holds digests of the wrong length")
    return leaf
