"""Experiments, the versions of their schemas, and tags."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from ..documents import canonical_json
from ..errors import ConflictError, NotFoundError
from .database import Database
from .history import append, now
from .records import ExperimentRecord, SchemaVersion, TagRecord
from .tables import EXPERIMENTS, RUNS, SCHEMA_VERSIONS, TAGS
from .trash import doom_folder


class Experiments:
    """What is defined. Names are matched in any letter case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def define(
        self,
        name: str,
        document: str,
        digest: str,
        *,
        seed: int,
        report: Sequence[Mapping[str, Any]] = (),
        replace: bool = False,
        compiled: str = "",
    ) -> SchemaVersion:
        """Store a new experiment, or with `replace` a new version of one; an unchanged document stays its version.

        Raises:
            ConflictError: the experiment exists and `replace` is false.
        """
        with self._database.writing() as connection:
            found = find_experiment(connection, name)
            if found is not None and not replace:
                raise ConflictError(
                    f"experiment {found.name!r} exists already; nothing was stored",
                    hint="use --replace for a new version of it, or another name",
                )
            experiment = found or create_experiment(connection, name)
            return add_version(connection, experiment, document, digest, seed, report, compiled)

    def all(self) -> list[ExperimentRecord]:
        """Every experiment by name."""
        versions = select(func.max(SCHEMA_VERSIONS.c.version)).where(
            SCHEMA_VERSIONS.c.experiment_id == EXPERIMENTS.c.id
        )
        runs = select(func.count()).where(RUNS.c.experiment_id == EXPERIMENTS.c.id)
        query = select(
            EXPERIMENTS.c.name,
            versions.scalar_subquery().label("version"),
            runs.scalar_subquery().label("run_count"),
            EXPERIMENTS.c.created_at,
        ).order_by(EXPERIMENTS.c.folded)
        with self._database.reading() as connection:
            return [ExperimentRecord(*row) for row in connection.execute(query)]

    def version(self, name: str, number: int | None = None) -> SchemaVersion:
        """A schema version, the newest by default; NotFoundError names what there is."""
        with self._database.reading() as connection:
            experiment = the_experiment(connection, name)
            return the_version(connection, experiment, number)

    def versions(self, name: str) -> list[SchemaVersion]:
        """Every schema version, oldest first."""
        with self._database.reading() as connection:
            experiment = the_experiment(connection, name)
            rows = connection.execute(
                select(SCHEMA_VERSIONS)
                .where(SCHEMA_VERSIONS.c.experiment_id == experiment.id)
                .order_by(SCHEMA_VERSIONS.c.version)
            )
            return [_version(experiment.name, row) for row in rows]

    def delete(self, name: str) -> list[str]:
        """Forget an experiment and all its runs; the history stays. Returns the keys of the folders to remove."""
        with self._database.writing() as connection:
            experiment = the_experiment(connection, name)
            rows = connection.execute(select(RUNS).where(RUNS.c.experiment_id == experiment.id)).all()
            for row in rows:
                doom_folder(connection, row.key)
            connection.execute(delete(TAGS).where(TAGS.c.experiment_id == experiment.id))
            connection.execute(delete(RUNS).where(RUNS.c.experiment_id == experiment.id))
            connection.execute(delete(EXPERIMENTS).where(EXPERIMENTS.c.id == experiment.id))
            append(connection, experiment.name, "deleted", runs=[f"{experiment.name}@{row.number}" for row in rows])
            return [row.key for row in rows]

    def tag(self, name: str, run_key: str, tag: str, *, force: bool = False) -> TagRecord:
        """Name a run's content. The same tag on the same run, or on another of the same content, is fine.

        Raises:
            ConflictError: the tag names other content; only `force` moves it.
        """
        with self._database.writing() as connection:
            experiment = the_experiment(connection, name)
            found = _tags(connection, experiment).get(tag)
            if found is not None and found[0] == run_key:
                return found[1]
            content = connection.execute(select(RUNS.c.content_digest).where(RUNS.c.key == run_key)).scalar_one()
            if found is not None and found[1].content_digest != content and not force:
                raise ConflictError(
                    f"tag {tag!r} of {experiment.name!r} names {found[1].run}, of other content; it stays there",
                    hint="choose another tag, or --force moves this one",
                )
            connection.execute(delete(TAGS).where(TAGS.c.experiment_id == experiment.id, TAGS.c.name == tag))
            values = {"experiment_id": experiment.id, "name": tag, "run_key": run_key, "created_at": now()}
            connection.execute(insert(TAGS).values(values))
            record = _tags(connection, experiment)[tag][1]
            moved = {"moved_from": found[1].run} if found is not None else {}
            append(
                connection, experiment.name, "tagged", tag=tag, run=record.run, content_digest=record.content_digest,
                **moved,
            )  # fmt: skip
            return record

    def tags(self, name: str) -> list[TagRecord]:
        """The tags of an experiment, oldest first."""
        with self._database.reading() as connection:
            return [record for _, record in _tags(connection, the_experiment(connection, name)).values()]

    def tagged(self, name: str, tag: str) -> str:
        """The key of the run that a tag names; NotFoundError names near misses."""
        with self._database.reading() as connection:
            experiment = the_experiment(connection, name)
            tags = _tags(connection, experiment)
            if tag not in tags:
                raise NotFoundError.of(f"tag of {experiment.name!r} called", tag, tags)
            return tags[tag][0]


