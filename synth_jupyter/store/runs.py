"""Runs and their partitions: every method is one transaction, and those of a run's owner check its epoch in it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ..documents import canonical_json
from ..errors import ConflictError, GenerationError, NotFoundError
from ..plan.model import PartitionFile
from .database import Database
from .experiments import add_version, create_experiment, find_experiment, the_experiment
from .history import append, now
from .leaves import pack, unpack
from .records import LoadRecord, RunRecord
from .tables import DERIVED_TABLES, EXPERIMENTS, LOADS, PARTITIONS, RUN_NUMBERS, RUNS
from .trash import doom_folder, is_doomed


@dataclass(frozen=True)
class NewRun:
    """What is known of a run before its first row is made; `key` is 32 hex digits and names its folder."""

    key: str
    experiment: str
    schema_version: int
    seed: int
    rows: Mapping[str, int]
    plan_digest: str
    owner: str
    request: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""


class Runs:
    """What was generated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, new: NewRun) -> RunRecord:
        """A running run of epoch 1 under the next number, which is never given again."""
        with self._database.writing() as connection:
            record = _insert(connection, the_experiment(connection, new.experiment), new)
            append(connection, record.experiment, "started", run=record.address, seed=str(new.seed), rows=record.rows)
            return record

    def claim(self, key: str, owner: str, statuses: Collection[str]) -> RunRecord:
        """The next epoch of a run, now running under `owner`; whoever held it before is fenced off.

        Raises:
            ConflictError: the run has none of `statuses`, or its old folder is not removed yet.
        """
        with self._database.writing() as connection:
            found = the_run(connection, key)
            if found.status not in statuses:
                raise ConflictError(f"{found.address} is {found.status}", hint=f"`synth runs {found.experiment}`")
            if is_doomed(connection, key):
                raise ConflictError(
                    f"the old folder of {found.address} is not removed yet",
                    hint="open the workspace again, then repeat",
                )
            values = {"status": "running", "reason": None, "epoch": found.epoch + 1, "owner": owner}
            _change(connection, key, **values, cancel_requested=0, finished_at=None)
            kind = "restoring" if found.status == "reset" else "resumed"
            append(connection, found.experiment, kind, run=found.address, epoch=found.epoch + 1)
            return the_run(connection, key)

    @contextmanager
    def many(self) -> Iterator["Runs"]:
        """The same runs for many records, which cost a fraction each: the store stays open meanwhile."""
        with self._database.kept_open() as kept:
            yield Runs(kept)

    def record_partition(self, key: str, epoch: int, file: PartitionFile) -> None:
        """The commit point of one partition.

        Raises:
            GenerationError: the run has another owner by now (its epoch is not `epoch`); nothing was recorded.
        """
        with self._database.writing() as connection:
            if connection.execute(_TERM, {"run": key}).one_or_none() != (epoch, "running"):
                _own(connection, key, epoch)
            _insert_partition(connection, key, epoch, file)

    def drop_partitions(self, key: str, epoch: int, files: Iterable[PartitionFile]) -> None:
        """Forget partitions whose files are missing or damaged, so that they are made again."""
        lost = [(file.table, file.index) for file in files]
        with self._database.writing() as connection:
            record = _own(connection, key, epoch)
            for table, part in lost:
                mine = (PARTITIONS.c.run_key == key, PARTITIONS.c.table_name == table, PARTITIONS.c.part == part)
                connection.execute(delete(PARTITIONS).where(*mine))
            append(connection, record.experiment, "partitions_lost", run=record.address, partitions=lost)

    def complete(self, key: str, epoch: int, content_digest: str, seconds: float) -> RunRecord:
        """The run is whole.

        Raises:
            GenerationError: the run has another owner by now, or it had another content digest before.
        """
        with self._database.writing() as connection:
            record = _own(connection, key, epoch)
            if record.content_digest not in (None, content_digest):
                raise GenerationError(
                    f"{record.address} had the content {record.content_digest} and came out as {content_digest}; "
                    "nothing was published",
                    hint="a generator or a pool has changed since; the history keeps what it was made from",
                )
            finished = {"finished_at": now(), "milliseconds": round(seconds * 1000), "content_digest": content_digest}
            _change(connection, key, status="complete", reason=None, cancel_requested=0, **finished)
            append(connection, record.experiment, "completed", run=record.address, content_digest=content_digest)
            return the_run(connection, key)

    def stop(self, key: str, epoch: int, status: str, reason: str) -> RunRecord:
        """The run ended before its end: `partial` or `failed`, and why."""
        with self._database.writing() as connection:
            record = _own(connection, key, epoch)
            _change(connection, key, status=status, reason=reason, cancel_requested=0, finished_at=now())
            append(connection, record.experiment, "stopped", run=record.address, status=status, reason=reason)
            return the_run(connection, key)

    def request_cancel(self, key: str) -> RunRecord:
        """Ask a running run to stop, which it sees within a second; ConflictError when it is not running."""
        with self._database.writing() as connection:
            record = the_run(connection, key)
            if record.status != "running":
                raise ConflictError(f"{record.address} is not running, it is {record.status}")
            _change(connection, key, cancel_requested=1)
            append(connection, record.experiment, "cancel_requested", run=record.address)
            return the_run(connection, key)

    def adopt(
        self, new: NewRun, document: str, digest: str, *, content: str, files: Iterable[PartitionFile], seconds: float,
        compiled: str = "",
    ) -> RunRecord:  # fmt: skip
        """A new experiment with one complete run that was made elsewhere, in one transaction.

        Raises:
            ConflictError: an experiment of that name exists.
        """
        with self._database.writing() as connection:
            if find_experiment(connection, new.experiment) is not None:
                raise ConflictError(
                    f"experiment {new.experiment!r} exists already; nothing was stored",
                    hint="import it under another name with --as NAME",
                )
            experiment = create_experiment(connection, new.experiment)
            add_version(connection, experiment, document, digest, new.seed, compiled=compiled)
            record = _insert(connection, experiment, new)
            for file in files:
                _insert_partition(connection, new.key, record.epoch, file)
            took = {"finished_at": now(), "milliseconds": round(seconds * 1000)}
            _change(connection, new.key, status="complete", content_digest=content, **took)
            facts = {"content_digest": content, "source": new.origin}
            append(connection, record.experiment, "imported", run=record.address, **facts)
            return the_run(connection, new.key)

    def reset(self, keys: Collection[str], kind: str) -> list[RunRecord]:
        """The runs' data is to go: from now on they have none; `kind` is the event (`reset` or `pruned`)."""
        with self._database.writing() as connection:
            records = [the_run(connection, key) for key in keys]
            for record in records:
                connection.execute(delete(PARTITIONS).where(PARTITIONS.c.run_key == record.key))
                connection.execute(
                    update(DERIVED_TABLES).where(DERIVED_TABLES.c.run_key == record.key).values(stored=0)
                )
                doom_folder(connection, record.key)
                _change(connection, record.key, status="reset", reason=None, cancel_requested=0)
                append(connection, record.experiment, kind, run=record.address, content_digest=record.content_digest)
            return [the_run(connection, key) for key in keys]

    def of(self, experiment: str | None = None) -> list[RunRecord]:
        """The runs of one experiment by number, or of all by name and number."""
        with self._database.reading() as connection:
            query = _QUERY.order_by(EXPERIMENTS.c.folded, RUNS.c.number)
            if experiment is not None:
                query = query.where(RUNS.c.experiment_id == the_experiment(connection, experiment).id)
            return [_record(row) for row in connection.execute(query)]

    def get(self, key: str) -> RunRecord:
        """The run that owns the folder `key`."""
        with self._database.reading() as connection:
            return the_run(connection, key)

    def partitions(self, key: str) -> list[PartitionFile]:
        """The recorded files of a run, by table and number."""
        query = select(PARTITIONS).where(PARTITIONS.c.run_key == key)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(PARTITIONS.c.table_name, PARTITIONS.c.part)).all()
        return [
            PartitionFile(row.table_name, row.part, row.path, row.rows, row.bytes, row.sha256, unpack(row.leaves))
            for row in rows
        ]

    def progress(self, key: str) -> dict[str, int]:
        """Recorded rows by table: how far a run is, for those who watch it from another process."""
        query = select(PARTITIONS.c.table_name, func.sum(PARTITIONS.c.rows)).where(PARTITIONS.c.run_key == key)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(PARTITIONS.c.table_name))}

    def record_load(self, key: str, target: str, tables: Mapping[str, int]) -> None:
        """The run was loaded into `target`, which holds no secret."""
        with self._database.writing() as connection:
            record = the_run(connection, key)
            values = {"run_key": key, "target": target, "tables": canonical_json(tables), "created_at": now()}
            connection.execute(insert(LOADS).values(values))
            append(connection, record.experiment, "loaded", run=record.address, target=target, rows=dict(tables))

    def loads(self, experiment: str) -> list[LoadRecord]:
        """Where the runs of an experiment were loaded, oldest first."""
        with self._database.reading() as connection:
            found = the_experiment(connection, experiment)
            query = select(LOADS, RUNS.c.number).join(RUNS, RUNS.c.key == LOADS.c.run_key)
            rows = connection.execute(query.where(RUNS.c.experiment_id == found.id).order_by(LOADS.c.id)).all()
        return [
            LoadRecord(f"{found.name}@{row.number}", row.target, json.loads(row.tables), row.created_at) for row in rows
        ]


