"""Checks that a warehouse cannot express: its rows read back as the schema's types, and asked in DuckDB."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

from ..duck import Question, connect_sealed, sql_type
from ..schema.model import Column, Table
from ..sql import parse_expression, quote
from .probes import RowRule, check_rule, columns

_RAW = "synth_raw"


class Source(Protocol):
    """Where rows are asked for."""

    @property
    def dialect(self) -> str: ...

    def table(self, name: str) -> str:
        """How SQL calls a table."""

    def arrow(self, sql: str) -> pa.Table:
        """The rows of a statement."""


class InMemory:
    """One Arrow table in a sealed DuckDB, called `synth_raw` whatever its name was."""

    dialect = "duckdb"

    def __init__(self, rows: pa.Table) -> None:
        self._connection = connect_sealed()
        self._connection.register(_RAW, rows)

    def table(self, name: str) -> str:
        return f"temp.{_RAW}"

    def arrow(self, sql: str) -> pa.Table:
        return Question(self._connection, sql).table()


def reread(checks: Sequence[str], table: Table, source: Source) -> tuple[list[RowRule], InMemory]:
    """The checks as rules over the columns they need, read from `source`; memory grows with the rows of the table."""
    wanted = dict.fromkeys(table.primary_key or (table.columns[0].name,))
    for sql in checks:
        wanted |= dict.fromkeys(table.column(path).name for path in parse_expression(sql).columns)
    memory = InMemory(source.arrow(f"SELECT {columns(tuple(wanted))} FROM {source.table(table.name)}"))
    typed = ", ".join(f"{_as_typed(table.column(name))} AS {quote(name)}" for name in wanted)
    rows = f"(SELECT {typed} FROM {memory.table(table.name)}) AS reread"
    return [check_rule(table, sql, rows, "duckdb") for sql in checks], memory


def _as_typed(column: Column) -> str:
    name: Any = quote(column.name)
    if column.type.kind == "interval":
        return f"to_microseconds({name})"
    return f"CAST({name} AS {sql_type(column.type.arrow)})"
