"""A run's rows once more, ready for one engine: a SQLite file, or plain SQL that psql restores."""

import sqlite3
from pathlib import Path

from ..errors import ImageError
from ..plan.model import RunFiles
from ..warehouses.facts import broken_checks
from .loader import to_postgres, to_sqlite, unversioned
from .readme import plain_name
from .warehouse import loadable, schemas

DUMPS = ("sqlite", "postgres")


def dump(files: RunFiles, engine: str, folder: Path) -> dict[str, Path]:
    """The dump for an engine of DUMPS, a new file in `folder`, by its path below /experiment.

    Raises:
        ImageError: a value has no place in that engine, or the disk is full.
    """
    name = f"{plain_name(files.schema.name)}.{'sqlite' if engine == 'sqlite' else 'sql'}"
    try:
        _write(files, engine, folder / name)
    except (sqlite3.Error, ValueError, OSError) as error:
        raise ImageError(f"no dump for {engine} could be made: {error}; nothing was written") from error
    return {f"dump/{name}": folder / name}


def _write(files: RunFiles, engine: str, target: Path) -> None:
    broken = broken_checks(files) if any(table.checks for table in files.schema.tables) else frozenset()
    made = schemas(files, broken)
    if engine == "sqlite":
        to_sqlite(target, made["sqlite/schema.sql"], loadable(files))
        with target.open("r+b") as file:
            header = unversioned(file.read(100))
            file.seek(0)
            file.write(header)
        return
    with target.open("xb") as out:
        to_postgres(out, made["postgres/schema.sql"], made["postgres/constraints.sql"], loadable(files))
