"""Two experiments, versions, runs or documents compared: what changes, why, and how much is made anew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandError, NotFoundError, did_you_mean
from ..schema.counts import expected_rows
from ..schema.diff import Change, diff
from ..schema.model import Rows, Schema, Table
from ..store import SchemaVersion
from .addresses import check_name
from .definitions import schema_of
from .reading import read_definition

if TYPE_CHECKING:
    from .workspace import Workspace

DOCUMENTS = (".yaml", ".yml", ".json", ".sql", ".ddl")
"""Endings that tell a document from an address."""


@dataclass(frozen=True)
class TableChange:
    """One table of the new side: its rows, the columns whose data change, and those whose data stay as they are."""

    table: str
    rows: int
    changed: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def regenerated(self) -> int:
        """How many rows are not what they were."""
        return self.rows if self.changed else 0

    def to_dict(self) -> dict[str, Any]:
        """An entry of the `diff` document."""
        return {"rows": self.rows, "regenerated": self.regenerated, "changed": list(self.changed),
                "kept": list(self.kept)}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What leads from `old` to `new`, and what it costs table by table."""

    old: str
    new: str
    changes: tuple[Change, ...]
    tables: tuple[TableChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """The `diff` document."""
        rows, regenerated = (
            sum(each) for each in ([t.rows for t in self.tables], [t.regenerated for t in self.tables])
        )
        return {
            "old": self.old, "new": self.new, "changes": [change.to_dict() for change in self.changes],
            "tables": {table.table: table.to_dict() for table in self.tables},
            "regenerated": regenerated, "kept": rows - regenerated,
        }  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """What one of the words names; `rows` are those of a run, `seeded` whether its seed is known."""

    called: str
    schema: Schema
    rows: Mapping[str, int]
    seeded: bool = True


def compare(workspace: "Workspace", old: str, new: str) -> Comparison:
    """The differences between two things that are each `NAME`, `NAME#2`, `NAME@3`, `NAME:v1` or a document's file.

    Raises:
        NotFoundError: there is no such experiment, version, run, tag or file.
        SchemaError: the file is no document.
    """
    before, after = _side(workspace, old), _side(workspace, new)
    known = replace(after.schema, seed=before.schema.seed) if not after.seeded else after.schema
    first = replace(before.schema, seed=known.seed) if not before.seeded else before.schema
    changes = tuple(diff(first, known))
    touched = {cell for change in changes for cell in change.data}
    return Comparison(
        before.called, after.called, changes,
        tuple(_table(table, after.rows[table.name], touched) for table in known.tables),
    )  # fmt: skip


def _table(table: Table, rows: int, touched: set[str]) -> TableChange:
    names = [column.name for column in table.columns]
    changed = tuple(name for name in names if f"{table.name}.{name}" in touched)
    return TableChange(table.name, rows, changed, tuple(name for name in names if name not in changed))


def _side(workspace: "Workspace", text: str) -> _Side:
    if Path(text).suffix.lower() in DOCUMENTS or "/" in text:
        return _document(text)
    name, mark, number = text.partition("#")
    if mark:
        return _version(text, _numbered(workspace, check_name(name), number))
    experiment = workspace.experiment(text)
    if experiment.key is None:
        return _version(f"{experiment.name}#{experiment.version().version}", experiment.version())
    record, schema = experiment.run(), schema_of(experiment.version())
    tables = (
        replace(table, rows=Rows(count=record.rows[table.name])) if not table.rows.per else table
        for table in schema.tables
    )
    asked = replace(schema, seed=record.seed, tables=tuple(tables))
    return _Side(record.address, asked, {**expected_rows(asked), **record.rows})


def _version(called: str, version: SchemaVersion) -> _Side:
    schema = replace(schema_of(version), seed=version.seed)
    return _Side(called, schema, expected_rows(schema))


def _numbered(workspace: "Workspace", name: str, number: str) -> SchemaVersion:
    newest = workspace.store.experiments.version(name).version
    if not (number.isascii() and number.isdecimal() and 0 < int(number) <= newest):
        versions = [f"{name}#{each}" for each in range(1, newest + 1)]
        near = did_you_mean(f"{name}#{number}", versions)
        raise NotFoundError(f"{name!r} has no version {number!r}{near}", hint=f"its versions are 1 to {newest}")
    return workspace.store.experiments.version(name, int(number))


def _document(text: str) -> _Side:
    path = Path(text).expanduser()
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {text!r}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{text!r} cannot be read: {error}") from None
    reading = read_definition(content, None if path.suffix.lower() in DOCUMENTS[:3] else "document", None)
    return _Side(text, reading.schema, expected_rows(reading.schema), reading.schema.seed is not None)
