"""Images out and in: a run as a file to hand on, and a verified file as an experiment with one run."""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConflictError, ImageError, PlanError, PluginError
from ..files import make_folder, move_folder, remove_folder
from ..plan.cuts import Cuts
from ..plan.model import PartitionFile, Plan, RunFiles
from ..store import Lease, NewRun, RunRecord, this_owner
from .addresses import check_name
from .definitions import plan_again, planned, stored_text
from .home import new_key
from .pool_files import keep_pool_files, pool_files
from .results import Run

if TYPE_CHECKING:
    from ..images.load import Imported
    from .workspace import Workspace


def export(
    workspace: "Workspace", record: RunRecord, files: RunFiles, target: Path, *, thin: bool, tag: str | None
) -> Any:
    """Write the image of a complete run, which nobody can remove meanwhile, and remember it.

    Raises:
        ConflictError: the file exists.
        ImageError: the run's files are not what was recorded.
    """
    from ..images.export import export as write

    document, _ = stored_text(files.schema)
    tags = [found.name for found in workspace.store.experiments.tags(record.experiment) if found.run == record.address]
    named = tag or next(iter(tags), f"run{record.number}")
    with Lease.share(workspace.folders.run(record.key), record.address):
        folder = workspace.folders.pool_folder(record.request.get("pools"))
        pools = pool_files(folder, lambda noted: plan_again(workspace, record, noted))
        report = write(files, document, target, tag=named, thin=thin, pools=pools)
    facts = {"run": record.address, "file": target.name, "content_digest": report.content_digest, "thin": thin}
    workspace.store.history.add(record.experiment, "exported", **facts)
    return report


def import_image(workspace: "Workspace", source: Path, name: str | None, verify_only: bool) -> Run:
    """Unpack to `incoming/`, verify, make a thin image's data, then publish with one rename and one transaction."""
    from ..images.load import load

    started = time.monotonic()
    if name is not None:
        _check_free(workspace, check_name(name))
    key = new_key()
    arriving = workspace.folders.arriving(key)
    with workspace.folders.claimed(arriving, f"the import of {source.name}"):
        try:
            imported = load(source, arriving / "image")
            arrival = _Arrival(workspace, key, source, imported, name or imported.experiment)
            if verify_only:
                return Run(arrival.verified())
            _check_free(workspace, arrival.name)
            return Run(arrival.publish(started))
        finally:
            remove_folder(arriving)


def _check_free(workspace: "Workspace", name: str) -> None:
    if name.casefold() in {known.name.casefold() for known in workspace.store.experiments.all()}:
        raise ConflictError(
            f"experiment {name!r} exists already; nothing was stored",
            hint="import it under another name with --as NAME",
        )


@dataclass(frozen=True)
class _Arrival:
    """A verified image in `incoming/<key>`, on its way to become the one run of the experiment `name`."""

    workspace: "Workspace"
    key: str
    source: Path
    imported: "Imported"
    name: str

    def verified(self) -> RunRecord:
        """The run as the image announces it; nothing is stored."""
        image = self.imported
        return RunRecord(
            self.key, self.name, 0, 0, image.seed, dict(image.rows), "", "complete", 0,
            content_digest=image.content_digest, origin=self._origin,
        )  # fmt: skip

    def publish(self, started: float) -> RunRecord:
        """One rename and one transaction; a crash between them leaves a folder that the next opening removes."""
        pools = self.workspace.folders.pool_folder(self.key)
        try:
            keep_pool_files(pools, self.imported.pools)
            return self._publish(started)
        except BaseException:
            remove_folder(pools)
            raise

    def _publish(self, started: float) -> RunRecord:
        workspace = self.workspace
        folder = workspace.folders.arriving(self.key)
        plan, request = self._plan()
        files = self._made(plan, folder) if self.imported.thin else self._unpacked(folder)
        schema = replace(self.imported.schema, name=self.name)
        document, digest = stored_text(schema)
        new = NewRun(
            self.key, self.name, 1, self.imported.seed, self.imported.rows, plan.digest if plan else "",
            this_owner(), request, self._origin,
        )  # fmt: skip
        make_folder(workspace.folders.runs)
        move_folder(folder, workspace.folders.run(self.key))
        return workspace.store.runs.adopt(
            new, document, digest, content=self.imported.content_digest, files=files,
            seconds=time.monotonic() - started,
        )  # fmt: skip

    @property
    def _origin(self) -> str:
        return f"{self.source.name} ({self.imported.experiment}, {self.imported.content_digest})"

    def _plan(self) -> tuple[Plan | None, dict[str, Any]]:
        """How the data was made; None where this installation cannot make it, which only a thin image needs."""
        image = self.imported
        request = {
            "rows": dict(image.rows), "scale": "1", "partition_rows": _bounds(image),
            "pools": self.key if image.pools else None,
        }  # fmt: skip
        try:
            return planned(self.workspace, image.schema, image.seed, request), request
        except (PlanError, PluginError) as error:
            if image.thin:
                raise ImageError(
                    f"the data of {self.source.name} cannot be made here: {error.message}; nothing was stored",
                    hint="ask for a full image",
                ) from error
            return None, request

    def _unpacked(self, folder: Path) -> tuple[PartitionFile, ...]:
        os.rename(folder / "image" / "data", folder / "data")
        remove_folder(folder / "image")
        return self.imported.files

    def _made(self, plan: Plan | None, folder: Path) -> tuple[PartitionFile, ...]:
        """A thin image's data, made here and proved by its digest."""
        from ..engine.digest import content_digest
        from ..engine.execute import execute
        from ..engine.executors import local_executor

        assert plan is not None
        with local_executor(plan, self.workspace.settings.workers) as executor:
            files = tuple(file for file in execute(plan, folder, executor, epoch=1) if file is not None)
        made = content_digest(self.imported.schema, files)
        if made != self.imported.content_digest:
            raise ImageError(
                f"{self.source.name} announces the content {self.imported.content_digest}, and this installation makes "
                f"{made}; nothing was stored",
                hint="ask for a full image, or import it with the version of this package that wrote it",
            )
        remove_folder(folder / "stage")
        remove_folder(folder / "image")
        return files


def _bounds(image: "Imported") -> dict[str, int | list[int]]:
    """Where each table is cut, as its files show it."""
    counts: dict[str, list[int]] = {}
    for file in sorted(image.files, key=lambda file: file.index):
        counts.setdefault(file.table, []).append(file.rows)
    return {table: Cuts.covering(rows).to_json() for table, rows in counts.items()}
