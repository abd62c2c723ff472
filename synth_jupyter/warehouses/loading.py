"""How a run enters a target exactly once: part by part into a stage, then one swap of names, ledger and constraints.

Each part and its row in the ledger are one transaction, so a load that was killed, or lost its connection, goes on
after the last part. Until the swap nobody sees a row, and what was there before stays. DuckDB cannot rename tables that
others refer to: there tables are filled in place, one transaction each, and a replacement is one transaction in all.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa

from ..errors import ConflictError, SynthError, WarehouseError
from ..plan.model import PartitionFile, RunFiles
from ..sql import quote
from .attempts import Unavailable, attempt
from .base import LoadReport, TableLoad
from .constraints import TableDesign, design
from .facts import broken_checks, trees
from .ledger import Entry, Ledger, Stage, holds, load_key, stage_name
from .provenance import content_of, filled, is_extended, with_provenance
from .query import dataset
from .types import accepted_batch, accepted_schema, stored_differently

_BATCH = 65_536
_PART_ROWS = 524_288
"""Rows that are committed together, about; more would be lost by a kill, fewer cost commits."""


@dataclass(frozen=True)
class Part:
    """The rows of some partitions of one table, to be put into the table called `name`; `first` is the first row."""

    files: RunFiles
    design: TableDesign
    number: int
    name: str
    first: int

    @property
    def rows(self) -> int:
        return self.files.rows(self.design.table.name)


class Session(Protocol):
    """What the loader needs of an engine inside one transaction; failures are WarehouseErrors."""

    @property
    def dialect(self) -> str:
        """Its SQL: `duckdb`, `sqlite` or `postgres`."""

    @property
    def target(self) -> str:
        """How messages call it."""

    @property
    def in_place(self) -> bool:
        """Tables are filled under their own names, each whole, because they cannot be renamed."""

    def transaction(self) -> AbstractContextManager[None]:
        """Committed when the block ends well, rolled back when it does not; one load at a time is inside one."""

    def reconnect(self) -> None:
        """A new connection in place of one that was lost."""

    def prefix(self, schema: str | None) -> str:
        """How names of that schema begin (`"s".`), the schema made when it was missing."""

    def run(self, sql: str) -> None:
        """One statement without a result."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""

    def existing(self, schema: str | None) -> set[str]:
        """The names of the tables and views that are there."""

    def create(self, design: TableDesign, name: str, prefix: str) -> None:
        """Make the design's table, called `name`."""

    def drop(self, tables: Sequence[str]) -> None:
        """Drop these tables, children first, and nothing else."""

    def rename(self, table: str, name: str) -> None:
        """Give a qualified table another name."""

    def put(self, part: Part, prefix: str) -> None:
        """Insert the part's rows."""

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        """Add or prove what is enforced after the data, and the comments."""


@dataclass(frozen=True)
class Load:
    """What is to be loaded where; decided before the target is touched."""

    session: Session
    files: RunFiles
    schema: str | None
    replace: bool
    content: str
    broken: frozenset[tuple[str, str]]
    trees: frozenset[str]

    @cached_property
    def key(self) -> str:
        return load_key(self.files, self.content, _PART_ROWS)

    @cached_property
    def tables(self) -> list[str]:
        return [table.name for table in self.files.schema.tables]

    def designs(self, prefix: str) -> list[TableDesign]:
        """Every table, parents first."""
        return design(self.files.schema, self.session.dialect, prefix=prefix, broken=self.broken, trees=self.trees)

    def stage(self, table: str) -> str:
        """The name under which a table is filled."""
        return table if self.session.in_place else stage_name(self.key, self.tables.index(table))

    def parts(self, one: TableDesign) -> Iterator[Part]:
        """The table's rows, in the pieces that are committed each for itself."""
        mine = sorted((file for file in self.files.files if file.table == one.table.name), key=lambda file: file.index)
        groups = [tuple(mine)] if self.session.in_place and mine else grouped(mine, _PART_ROWS)
        first = 0
        for group in groups:
            yield self._part(one, group, first)
            first += sum(file.rows for file in group)

    def _part(self, one: TableDesign, group: tuple[PartitionFile, ...], first: int) -> Part:
        return Part(replace(self.files, files=group), one, group[0].index, self.stage(one.table.name), first)


def grouped(files: Sequence[PartitionFile], rows: int) -> list[tuple[PartitionFile, ...]]:
    """The files in order, as many together as have at least `rows` rows; the last group may have fewer."""
    groups: list[tuple[PartitionFile, ...]] = []
    for file in files:
        if groups and sum(one.rows for one in groups[-1]) < rows:
            groups[-1] = (*groups[-1], file)
        else:
            groups.append((file,))
    return groups


