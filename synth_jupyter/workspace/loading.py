"""Loads of a run into warehouses, on demand or because its document says so."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SynthError, WarehouseError
from ..files import make_folder
from ..plan.model import RunFiles
from ..store import Lease, RunRecord

if TYPE_CHECKING:
    from .workspace import Workspace

OWN_FILES = {"duckdb": "duckdb", "sqlite": "sqlite"}
"""Suffixes of the files that a workspace keeps by itself, by the word of their warehouse."""
_ON_DISK = ("duckdb", "sqlite", "dir")


def load(
    workspace: "Workspace",
    record: RunRecord,
    files: RunFiles,
    target: str,
    *,
    schema: str | None = None,
    replace: bool = False,
    **more: Any,
) -> Any:
    """Load a run, which nobody can remove meanwhile, and remember where; returns the report.

    `more` are options that not every target takes: `provenance`, `format`.

    Raises:
        WarehouseError: the target cannot be used.
        ConflictError: it holds other tables of these names and `replace` is false.
    """
    from ..warehouses import open_target

    chosen = {name: value for name, value in more.items() if value}
    if "format" in chosen and not target.startswith("dir:"):
        raise WarehouseError(f"--format is for folders, and {target} is none", hint="write --into dir:FOLDER")
    folder = workspace.folders.run(record.key)
    warehouse = open_target(target, workspace.environment)
    try:
        with Lease.share(folder, record.address) if folder.exists() else nullcontext():
            report = warehouse.load(files, schema=schema, replace=replace, **chosen)
    finally:
        warehouse.close()
    _remember(workspace, record, target, {table.name: files.rows(table.name) for table in files.schema.tables}, report)
    return report


def _remember(workspace: "Workspace", record: RunRecord, target: str, rows: dict[str, int], report: Any) -> None:
    """Once; also for a load whose process died before it could say so."""
    place = _absolute(target)
    known = {(one.run, one.target) for one in workspace.store.runs.loads(record.experiment)}
    if not report.already or (record.address, place) not in known:
        workspace.store.runs.record_load(record.key, place, rows)


def _absolute(target: str) -> str:
    """The target as it is found from any folder."""
    kind, _, rest = target.partition(":")
    word, equals, path = rest.partition("=") if rest.startswith("script=") else ("", "", rest)
    if kind in _ON_DISK or equals:
        return f"{kind}:{word}{equals}{Path(path).expanduser().absolute()}"
    return target


def unload(workspace: "Workspace", experiment: str) -> list[dict[str, Any]]:
    """Drop what the runs of an experiment have loaded, and nothing else; says where and what.

    Raises:
        WarehouseError: a target cannot be reached, or somebody's own table refers to one of these.
        ConflictError: files of a folder were changed.
    """
    from ..warehouses import open_target

    store = workspace.store.runs
    contents = {run.address: run.content_digest or "" for run in store.of(experiment)}
    gone = []
    for target in dict.fromkeys(one.target for one in store.loads(experiment)):
        if _is_missing(target):
            gone.append({"target": target, "dropped": {}, "missing": True})
            continue
        warehouse = open_target(target, workspace.environment)
        try:
            gone.append({"target": target, "dropped": warehouse.unload(list(contents.items())), "missing": False})
        finally:
            warehouse.close()
    return gone


def _is_missing(target: str) -> bool:
    kind, _, rest = target.partition(":")
    return (kind in _ON_DISK or rest.startswith("script=")) and not Path(rest.removeprefix("script=")).exists()


def load_by_itself(workspace: "Workspace", record: RunRecord, files: RunFiles) -> Any:
    """Load a new run into the warehouse that its document names; None when it names none.

    Raises:
        SynthError: of the load's kind; the run itself is complete, and the message says so.
    """
    if not files.schema.warehouse:
        return None
    target = own_target(workspace, files.schema.warehouse, record.experiment)
    try:
        return load(workspace, record, files, target, replace=True)
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
