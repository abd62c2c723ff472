"""The ledger inside a target: which run each table holds, and how far a load under way has come."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from ..plan.model import RunFiles
from ..sql import literal, quote
from .session import Session

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
    """The ledger of one schema of a target, as a transaction finds it that no other load can interleave.

    `existing` are the tables and views that were there when it began; `prefix` is how the schema's names begin.
    """

    session: Session
    schema: str | None
    prefix: str
    existing: frozenset[str]

    @classmethod
    def read(cls, session: Session, schema: str | None, prefix: str) -> "Ledger":
        """The ledger of a schema that is there; the caller is inside a transaction."""
        return cls(session, schema, prefix, frozenset(session.existing(schema)))

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """What each table holds."""
        if LEDGER not in self.existing:
            return {}
        found = self.session.rows(f"SELECT table_name, run, content_digest, row_count FROM {self.name(LEDGER)}")
        return {str(table): Entry(str(run), str(content), int(rows)) for table, run, content, rows in found}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """The loads under way by table."""
        if PARTS not in self.existing:
            return {}
        found = self.session.rows(
            f"SELECT table_name, part, stage, load_key, row_count FROM {self.name(PARTS)} ORDER BY part"
        )
        stages: dict[str, Stage] = {}
        for table, part, stage, key, rows in found:
            old = stages.get(str(table), Stage(str(stage), str(key), frozenset(), 0))
            done = old.parts if part == _MADE else old.parts | {int(part)}
            stages[str(table)] = Stage(old.name, old.key, done, old.rows + int(rows))
        return stages

    def holds(self, tables: Collection[str], content: str) -> bool:
        """Whether every table is there with that content."""
        return all(
            name in self.existing and name in self.entries and self.entries[name].content == content for name in tables
        )

    def make(self) -> None:
        """Both tables are there."""
        for name, columns in ((LEDGER, _LEDGER_COLUMNS), (PARTS, _PARTS_COLUMNS)):
            if name not in self.existing:
                self.session.run(f"CREATE TABLE {self.name(name)} {columns}")

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
            self.session.run(f"INSERT INTO {self.name(LEDGER)} VALUES {', '.join(rows)}")

    def leave(self, tables: Collection[str]) -> None:
        """The tables are not held any more."""
        self._remove(LEDGER, tables)

    def forget(self, tables: Collection[str]) -> None:
        """No load of these tables is under way."""
        self._remove(PARTS, tables)

    def tidy(self) -> None:
        """A ledger without rows is dropped: a target that holds nothing has nothing of ours."""
        there = self.session.existing(self.schema)
        for name in (PARTS, LEDGER):
            if name in there and not self.session.rows(f"SELECT table_name FROM {self.name(name)} LIMIT 1"):
                self.session.run(f"DROP TABLE {self.name(name)}")

    def drop(self, tables: Sequence[str]) -> None:
        """Those of these tables that were there are not any more; children come first."""
        self.session.drop([self.name(table) for table in tables if table in self.existing])

    def name(self, table: str) -> str:
        """A table's name with its schema."""
        return f"{self.prefix}{quote(table)}"

    def _add(self, parts: Sequence[tuple[str, int, str, int]], key: str) -> None:
        rows = [
            f"({literal(table)}, {part}, {literal(stage)}, {literal(key)}, {rows})"
            for table, part, stage, rows in parts
        ]
        if rows:
            self.session.run(f"INSERT INTO {self.name(PARTS)} VALUES {', '.join(rows)}")

    def _remove(self, name: str, tables: Collection[str]) -> None:
        if tables:
            listed = ", ".join(map(literal, tables))
            self.session.run(f"DELETE FROM {self.name(name)} WHERE table_name IN ({listed})")


@contextmanager
def opened(session: Session, schema: str | None) -> Iterator[Ledger]:
    """The ledger of a schema, made when it was missing, inside a transaction that the block's end commits."""
    with session.transaction():
        yield Ledger.read(session, schema, session.prefix(schema))


def load_key(files: RunFiles, content: str, part_rows: int) -> str:
    """What two loads must share to continue each other: the content and the bounds of its parts."""
    digest = hashlib.sha256(f"{content} {part_rows}".encode())
    for file in files.files:
        digest.update(f"\n{file.index} {file.rows} {file.table}".encode())
    return digest.hexdigest()[:32]


def stage_name(key: str, number: int) -> str:
    """The name of a table while it is filled, short enough for every engine."""
    return f"_synth_stage_{key[:12]}_{number}"
