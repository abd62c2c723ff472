"""Where one row comes from: its run, partition and file, each value made again beside the one stored, its parents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..documents import plain, to_json
from ..engine.batches import evaluate, parent_rows
from ..errors import CommandError, NotFoundError
from ..plan.model import PartitionFile, Plan, RunFiles, TablePlan
from ..schema.model import ForeignKey, Table
from .draws import drawn
from .explain import explain
from .keys import as_key, parse_key, row_of

if TYPE_CHECKING:
    from ..warehouses import Warehouse
    from .children import Children

__all__ = ["Parent", "Trace", "TracedValue", "explain", "parse_key", "trace"]


@dataclass(frozen=True)
class TracedValue:
    """A value made again from seed, rule and row, and the one in the file; `equal` is None when nothing is stored."""

    value: Any
    stored: Any
    generator: str
    options: Mapping[str, Any]
    equal: bool | None
    draws: tuple[Mapping[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": plain(self.value), "stored": plain(self.stored), "generator": self.generator,
            "options": plain(self.options), "draws": plain(self.draws), "equal": self.equal,
        }  # fmt: skip


@dataclass(frozen=True)
class Parent:
    """The row that a foreign key points at; `key` is its value, or its values by column for a composite key."""

    table: str
    row: int
    key: Any
    foreign_key: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"table": self.table, "row": self.row, "key": plain(self.key), "foreign_key": list(self.foreign_key)}


@dataclass(frozen=True)
class Trace:
    """One row: numbers count from 0, `file` is relative to the run's folder, `note` says why nothing is stored."""

    run: str
    table: str
    row: int
    partition: int
    file: str | None
    row_in_file: int
    columns: Mapping[str, TracedValue]
    parents: tuple[Parent, ...]
    note: str = ""
    children: "tuple[Children, ...] | None" = None
    target: str | None = None

    @property
    def differing(self) -> tuple[str, ...]:
        """The columns whose stored value is not the one that their rule makes."""
        return tuple(name for name, value in self.columns.items() if value.equal is False)

    def to_dict(self) -> dict[str, Any]:
        """The `trace` document."""
        document = {
            "run": self.run, "table": self.table, "row": self.row, "partition": self.partition, "file": self.file,
            "row_in_file": self.row_in_file,
            "columns": {name: value.to_dict() for name, value in self.columns.items()},
            "parents": [parent.to_dict() for parent in self.parents],
            "differing": list(self.differing),
        }  # fmt: skip
        if self.children is not None:
            document["children"] = [each.to_dict() for each in self.children]
        document |= {"target": self.target} if self.target else {}
        return document | ({"note": self.note} if self.note else {})


def trace(
    plan: Plan,
    files: RunFiles,
    table: str,
    key: Any = None,
    *,
    row: int | None = None,
    column: str | None = None,
    warehouse: "Warehouse | None" = None,
    children: bool = False,
) -> Trace:
    """The row of `table` with that `key` (a mapping, words, or one value) or of that number, counted from 0.

    With `warehouse` the stored values are those of the row that was loaded there.

    Raises:
        CommandError: not exactly one of `key` and `row` is given, or `key` is no key of the table.
        NotFoundError: there is no such table, column or row.
    """
    bound, described = plan.table(table), plan.schema.table(table)
    if (key is None) == (row is None):
        raise CommandError("a row is named by its key or by its number, one of them", hint="use KEY or --row N")
    names = [described.column(column).name] if column else [each.name for each in described.columns]
    number = _checked(bound, row) if row is not None else row_of(plan, files, bound, as_key(described, key))
    partition = bound.partition(bound.partition_of(number))
    file = next((each for each in files.files if (each.table, each.index) == (bound.name, partition.index)), None)
    if warehouse is None:
        stored, note = _stored(files, file, number - partition.start, names)
    else:
        from .loaded import loaded_row

        stored, note = loaded_row(warehouse, described, _key_values(plan, described, number), names)
    made = evaluate(plan, bound.name, np.array([number], dtype=np.int64), names).to_pylist()[0]
    columns = {
        name: replace(_traced(bound, name, made[name], stored), draws=drawn(plan, bound, name, number))
        for name in names
    }
    return Trace(
        files.run, bound.name, number, partition.index, file.path if file else None, number - partition.start,
        columns, _parents(plan, bound, number), note,
        _children(plan, files, bound, number) if children else None, warehouse.target if warehouse else None,
    )  # fmt: skip


def _children(plan: Plan, files: RunFiles, table: TablePlan, row: int) -> "tuple[Children, ...]":
    from .children import children_of  # DuckDB and its dialects take long to import, and few traces need them

    return children_of(plan, files, table, row)


def _key_values(plan: Plan, table: Table, row: int) -> dict[str, Any]:
    """The row's first key, made again; CommandError when the table has none to look for."""
    if not table.keys:
        raise CommandError(f"{table.name!r} has no key, so that no loaded row can be told to be this one")
    names = list(table.keys[0])
    return dict(evaluate(plan, table.name, np.array([row], dtype=np.int64), names).to_pylist()[0])


def _checked(table: TablePlan, row: int) -> int:
    if not 0 <= row < table.rows:
        raise NotFoundError(f"{table.name!r} has no row {row}", hint=f"its {table.rows:,} rows are counted from 0")
    return row


def _traced(table: TablePlan, name: str, value: Any, stored: Mapping[str, Any] | None) -> TracedValue:
    rule = table.column(name).rule
    if stored is None:
        return TracedValue(value, None, rule.name, rule.options, None)
    return TracedValue(value, stored[name], rule.name, rule.options, to_json(value) == to_json(stored[name]))


def _stored(
    files: RunFiles, file: PartitionFile | None, row: int, names: list[str]
) -> tuple[dict[str, Any] | None, str]:
    """The row's values in its file by column, or None and the reason why there are none."""
    if not files.files:
        return None, f"nothing of {files.run} is stored (reset, or never generated): every value is made again"
    if file is None:
        return None, f"the partition of this row is not stored in {files.run}"
    try:
        return _read_row(files, file, row, names), ""
    except (OSError, pa.ArrowException, IndexError, KeyError) as error:
        return None, f"{file.path} cannot be read: {error}"


def _read_row(files: RunFiles, file: PartitionFile, row: int, names: list[str]) -> dict[str, Any]:
    with pq.ParquetFile(files.open(file.path)) as parquet:
        for group in range(parquet.num_row_groups):
            held = parquet.metadata.row_group(group).num_rows
            if row < held:
                found = parquet.read_row_group(group, columns=names).slice(row, 1)
                missing = [name for name in names if name not in found.column_names]
                if missing:
                    raise KeyError(f"it has no column {missing[0]!r}")
                # Parquet keeps intervals as bare numbers: the schema says what they mean.
                described = files.schema.table(file.table)
                return {name: found[name].cast(described.column(name).type.arrow)[0].as_py() for name in names}
            row -= held
    raise IndexError("it has too few rows")


def _parents(plan: Plan, table: TablePlan, row: int) -> tuple[Parent, ...]:
    chosen = parent_rows(plan, table.name, np.array([row], dtype=np.int64))
    found = ((link.foreign_key, int(chosen[link.name][0])) for link in table.links)
    return tuple(_parent(plan, key, parent) for key, parent in found if parent >= 0)


def _parent(plan: Plan, key: ForeignKey, row: int) -> Parent:
    parent = plan.table(key.table).name
    values = evaluate(plan, parent, np.array([row], dtype=np.int64), list(key.references)).to_pylist()[0]
    shown = values if len(key.references) > 1 else values[key.references[0]]
    return Parent(parent, row, shown, key.columns)
