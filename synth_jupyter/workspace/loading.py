"""Loads of a run into warehouses, on demand or because its document says so."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ..errors import SynthError
from ..files import make_folder
from ..plan.model import RunFiles
from ..store import Lease, RunRecord

if TYPE_CHECKING:
    from .workspace import Workspace

OWN_FILES = {"duckdb": "duckdb", "sqlite": "sqlite"}
"""Suffixes of the files that a workspace keeps by itself, by the word of their warehouse."""


def load(
    workspace: "Workspace", record: RunRecord, files: RunFiles, target: str, *, schema: str | None, replace: bool
) -> Any:
    """Load a run, which nobody can remove meanwhile, and remember where; returns the report.

    Raises:
        WarehouseError: the target cannot be used.
        ConflictError: it holds other tables of these names and `replace` is false.
    """
    from ..warehouses import open_target

    folder = workspace.folders.run(record.key)
    warehouse = open_target(target, workspace.environment)
    try:
        with Lease.share(folder, record.address) if folder.exists() else nullcontext():
            report = warehouse.load(files, schema=schema, replace=replace)
    finally:
        warehouse.close()
    if not report.already:
        rows = {table.name: files.rows(table.name) for table in files.schema.tables}
        workspace.store.runs.record_load(record.key, report.target, rows)
    return report


def load_by_itself(workspace: "Workspace", record: RunRecord, files: RunFiles) -> Any:
    """Load a new run into the warehouse that its document names; None when it names none.

    Raises:
        SynthError: of the load's kind; the run itself is complete, and the message says so.
    """
    if not files.schema.warehouse:
        return None
    target = own_target(workspace, files.schema.warehouse, record.experiment)
    try:
        return load(workspace, record, files, target, schema=None, replace=True)
    except SynthError as error:
        raise type(error)(
            f"{record.address} is complete, but could not be loaded into {files.schema.warehouse}: {error.message}",
            hint=error.hint or f"load it with `synth load {record.address} --into TARGET`",
            problems=error.problems,
        ) from error


def own_target(workspace: "Workspace", warehouse: str, experiment: str) -> str:
    """The target of a document's `warehouse`: a bare `duckdb` or `sqlite` is a file of the workspace."""
    if warehouse not in OWN_FILES:
        return warehouse
    make_folder(workspace.folders.warehouses)
    return f"{warehouse}:{workspace.folders.warehouses / experiment}.{OWN_FILES[warehouse]}"