_QUERY = select(RUNS, EXPERIMENTS.c.name.label("experiment")).join(
    EXPERIMENTS, EXPERIMENTS.c.id == RUNS.c.experiment_id
)


_TERM = select(RUNS.c.epoch, RUNS.c.status).where(RUNS.c.key == bindparam("run"))


def the_run(connection: Connection, key: str) -> RunRecord:
    row = connection.execute(_QUERY.where(RUNS.c.key == key)).one_or_none()
    if row is None:
        raise NotFoundError("that run is gone: its experiment was deleted", hint="`synth list` shows what there is")
    return _record(row)


def _own(connection: Connection, key: str, epoch: int) -> RunRecord:
    record = the_run(connection, key)
    if (record.epoch, record.status) != (epoch, "running"):
        raise GenerationError(
            f"{record.address} has been taken over by {record.owner} (term {record.epoch}, this was term {epoch}); "
            "nothing was recorded",
            hint=f"look at it with `synth runs {record.experiment}`",
        )
    return record


def _insert(connection: Connection, experiment: Row[Any], new: NewRun) -> RunRecord:
    number = _next_number(connection, experiment.folded)
    values = {
        "key": new.key, "experiment_id": experiment.id, "number": number, "schema_version": new.schema_version,
        "seed": str(new.seed), "rows": json.dumps(dict(new.rows)), "request": canonical_json(new.request),
        "plan_digest": new.plan_digest, "status": "running", "epoch": 1, "owner": new.owner, "origin": new.origin,
        "cancel_requested": 0, "created_at": now(),
    }  # fmt: skip
    connection.execute(insert(RUNS).values(values))
    return the_run(connection, new.key)


