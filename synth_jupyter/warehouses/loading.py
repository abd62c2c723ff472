"""How a run enters a target exactly once: part by part into a stage, then one swap of names, ledger and constraints.

Each part and its row in the ledger are one transaction, so a load that was killed, or lost its connection, goes on
after the last part. Until the swap nobody sees a row, and what was there before stays. DuckDB cannot rename tables that
others refer to: there tables are filled in place, one transaction each, and a replacement is one transaction in all.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import ConflictError, SynthError, WarehouseError
from ..plan.model import RunFiles
from .attempts import Unavailable, attempt
from .base import LoadReport, TableLoad
from .constraints import TableDesign, design
from .facts import broken_checks, trees
from .ledger import Entry, Ledger, load_key, opened, stage_name
from .parts import Part, parts_of
from .provenance import content_of, with_provenance
from .session import Session
from .types import stored_differently

_PART_ROWS = 524_288
"""Rows that are committed together, about; more would be lost by a kill, fewer cost commits."""


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
        return parts_of(self.files, one, self.stage(one.table.name), math.inf if self.session.in_place else _PART_ROWS)


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
    with opened(session, load.schema) as ledger:
        if ledger.holds(load.tables, load.content):
            return True
        _check_free(load, ledger)
        ledger.make()
        _drop_unfinished(load, ledger)
        if session.in_place and any(name in ledger.entries and name in ledger.existing for name in load.tables):
            _replace_at_once(load, ledger)
            return False
        waiting = [one for one in load.designs(ledger.prefix) if not _is_staged(load, ledger, one.table.name)]
        for one in waiting:
            session.create(one, load.stage(one.table.name), ledger.prefix)
        ledger.begin({one.table.name: load.stage(one.table.name) for one in waiting}, load.key)
        return None


def _check_free(load: Load, ledger: Ledger) -> None:
    """Refuse before anything is changed; a table without a ledger row is somebody's own and never dropped."""
    target, entries = load.session.target, ledger.entries
    for name in (name for name in load.tables if name in ledger.existing):
        filled_in_place = name in ledger.stages and ledger.stages[name].name == name
        if name not in entries and not filled_in_place:
            raise ConflictError(
                f"{target} has a table {name!r} that was not loaded from here; nothing was changed",
                hint="load into another file or --schema, or drop that table yourself",
            )
        if name in entries and not load.replace:
            raise ConflictError(
                f"{target} has the table {name!r} of another run or load ({entries[name].run}); nothing was changed",
                hint="add --replace to swap it, or load into another file or --schema",
            )


def _is_staged(load: Load, ledger: Ledger, table: str) -> bool:
    stage = ledger.stages.get(table)
    return stage is not None and stage.key == load.key and stage.name in ledger.existing


def _drop_unfinished(load: Load, ledger: Ledger) -> None:
    """What other loads of these tables have begun goes."""
    stale = {name: stage for name, stage in ledger.stages.items() if stage.key != load.key}
    gone = {name: stage for name, stage in stale.items() if name in load.tables}
    if load.session.in_place:  # tables that refer to each other go together
        keys = {stage.key for stage in gone.values()}
        gone = {name: stage for name, stage in stale.items() if stage.key in keys}
    ledger.drop([stage.name for stage in reversed(gone.values())])
    ledger.forget(gone)


def _put(load: Load, part: Part) -> None:
    """The part is in, once: a repetition finds its row in the ledger."""
    table = part.design.table.name
    with opened(load.session, load.schema) as ledger:
        stage = ledger.stages.get(table)
        if stage is None or stage.key != load.key:
            if ledger.holds(load.tables, load.content):
                return  # somebody else has loaded the same run meanwhile
            raise ConflictError(
                f"another load took over the table {table!r} of {load.session.target}; "
                f"nothing of {load.files.run} is there",
                hint="wait for it, then load again",
            )
        if part.number not in stage.parts:
            load.session.put(part, ledger.prefix)
            ledger.add(table, part.number, part.name, load.key, part.rows)


def _swap(load: Load) -> None:
    """The stages take the names of what was there; constraints, comments and ledger in the same transaction."""
    session = load.session
    with opened(session, load.schema) as ledger:
        if ledger.holds(load.tables, load.content):
            return  # the commit had come through, only its answer was lost; or somebody else loads the same run
        designs = load.designs(ledger.prefix)
        if not session.in_place:
            _check_free(load, ledger)
            ledger.drop([one.table.name for one in reversed(designs)])
            for one in designs:
                session.rename(ledger.name(load.stage(one.table.name)), one.table.name)
        _settle(load, ledger, designs)


def _replace_at_once(load: Load, ledger: Ledger) -> None:
    session, designs = load.session, load.designs(ledger.prefix)
    ledger.drop([one.table.name for one in reversed(designs) if one.table.name in ledger.entries])
    for one in designs:
        session.create(one, one.table.name, ledger.prefix)
    for one in designs:
        for part in load.parts(one):
            session.put(part, ledger.prefix)
    _settle(load, ledger, designs)


def _settle(load: Load, ledger: Ledger, designs: Sequence[TableDesign]) -> None:
    _reconcile(load, ledger)
    load.session.finish(designs, ledger.prefix)
    ledger.enter({name: Entry(load.files.run, load.content, load.files.rows(name)) for name in load.tables})
    ledger.forget(load.tables)
    ledger.tidy()


def _reconcile(load: Load, ledger: Ledger) -> None:
    """The target itself counts: a driver that lost rows, or somebody who changed a stage, is found out."""
    for name in load.tables:
        ((there,),) = load.session.rows(f"SELECT count(*) FROM {ledger.name(name)}")
        if there != load.files.rows(name):
            raise WarehouseError(
                f"{load.session.target} counts {there:,} rows of {name!r} instead of {load.files.rows(name):,}; "
                "what was there before is as it was",
                hint="the same command loads it from the beginning; nothing else may change its tables meanwhile",
            )


def _give_up(load: Load) -> None:
    """Take away what a failing load has made; what cannot be taken away now, the next load does."""
    try:
        with opened(load.session, load.schema) as ledger:
            order = [one.table.name for one in reversed(load.designs(""))]
            mine = [name for name in order if name in ledger.stages and ledger.stages[name].key == load.key]
            ledger.drop([ledger.stages[name].name for name in mine])
            ledger.forget(mine)
            ledger.tidy()
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
