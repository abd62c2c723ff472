"""From a plan to a complete run: generate, resume and restore, each under a lease and with one ending.

Every partition is recorded as it is published; that record is the only commit point. Whatever ends a run early ends
here: the workers are gone, the status says why, and the message says what is kept and how to go on.
"""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConflictError, GenerationError, Interrupted, StoreError, SynthError
from ..files import remove_folder
from ..plan.model import PartitionFile, Plan
from ..store import Lease, NewRun, RunRecord, SchemaVersion, Store, refuse_elsewhere, this_owner
from .home import Home, new_key
from .interruption import Interruption, interrupted_once
from .manifest import write_manifest
from .progress_events import Listener, Reporter
from .removal import Removal
from .sites import Site, place_of

_LOOK_SECONDS = 0.25
UNFINISHED = ("running", "partial", "failed")


class _Cancelled(Exception):
    """Somebody asked in the store for this run to stop."""


@dataclass(frozen=True)
class _Hold:
    """A run that is ours now: its record of this epoch, its lease, and whether Ctrl-C came since."""

    record: RunRecord
    lease: Lease
    interruption: Interruption


class _OtherContent(GenerationError):
    """The data came out differently from what is on record."""


@dataclass(frozen=True)
class Generation:
    """What a run is made with; `workers` 0 means one for each core."""

    home: Home
    store: Store
    workers: int = 0
    listener: Listener | None = None
    executor: str = "local"

    def generate(self, new: NewRun, plan: Plan) -> RunRecord:
        """A new run of `plan`, complete.

        Raises:
            GenerationError: it ended early; Interrupted when the user stopped it.
        """
        with self._ours(self.home.run(new.key), new.experiment) as (lease, interruption):
            record = self.store.runs.begin(new)
            return self._drive(_Hold(record, lease, interruption), plan, [])

    def resume(self, record: RunRecord, plan_again: Callable[[], Plan]) -> RunRecord:
        """The rest of a run: what is recorded and intact stays, everything else is made again.

        A complete run whose files are all intact is returned as it is.

        Raises:
            ConflictError: somebody holds it, it was reset, or its plan cannot be built again.
            GenerationError: it ended early, or its content came out differently.
        """
        if record.status == "reset":
            raise ConflictError(f"{record.address} was reset", hint=f"`synth restore {record.address}` makes it again")
        folder = self.home.run(record.key)
        refuse_elsewhere(folder, record)
        with self._ours(folder, record.address) as (lease, interruption):
            recorded = self.store.runs.partitions(record.key)
            now = self.store.runs.get(record.key)
            if now.status == "complete" and self._is_whole(now, recorded):
                write_manifest(folder, now, str(now.content_digest), recorded)
                return now
            plan = _same_plan(record, plan_again())
            _same_values(record, plan, recorded, self._reporter(record, plan))
            mine = self.store.runs.claim(record.key, this_owner(), (*UNFINISHED, "complete"))
            return self._drive(_Hold(mine, lease, interruption), plan, recorded)

    def restore(self, record: RunRecord, plan_again: Callable[[], Plan]) -> RunRecord:
        """A reset run made again, and proved to be the same by its content digest; one that fails is reset again.

        Raises:
            ConflictError: it was not reset, never finished, or its plan cannot be built again.
            GenerationError: it failed, or its content came out differently: nothing is kept; or it was stopped.
        """
        if record.status != "reset":
            raise ConflictError(f"{record.address} was not reset, it is {record.status}")
        if record.content_digest is None:
            raise ConflictError(
                f"{record.address} never finished, so there is nothing to restore",
                hint=f"`synth generate {record.experiment} --seed {record.seed}` makes a new run",
            )
        plan = _same_plan(record, plan_again())
        folder = self.home.run(record.key)
        try:
            with self._ours(folder, record.address) as (lease, interruption):
                mine = self.store.runs.claim(record.key, this_owner(), ("reset",))
                return self._drive(_Hold(mine, lease, interruption), plan, [])
        except GenerationError as error:
            if self.store.runs.get(record.key).status != "failed":
                raise
            Removal(self.home, self.store).reset([record], "restore_failed")
            raise GenerationError(
                f"{error.message}, and gone now: {record.address} is reset again",
                hint=f"`synth restore {record.address}` tries again",
            ) from error

    @contextmanager
    def _ours(self, folder: Path, what: str) -> Iterator[tuple[Lease, Interruption]]:
        """The folder under a lease; what the system refuses outside of a run's own care is an error of ours."""
        try:
            with interrupted_once() as interruption, self.home.claimed(folder, what) as lease:
                yield lease, interruption
        except OSError as error:
            hint = f"make room, or make {self.home.path} writable for you; then repeat the command"
            raise StoreError(f"{what}: {_reason(error)}; nothing that was recorded is lost", hint=hint) from error

    def _drive(self, hold: _Hold, plan: Plan, recorded: Sequence[PartitionFile]) -> RunRecord:
        record = hold.record
        reporter = self._reporter(record, plan)
        try:
            self._execute(hold, plan, recorded, reporter)
            return self._finish(record, plan, reporter)
        except KeyboardInterrupt as stop:
            raise self._stopped(Interrupted, record, reporter, "partial", "interrupted") from stop
        except _Cancelled:
            raise self._stopped(GenerationError, record, reporter, "partial", "cancelled") from None
        except _OtherContent as error:
            self._stopped(GenerationError, record, reporter, "failed", error.message)
            raise
        except (SynthError, OSError, MemoryError) as error:
            if hold.interruption.came:  # libraries turn Ctrl-C into errors of their own
                raise self._stopped(Interrupted, record, reporter, "partial", "interrupted") from error
            hint = error.hint if isinstance(error, SynthError) else ""
            raise self._stopped(GenerationError, record, reporter, "failed", _reason(error), hint) from error

    def _execute(self, hold: _Hold, plan: Plan, recorded: Sequence[PartitionFile], reporter: Reporter) -> None:
        record, site, look = hold.record, self._site(hold.record), self._looking(hold, reporter)
        intact = site.recover(recorded, _checking(recorded, reporter, look))
        if len(intact) < len(recorded):
            kept = {(file.table, file.index) for file in intact}
            lost = [file for file in recorded if (file.table, file.index) not in kept]
            self.store.runs.drop_partitions(record.key, record.epoch, lost)
        reporter.add(intact)
        lost_count = len(recorded) - len(intact)
        reporter.tell(f"{lost_count} missing or damaged partitions are made again" if lost_count else "")
        done = {(file.table, file.index) for file in intact}
        with self.store.runs.many() as runs, site.executor(plan) as executor:
            for file in site.execute(plan, executor, epoch=record.epoch, done=done):
                if file is not None:
                    runs.record_partition(record.key, record.epoch, file)
                    reporter.add([file])
                reporter.tell()
                look()

    def _looking(self, hold: _Hold, reporter: Reporter) -> Callable[[], None]:
        """A function that shows now and then that the run lives, and raises _Cancelled when it is to stop."""
        looked = 0.0

        def look() -> None:
            nonlocal looked
            if reporter.seconds - looked >= _LOOK_SECONDS:
                looked = reporter.seconds
                hold.lease.beat()
                self._look_for_cancel(hold.record)

        return look

    def _is_whole(self, record: RunRecord, recorded: Sequence[PartitionFile]) -> bool:
        """Whether every file of a complete run is intact."""
        reporter = Reporter(record.address, record.rows, len(recorded), self.listener)
        beat = _checking(recorded, reporter, lambda: None)
        return all(self._site(record).is_intact(file, beat) for file in recorded)

    def _reporter(self, record: RunRecord, plan: Plan) -> Reporter:
        return Reporter(record.address, plan.rows, sum(table.partition_count for table in plan.tables), self.listener)

    def _site(self, record: RunRecord) -> Site:
        place = place_of(record.request, record.key)
        return Site(self.home.run(record.key), place, self.executor, self.workers)

    def _look_for_cancel(self, record: RunRecord) -> None:
        if self.store.runs.get(record.key).cancel_requested:
            raise _Cancelled

    def _finish(self, record: RunRecord, plan: Plan, reporter: Reporter) -> RunRecord:
        from ..engine.digest import content_digest

        files = self.store.runs.partitions(record.key)
        digest = content_digest(plan.schema, files)
        if record.content_digest not in (None, digest):
            raise _OtherContent(
                f"{record.address} had the content {record.content_digest} and came out as {digest}; "
                "nothing was published",
                hint="a generator, a pool or a library behaves differently from when the run was made",
            )
        remove_folder(self.home.run(record.key) / "stage")
        write_manifest(self.home.run(record.key), record, digest, files)
        complete = self.store.runs.complete(record.key, record.epoch, digest, reporter.seconds)
        reporter.tell(finished=True)
        return complete

    def _stopped(
        self, kind: type[GenerationError], record: RunRecord, reporter: Reporter, status: str, reason: str,
        hint: str = "",
    ) -> GenerationError:  # fmt: skip
        kept = f"{reporter.partitions} of {reporter.partition_total} partitions are kept"
        try:
            self.store.runs.stop(record.key, record.epoch, status, reason)
        except (StoreError, ConflictError, GenerationError) as error:
            kept += f" (and the store could not be told: {error.message})"
        reporter.tell(f"{reason}; {kept}", finished=True)
        way_out = hint or f"go on with `synth resume {record.address}`"
        return kind(f"{record.address}: {reason}; {kept}", hint=way_out)


