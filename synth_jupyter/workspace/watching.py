"""Looking on while another process makes a run: only the store is read, so that nothing here can disturb it."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import Interrupted
from ..plan.cuts import partitions_of
from ..store import RunRecord
from .progress_events import Listener, Progress

if TYPE_CHECKING:
    from .workspace import Workspace

_LOOK_SECONDS = 0.25
_BEGINNINGS = ("started", "resumed", "restoring")


def watch(workspace: "Workspace", record: RunRecord, listener: Listener | None) -> RunRecord:
    """The run as it is when it has ended; until then the listener hears of it four times a second.

    Raises:
        Interrupted: the user does not want to look any longer; the run goes on.
        NotFoundError: the run's experiment was deleted.
    """
    attached, already = time.monotonic(), _seconds_so_far(workspace, record)
    tell = listener or _nobody
    try:
        while (now := workspace.seen(workspace.store.runs.get(record.key))).status == "running":
            tell(_progress(workspace, now, already + time.monotonic() - attached))
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt as stop:
        raise Interrupted(
            f"{record.address} is no longer watched, and goes on",
            hint=f"`synth watch {record.address}` looks again, `synth cancel {record.address}` stops it",
        ) from stop
    seconds = already + time.monotonic() - attached if now.seconds is None else now.seconds
    ended = _progress(workspace, now, seconds)
    message = "" if now.status == "complete" else f"{now.status}" + (f" ({now.reason})" if now.reason else "")
    tell(Progress(ended.run, ended.rows, ended.totals, ended.partitions, ended.partition_total, seconds, True, message))
    return now


def _progress(workspace: "Workspace", record: RunRecord, seconds: float) -> Progress:
    made = workspace.store.runs.progress(record.key)
    rows = {table: made.get(table, 0) for table in record.rows}
    cuts = record.request.get("partition_rows")
    done, total = partitions_of(rows, cuts, begun=True), partitions_of(record.rows, cuts)
    return Progress(record.address, rows, record.rows, done, total, seconds)


def _seconds_so_far(workspace: "Workspace", record: RunRecord) -> float:
    """Since the present attempt began, by the wall clock of the history; never negative, whatever clocks do."""
    events = workspace.store.history.events(record.experiment)
    begun = [event.at for event in events if event.kind in _BEGINNINGS and event.details.get("run") == record.address]
    if not begun:
        return 0.0
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(begun[-1])).total_seconds())


def _nobody(event: Progress) -> None:
    """Nobody listens."""
