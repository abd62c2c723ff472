"""A folder of SQL and Parquet from which Snowflake or Redshift loads a run: `snowflake:script=DIR`."""

import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..errors import WarehouseError
from ..plan.model import RunFiles
from ..sql import literal, quote
from .base import LoadReport, TableLoad
from .creation import create_script
from .folder import Folder, file_name
from .query import dataset
from .swap import fill, listed

_STAGES = {
    "snowflake": ("CREATE STAGE IF NOT EXISTS synth_stage FILE_FORMAT = (TYPE = PARQUET);\n",),
    "redshift": ("-- Copy the folder `stage` to s3://BUCKET/PREFIX first, and put that and the role in below.\n",),
}
SCRIPTED = tuple(_STAGES)
"""The warehouses that scripts are written for."""


class Scripts(Folder):
    """Files instead of a connection: the tables' DDL, the staged Parquet, and the statements that copy it in."""

    def __init__(self, kind: str, path: Path, target: str) -> None:
        super().__init__(path, target)
        self.kind = kind

    def load(
        self,
        files: RunFiles,
        *,
        schema: str | None = None,
        replace: bool = False,
        provenance: bool = False,
        format: str = "parquet",
    ) -> LoadReport:
        """`1-tables.sql`, `2-copy.sql` and `stage/`, all or nothing. Raises ConflictError and WarehouseError."""
        if provenance or format != "parquet":
            raise WarehouseError(f"{self.target} takes neither --provenance nor another --format than parquet")
        started = time.monotonic()
        found = listed(self._path)
        form = f"{self.kind} {schema or ''}".strip()
        already = found is not None and (found.run, found.content, found.form) == (
            files.run, files.content_digest, form,
        )  # fmt: skip
        if not already:
            fill(self._path, replace, lambda aside: _written(files, self.kind, form, schema, aside))
        loads = {table.name: TableLoad(files.rows(table.name)) for table in files.schema.tables}
        return LoadReport(files.run, self.target, loads, time.monotonic() - started, already)

    def unload(self, loaded: Collection[tuple[str, str]]) -> dict[str, int]:
        """Remove the scripts of these runs; what they made elsewhere stays. Raises ConflictError."""
        return super().unload(loaded)


def _written(files: RunFiles, kind: str, form: str, schema: str | None, aside: Path) -> dict[str, Any]:
    use = (
        {"snowflake": f"USE SCHEMA {quote(schema)};\n", "redshift": f"SET search_path TO {quote(schema)};\n"}[kind]
        if schema
        else ""
    )
    make = f"CREATE SCHEMA IF NOT EXISTS {quote(schema)};\n{use}" if schema else ""
    copies = [use, *_STAGES[kind]]
    tables = {}
    for number, table in enumerate(files.schema.parents_first()):
        dataset(files, table)  # says which file is missing
        folder = f"stage/{file_name(table, number)}"
        (aside / folder).mkdir(parents=True, mode=0o700)
        for place, path in enumerate(files.paths(table.name)):
            shutil.copyfile(path, aside / folder / f"part-{place:05}.parquet")
        copies.append(_copy(kind, table.name, folder))
        tables[table.name] = {"file": folder, "rows": files.rows(table.name)}
    (aside / "1-tables.sql").write_text(make + create_script(files.schema, kind), "utf-8")
    (aside / "2-copy.sql").write_text("".join(copies), "utf-8")
    return {"run": files.run, "content_digest": files.content_digest, "form": form, "tables": tables}


def _copy(kind: str, table: str, folder: str) -> str:
    name = quote(table)
    if kind == "snowflake":
        return (
            f"PUT {literal(f'file://./{folder}/*.parquet')} {literal(f'@synth_stage/{folder}')}"
            " AUTO_COMPRESS = FALSE;\n"
            f"COPY INTO {name} FROM {literal(f'@synth_stage/{folder}/')} FILE_FORMAT = (TYPE = PARQUET)"
            " MATCH_BY_COLUMN_NAME = CASE_SENSITIVE ON_ERROR = ABORT_STATEMENT;\n"
        )
    return f"COPY {name} FROM {literal(f's3://BUCKET/PREFIX/{folder}/')} IAM_ROLE 'ROLE' FORMAT AS PARQUET;\n"
