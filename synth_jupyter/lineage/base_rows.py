"""One row of a table that SQL made: its values, their columns' origins, and the rows it was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ..documents import plain
from ..duck import Question
from ..engine.batches import evaluate
from ..errors import CommandError, NotFoundError, QueryError
from ..plan.model import Plan, RunFiles
from ..sql import literal, quote
from ..sql.bases import RESULT_ROW, base_query
from ..store.records import DerivedRecord
from ..warehouses.derived import catalog_of
from ..warehouses.query import open_session

_ROW = "synth row"


@dataclass(frozen=True)
class BaseRows:
    """The rows of one table behind a result row: `count` of them, the first ones by number and key."""

    table: str
    count: int
    rows: tuple[int, ...]
    keys: tuple[Any, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"table": self.table, "count": self.count, "rows": list(self.rows), "keys": plain(self.keys)}


@dataclass(frozen=True)
class DerivedTrace:
    """A row of a derived table, its number counted from 0; `note` says why the rows behind it cannot be told."""

    run: str
    table: str
    row: int
    file: str
    sql: str
    values: Mapping[str, Any]
    origins: Mapping[str, Sequence[Mapping[str, str]]]
    bases: tuple[BaseRows, ...]
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The `trace` document."""
        columns = {
            name: {"value": plain(value), "stored": plain(value), "generator": "sql", "from": list(self.origins[name])}
            for name, value in self.values.items()
        }
        document = {
            "run": self.run, "table": self.table, "row": self.row, "partition": 0, "file": self.file,
            "row_in_file": self.row, "columns": columns, "parents": [], "sql": self.sql,
            "bases": [each.to_dict() for each in self.bases],
        }  # fmt: skip
        return document | ({"note": self.note} if self.note else {})


def trace_derived(
    plan: Plan, files: RunFiles, made: DerivedRecord, key: Any = None, *, row: int | None, column: str | None
) -> DerivedTrace:
    """The row with these values (`COL=VALUE` words, or values of the first columns in order) or of that number.

    Raises:
        NotFoundError: there is no such row or column, or the table was removed by a reset.
        CommandError: the words fit several rows.
    """
    names = [each["name"] for each in made.columns]
    if not made.stored:
        raise NotFoundError(
            f"the rows of {made.name!r} were removed", hint=f"`synth restore {made.run}` makes them again"
        )
    if column is not None and column.casefold() not in map(str.casefold, names):
        raise NotFoundError.of(f"column in {made.name!r} called", column, names)
    number = row if row is not None else _row_of(files, made, _pairs(made, names, key))
    whole = _read(files, made, number)
    bases, note = _bases(plan, files, made, whole)
    values = whole.to_pylist()[0]
    shown = [name for name in names if column is None or name.casefold() == column.casefold()]
    origins = {each["name"]: each["from"] for each in made.columns}
    return DerivedTrace(
        files.run, made.name, number, made.path, made.sql, {name: values[name] for name in shown}, origins, bases, note
    )


def _pairs(made: DerivedRecord, names: Sequence[str], key: Any) -> dict[str, str]:
    if isinstance(key, Mapping):
        return {name: str(plain(value)) for name, value in key.items()}
    words = [str(word) for word in (key if isinstance(key, (list, tuple)) else [key])]
    folded = {name.casefold(): name for name in names}
    pairs = {}
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if equals and name.casefold() in folded:
            pairs[folded[name.casefold()]] = value
        elif place < len(names):
            pairs[names[place]] = word
        else:
            raise CommandError(f"{made.name!r} has only {len(names)} columns", hint="write COL=VALUE, or --row N")
    return pairs


def _row_of(files: RunFiles, made: DerivedRecord, pairs: Mapping[str, str]) -> int:
    where = " AND ".join(f"{quote(name)} = {literal(value)}" for name, value in pairs.items())
    numbered = f"SELECT *, row_number() OVER () - 1 AS {quote(_ROW)} FROM temp.{quote(made.name)}"
    sql = f"SELECT {quote(_ROW)} FROM ({numbered}) WHERE {where} LIMIT 2"
    rows = Question(open_session(files, threads=1), sql).table().column(0).to_pylist()
    shown = ", ".join(f"{name}={value}" for name, value in pairs.items())
    if not rows:
        raise NotFoundError(f"no row of {made.name!r} has {shown}", hint=f"{made.name!r} has {made.rows:,} rows")
    if len(rows) > 1:
        raise CommandError(
            f"several rows of {made.name!r} have {shown}", hint="add another COL=VALUE, or choose one with --row N"
        )
    return int(rows[0])


def _read(files: RunFiles, made: DerivedRecord, row: int) -> pa.Table:
    if not 0 <= row < made.rows:
        raise NotFoundError(f"{made.name!r} has no row {row}", hint=f"its {made.rows:,} rows are counted from 0")
    sql = f"SELECT * FROM temp.{quote(made.name)} LIMIT 1 OFFSET {row}"
    return Question(open_session(files, threads=1), sql).table()


def _bases(plan: Plan, files: RunFiles, made: DerivedRecord, row: pa.Table) -> tuple[tuple[BaseRows, ...], str]:
    try:
        asked = base_query(made.query, catalog_of(files), row.num_columns)
        connection = open_session(files, threads=1)
        connection.register(RESULT_ROW, row.rename_columns([f"c{place}" for place in range(row.num_columns)]))
        (answer,) = Question(connection, asked.sql).table().to_pylist() or [{}]
    except QueryError as error:
        return (), error.message
    values = list(answer.values())
    return tuple(
        _base(plan, table, int(values[2 * place] or 0), values[2 * place + 1] or [])
        for place, table in enumerate(asked.tables)
    ), ""


def _base(plan: Plan, table: str, count: int, rows: Sequence[int]) -> BaseRows:
    numbers = tuple(int(row) for row in rows)
    known = next((each for each in plan.schema.tables if each.name == table), None)
    if known is None or not known.primary_key:
        return BaseRows(table, count, numbers)
    found = evaluate(plan, table, np.array(numbers, dtype=np.int64), list(known.primary_key)).to_pylist()
    keys = tuple(each if len(each) > 1 else next(iter(each.values())) for each in found)
    return BaseRows(table, count, numbers, keys)
