"""Tables that SQL makes of a run: made, remembered with their inputs, made again after a reset, marked when stale.

A derived table belongs to one run. Its file is written first and recorded last; that record is the only commit point,
and a file without one is removed by the next statement. A reset takes the file and keeps the recipe; a restore makes
it again from the same bytes and says whether the digest is the same.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ..errors import CommandError, ConflictError, GenerationError, QueryError, SynthError
from ..files import make_folder, remove, sync_folder
from ..plan.model import RunFiles
from ..store import DerivedRecord, Lease, RunRecord, guard

if TYPE_CHECKING:
    from pathlib import Path

    from ..sql.creation import Creation
    from .addressed import Addressed
    from .workspace import Workspace

FOLDER = "derived"


@dataclass(frozen=True)
class Derived:
    """A table that SQL made of a run, as a verb left it."""

    record: DerivedRecord

    def to_dict(self) -> dict[str, Any]:
        """The `sql --into` document."""
        return self.record.to_dict()


@dataclass(frozen=True)
class Remade:
    """A derived table after a restore: is its digest the `same` as before, or which `problem` kept it out."""

    table: str
    same: bool
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {"table": self.table, "same": self.same}
        return document | ({"problem": self.problem} if self.problem else {})


def transform(
    experiment: "Addressed", sql: str, into: str | None = None, *, dialect: str | None = None, replace: bool = False
) -> Derived:
    """Make a table of the addressed run, or the latest complete one, from a query or from `CREATE TABLE name AS query`.

    Raises:
        ConflictError: the run has a table of that name, or is not complete.
        CommandError: the name cannot be a table's.
        QueryError: the statement does not only read, cannot be translated, or fails; nothing was made.
    """
    wanted = _wanted(sql, into, dialect, replace)
    record = experiment.complete_run()
    files = experiment.files_of(record)
    _check_name(files, wanted)
    with _writing(experiment.workspace, record) as folder:
        known = experiment.workspace.store.derived.of(record.key)
        _clear(folder, known)
        made = _made(files, wanted.name, wanted.query, sql, dialect, folder)
        _check_circle(wanted.name, made.inputs, known)
        kept = _kept(experiment.workspace, record, made, folder, wanted.replace)
        _clear(folder, experiment.workspace.store.derived.of(record.key))
    return Derived(kept)


def remake(experiment: "Addressed", record: RunRecord) -> list[Remade]:
    """Every table that was made of a restored run, made again, inputs first."""
    workspace = experiment.workspace
    waiting = [each for each in workspace.store.derived.of(record.key) if not each.stored]
    done: list[Remade] = []
    if not waiting:
        return done
    with _writing(workspace, record) as folder:
        _clear(folder, workspace.store.derived.of(record.key))
        while waiting:
            names = {each.name for each in waiting}
            ready = [each for each in waiting if not names & set(each.inputs)] or waiting[:1]
            done += [_remade(experiment, record, each, folder) for each in ready]
            waiting = [each for each in waiting if each not in ready]
    return done


def staleness(workspace: "Workspace", record: RunRecord, newest: str | None = None) -> dict[str, str]:
    """Why tables made of a run no longer say what their inputs say, by name; those that do are not in it.

    `newest` is the address of the experiment's latest complete run.
    """
    from ..engine.digest import table_digests

    derived = workspace.store.derived.of(record.key)
    if not derived:
        return {}
    schema = _schema(workspace, record)
    current = _prefixed(table_digests(schema, workspace.store.runs.partitions(record.key)))
    current |= {each.name: each.digest for each in derived if each.stored}
    stale: dict[str, str] = {}
    for _ in derived:  # a table can become stale through another, at most as often as there are tables
        for each in derived:
            reason = _stale(each, current, stale)
            if reason and each.name not in stale:
                stale[each.name] = reason
    if newest not in (None, record.address):
        stale |= {
            each.name: f"made of {record.address}; {newest} is newer" for each in derived if each.name not in stale
        }
    return stale


def _stale(each: DerivedRecord, current: Mapping[str, str], stale: Mapping[str, str]) -> str:
    if not each.stored:
        return "its data was removed"
    for table, digest in each.inputs.items():
        if table not in current:
            return f"{table} is gone"
        if current[table] != digest:
            return f"{table} has changed since"
        if table in stale:
            return f"{table} is stale"
    return ""


def _wanted(sql: str, into: str | None, dialect: str | None, replace: bool) -> "Creation":
    from ..sql.creation import Creation, creation

    if into is not None:
        return Creation(into, sql, replace)
    wanted = creation(sql, dialect)
    return Creation(wanted.name, wanted.query, wanted.replace or replace)


def _check_name(files: RunFiles, wanted: "Creation") -> None:
    from ..schema.document.names import name_problem
    from ..warehouses.query import spellings

    if wrong := name_problem(wanted.name):
        raise CommandError(f"{wrong}; nothing was made")
    mine = {derived.table.casefold() for derived in files.derived}
    taken = {table.name.casefold(): table.name for table in files.schema.tables}
    taken |= {name.casefold(): table for schema, name, table in spellings(files) if not schema}
    folded = wanted.name.casefold()
    if folded in taken and folded not in mine:
        raise ConflictError(
            f"{wanted.name!r} is the generated table {taken[folded]!r} of {files.run}; it is never replaced",
            hint="choose another name",
        )


def _check_circle(name: str, inputs: Mapping[str, str], known: Sequence[DerivedRecord]) -> None:
    """Refuse to make a table, directly or through others, from itself: it could not be made again."""
    by_name = {each.name.casefold(): each.inputs for each in known}
    waiting, seen = [each.casefold() for each in inputs], set[str]()
    while waiting:
        table = waiting.pop()
        if table == name.casefold():
            raise ConflictError(
                f"{name!r} would be made from itself, so that it could not be made again", hint="choose another name"
            )
        if table not in seen:
            seen.add(table)
            waiting += [each.casefold() for each in by_name.get(table, ())]


@contextmanager
def _writing(workspace: "Workspace", record: RunRecord) -> Iterator["Path"]:
    """The folder of a run's derived tables: nobody removes the run, and one statement at a time writes here."""
    run = workspace.folders.run(record.key)
    with Lease.share(run, record.address):
        make_folder(run / FOLDER)
        with guard(run / f".{FOLDER}.lock", exclusive=True):
            yield run / FOLDER


