"""Images out and in: a run as a file to hand on, and a verified file as an experiment with one run."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandError, ConflictError, ImageError, PlanError, PluginError
from ..files import make_folder, move_folder, remove_folder
from ..plan.model import PartitionFile, Plan, RunFiles
from ..store import Lease, NewRun, RunRecord, this_owner
from .addresses import check_name
from .asking import check_query_name
from .definitions import compiled_text, plan_again, planned, recorded_request, stored_text
from .home import new_key
from .pool_files import keep_pool_files, pool_files
from .progress_events import Listener, Progress
from .results import Run

if TYPE_CHECKING:
    from ..images.export import Before, ExportReport
    from ..images.layout import LayerPlan
    from ..images.load import Imported
    from .workspace import Workspace


@dataclass(frozen=True)
class Shipment:
    """How a run is to be written: `thin` without data, `dump` with a file for one engine, `replace` what is there."""

    thin: bool = False
    tag: str | None = None
    dump: str | None = None
    replace: bool = False


def export(
    workspace: "Workspace", record: RunRecord, files: RunFiles, place: str | Path, how: Shipment,
    listen: Listener | None = None,
) -> "ExportReport":  # fmt: skip
    """Write the image of a complete run, which nobody can remove meanwhile, and remember it.

    `place` is a file, or `oci:FOLDER`.

    Raises:
        CommandError: there is no such dump, or a thin image was to have one.
        ConflictError: the file or folder exists.
        ImageError: the run's files are not what was recorded.
    """
    from ..images.export import export as write

    check_dump(how)
    target, folder = _target(place)
    document, _ = stored_text(files.schema)
    tags = [found.name for found in workspace.store.experiments.tags(record.experiment) if found.run == record.address]
    named = how.tag or next(iter(tags), f"run{record.number}")
    history = workspace.store.history.events(record.experiment)
    events = [event.details for event in history if event.kind in ("exported", "imported")]
    before = _before(events, record.content_digest or "")
    with Lease.share(workspace.folders.run(record.key), record.address), _dumped(workspace, files, how) as dump:
        folder_of_pools = workspace.folders.pool_folder(record.request.get("pools"))
        pools = pool_files(folder_of_pools, plan_again(workspace, record).draws_on)
        extra = _belongings(workspace, record, files, thin=how.thin)
        report = write(
            files, document, target, tag=named, thin=how.thin, pools=pools, extra=extra | dump, replace=how.replace,
            folder=folder, before=before, on_layer=_telling(files, target, listen),
        )  # fmt: skip
    facts = {"run": record.address, "file": target.name, "content_digest": report.content_digest, "thin": how.thin}
    layers = [[layer.identity, layer.digest] for layer in report.layers]
    workspace.store.history.add(record.experiment, "exported", **facts, layers=layers)
    return report


def check_dump(how: Shipment) -> None:
    """CommandError unless the image can have such a dump."""
    from ..images.dump import DUMPS

    if how.dump is not None and (how.thin or how.dump not in DUMPS):
        reason = "a thin image has no data to dump" if how.thin else f"there is no dump for {how.dump!r}"
        raise CommandError(f"{reason}; nothing was written", hint=f"--dump takes {' or '.join(DUMPS)}, without --thin")


@contextmanager
def _dumped(workspace: "Workspace", files: RunFiles, how: Shipment) -> Iterator[dict[str, Path]]:
    """The dump that was asked for, by its path in the image; it is gone again at the end, also after a kill."""
    from ..images.dump import dump

    if how.dump is None:
        yield {}
        return
    folder = workspace.folders.arriving(new_key())
    with workspace.folders.claimed(folder, f"the dump of {files.run}"):
        try:
            yield dump(files, how.dump, folder)
        finally:
            remove_folder(folder)


def _belongings(workspace: "Workspace", record: RunRecord, files: RunFiles, *, thin: bool) -> dict[str, bytes | Path]:
    from ..images.warehouse import belongings

    queries, derived = workspace.store.queries.of(record.experiment), workspace.store.derived.of(record.key)
    return dict(belongings(files, queries, derived, thin=thin))


def image_path(source: str | Path) -> Path:
    """The file or folder of an image: `FILE`, `FOLDER` or `oci:FOLDER`."""
    return Path(str(source).removeprefix("oci:")).expanduser()


def _target(place: str | Path) -> tuple[Path, bool]:
    """Where to write, and whether as a folder."""
    return image_path(place).absolute(), str(place).startswith("oci:")


def _before(events: Sequence[Mapping[str, Any]], content: str) -> "Before":
    """What earlier images of the experiment left, as it was when this content was first exported.

    What comes after that is not looked at, so that the same run is exported to the same bytes again.
    """
    from ..images.export import Before

    earlier = list(takewhile(lambda event: event["content_digest"] != content, events))
    full = [event for event in events if not event.get("thin") and "layers" in event]
    layers = [event["layers"] for event in takewhile(lambda event: event["content_digest"] != content, full)]
    return Before(
        earlier[-1]["content_digest"] if earlier else "",
        tuple(identity for identity, _ in layers[-1]) if layers else (),
        {digest for event in events for _, digest in event.get("layers", ())},
    )


def _telling(files: RunFiles, target: Path, listen: Listener | None) -> "Callable[[LayerPlan], None] | None":
    """Progress by layer: the rows of each table that are in the image so far."""
    from ..images.contents import data_path

    if listen is None:
        return None
    started, label = time.monotonic(), f"{files.run} to {target.name}"
    parts = {data_path(part): part for part in files.files}
    totals = {table.name: files.rows(table.name) for table in files.schema.tables}
    rows, left = dict.fromkeys(totals, 0), set(parts)

    def tell(layer: "LayerPlan") -> None:
        for entry in layer.entries:
            if entry.path in left:
                left.remove(entry.path)
                rows[parts[entry.path].table] += parts[entry.path].rows
        end = layer.role == "metadata"
        done = len(parts) - len(left)
        event = Progress(label, dict(rows), totals, done, len(parts), time.monotonic() - started, finished=end)
        listen(event)

    return tell


def import_image(
    workspace: "Workspace", source: Path, name: str | None, verify_only: bool, check: bool = True
) -> Run:
    """Unpack to `incoming/`, verify, make a thin image's data, then publish with one rename and one transaction."""
    from ..images.load import load

    started = time.monotonic()
    if name is not None:
        _check_free(workspace, check_name(name))
    key = new_key()
    arriving = workspace.folders.arriving(key)
    with workspace.folders.claimed(arriving, f"the import of {source.name}"):
        try:
            imported = load(source, arriving / "image", values=check)
            for query in imported.queries:
                check_query_name(query.name)
            arrival = _Arrival(workspace, key, source, imported, name or imported.experiment, check)
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
    def _origin(self) -> str:
        believed = "" if self.checked or self.imported.thin else ", its values not read"
        return f"{self.source.name} ({self.imported.experiment}, {self.imported.content_digest}{believed})"

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
