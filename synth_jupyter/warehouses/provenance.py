"""The columns that say which run and which row a loaded row is: `_synth_run_id` and `_synth_row`."""

from dataclasses import replace

import pyarrow as pa

from ..datatypes import DataType
from ..errors import ConflictError
from ..plan.model import RunFiles
from ..schema.model import Column, Rule, Table

RUN_ID = "_synth_run_id"
ROW = "_synth_row"
_WORD = " with provenance"


def with_provenance(files: RunFiles) -> RunFiles:
    """The run with two more columns in each table: its address, and the row number that `synth trace --row` takes.

    Raises:
        ConflictError: a table has a column of one of these names.
    """
    return replace(files, schema=replace(files.schema, tables=tuple(map(_extended, files.schema.tables))))


def content_of(files: RunFiles, provenance: bool) -> str:
    """What a loaded table holds, as the ledger calls it."""
    return files.content_digest + (_WORD if provenance else "")


def is_extended(table: Table) -> bool:
    """Whether the table has the two columns."""
    return table.columns[-1].name == ROW


def filled(batch: pa.RecordBatch, run: str, first: int) -> pa.RecordBatch:
    """The batch (its last two columns are empty) of rows from `first` on, with these columns filled."""
    rows = pa.array(range(first, first + batch.num_rows), pa.int64())
    runs = pa.array([run] * batch.num_rows, pa.string())
    return pa.RecordBatch.from_arrays([*batch.columns[:-2], runs, rows], schema=batch.schema)


def _extended(table: Table) -> Table:
    taken = {column.name.casefold() for column in table.columns}
    if taken & {RUN_ID, ROW}:
        raise ConflictError(
            f"the table {table.name!r} has a column {RUN_ID} or {ROW} of its own", hint="load it without --provenance"
        )
    more = (
        Column(RUN_ID, DataType("text"), Rule("position"), comment="the run that this row is of"),
        Column(ROW, DataType("bigint"), Rule("position"), comment="its row number in the run, counted from 0"),
    )
    return replace(table, columns=(*table.columns, *more))