def load_run(
    session: Session, files: RunFiles, *, schema: str | None = None, replace: bool = False, provenance: bool = False
) -> LoadReport:
    """The run in the target, exactly once, with every constraint that the engine can enforce.

    Raises:
        ConflictError: a table of that name is there already; nothing was changed.
        WarehouseError: the target failed; what was there before is as it was.
    """
    started = time.monotonic()
    own_trees = trees(files) if session.dialect == "duckdb" else frozenset()
    whole = with_provenance(files) if provenance else files
    load = Load(session, whole, schema, replace, content_of(files, provenance), broken_checks(files), own_trees)
    try:
        already = _carry_out(load)
    except Unavailable as error:
        raise _unavailable(load, error) from None
    return _report(load, time.monotonic() - started, already)


def _unavailable(load: Load, error: Unavailable) -> WarehouseError:
    return WarehouseError(
        f"{error.message}; what was there before is as it was, and the parts of {load.files.run} that are in are kept",
        hint=error.hint or "the same command goes on from there",
    )


def _carry_out(load: Load) -> bool:
    """Whether it was loaded already."""
    done = attempt(load.session, lambda: _start(load))
    if done is not None:
        return done
    try:
        for one in load.designs(""):
            for part in load.parts(one):
                attempt(load.session, lambda part=part: _put(load, part))  # type: ignore[misc]
        attempt(load.session, lambda: _swap(load))
    except Unavailable:
        raise
    except SynthError:
        _give_up(load)
        raise
    return False


def _start(load: Load) -> bool | None:
    """True when the run is there already, False when this transaction brought it, None when its stages are ready."""
    session = load.session
    with session.transaction():
        prefix = session.prefix(load.schema)
        existing = session.existing(load.schema)
        ledger = Ledger(session, prefix)
        entries, stages = ledger.entries(existing), ledger.stages(existing)
        if holds(entries, load.content, load.tables, existing):
            return True
        _check_free(load, existing, entries, stages)
        ledger.make(existing)
        old = [name for name in load.tables if name in existing and name in entries]
        _discard(load, ledger, existing, {name: one for name, one in stages.items() if one.key != load.key})
        waiting = [one for one in load.designs(prefix) if not _is_staged(load, one, stages, existing)]
        if not (session.in_place and old):
            for one in waiting:
                session.create(one, load.stage(one.table.name), prefix)
            ledger.begin({one.table.name: load.stage(one.table.name) for one in waiting}, load.key)
            return None
        _replace_at_once(load, prefix, old)
        return False


def _is_staged(load: Load, one: TableDesign, stages: dict[str, Stage], existing: set[str]) -> bool:
    stage = stages.get(one.table.name)
    return stage is not None and stage.key == load.key and stage.name in existing


def _check_free(load: Load, existing: set[str], entries: dict[str, Entry], stages: dict[str, Stage]) -> None:
    """Refuse before anything is changed; a table without a ledger row is somebody's own and never dropped."""
    target = load.session.target
    for name in load.tables:
        ours = name in stages and stages[name].name == name
        if name in existing and name not in entries and not ours:
            raise ConflictError(
                f"{target} has a table {name!r} that was not loaded from here; nothing was changed",
                hint="load into another file or --schema, or drop that table yourself",
            )
        if name in existing and name in entries and not load.replace:
            raise ConflictError(
                f"{target} has the table {name!r} of another run or load ({entries[name].run}); nothing was changed",
                hint="add --replace to swap it, or load into another file or --schema",
            )


def _discard(load: Load, ledger: Ledger, existing: set[str], stale: dict[str, Stage]) -> None:
    """Drop what other loads of these tables left unfinished."""
    gone = {name: stage for name, stage in stale.items() if name in load.tables}
    if load.session.in_place:  # tables that refer to each other go together
        gone = {name: one for name, one in stale.items() if one.key in {stage.key for stage in gone.values()}}
    names = [stage.name for stage in reversed(gone.values()) if stage.name in existing]
    load.session.drop([f"{ledger.prefix}{quote(name)}" for name in names])
    existing.difference_update(names)
    ledger.forget(gone)


