"""What the verbs of a workspace return."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..documents import plain
from ..schema.model import Schema
from ..store import ExperimentRecord, RunRecord, SchemaVersion

if TYPE_CHECKING:
    import pyarrow as pa

    from ..warehouses.result import Result


@dataclass(frozen=True)
class Definition:
    """A schema as it was understood; `version` 0 was only checked, not stored."""

    name: str
    schema: Schema
    version: int
    report: tuple[Mapping[str, Any], ...]
    seed: int

    def text(self, form: str, dialect: str | None = None) -> str:
        """The definition as `yaml`, `json` or `ddl` (in a dialect)."""
        from .definitions import render

        return render(self.schema, form, dialect)

    def to_dict(self) -> dict[str, Any]:
        """The `define` document."""
        from ..schema.document import definition_document

        document = definition_document(self.schema)
        report = [plain(entry) for entry in self.report]
        return document | {"experiment": self.name, "version": self.version, "seed": self.seed, "report": report}


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
class Part:
    """Which part of an image a run is: of the content `whole`, without the tables `left_out`; those that were `brought`
    are there because foreign keys lead to them."""

    whole: str
    brought: tuple[str, ...]
    left_out: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """What the `import` and `pull` documents say of it."""
        return {"of": self.whole, "brought": list(self.brought), "left_out": list(self.left_out)}


@dataclass(frozen=True)
class Run:
    """A run as a verb left it; `loaded` is the report of the warehouse it was loaded into by itself.

    `derived` says of each table that SQL had made of it whether a restore made the same again, and `part` what of an
    image was brought in.
    """

    record: RunRecord
    loaded: Any = None
    derived: tuple[Any, ...] = ()
    part: Part | None = None

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
        document |= {"derived": [each.to_dict() for each in self.derived]} if self.derived else {}
        document |= {"part": self.part.to_dict()} if self.part else {}
        return document | ({"loaded": self.loaded.to_dict()} if self.loaded is not None else {})


def definition_of(version: SchemaVersion, schema: Schema) -> Definition:
    """A stored schema version as it was understood."""
    return Definition(version.experiment, schema, version.version, version.report, version.seed)


def first_rows(result: "Result", limit: int) -> "Result":
    """The first `limit` rows of a result as a result of their own that still knows how many there are in all."""
    from ..warehouses.result import Result

    first = Result(_Beginning(result.head(limit), result), result.sql, result.verdict)
    # Counted now, before the rows are: later it would be the number of these.
    assert first.row_count >= 0
    return first


@dataclass(frozen=True)
class _Beginning:
    """Rows in memory that are the beginning of `whole`."""

    rows: "pa.Table"
    whole: "Result"

    def columns(self) -> tuple[str, ...]:
        return self.whole.columns

    def table(self) -> "pa.Table":
        return self.rows

    def batches(self) -> "Iterator[pa.RecordBatch]":
        from ..warehouses.result import batches_of

        return batches_of(self.rows)

    def head(self, count: int) -> "pa.Table":
        return self.rows.slice(0, count)

    def count(self) -> int:
        return self.whole.row_count

    def plan(self) -> str:
        return self.whole.explain()
