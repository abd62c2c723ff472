"""The ledger inside a target: which run each table holds, and how far a load under way has come."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
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

    def begin(self, stages: Mapping[str, str], key: str) -> None:
        """The stage of each of these tables was made."""
        self._add([(table, _MADE, stage, 0) for table, stage in stages.items()], key)

    def add(self, table: str, part: int, stage: str, key: str, rows: int) -> None:
        """The part is in; a second row for it is refused by the primary key."""
        self._add([(table, part, stage, rows)], key)

    def enter(self, entries: Mapping[str, Entry]) -> None:
        """The tables hold that now."""
        self.leave(entries)
        rows = [
            f"({literal(table)}, {literal(one.run)}, {literal(one.content)}, {one.rows})"
            for table, one in entries.items()
        ]
        if rows:
            self.session.run(f"INSERT INTO {self._name(LEDGER)} VALUES {', '.join(rows)}")

    def leave(self, tables: Collection[str]) -> None:
        """The tables are not held any more."""
        self._remove(LEDGER, tables)

    def forget(self, tables: Collection[str]) -> None:
        """No load of these tables is under way."""
        self._remove(PARTS, tables)

    def tidy(self, existing: Collection[str]) -> None:
        """A ledger without rows is dropped: a target that holds nothing has nothing of ours."""
        for name in (PARTS, LEDGER):
            if name in existing and not self.session.rows(f"SELECT table_name FROM {self._name(name)} LIMIT 1"):
                self.session.run(f"DROP TABLE {self._name(name)}")

    def _add(self, parts: Sequence[tuple[str, int, str, int]], key: str) -> None:
        rows = [
            f"({literal(table)}, {part}, {literal(stage)}, {literal(key)}, {rows})"
            for table, part, stage, rows in parts
        ]
        if rows:
            self.session.run(f"INSERT INTO {self._name(PARTS)} VALUES {', '.join(rows)}")

    def _remove(self, name: str, tables: Collection[str]) -> None:
        if tables:
            listed = ", ".join(map(literal, tables))
            self.session.run(f"DELETE FROM {self._name(name)} WHERE table_name IN ({listed})")

    def _name(self, table: str) -> str:
        return f"{self.prefix}{quote(table)}"


def load_key(files: RunFiles, content: str, part_rows: int) -> str:
    """What two loads must share to continue each other: the content and the bounds of its parts."""
    digest = hashlib.sha256(f"{content} {part_rows}".encode())
    for file in files.files:
        digest.update(f"\n{file.index} {file.rows} {file.table}".encode())
    return digest.hexdigest()[:32]


def stage_name(key: str, number: int) -> str:
    """The name of a table while it is filled, short enough for every engine."""
    return f"_synth_stage_{key[:12]}_{number}"


def holds(entries: Mapping[str, Entry], content: str, tables: Collection[str], existing: Collection[str]) -> bool:
    """Whether every table is there with that content."""
    return all(name in existing and name in entries and entries[name].content == content for name in tables)
