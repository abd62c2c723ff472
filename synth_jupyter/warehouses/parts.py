"""A run's rows in the pieces that are committed together, in the forms that drivers take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from ..plan.model import PartitionFile, RunFiles
from .constraints import TableDesign
from .provenance import filled, is_extended
from .query import dataset
from .types import accepted_batch, accepted_schema

_BATCH = 65_536


@dataclass(frozen=True)
class Part:
    """The rows of some partitions of one table, to be put into the table called `name`; `first` is the first row."""

    files: RunFiles
    design: TableDesign
    number: int
    name: str
    first: int

    @property
    def rows(self) -> int:
        return self.files.rows(self.design.table.name)


def parts_of(files: RunFiles, design: TableDesign, name: str, rows: float) -> Iterator[Part]:
    """The table's rows in order, at least `rows` in each part but the last, for the table called `name`."""
    mine = sorted((file for file in files.files if file.table == design.table.name), key=lambda file: file.index)
    first = 0
    for group in _grouped(mine, rows):
        yield Part(replace(files, files=group), design, group[0].index, name, first)
        first += sum(file.rows for file in group)


def _grouped(files: Sequence[PartitionFile], rows: float) -> list[tuple[PartitionFile, ...]]:
    groups: list[tuple[PartitionFile, ...]] = []
    for file in files:
        if groups and sum(one.rows for one in groups[-1]) < rows:
            groups[-1] = (*groups[-1], file)
        else:
            groups.append((file,))
    return groups


def batches(part: Part, dialect: str, broken: list[Exception]) -> pa.RecordBatchReader:
    """The part's rows in row order, in the forms that the engine's driver accepts.

    A file that cannot be read ends the stream and is put into `broken`, since drivers keep no more than its text.
    """
    rows = dataset(part.files, part.design.table).to_batches(batch_size=_BATCH, fragment_readahead=1)
    return pa.RecordBatchReader.from_batches(
        accepted_schema(part.design.table, dialect), _accepted(rows, part, dialect, broken)
    )


def _accepted(
    rows: Iterator[pa.RecordBatch], part: Part, dialect: str, broken: list[Exception]
) -> Iterator[pa.RecordBatch]:
    table, first = part.design.table, part.first
    try:
        for batch in rows:
            whole = filled(batch, part.files.run, first) if is_extended(table) else batch
            first += batch.num_rows
            yield accepted_batch(whole, table, dialect)
    except (pa.ArrowException, OSError) as error:
        broken.append(error)
        raise