def find_experiment(connection: Connection, name: str) -> Row[Any] | None:
    """The row of an experiment, in any letter case."""
    return connection.execute(select(EXPERIMENTS).where(EXPERIMENTS.c.folded == name.casefold())).one_or_none()


def the_experiment(connection: Connection, name: str) -> Row[Any]:
    """The row of an experiment; NotFoundError names near misses."""
    found = find_experiment(connection, name)
    if found is None:
        names = connection.execute(select(EXPERIMENTS.c.name)).scalars()
        raise NotFoundError.of("experiment", name, names, hint="`synth list` shows what there is")
    return found


def create_experiment(connection: Connection, name: str) -> Row[Any]:
    """A new experiment without a schema; the caller adds one in the same transaction."""
    connection.execute(insert(EXPERIMENTS).values(name=name, folded=name.casefold(), created_at=now()))
    return the_experiment(connection, name)


def add_version(
    connection: Connection,
    experiment: Row[Any],
    document: str,
    digest: str,
    seed: int,
    report: Sequence[Mapping[str, Any]] = (),
    compiled: str = "",
) -> SchemaVersion:
    """The next schema version, or the newest one when it says the same already."""
    newest = _newest(connection, experiment)
    if newest is not None and (newest.digest, newest.seed) == (digest, str(seed)):
        return _version(experiment.name, newest)
    number = newest.version + 1 if newest is not None else 1
    values = {
        "experiment_id": experiment.id, "version": number, "document": document, "digest": digest,
        "seed": str(seed), "report": canonical_json(report), "created_at": now(), "compiled": compiled,
    }  # fmt: skip
    connection.execute(insert(SCHEMA_VERSIONS).values(values))
    append(connection, experiment.name, "defined", version=number, schema=digest)
    return the_version(connection, experiment, number)


def the_version(connection: Connection, experiment: Row[Any], number: int | None = None) -> SchemaVersion:
    """A schema version, the newest by default; NotFoundError when there is none of that number."""
    row = _newest(connection, experiment) if number is None else _numbered(connection, experiment, number)
    if row is None:
        raise NotFoundError(f"there is no version {number} of the schema of {experiment.name!r}")
    return _version(experiment.name, row)


def _newest(connection: Connection, experiment: Row[Any]) -> Row[Any] | None:
    query = select(SCHEMA_VERSIONS).where(SCHEMA_VERSIONS.c.experiment_id == experiment.id)
    return connection.execute(query.order_by(SCHEMA_VERSIONS.c.version.desc()).limit(1)).one_or_none()


def _numbered(connection: Connection, experiment: Row[Any], number: int) -> Row[Any] | None:
    query = select(SCHEMA_VERSIONS).where(SCHEMA_VERSIONS.c.experiment_id == experiment.id)
    return connection.execute(query.where(SCHEMA_VERSIONS.c.version == number)).one_or_none()


def _version(name: str, row: Row[Any]) -> SchemaVersion:
    report = tuple(json.loads(row.report))
    seed = int(row.seed)
    return SchemaVersion(name, row.version, row.document, row.digest, row.created_at, seed, report, row.compiled)


def _tags(connection: Connection, experiment: Row[Any]) -> dict[str, tuple[str, TagRecord]]:
    query = (
        select(TAGS, RUNS.c.number, RUNS.c.content_digest)
        .join(RUNS, RUNS.c.key == TAGS.c.run_key)
        .where(TAGS.c.experiment_id == experiment.id)
        .order_by(TAGS.c.created_at, TAGS.c.name)
    )
    return {
        row.name: (
            row.run_key,
            TagRecord(row.name, f"{experiment.name}@{row.number}", row.content_digest or "", row.created_at),
        )
        for row in connection.execute(query)
    }
