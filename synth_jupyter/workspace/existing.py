"""Tables that exist already: their columns frozen by content, so that a document's foreign keys can point at them."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ..datatypes import DataType
from ..errors import NotFoundError, Problem, SchemaError
from ..files import make_folder, publish, remove
from ..pools.frozen import keep_column
from ..schema.model import Column, Rows, Rule, Schema, Table

if TYPE_CHECKING:
    from .workspace import Workspace


def with_existing(workspace: "Workspace", schema: Schema, sources: Mapping[str, Any], folder: Path) -> Schema:
    """The schema with the columns of some tables taken from data as they are, which are kept in `folder`.

    A source is a Parquet or CSV file, the address of a run (`shop@1`, its table of the same name, or `shop@1.table`),
    or anything that offers Arrow data (`__arrow_c_stream__`): an Arrow table, a pandas or polars data frame.

    Raises:
        SchemaError: a table, column, type, NULL or key does not agree; every place is named, nothing is stored.
        NotFoundError: there is no such file or run.
    """
    problems: list[Problem] = []
    tables = {table.name: table for table in schema.tables}
    agreed: dict[str, pa.Table] = {}
    for name, source in sources.items():
        table = schema.table(name)
        data = _data(workspace, source, table.name)
        found = [*_disagreements(table, data)]
        problems += found
        agreed[table.name] = data
    if problems:
        raise SchemaError.of(problems, "the existing data")
    for name, data in agreed.items():
        tables[name] = _frozen(folder, tables[name], data)
    return replace(schema, tables=tuple(tables.values()))


def keep_all(source: Path, folder: Path) -> None:
    """Keep every column and pool of `source` in `folder` too, under its content digest."""
    make_folder(folder)
    for path in sorted(source.iterdir()):
        if not (folder / path.name).exists():
            draft = folder / f".{path.name}.{os.getpid()}"
            shutil.copyfile(path, draft)
            try:
                publish(draft, folder / path.name)
            except FileExistsError:
                remove(draft)


def _data(workspace: "Workspace", source: Any, table: str) -> pa.Table:
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    path = Path(str(source)).expanduser()
    if path.suffix.lower() in (".parquet", ".csv"):
        return _file(path)
    address, _, other = str(source).partition(".")
    result: pa.Table = workspace.experiment(address)[other or table].to_arrow()
    return result


def _file(path: Path) -> pa.Table:
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path)
    import pyarrow.csv

    return pyarrow.csv.read_csv(path)


def _disagreements(table: Table, data: pa.Table) -> list[Problem]:
    place = f"tables.{table.name}"
    found = []
    for column in table.columns:
        where = f"{place}.columns.{column.name}"
        if column.rule.name == "reference":
            found.append(Problem(where, "is a foreign key; leave `references` out, the existing data are as they are"))
            continue
        if column.name not in data.column_names:
            found.append(Problem(where, f"the existing data have no such column, only {', '.join(data.column_names)}"))
            continue
        try:
            values = data.column(column.name).cast(column.type.arrow)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            found.append(
                Problem(where, f"the existing {data.schema.field(column.name).type} is no {column.type}: {error}")
            )
            continue
        if values.null_count and not column.nullable:
            found.append(Problem(where, f"{values.null_count:,} existing values are NULL, and the column is NOT NULL"))
        if unfit := _unfit(values, column.type):
            found.append(Problem(where, f"{unfit:,} existing values are no {column.type}"))
    if not found:
        found += [
            Problem(f"{place}.keys", f"the existing rows repeat ({', '.join(key)})") for key in _repeated(table, data)
        ]
    return found


def _unfit(values: pa.ChunkedArray, type: DataType) -> int:
    """How many values are longer than the type allows, or none of its labels."""
    if type.is_text and type.length is not None:
        return int(pc.sum(pc.greater(pc.utf8_length(values), type.length)).as_py() or 0)
    if type.kind == "enum":
        known = pc.is_in(values, pa.array([*type.labels, None], pa.string()))
        return int(pc.sum(pc.invert(known)).as_py() or 0)
    return 0


def _repeated(table: Table, data: pa.Table) -> list[tuple[str, ...]]:
    broken = []
    for key in table.keys:
        complete = data.select(list(key)).drop_null()
        if complete.group_by(list(key)).aggregate([]).num_rows < complete.num_rows:
            broken.append(key)
    return broken


def _frozen(folder: Path, table: Table, data: pa.Table) -> Table:
    columns = tuple(_column(folder, column, data) for column in table.columns)
    return replace(table, columns=columns, rows=Rows(count=data.num_rows))


def _column(folder: Path, column: Column, data: pa.Table) -> Column:
    values = data.column(column.name).cast(column.type.arrow).combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks else pa.nulls(0, column.type.arrow)
    rule = Rule("frozen", {"data": keep_column(folder, values)}, "these rows exist already")
    return replace(column, rule=rule, nulls=0.0, when="")
