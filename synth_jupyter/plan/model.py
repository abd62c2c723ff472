"""What will be done, as pure data: bound columns, tables, partitions, and the files they become."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from ..datatypes import DataType
from ..errors import NotFoundError
from ..generators.protocol import Generator
from ..pools import PoolUse
from ..schema.model import ForeignKey, Rule, Schema
from ..storage import Remote, digest_of, open_file
from .cuts import Cuts


@dataclass(frozen=True)
class BoundColumn:
    """A column or a link with the generator that makes it; `path` names its stream.

    `distinct` is the number of different values when the planner knows it (it chooses the encoding).
    """

    name: str
    type: DataType
    generator: Generator
    path: tuple[str, ...]
    nullable: bool = False
    distinct: int | None = None
    rule: Rule = field(default_factory=lambda: Rule("unknown"))


@dataclass(frozen=True)
class Link:
    """A foreign key as a choice: `column` generates the parent's row number (int64, NULL for no parent)."""

    foreign_key: ForeignKey
    column: BoundColumn

    @property
    def name(self) -> str:
        return self.foreign_key.name


@dataclass(frozen=True)
class Partition:
    """Rows [start, stop) of one table: the unit of work, of a file and of a checkpoint."""

    table: str
    index: int
    start: int
    stop: int

    @property
    def rows(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class TablePlan:
    """One table: `rows` in all, columns in document order; `hidden` ones are only read by others.

    Every partition but the last ends on a multiple of LEAF_ROWS, the rows of one leaf of the content digest.
    """

    name: str
    number: int
    rows: int
    columns: tuple[BoundColumn, ...]
    links: tuple[Link, ...] = ()
    hidden: tuple[BoundColumn, ...] = ()
    cuts: Cuts = field(default_factory=Cuts)

    def column(self, name: str) -> BoundColumn:
        """The column of exactly that name; NotFoundError otherwise."""
        try:
            return self._columns[name]
        except KeyError:
            raise NotFoundError.of(f"column in {self.name!r} called", name, self._columns) from None

    @cached_property
    def _columns(self) -> dict[str, BoundColumn]:
        return {column.name: column for column in (*self.columns, *self.hidden)}

    def resolve(self, need: str) -> tuple[Link | None, str]:
        """(None, column) for a column of this table, (link, the rest of the path) for one of a parent's.

        Raises:
            NotFoundError: it is neither.
        """
        if need in self._columns:
            return None, need
        prefixes = [(link.name, link) for link in self.links]
        prefixes += [(column, link) for link in self.links for column in link.foreign_key.columns]
        for prefix, link in prefixes:
            if need.startswith(f"{prefix}."):
                return link, need[len(prefix) + 1 :]
        raise NotFoundError.of(f"column in {self.name!r} called", need, self._columns)

    @property
    def partition_count(self) -> int:
        """At least one: a table of no rows still has a file with its schema."""
        return self.cuts.count(self.rows)

    def partition(self, index: int) -> Partition:
        """The partition of that number, counted from 0."""
        return Partition(self.name, index, self.cuts.start(index), min(self.cuts.start(index + 1), self.rows))

    def partition_of(self, row: int) -> int:
        """The number of the partition that holds `row`."""
        return self.cuts.index(row)


@dataclass(frozen=True)
class Plan:
    """One generation, complete: the same plan makes the same bytes anywhere.

    `draws_on` says where the texts and existing columns in its generators came from; the digest is of them already.
    """

    schema: Schema
    seed: int
    tables: tuple[TablePlan, ...]
    digest: str
    draws_on: tuple[PoolUse, ...] = ()

    def table(self, name: str) -> TablePlan:
        """The table of that name in any letter case; NotFoundError otherwise."""
        wanted = self.schema.table(name).name
        return next(table for table in self.tables if table.name == wanted)

    @property
    def rows(self) -> dict[str, int]:
        """Row count by table, in document order."""
        return {table.name: table.rows for table in self.tables}

    def partitions(self) -> Iterator[Partition]:
        """Every partition, lazily, table by table."""
        for table in self.tables:
            yield from map(table.partition, range(table.partition_count))


Leaves = Mapping[str, bytes]  # a name of its own: inside PartitionFile, `bytes` is a field


@dataclass(frozen=True)
class PartitionFile:
    """A written partition: `path` relative to the run's folder, its size, sha256 (hex) and digest leaves.

    `leaves` maps each column to the concatenated 32-byte leaf digests of its rows, in order.
    """

    table: str
    index: int
    path: str
    rows: int
    bytes: int
    sha256: str
    leaves: Leaves = field(repr=False)


@dataclass(frozen=True)
class DerivedFile:
    """A table that SQL made of a run: one Parquet file with its own types, `path` relative to the run's folder."""

    table: str
    path: str
    rows: int
    digest: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class RunFiles:
    """A completed run as others see it: `run` is its address (`shop@1`), `root` the folder of the files' paths.

    Where the run has a `place` outside, its partitions' files are there and `root` holds the rest.
    A reset or never generated experiment has no files: its tables are there, typed and empty.
    """

    run: str
    schema: Schema
    root: Path
    files: tuple[PartitionFile, ...]
    content_digest: str = ""
    seed: int = 0
    derived: tuple[DerivedFile, ...] = ()
    place: Remote | None = None

    def open(self, name: str) -> pa.NativeFile:
        """A partition's file by its path, to read anywhere in it; OSError when it is missing."""
        return open_file(self.place or self.root, name)

    def sha256(self, name: str) -> str:
        """The hex sha256 of a partition's file; OSError when it is missing."""
        return digest_of(self.place or self.root, name)

    def paths(self, table: str) -> tuple[Path, ...]:
        """The Parquet files of a table in row order as a folder has them; empty when it was never generated."""
        return tuple(self.root / name for name in self.names(table))

    def names(self, table: str) -> tuple[str, ...]:
        """The paths of a table's files in row order, relative to where they are."""
        mine = sorted((file for file in self.files if file.table == table), key=lambda file: file.index)
        return tuple(file.path for file in mine)

    def rows(self, table: str) -> int:
        return sum(file.rows for file in self.files if file.table == table)