def _clear(folder: "Path", known: Sequence[DerivedRecord]) -> None:
    """Remove files that no record names: their statement failed or died, or they were replaced."""
    kept = {each.path for each in known if each.stored}
    for path in folder.glob("*.parquet"):
        if f"{FOLDER}/{path.name}" not in kept:
            remove(path)


def _made(files: RunFiles, name: str, query: str, sql: str, dialect: str | None, folder: "Path") -> DerivedRecord:
    from ..engine.digest import table_digests
    from ..warehouses.derived import materialise

    target = folder / f"{uuid.uuid4().hex}.parquet"
    made = materialise(files, query, target, dialect=dialect)
    sync_folder(folder)
    digests = _prefixed(table_digests(files.schema, files.files)) | {each.table: each.digest for each in files.derived}
    origins = made.followed.columns or ((),) * len(made.columns)
    columns = tuple(
        {"name": column, "type": type, "from": [{"table": o.table, "column": o.column, "how": o.how} for o in found]}
        for (column, type), found in zip(made.columns, origins, strict=True)
    )
    return DerivedRecord(
        run=files.run, name=name, sql=sql, dialect=dialect or "duckdb", query=made.query,
        engine=f"duckdb {version('duckdb')}", inputs={table: digests[table] for table in made.inputs}, columns=columns,
        path=f"{FOLDER}/{target.name}", rows=made.rows, bytes=made.bytes, sha256=made.sha256, digest=made.digest,
        note="; ".join(filter(None, (made.followed.note, _unrepeatable(made.query)))),
    )  # fmt: skip


def _unrepeatable(query: str) -> str:
    from ..sql.creation import changing_functions

    called = changing_functions(query)
    return f"not repeatable: {', '.join(called)} gives another value each time" if called else ""


def _kept(
    workspace: "Workspace", record: RunRecord, made: DerivedRecord, folder: "Path", replacing: bool
) -> DerivedRecord:
    try:
        return workspace.store.derived.record(record.key, made, replace=replacing)
    except SynthError:
        remove(folder / made.path.rpartition("/")[2])
        raise


def _remade(experiment: "Addressed", record: RunRecord, old: DerivedRecord, folder: "Path") -> Remade:
    files = experiment.files_of(record)
    try:
        made = _made(files, old.name, old.query, old.sql, None, folder)
    except (QueryError, GenerationError, KeyError) as error:
        reason = error.message if isinstance(error, SynthError) else f"{error} is not there"
        experiment.workspace.store.history.add(
            record.experiment, "not_derived", run=record.address, table=old.name, reason=reason
        )
        return Remade(old.name, same=False, problem=reason)
    made = replace(made, dialect=old.dialect)
    kept = _kept(experiment.workspace, record, made, folder, replacing=True)
    return Remade(old.name, same=kept.digest == old.digest)


def _prefixed(digests: Mapping[str, str]) -> dict[str, str]:
    return {table: f"sha256:{digest}" for table, digest in digests.items()}


def _schema(workspace: "Workspace", record: RunRecord) -> Any:
    from .definitions import schema_of

    return schema_of(workspace.store.experiments.version(record.experiment, record.schema_version))