def _put(load: Load, part: Part) -> None:
    """The part is in, once: a repetition finds its row in the ledger."""
    session = load.session
    with session.transaction():
        prefix = session.prefix(load.schema)
        existing = session.existing(load.schema)
        ledger = Ledger(session, prefix)
        table = part.design.table.name
        stage = ledger.stages(existing).get(table)
        if stage is None or stage.key != load.key:
            if holds(ledger.entries(existing), load.content, load.tables, existing):
                return  # somebody else has loaded the same run meanwhile
            raise ConflictError(
                f"another load took over the table {table!r} of {session.target}; nothing of {load.files.run} is there",
                hint="wait for it, then load again",
            )
        if part.number not in stage.parts:
            session.put(part, prefix)
            ledger.add(table, part.number, part.name, load.key, part.rows)


def _swap(load: Load) -> None:
    """The stages take the names of what was there; constraints, comments and ledger in the same transaction."""
    session = load.session
    with session.transaction():
        prefix = session.prefix(load.schema)
        existing = session.existing(load.schema)
        ledger = Ledger(session, prefix)
        entries = ledger.entries(existing)
        if holds(entries, load.content, load.tables, existing):
            return  # the commit had come through, only its answer was lost; or somebody else loads the same run
        designs = load.designs(prefix)
        if not session.in_place:
            _check_free(load, existing, entries, ledger.stages(existing))
            old = [one.table.name for one in reversed(designs) if one.table.name in existing]
            session.drop([f"{prefix}{quote(name)}" for name in old])
            for one in designs:
                session.rename(f"{prefix}{quote(load.stage(one.table.name))}", one.table.name)
        _settle(load, designs, prefix)


def _replace_at_once(load: Load, prefix: str, old: list[str]) -> None:
    session = load.session
    designs = load.designs(prefix)
    order = [one.table.name for one in reversed(designs) if one.table.name in old]
    session.drop([f"{prefix}{quote(name)}" for name in order])
    for one in designs:
        session.create(one, one.table.name, prefix)
    for one in designs:
        for part in load.parts(one):
            session.put(part, prefix)
    _settle(load, designs, prefix)


def _settle(load: Load, designs: Sequence[TableDesign], prefix: str) -> None:
    load.session.finish(designs, prefix)
    ledger = Ledger(load.session, prefix)
    ledger.enter({name: Entry(load.files.run, load.content, load.files.rows(name)) for name in load.tables})
    ledger.forget(load.tables)
    ledger.tidy(load.session.existing(load.schema))


def _give_up(load: Load) -> None:
    """Take away what a failing load has made; what cannot be taken away now, the next load does."""
    session = load.session
    try:
        with session.transaction():
            prefix = session.prefix(load.schema)
            existing = session.existing(load.schema)
            ledger = Ledger(session, prefix)
            mine = {name: one for name, one in ledger.stages(existing).items() if one.key == load.key}
            order = [one.table.name for one in load.designs(prefix)]
            names = [mine[name].name for name in reversed(order) if name in mine and mine[name].name in existing]
            session.drop([f"{prefix}{quote(name)}" for name in names])
            ledger.forget(mine)
            ledger.tidy(existing)
    except SynthError:
        return


def _report(load: Load, seconds: float, already: bool) -> LoadReport:
    session, files = load.session, load.files

    def stored(one: TableDesign) -> dict[str, str]:
        kept = {column.name: stored_differently(column.type, session.dialect) for column in one.table.columns}
        return {name: kind for name, kind in kept.items() if kind}

    loads = {
        one.table.name: TableLoad(files.rows(one.table.name), one.enforced, one.not_enforced, stored(one))
        for one in load.designs("")
    }
    in_order = {name: loads[name] for name in load.tables}
    return LoadReport(files.run, session.target, in_order, seconds, already)


def batches(part: Part, dialect: str, broken: list[Exception]) -> pa.RecordBatchReader:
    """The part's rows in row order, in the forms that the engine's driver accepts.

    A file that cannot be read ends the stream and is put into `broken`, since drivers keep no more than its text.
    """
    rows = dataset(part.files, part.design.table).to_batches(batch_size=_BATCH, fragment_readahead=1)
    return pa.RecordBatchReader.from_batches(
        accepted_schema(part.design.table, dialect), _accepted(rows, part, dialect, broken)
    )


def _accepted(
    rows: Iterator[pa.RecordBatch], part: Part, dialect: str, broken: list[Exception]
) -> Iterator[pa.RecordBatch]:
    table, first = part.design.table, part.first
    try:
        for batch in rows:
            whole = filled(batch, part.files.run, first) if is_extended(table) else batch
            first += batch.num_rows
            yield accepted_batch(whole, table, dialect)
    except (pa.ArrowException, OSError) as error:
        broken.append(error)
        raise
