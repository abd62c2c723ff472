"""From an empty file, or an older store, to this version: each step is frozen SQL and is never edited afterwards."""

from pathlib import Path

from sqlalchemy import Connection

from ..errors import StoreError

APPLICATION_ID = 0x53594E54  # "SYNT", so that a foreign SQLite file is never taken for a store

_VERSION_1 = (
    """CREATE TABLE experiments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL)""",
    "CREATE TABLE run_numbers (folded TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL)",
    """CREATE TABLE schema_versions (
        experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
        version INTEGER NOT NULL, document TEXT NOT NULL, digest TEXT NOT NULL, seed TEXT NOT NULL,
        report TEXT NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY (experiment_id, version))""",
    """CREATE TABLE runs (
        key TEXT NOT NULL PRIMARY KEY CHECK (length(key) = 32 AND key NOT GLOB '*[^0-9a-f]*'),
        experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
        number INTEGER NOT NULL, schema_version INTEGER NOT NULL, seed TEXT NOT NULL, rows TEXT NOT NULL,
        request TEXT NOT NULL, plan_digest TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('running', 'partial', 'complete', 'failed', 'reset')),
        reason TEXT, epoch INTEGER NOT NULL, content_digest TEXT, owner TEXT NOT NULL, origin TEXT NOT NULL,
        cancel_requested INTEGER NOT NULL, created_at TEXT NOT NULL, finished_at TEXT, milliseconds INTEGER,
        UNIQUE (experiment_id, number),
        FOREIGN KEY (experiment_id, schema_version) REFERENCES schema_versions (experiment_id, version),
        CHECK (status <> 'complete' OR content_digest IS NOT NULL))""",
    """CREATE TABLE partitions (
        run_key TEXT NOT NULL REFERENCES runs (key) ON DELETE CASCADE, table_name TEXT NOT NULL,
        part INTEGER NOT NULL, path TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL, leaves BLOB NOT NULL, epoch INTEGER NOT NULL,
        PRIMARY KEY (run_key, table_name, part))""",
    """CREATE TABLE loads (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_key TEXT NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
        target TEXT NOT NULL, tables TEXT NOT NULL, created_at TEXT NOT NULL)""",
    """CREATE TABLE tags (
        experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE, name TEXT NOT NULL,
        run_key TEXT NOT NULL REFERENCES runs (key) ON DELETE CASCADE, created_at TEXT NOT NULL,
        PRIMARY KEY (experiment_id, name))""",
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, experiment TEXT NOT NULL,
        kind TEXT NOT NULL, details TEXT NOT NULL)""",
    """CREATE TRIGGER events_keep_their_words BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER events_stay BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    # INSERT OR REPLACE would remove a row without firing the trigger above.
    """CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE number = NEW.number)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    "CREATE TABLE trash_intents (run_key TEXT NOT NULL PRIMARY KEY, created_at TEXT NOT NULL)",
)

_DERIVED_TABLES = (
    """CREATE TABLE derived_tables (
        run_key TEXT NOT NULL REFERENCES runs (key) ON DELETE CASCADE, folded TEXT NOT NULL, name TEXT NOT NULL,
        number INTEGER NOT NULL, sql TEXT NOT NULL, dialect TEXT NOT NULL, query TEXT NOT NULL, engine TEXT NOT NULL,
        inputs TEXT NOT NULL, columns TEXT NOT NULL, note TEXT NOT NULL, path TEXT NOT NULL, rows INTEGER NOT NULL,
        bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, digest TEXT NOT NULL, stored INTEGER NOT NULL,
        created_at TEXT NOT NULL, PRIMARY KEY (run_key, folded), UNIQUE (run_key, number))""",
)

_QUERIES = (
    """CREATE TABLE queries (
        experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE, folded TEXT NOT NULL,
        name TEXT NOT NULL, sql TEXT NOT NULL, dialect TEXT NOT NULL, created_at TEXT NOT NULL,
        PRIMARY KEY (experiment_id, folded))""",
)

_COMPILED = ("ALTER TABLE schema_versions ADD COLUMN compiled TEXT NOT NULL DEFAULT ''",)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _DERIVED_TABLES, _QUERIES, _COMPILED)
"""`MIGRATIONS[n]` leads from version n to version n + 1."""

VERSION = len(MIGRATIONS)


def version_of(connection: Connection, path: Path, known: int = VERSION) -> int:
    """The store's version, 0 for an empty file.

    Raises:
        StoreError: the file is not a store, or a newer program made it.
    """
    found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    application = int(connection.exec_driver_sql("PRAGMA application_id").scalar_one())
    tables = int(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one())
    if application != APPLICATION_ID and (tables or found or application):
        raise StoreError(
            f"{path} is an SQLite file of another program", hint="set SYNTH_HOME to another folder; nothing was changed"
        )
    if found > known:
        raise StoreError(
            f"{path} has version {found}, and this program knows versions up to {known}",
            hint="upgrade synth-jupyter, or set SYNTH_HOME to another folder; nothing was changed",
        )
    return found


def migrate(connection: Connection, path: Path, steps: tuple[tuple[str, ...], ...] = MIGRATIONS) -> int:
    """Take every missing step inside the caller's transaction; returns how many were taken."""
    found = version_of(connection, path, len(steps))
    for statements in steps[found:]:
        for statement in statements:
            connection.exec_driver_sql(statement)
    if found < len(steps):
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {len(steps)}")
    return len(steps) - found


def backup_path(path: Path, version: int) -> Path:
    """A free name beside the store for a copy of that version."""
    attempt = path.with_name(f"{path.name}.v{version}.backup")
    number = 1
    while attempt.exists():
        number += 1
        attempt = path.with_name(f"{path.name}.v{version}-{number}.backup")
    return attempt
