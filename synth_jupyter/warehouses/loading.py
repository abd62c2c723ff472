"""How a run enters a target exactly once: data, constraints and ledger in one transaction."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pyarrow as pa

from ..errors import ConflictError
from ..plan.model import RunFiles
from ..sql import literal, quote
from .base import LoadReport, TableLoad
from .constraints import TableDesign, create_table, design
from .facts import broken_checks, trees
from .query import dataset
from .types import accepted_batch, accepted_schema, stored_differently

LEDGER = "_synth_loads"
_LEDGER_COLUMNS = (
    "(table_name VARCHAR(200) PRIMARY KEY, run VARCHAR(200), content_digest VARCHAR(100), row_count BIGINT)"
)
_BATCH = 65_536


class Session(Protocol):
    """What the loader needs of an engine inside one transaction; failures are WarehouseErrors."""

    @property
    def dialect(self) -> str:
        """Its SQL: `duckdb`, `sqlite` or `postgres`."""

    @property
    def target(self) -> str:
        """How messages call it."""

    def transaction(self) -> AbstractContextManager[None]:
        """Committed when the block ends well, rolled back when it does not."""

    def prefix(self, schema: str | None) -> str:
        """How names of that schema begin (`"s".`), the schema made when it was missing."""

    def run(self, sql: str) -> None:
        """One statement without a result."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""

    def existing(self, schema: str | None) -> set[str]:
        """The names of the tables and views that are there."""

    def drop(self, tables: Sequence[str]) -> None:
        """Drop these tables, children first, and nothing else."""

    def put(self, files: RunFiles, design: TableDesign, prefix: str) -> None:
        """Insert the table's rows."""

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        """Add or prove what is enforced after the data."""


def load_run(session: Session, files: RunFiles, *, schema: str | None = None, replace: bool = False) -> LoadReport:
    """The run in the target, exactly once: data, constraints and ledger in one transaction.

    Raises:
        ConflictError: a table of that name is there already; nothing was changed.
        WarehouseError: the target failed; nothing was changed.
    """
    started = time.monotonic()
    broken = broken_checks(files)
    own_trees = trees(files) if session.dialect == "duckdb" else frozenset()
    with session.transaction():
        prefix = session.prefix(schema)
        existing = session.existing(schema)
        ledger = _ledger(session, prefix, existing)
        designs = design(files.schema, session.dialect, prefix=prefix, broken=broken, trees=own_trees)
        already = _is_loaded(files, ledger, existing)
        if not already:
            _check_free(files, ledger, existing, replace, session.target)
            _fill(session, files, designs, prefix, existing)
    return _report(session, files, designs, time.monotonic() - started, already)


def _is_loaded(files: RunFiles, ledger: Mapping[str, str], existing: set[str]) -> bool:
    names = [table.name for table in files.schema.tables]
    return all(ledger.get(name) == files.content_digest for name in names) and set(names) <= existing


def _check_free(files: RunFiles, ledger: Mapping[str, str], existing: set[str], replace: bool, target: str) -> None:
    """Refuse before anything is changed; a table without a ledger row is somebody's own and never dropped."""
    for table in files.schema.tables:
        if table.name in existing and table.name not in ledger:
            raise ConflictError(
                f"{target} has a table {table.name!r} that was not loaded from here; nothing was changed",
                hint="load into another file or --schema, or drop that table yourself",
            )
        if table.name in existing and not replace:
            raise ConflictError(
                f"{target} has the table {table.name!r} of another run; nothing was changed",
                hint="add --replace to swap it, or load into another file or --schema",
            )


def _fill(session: Session, files: RunFiles, designs: Sequence[TableDesign], prefix: str, existing: set[str]) -> None:
    session.drop([f"{prefix}{quote(one.table.name)}" for one in reversed(designs) if one.table.name in existing])
    for one in designs:
        session.run(create_table(one, session.dialect, prefix))
    for one in designs:
        session.put(files, one, prefix)
    session.finish(designs, prefix)
    ledger = f"{prefix}{quote(LEDGER)}"
    for one in designs:
        name = literal(one.table.name)
        session.run(f"DELETE FROM {ledger} WHERE table_name = {name}")
        values = f"{name}, {literal(files.run)}, {literal(files.content_digest)}, {files.rows(one.table.name)}"
        session.run(f"INSERT INTO {ledger} VALUES ({values})")


def _ledger(session: Session, prefix: str, existing: set[str]) -> dict[str, str]:
    """Content digest by table; the ledger is made when it is missing."""
    name = f"{prefix}{quote(LEDGER)}"
    if LEDGER not in existing:
        session.run(f"CREATE TABLE {name} {_LEDGER_COLUMNS}")
    return {str(table): str(digest) for table, digest in session.rows(f"SELECT table_name, content_digest FROM {name}")}


def _report(
    session: Session, files: RunFiles, designs: Sequence[TableDesign], seconds: float, already: bool
) -> LoadReport:
    def stored(one: TableDesign) -> dict[str, str]:
        kept = {column.name: stored_differently(column.type, session.dialect) for column in one.table.columns}
        return {name: kind for name, kind in kept.items() if kind}

    loads = {
        one.table.name: TableLoad(files.rows(one.table.name), one.enforced, one.not_enforced, stored(one))
        for one in designs
    }
    in_order = {table.name: loads[table.name] for table in files.schema.tables}
    return LoadReport(files.run, session.target, in_order, seconds, already)


def batches(files: RunFiles, design: TableDesign, dialect: str, broken: list[Exception]) -> pa.RecordBatchReader:
    """The table's rows in row order, in the forms that the engine's driver accepts.

    A file that cannot be read ends the stream and is put into `broken`, since drivers keep no more than its text.
    """
    rows = dataset(files, design.table).to_batches(batch_size=_BATCH, fragment_readahead=1)
    return pa.RecordBatchReader.from_batches(
        accepted_schema(design.table, dialect), _accepted(rows, design, dialect, broken)
    )


def _accepted(
    rows: Iterator[pa.RecordBatch], design: TableDesign, dialect: str, broken: list[Exception]
) -> Iterator[pa.RecordBatch]:
    try:
        for batch in rows:
            yield accepted_batch(batch, design.table, dialect)
    except (pa.ArrowException, OSError) as error:
        broken.append(error)
        raise
