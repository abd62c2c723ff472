"""What the verbs of a workspace return."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..documents import plain
from ..schema.model import Column, ForeignKey, Schema, Table
from ..store import ExperimentRecord, RunRecord, SchemaVersion


@dataclass(frozen=True)
class Definition:
    """A schema as it was understood; `version` 0 was only checked, not stored. `rows` by table, of the whole plan."""

    name: str
    schema: Schema
    version: int
    report: tuple[Mapping[str, Any], ...]
    rows: Mapping[str, int]
    seed: int

    def text(self, form: str, dialect: str | None = None) -> str:
        """The definition as `yaml`, `json` or `ddl` (in a dialect)."""
        from .definitions import render

        return render(self.schema, form, dialect)

    def to_dict(self) -> dict[str, Any]:
        """The `define` document."""
        tables = {table.name: _table(table, self.rows[table.name]) for table in self.schema.tables}
        return {
            "experiment": self.name, "version": self.version, "seed": self.seed, "tables": tables,
            "report": [plain(entry) for entry in self.report],
        }  # fmt: skip


@dataclass(frozen=True)
class ExperimentSummary:
    """One line of the list of experiments; `latest` is the newest run, whatever became of it."""

    record: ExperimentRecord
    tables: int
    latest: RunRecord | None

    @property
    def name(self) -> str:
        return self.record.name

    def to_dict(self) -> dict[str, Any]:
        """An entry of the `list` document."""
        latest = self.latest
        return {
            "experiment": self.name, "version": self.record.version, "tables": self.tables, "runs": self.record.runs,
            "latest": latest.address if latest else None, "status": latest.status if latest else None,
            "rows": latest.rows if latest else None, "created_at": self.record.created_at,
        }  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run as a verb left it; `loaded` is the report of the warehouse it was loaded into by itself."""

    record: RunRecord
    loaded: Any = None

    @property
    def address(self) -> str:
        return self.record.address

    @property
    def status(self) -> str:
        return self.record.status

    @property
    def seed(self) -> int:
        return self.record.seed

    @property
    def rows(self) -> dict[str, int]:
        return self.record.rows

    @property
    def seconds(self) -> float | None:
        return self.record.seconds

    @property
    def content_digest(self) -> str | None:
        return self.record.content_digest

    def to_dict(self) -> dict[str, Any]:
        """The `generate` document, and the `load` document of what was loaded by itself."""
        document = {
            "run": self.address, "status": self.status, "seed": self.seed, "rows": dict(self.rows),
            "seconds": self.seconds, "content_digest": self.content_digest,
        }  # fmt: skip
        return document | ({"loaded": self.loaded.to_dict()} if self.loaded is not None else {})


def _table(table: Table, rows: int) -> dict[str, Any]:
    return {
        "rows": rows, "primary_key": list(table.primary_key), "unique": [list(key) for key in table.unique],
        "checks": list(table.checks), "foreign_keys": [_foreign_key(key) for key in table.foreign_keys],
        "columns": {column.name: _column(table, column) for column in table.columns},
    }  # fmt: skip


def _foreign_key(key: ForeignKey) -> dict[str, Any]:
    references = {"table": key.table, "columns": list(key.references)}
    return {"columns": list(key.columns), "references": references, "generator": str(key.rule)}


def _column(table: Table, column: Column) -> dict[str, Any]:
    key = table.foreign_key_of(column.name) if column.rule.name == "reference" else None
    rule = key.rule if key else column.rule
    document: dict[str, Any] = {
        "type": str(column.type), "nullable": column.nullable, "generator": str(rule),
        "reason": column.rule.reason or rule.reason,
    }  # fmt: skip
    nulls = key.nulls if key else column.nulls
    return document | ({"nulls": nulls} if nulls else {}) | ({"when": column.when} if column.when else {})


def definition_of(version: SchemaVersion, schema: Schema, rows: Mapping[str, int]) -> Definition:
    """A stored schema version as it was understood."""
    return Definition(version.experiment, schema, version.version, version.report, rows, version.seed)