def new_run(version: SchemaVersion, plan: Plan, request: Mapping[str, Any]) -> NewRun:
    """A run of this process under a new key."""
    return NewRun(
        new_key(), version.experiment, version.version, plan.seed, plan.rows, plan.digest, this_owner(), request
    )


def _same_plan(record: RunRecord, plan: Plan) -> Plan:
    if plan.digest != record.plan_digest:
        raise ConflictError(
            f"{record.address} cannot be made again here: its plan was {record.plan_digest} and is now {plan.digest}; "
            "nothing was changed",
            hint=f"a generator or a pool has changed since; `synth generate {record.experiment}` makes a new run",
        )
    return plan


def _checking(recorded: Sequence[PartitionFile], reporter: Reporter, look: Callable[[], None]) -> Callable[[], None]:
    """What to call for each MiB of recorded files that is read: tells how much of them that is, and looks around."""
    total, read = sum(file.bytes for file in recorded) >> 20, 0

    def beat() -> None:
        nonlocal read
        read += 1
        reporter.beat(f"checking what is there, {min(read, total):,} of {total:,} MiB")
        look()

    return beat


def _same_values(record: RunRecord, plan: Plan, recorded: Sequence[PartitionFile], reporter: Reporter) -> None:
    """Raise ConflictError when other versions began the run, and partitions that they made come out differently."""
    from ..engine.fingerprint import fingerprint, made_otherwise, named

    then, now = record.request.get("engine"), fingerprint()
    if then is None or then == now:
        return
    other = made_otherwise(plan, recorded, lambda: reporter.beat("comparing versions"))
    if other is not None:
        raise ConflictError(
            f"{record.address} was begun with {named(then)}; here is {named(now)}, which makes other values of "
            f"{other.table!r}; nothing was changed",
            hint=f"resume it with those versions, or make a new run: `synth generate {record.experiment} "
            f"--seed {record.seed}`",
        )


def _reason(error: BaseException) -> str:
    if isinstance(error, SynthError):
        return error.message
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full ({error.strerror})"
    return f"{type(error).__name__}: {error}"
