"""A folder as a load target: one CSV, JSON lines or Parquet file for each table, and a list of them."""

import re
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..errors import QueryError, WarehouseError
from ..plan.model import RunFiles
from ..schema.model import Table
from .base import LoadReport, TableLoad
from .constraints import design
from .exporting import export
from .parts import Part, batches
from .provenance import content_of, with_provenance
from .result import Result
from .swap import fill, listed, take_away

FORMATS = ("parquet", "csv", "jsonl")
_ORDINARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Folder:
    """`dir:PATH`; the file's format is chosen by the load. Files are swapped in whole, and answer no SQL."""

    dialect = ""

    def __init__(self, path: Path, target: str) -> None:
        self._path = path.absolute()
        self.target = target

    def load(
        self,
        files: RunFiles,
        *,
        schema: str | None = None,
        replace: bool = False,
        provenance: bool = False,
        format: str = "parquet",
    ) -> LoadReport:
        """A file for each table, all or nothing. Raises ConflictError and WarehouseError."""
        if schema:
            raise WarehouseError(f"a folder has no schemas, so {self.target} cannot take --schema {schema}")
        if format not in FORMATS:
            raise WarehouseError(f"there is no format {format!r}", hint=f"it is one of {', '.join(FORMATS)}")
        started = time.monotonic()
        whole = with_provenance(files) if provenance else files
        content = content_of(files, provenance)
        found = listed(self._path)
        already = found is not None and (found.run, found.content, found.form) == (files.run, content, format)
        if not already:
            fill(self._path, replace, lambda aside: _written(whole, content, format, aside))
        return LoadReport(files.run, self.target, _loads(whole), time.monotonic() - started, already)

    def unload(self, loaded: Collection[tuple[str, str]]) -> dict[str, int]:
        """Remove the files of these runs (address, content digest). Raises ConflictError."""
        found = listed(self._path)
        if found is None or (found.run, found.content.partition(" ")[0]) not in loaded:
            return {}
        take_away(self._path)
        return {name: int(table["rows"]) for name, table in found.tables.items()}

    def find(self, files: RunFiles) -> None:
        raise WarehouseError(
            f"{self.target} holds files, which answer no SQL",
            hint=f"`synth verify {files.run}` counts in the run itself",
        )

    def query(self, sql: str) -> Result:
        raise QueryError(f"{self.target} holds files, which answer no SQL", hint="ask the run: synth sql NAME SQL")

    def table(self, name: str) -> str:
        raise QueryError(f"{self.target} holds files, which answer no SQL")

    def close(self) -> None:
        """Nothing is open."""


def _written(files: RunFiles, content: str, form: str, aside: Path) -> dict[str, Any]:
    tables = {}
    for number, one in enumerate(design(files.schema, "duckdb")):
        name = f"{file_name(one.table, number)}.{form}"
        broken: list[Exception] = []
        part = Part(files, one, 0, one.table.name, 0)
        try:
            rows = export(_at_least_one(part, broken), aside / name).rows
        except QueryError as error:
            raise WarehouseError(
                f"{error.message}; nothing was changed", hint=error.hint or "make room, or look at its rights"
            ) from error
        tables[one.table.name] = {"file": name, "rows": rows, "columns": _types(one.table)}
    return {"run": files.run, "content_digest": content, "form": form, "tables": tables}


def _at_least_one(part: Part, broken: list[Exception]) -> Any:
    reader = batches(part, "duckdb", broken)
    empty = True
    for batch in reader:
        empty = False
        yield batch
    if empty:
        yield from part.design.table.arrow_schema.empty_table().to_batches() or [_no_rows(part.design.table)]


def _no_rows(table: Table) -> Any:
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([], schema=table.arrow_schema)


def _types(table: Table) -> dict[str, str]:
    return {column.name: str(column.type) for column in table.columns}


def file_name(table: Table, number: int) -> str:
    """A name that every file system takes: the table's own when it is ordinary."""
    ordinary = _ORDINARY.fullmatch(table.name) and len(table.name) <= 60
    return table.name if ordinary else f"table_{number + 1:04}"


def _loads(files: RunFiles) -> dict[str, TableLoad]:
    return {
        table.name: TableLoad(files.rows(table.name), (), ("a file enforces nothing",)) for table in files.schema.tables
    }
