"""What the store remembers, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STATUSES = ("running", "partial", "complete", "failed", "reset")


@dataclass(frozen=True)
class SchemaVersion:
    """One version of an experiment's schema; `document` is the canonical JSON text it was stored as.

    `seed` is what previews and runs use when nothing else is asked for: the document's, or one drawn once.
    `report` holds the entries of the report on how the definition was read, `compiled` what reading the document
    came to, for the program that stored it.
    """

    experiment: str
    version: int
    document: str
    digest: str
    created_at: str
    seed: int = 0
    report: tuple[Mapping[str, Any], ...] = ()
    compiled: str = ""


@dataclass(frozen=True)
class ExperimentRecord:
    """An experiment: its name as first written, its newest schema version, and how many runs it has."""

    name: str
    version: int
    runs: int
    created_at: str


@dataclass(frozen=True)
class RunRecord:
    """One generation of an experiment; `key` (32 hex digits) names its folder, `epoch` its present owner's term.

    `reason` says why a run is not complete, `owner` who holds or held it (host, pid); times are ISO 8601 UTC.
    `request` is what was asked for beyond schema and seed, enough to build the same plan again.
    """

    key: str
    experiment: str
    number: int
    schema_version: int
    seed: int
    rows: dict[str, int]
    plan_digest: str
    status: str
    epoch: int
    reason: str | None = None
    content_digest: str | None = None
    owner: str = ""
    created_at: str = ""
    finished_at: str | None = None
    seconds: float | None = None
    origin: str = ""
    cancel_requested: bool = False
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """`shop@3`."""
        return f"{self.experiment}@{self.number}"

    def to_dict(self) -> dict[str, Any]:
        """An entry of the `runs` document."""
        return {
            "run": self.address, "status": self.status, "reason": self.reason, "seed": self.seed, "rows": self.rows,
            "content_digest": self.content_digest, "seconds": self.seconds, "created_at": self.created_at,
            "finished_at": self.finished_at, "schema_version": self.schema_version, "origin": self.origin or None,
        }  # fmt: skip


@dataclass(frozen=True)
class LoadRecord:
    """A load of a run into a warehouse target (`target` holds no secret)."""

    run: str
    target: str
    tables: dict[str, int]
    created_at: str


@dataclass(frozen=True)
class TagRecord:
    """A name for a run's content; it moves to other content only by force."""

    name: str
    run: str
    content_digest: str
    created_at: str


@dataclass(frozen=True)
class Event:
    """One line of the append-only history."""

    number: int
    at: str
    experiment: str
    kind: str
    details: dict[str, Any]


@dataclass(frozen=True)
class DerivedRecord:
    """A table that SQL made of a run: the statement as written, the DuckDB query that ran, and what came out.

    `inputs` is the digest of each table it was made from; `columns` are entries of name, type and `from` (table, column
    and how); `note` says what could not be followed. After a reset `stored` is false: the recipe is kept, the file not.
    """

    run: str
    name: str
    sql: str
    dialect: str
    query: str
    engine: str
    inputs: Mapping[str, str]
    columns: tuple[Mapping[str, Any], ...]
    path: str
    rows: int
    bytes: int
    sha256: str
    digest: str
    note: str = ""
    stored: bool = True
    number: int = 0
    created_at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The document of a derived table."""
        return {
            "run": self.run, "table": self.name, "rows": self.rows, "sql": self.sql, "dialect": self.dialect,
            "engine": self.engine, "inputs": dict(self.inputs), "columns": [dict(column) for column in self.columns],
            "digest": self.digest, "stored": self.stored, "created_at": self.created_at,
        } | ({"note": self.note} if self.note else {})  # fmt: skip


@dataclass(frozen=True)
class QueryRecord:
    """A statement kept under a name, in the dialect it was written in."""

    name: str
    sql: str
    dialect: str
    created_at: str

    def to_dict(self) -> dict[str, Any]:
        """An entry of the `queries` document."""
        return {"query": self.name, "sql": self.sql, "dialect": self.dialect, "created_at": self.created_at}