def _next_number(connection: Connection, folded: str) -> int:
    first = upsert(RUN_NUMBERS).values(folded=folded, last=1)
    bump = first.on_conflict_do_update(index_elements=["folded"], set_={"last": RUN_NUMBERS.c.last + 1})
    return int(connection.execute(bump.returning(RUN_NUMBERS.c.last)).scalar_one())


def _insert_partition(connection: Connection, key: str, epoch: int, file: PartitionFile) -> None:
    values = {
        "run_key": key, "table_name": file.table, "part": file.index, "path": file.path, "rows": file.rows,
        "bytes": file.bytes, "sha256": file.sha256, "leaves": pack(file.leaves), "epoch": epoch,
    }  # fmt: skip
    connection.execute(insert(PARTITIONS).values(values))


def _change(connection: Connection, key: str, **values: Any) -> None:
    connection.execute(update(RUNS).where(RUNS.c.key == key).values(**values))


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(
        key=row.key, experiment=row.experiment, number=row.number, schema_version=row.schema_version,
        seed=int(row.seed), rows=json.loads(row.rows), plan_digest=row.plan_digest, status=row.status,
        epoch=row.epoch, reason=row.reason, content_digest=row.content_digest, owner=row.owner,
        created_at=row.created_at, finished_at=row.finished_at,
        seconds=None if row.milliseconds is None else row.milliseconds / 1000, origin=row.origin,
        cancel_requested=bool(row.cancel_requested), request=json.loads(row.request),
    )  # fmt: skip
