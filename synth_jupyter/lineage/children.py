"""The rows of other tables that point at one row: a range where rows belong to parents, else counted in the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from ..engine.batches import evaluate
from ..errors import GenerationError
from ..generators.references import OwnerParent
from ..plan.model import Link, Plan, RunFiles, TablePlan
from ..warehouses.query import dataset


@dataclass(frozen=True)
class Children:
    """Rows [first, first + count) of a table, or `count` scattered rows (`first` None), that point at the traced row.

    `count` is None where nothing is stored to be counted.
    """

    table: str
    foreign_key: tuple[str, ...]
    first: int | None
    count: int | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "table": self.table, "foreign_key": list(self.foreign_key), "first": self.first, "count": self.count,
        }  # fmt: skip


def children_of(plan: Plan, files: RunFiles, table: TablePlan, row: int) -> tuple[Children, ...]:
    """For each foreign key that ends at the table, which rows point at `row`."""
    return tuple(
        _children(plan, files, child, link, row)
        for child in plan.tables
        for link in child.links
        if plan.table(link.foreign_key.table).name == table.name
    )


def _children(plan: Plan, files: RunFiles, child: TablePlan, link: Link, row: int) -> Children:
    owner = getattr(link.column.generator, "inner", link.column.generator)
    key = link.foreign_key
    if isinstance(owner, OwnerParent):
        first, count = owner.children.ranges(np.array([row], dtype=np.int64))
        return Children(child.name, key.columns, int(first[0]), int(count[0]))
    parent = plan.table(key.table).name
    values = evaluate(plan, parent, np.array([row], dtype=np.int64), list(key.references)).to_pylist()[0]
    wanted = {own: values[reference] for own, reference in zip(key.columns, key.references, strict=True)}
    return Children(child.name, key.columns, None, _counted(files, child, wanted))


def _counted(files: RunFiles, child: TablePlan, wanted: Mapping[str, Any]) -> int | None:
    if not files.paths(child.name):
        return None
    condition = None
    for name, value in wanted.items():
        equal = ds.field(name) == pa.scalar(value, child.column(name).type.arrow)
        condition = equal if condition is None else condition & equal
    try:
        return int(dataset(files, files.schema.table(child.name)).count_rows(filter=condition))
    except (OSError, pa.ArrowException, GenerationError):
        return None  # a file is missing or damaged: `verify` says which
