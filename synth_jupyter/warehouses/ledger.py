"""The ledger inside a target: which run each table holds, and how far a load under way has come."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..plan.model import RunFiles
from ..sql import literal, quote

LEDGER = "_synth_loads"
"""One row for each table that a load put there; no other table is ever dropped."""
PARTS = "_synth_load_parts"
"""One row for each part of a load under way; the table is gone when no load is."""
_MADE = -1  # the number of the part that says that the stage was made
_LEDGER_COLUMNS = (
    "(table_name VARCHAR(200) NOT NULL PRIMARY KEY, run VARCHAR(200), content_digest VARCHAR(100), row_count BIGINT)"
)
_PARTS_COLUMNS = (
    "(table_name VARCHAR(200) NOT NULL, part INTEGER NOT NULL, stage VARCHAR(100), load_key VARCHAR(100),"
    " row_count BIGINT, PRIMARY KEY (table_name, part))"
)


class Asked(Protocol):
    """What the ledger needs of an engine, inside a transaction."""

    def run(self, sql: str) -> None:
        """One statement without a result."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""


@dataclass(frozen=True)
class Entry:
    """What a table holds: `content` is the content digest of its run, with a word when it has provenance columns."""

    run: str
    content: str
    rows: int


@dataclass(frozen=True)
class Stage:
    """A table under way: the name it is filled under, the key of its load, and the parts that are in."""

    name: str
    key: str
    parts: frozenset[int]
    rows: int


@dataclass(frozen=True)
class Ledger:
    """The ledger of one schema of a target; the caller is inside a transaction that no other load can interleave."""

    session: Asked
    prefix: str

    def entries(self, existing: Collection[str]) -> dict[str, Entry]:
        """What each table holds."""
        if LEDGER not in existing:
            return {}
        found = self.session.rows(f"SELECT table_name, run, content_digest, row_count FROM {self._name(LEDGER)}")
        return {str(table): Entry(str(run), str(content), int(rows)) for table, run, content, rows in found}

    def stages(self, existing: Collection[str]) -> dict[str, Stage]:
        """The loads under way by table."""
        if PARTS not in existing:
            return {}
        found = self.session.rows(
            f"SELECT table_name, part, stage, load_key, row_count FROM {self._name(PARTS)} ORDER BY part"
        )
        stages: dict[str, Stage] = {}
        for table, part, stage, key, rows in found:
            old = stages.get(str(table), Stage(str(stage), str(key), frozenset(), 0))
            done = old.parts if part == _MADE else old.parts | {int(part)}
            stages[str(table)] = Stage(old.name, old.key, done, old.rows + int(rows))
        return stages

    def make(self, existing: Collection[str]) -> None:
        """Both tables are there."""
        for name, columns in ((LEDGER, _LEDGER_COLUMNS), (PARTS, _PARTS_COLUMNS)):
            if name not in existing:
                self.session.run(f"CREATE TABLE {self._name(name)} {columns}")

    def begin(self, table: str, stage: str, key: str) -> None:
        """The stage of a table was made."""
        self.add(table, _MADE, stage, key, 0)

    def add(self, table: str, part: int, stage: str, key: str, rows: int) -> None:
        """The part is in; a second row for it is refused by the primary key."""
        values = f"{literal(table)}, {part}, {literal(stage)}, {literal(key)}, {rows}"
        self.session.run(f"INSERT INTO {self._name(PARTS)} VALUES ({values})")

    def enter(self, table: str, entry: Entry) -> None:
        """The table holds that now."""
        self.leave([table])
        values = f"{literal(table)}, {literal(entry.run)}, {literal(entry.content)}, {entry.rows}"
        self.session.run(f"INSERT INTO {self._name(LEDGER)} VALUES ({values})")

    def leave(self, tables: Collection[str]) -> None:
        """The tables are not held any more."""
        for table in tables:
            self.session.run(f"DELETE FROM {self._name(LEDGER)} WHERE table_name = {literal(table)}")

    def forget(self, tables: Collection[str]) -> None:
        """No load of these tables is under way."""
        for table in tables:
            self.session.run(f"DELETE FROM {self._name(PARTS)} WHERE table_name = {literal(table)}")

    def tidy(self, existing: Collection[str]) -> None:
        """A ledger without rows is dropped: a target that holds nothing has nothing of ours."""
        for name in (PARTS, LEDGER):
            if name in existing and not self.session.rows(f"SELECT table_name FROM {self._name(name)} LIMIT 1"):
                self.session.run(f"DROP TABLE {self._name(name)}")

    def _name(self, table: str) -> str:
        return f"{self.prefix}{quote(table)}"


def load_key(files: RunFiles, content: str) -> str:
    """What two loads must share to continue each other: the content and the bounds of its parts."""
    digest = hashlib.sha256(content.encode())
    for file in files.files:
        digest.update(f"\n{file.index} {file.rows} {file.table}".encode())
    return digest.hexdigest()[:32]


def stage_name(key: str, number: int) -> str:
    """The name of a table while it is filled, short enough for every engine."""
    return f"_synth_stage_{key[:12]}_{number}"


def holds(entries: Mapping[str, Entry], content: str, tables: Collection[str], existing: Collection[str]) -> bool:
    """Whether every table is there with that content."""
    return all(name in existing and name in entries and entries[name].content == content for name in tables)
