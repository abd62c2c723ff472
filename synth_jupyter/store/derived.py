"""Tables that SQL made of runs: recorded once their file is published, never for a run that is not complete."""

import json
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from ..documents import canonical_json
from ..errors import ConflictError
from .database import Database
from .history import append, now
from .records import DerivedRecord
from .runs import the_run
from .tables import DERIVED_TABLES


class DerivedTables:
    """What was made of runs; names are matched in any letter case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, key: str, made: DerivedRecord, *, replace: bool = False) -> DerivedRecord:
        """The commit point of a derived table: its file is there, and from now on it is a table of the run.

        Raises:
            ConflictError: the run is not complete any more, or it has such a table and `replace` is false.
        """
        mine = (DERIVED_TABLES.c.run_key == key, DERIVED_TABLES.c.folded == made.name.casefold())
        with self._database.writing() as connection:
            run = the_run(connection, key)
            if run.status != "complete":
                raise ConflictError(f"{run.address} is {run.status} by now; {made.name!r} was not kept")
            found = connection.execute(select(DERIVED_TABLES).where(*mine)).one_or_none()
            if found is not None and not replace:
                raise ConflictError(
                    f"{run.address} has a table {found.name!r} already, made by: {_short(found.sql)}",
                    hint="--replace makes it anew, or choose another name; `synth lineage` says what is made from it",
                )
            connection.execute(delete(DERIVED_TABLES).where(*mine))
            last = select(func.max(DERIVED_TABLES.c.number)).where(DERIVED_TABLES.c.run_key == key)
            number = found.number if found is not None else (connection.execute(last).scalar_one() or 0) + 1
            values = {
                "run_key": key, "folded": made.name.casefold(), "name": made.name, "number": number, "sql": made.sql,
                "dialect": made.dialect, "query": made.query, "engine": made.engine,
                "inputs": canonical_json(made.inputs), "columns": json.dumps([dict(each) for each in made.columns]),
                "note": made.note, "path": made.path, "rows": made.rows, "bytes": made.bytes, "sha256": made.sha256,
                "digest": made.digest, "stored": 1, "created_at": now(),
            }  # fmt: skip
            connection.execute(insert(DERIVED_TABLES).values(values))
            facts = {
                "run": run.address, "table": made.name, "sql": made.sql, "dialect": made.dialect,
                "engine": made.engine, "inputs": dict(made.inputs), "rows": made.rows, "digest": made.digest,
            }  # fmt: skip
            append(connection, run.experiment, "derived", **facts)
            row = connection.execute(select(DERIVED_TABLES).where(*mine)).one()
        return _record(run.address, row)

    def of(self, key: str) -> list[DerivedRecord]:
        """What was made of a run, in the order in which it was first made, so that inputs come first."""
        query = select(DERIVED_TABLES).where(DERIVED_TABLES.c.run_key == key).order_by(DERIVED_TABLES.c.number)
        with self._database.reading() as connection:
            address = the_run(connection, key).address
            return [_record(address, row) for row in connection.execute(query)]


def _record(run: str, row: Row[Any]) -> DerivedRecord:
    return DerivedRecord(
        run=run, name=row.name, sql=row.sql, dialect=row.dialect, query=row.query, engine=row.engine,
        inputs=json.loads(row.inputs), columns=tuple(json.loads(row.columns)), note=row.note, path=row.path,
        rows=row.rows, bytes=row.bytes, sha256=row.sha256, digest=row.digest, stored=bool(row.stored),
        number=row.number, created_at=row.created_at,
    )  # fmt: skip


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 100 else line[:97] + "..."
