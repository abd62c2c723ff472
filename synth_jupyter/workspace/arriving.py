"""Images in: a file, a folder, an engine or a registry gives one, and it becomes an experiment with one run."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConflictError, ImageError, PlanError, PluginError
from ..files import make_folder, move_folder, remove_folder
from ..plan.model import PartitionFile, Plan
from ..store import NewRun, RunRecord, this_owner
from .addresses import check_name
from .asking import check_query_name
from .definitions import compiled_text, planned, recorded_request, stored_text
from .home import new_key
from .pool_files import keep_pool_files
from .progress_events import Listener, Reporter
from .results import Part, Run
from .shipping import image_path

if TYPE_CHECKING:
    from ..images.load import Imported
    from .workspace import Workspace

Fetch = Callable[[Path], Path]
"""Gives the file or folder of an image; what it must write goes below the folder it is given, and is removed later."""


def import_image(workspace: "Workspace", source: str | Path, how: "Wanted") -> Run:
    """Bring in an image from a file, `oci:FOLDER`, or `daemon:NAME`, an engine on this machine."""
    from ..images.engine_api import PREFIX, save, socket_path

    if str(source).startswith(PREFIX):
        name, socket = str(source).removeprefix(PREFIX), socket_path()

        def saved(folder: Path) -> Path:
            save(socket, name, folder / "image.tar")
            return folder / "image.tar"

        return _arrive(workspace, str(source), saved, how)
    path = image_path(source).absolute()
    return _arrive(workspace, path.name, lambda folder: path, how)


def pull(workspace: "Workspace", reference: str, how: "Wanted") -> Run:
    """Bring in an image from a registry."""
    from ..images.pulling import pull as fetch
    from ..images.references import parse_reference

    wanted = parse_reference(reference).tagged("latest")

    reporters: list[Reporter] = []

    def pulled(folder: Path) -> Path:
        fetch(wanted, folder / "layout", tables=how.tables, on_layer=_telling(str(wanted), reporters, how.listen))
        return folder / "layout"

    run = _arrive(workspace, str(wanted), pulled, how)
    for reporter in reporters:
        reporter.tell(finished=True)
    return run


@dataclass(frozen=True)
class Wanted:
    """What is to become of an image: its `name` here; only to be verified; whether its values are read; of some
    `tables` alone, with those that their keys lead to; who is told how far it is fetched."""

    name: str | None = None
    verify_only: bool = False
    check: bool = True
    tables: Sequence[str] | None = None
    listen: Listener | None = None


def _telling(
    label: str, reporters: list[Reporter], listen: Listener | None
) -> Callable[[Mapping[str, int], Mapping[str, int], int], None]:
    """Progress by layer: the rows of each table that were fetched so far."""

    def tell(rows: Mapping[str, int], totals: Mapping[str, int], layers: int) -> None:
        if not totals:  # a thin image: nothing that takes long is fetched
            return
        if not reporters:
            reporters.append(Reporter(label, totals, layers, listen))
        reporters[0].count(rows)
        reporters[0].tell()

    return tell


def _arrive(workspace: "Workspace", source: str, fetch: Fetch, how: Wanted) -> Run:
    """Unpack to `incoming/`, verify, make a thin image's data, then publish with one rename and one transaction."""
    from ..images.load import load

    started = time.monotonic()
    if how.name is not None:
        _check_free(workspace, check_name(how.name))
    key = new_key()
    arriving = workspace.folders.arriving(key)
    with workspace.folders.claimed(arriving, f"the import of {source}"):
        try:
            make_folder(arriving / "fetched")
            image = fetch(arriving / "fetched")
            imported = load(image, arriving / "image", tables=how.tables, values=how.check)
            remove_folder(arriving / "fetched")
            for query in imported.queries:
                check_query_name(query.name)
            arrival = _Arrival(workspace, key, source, imported, how.name or imported.experiment, how.check)
            if how.verify_only:
                return Run(arrival.verified(), part=arrival.part)
            _check_free(workspace, arrival.name)
            return Run(arrival.publish(started), part=arrival.part)
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
    source: str
    imported: "Imported"
    name: str
    checked: bool

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
        adopted = workspace.store.runs.adopt(
            new, document, digest, content=self.imported.content_digest, files=files,
            seconds=time.monotonic() - started, compiled=compiled_text(document, self.name),
        )  # fmt: skip
        for query in self.imported.queries:
            workspace.store.queries.save(self.name, query.name, query.sql, query.dialect)
        return adopted

    @property
    def part(self) -> Part | None:
        """Which part of the image this is; None for the whole."""
        image = self.imported
        return Part(image.whole, image.brought, image.left_out) if image.left_out else None

    @property
    def _origin(self) -> str:
        image = self.imported
        believed = "" if self.checked or image.thin else ", its values not read"
        part = f", without {', '.join(image.left_out)}" if image.left_out else ""
        return f"{self.source} ({image.experiment}, {image.whole}{part}{believed})"

    def _plan(self) -> tuple[Plan | None, dict[str, Any]]:
        """How the data was made; None where this installation cannot make it, which only a thin image needs."""
        image = self.imported
        request = {
            "rows": dict(image.rows), "scale": "1", "partition_rows": dict(image.cuts),
            "pools": self.key if image.pools else None,
        }  # fmt: skip
        try:
            plan = planned(self.workspace, image.schema, image.seed, request)
            return plan, recorded_request(request, plan)
        except (PlanError, PluginError) as error:
            if image.thin:
                raise ImageError(
                    f"the data of {self.source} cannot be made here: {error.message}; nothing was stored",
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
                f"{self.source} announces the content {self.imported.content_digest}, and this installation makes "
                f"{made}; nothing was stored",
                hint="ask for a full image, or import it with the version of this package that wrote it",
            )
        remove_folder(folder / "stage")
        remove_folder(folder / "image")
        return files
