"""Images out: a run as a file to hand on, or to an engine or a registry."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandError, ImageError
from ..files import remove_folder
from ..plan.model import RunFiles
from ..pools import PoolUse
from ..store import Lease, RunRecord
from .basing import based
from .definitions import plan_again, stored_text
from .home import new_key
from .pool_files import pool_files
from .progress_events import Listener, Progress

if TYPE_CHECKING:
    from ..images.export import Before, ExportReport
    from ..images.layout import Base, LayerPlan
    from ..images.pushing import PushReport
    from ..images.references import Reference
    from .workspace import Workspace


@dataclass(frozen=True)
class Shipment:
    """How a run is to be written: `thin` without data, `dump` with a file for one engine, `replace` what is there.

    `base` is another image to lay it upon, the one for `platform` (`linux/arm64`) where there are several; with `init`
    it is a PostgreSQL that fills itself at its first start. Without a base, `platform` may name several.
    """

    thin: bool = False
    tag: str | None = None
    dump: str | None = None
    replace: bool = False
    base: str | None = None
    init: str | None = None
    platform: str | None = None

    @property
    def dumps(self) -> tuple[str, ...]:
        """The engines that the image holds a file for."""
        return tuple(dict.fromkeys(engine for engine in (self.dump, self.init) if engine))


def export(
    workspace: "Workspace", record: RunRecord, files: RunFiles, place: str | Path, how: Shipment,
    listen: Listener | None = None,
) -> "ExportReport":  # fmt: skip
    """Write the image of a complete run, which nobody can remove meanwhile, and remember it.

    `place` is a file, `oci:FOLDER`, or `daemon:[NAME]`, an engine on this machine.

    Raises:
        CommandError: there is no such dump, or a thin image was to have one.
        ConflictError: the file or folder exists.
        ImageError: the run's files are not what was recorded, or no engine answers.
    """
    from ..images.engine_api import PREFIX, loading, socket_path
    from ..images.export import export as write
    from ..images.export import send
    from ..images.layout import repository

    name = str(place)
    if name.startswith(PREFIX):
        engine = loading(socket_path(), name.removeprefix(PREFIX))
        name = name if name != PREFIX else f"{PREFIX}{repository(files.schema.name)}:{_tag_of(workspace, record, how)}"
        return _ship(workspace, record, files, how, name, partial(send, place=engine, name=name), listen)
    target, folder = _target(place)
    deliver = partial(write, target=target, replace=how.replace, folder=folder)
    return _ship(workspace, record, files, how, target.name, deliver, listen)


def push(
    workspace: "Workspace", record: RunRecord, files: RunFiles, reference: str, how: Shipment, *, force: bool = False,
    listen: Listener | None = None,
) -> "PushReport":  # fmt: skip
    """Send the image of a complete run to a registry, and remember it; the tag is that of the run unless given.

    Raises:
        ConflictError: the tag names other content there, and `force` is false.
        ImageError: the registry cannot be reached, or refuses.
    """
    from ..images.export import send
    from ..images.pushing import Pushed, PushReport, pushing
    from ..images.references import parse_reference

    target = parse_reference(reference).tagged(_tag_of(workspace, record, how))
    done, elsewhere = Pushed(), _layers_at(workspace, target)
    place = pushing(target, record.content_digest or "", done, force=force, elsewhere=elsewhere)

    def deliver(run: RunFiles, document: str, *, base: "Base", **more: Any) -> "ExportReport":
        elsewhere.update(_layers_of(base, target))
        return send(run, document, place, str(target), base=base, **more)

    tagged = replace(how, tag=target.tag)
    report = _ship(workspace, record, files, tagged, str(target), deliver, listen, registry=target.host)
    return PushReport.of(target, report, done)


def _layers_of(base: "Base", target: "Reference") -> dict[str, str]:
    """The layers of a base that comes from the same registry, by their digest: they can be taken over there."""
    from ..images.references import parse_reference

    try:
        place = parse_reference(base.name)
    except ImageError:
        return {}
    known = place.host == target.host and place.repository != target.repository
    return {f"sha256:{layer.digest}": place.repository for layer in base.blobs} if known else {}


def _layers_at(workspace: "Workspace", target: "Reference") -> dict[str, str]:
    """Layers that were pushed to other repositories of the same registry, by their digest."""
    from ..images.references import parse_reference

    found: dict[str, str] = {}
    for event in workspace.store.history.events():
        if "registry" in event.details and event.kind == "exported":
            place = parse_reference(event.details["file"])
            if place.host == target.host and place.repository != target.repository:
                found |= {digest: place.repository for _, digest in event.details["layers"]}
    return found


def _ship(
    workspace: "Workspace", record: RunRecord, files: RunFiles, how: Shipment, name: str,
    deliver: "Callable[..., ExportReport]", listen: Listener | None, **facts: Any,
) -> "ExportReport":  # fmt: skip
    check_how(how)
    document, _ = stored_text(files.schema)
    history = workspace.store.history.events(record.experiment)
    events = [event.details for event in history if event.kind in ("exported", "imported")]
    before = _before(events, record.content_digest or "")
    with (
        Lease.share(workspace.folders.run(record.key), record.address),
        based(workspace, how.base, init=how.init, platform=how.platform) as base,
        _dumped(workspace, files, how) as dump,
    ):
        pools = pool_files(workspace.folders.pool_folder(record.request.get("pools")), _drawn_on(workspace, record))
        extra = _belongings(workspace, record, files, thin=how.thin)
        report = deliver(
            files, document, tag=_tag_of(workspace, record, how), thin=how.thin, pools=pools, extra=extra | dump,
            before=before, base=base, on_layer=_telling(files, name, listen),
        )  # fmt: skip
    facts |= {"run": record.address, "file": name, "content_digest": report.content_digest, "thin": how.thin}
    layers = [[layer.identity, layer.digest] for layer in report.layers]
    workspace.store.history.add(record.experiment, "exported", **facts, layers=layers)
    return report


def _drawn_on(workspace: "Workspace", record: RunRecord) -> Sequence[PoolUse]:
    """The pools of a run, as they were noted when it was planned; a run of an earlier version is planned again."""
    noted = record.request.get("draws_on")
    return plan_again(workspace, record).draws_on if noted is None else [PoolUse.from_dict(each) for each in noted]


def _tag_of(workspace: "Workspace", record: RunRecord, how: Shipment) -> str:
    tags = [found.name for found in workspace.store.experiments.tags(record.experiment) if found.run == record.address]
    return how.tag or next(iter(tags), f"run{record.number}")


def check_how(how: Shipment) -> None:
    """CommandError unless an image can be written that way."""
    from ..images.dump import DUMPS

    if unknown := [engine for engine in how.dumps if engine not in DUMPS]:
        raise CommandError(f"there is no dump for {unknown[0]!r}; nothing was written", hint=f"{' or '.join(DUMPS)} is")
    if how.thin and how.dumps:
        asked = "to dump" if how.dump else "to fill a database with"
        raise CommandError(f"a thin image has no data {asked}; nothing was written", hint="leave out --thin")
    if how.base is None and how.init:
        raise CommandError("--init is about the image of --base, and there is none; nothing was written",
                           hint="add --base oci:FOLDER, a tar file, or registry.example/postgres:17")  # fmt: skip
    if how.init not in (None, "postgres"):
        raise CommandError(f"--init {how.init!r} is unknown; nothing was written", hint="--init postgres is known")


@contextmanager
def _dumped(workspace: "Workspace", files: RunFiles, how: Shipment) -> "Iterator[dict[str, bytes | Path]]":
    """The dumps that were asked for, by their path in the image; they are gone again at the end, also after a kill."""
    from ..images.dump import dump

    if not how.dumps:
        yield {}
        return
    folder = workspace.folders.arriving(new_key())
    with workspace.folders.claimed(folder, f"the dump of {files.run}"):
        try:
            found: dict[str, bytes | Path] = {}
            for engine in how.dumps:
                found |= dump(files, engine, folder)
            yield found | (_first_start(files, found) if how.init else {})
        finally:
            remove_folder(folder)


def _first_start(files: RunFiles, dumps: Mapping[str, bytes | Path]) -> dict[str, bytes | Path]:
    from ..images.base import first_start
    from ..images.readme import FIRST_START

    (dump,) = (path for path in dumps if path.endswith(".sql"))
    return {FIRST_START: first_start(dump, {table.name: files.rows(table.name) for table in files.schema.tables})}


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


def _telling(files: RunFiles, name: str, listen: Listener | None) -> "Callable[[LayerPlan], None] | None":
    """Progress by layer: the rows of each table that are in the image so far."""
    from ..images.contents import data_path

    if listen is None:
        return None
    started, label = time.monotonic(), f"{files.run} to {name}"
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
