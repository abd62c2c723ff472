"""From a plan to a complete run: generate, resume and restore, each under a lease and with one ending.

Every partition is recorded as it is published; that record is the only commit point. Whatever ends a run early ends
here: the workers are gone, the status says why, and the message says what is kept and how to go on.
"""

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConflictError, GenerationError, Interrupted, StoreError, SynthError
from ..files import remove_folder
from ..plan.model import PartitionFile, Plan
from ..store import NewRun, RunRecord, SchemaVersion, Store, this_owner
from .home import Home, new_key
from .progress_events import Listener, Reporter
from .sites import Site, place_of

_LOOK_SECONDS = 0.25
UNFINISHED = ("running", "partial", "failed")


class _Cancelled(Exception):
    """Somebody asked in the store for this run to stop."""


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
        with self.home.claimed(self.home.run(new.key), new.experiment):
            record = self.store.runs.begin(new)
            return self._drive(record, plan, [])

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
        with self.home.claimed(folder, record.address):
            recorded = self.store.runs.partitions(record.key)
            if self.store.runs.get(record.key).status == "complete" and all(map(self._site(record).is_intact, recorded)):
                return record
            plan = _same_plan(record, plan_again())
            mine = self.store.runs.claim(record.key, this_owner(), (*UNFINISHED, "complete"))
            return self._drive(mine, plan, recorded)

    def restore(self, record: RunRecord, plan_again: Callable[[], Plan]) -> RunRecord:
        """A reset run made again, and proved to be the same by its content digest.

        Raises:
            ConflictError: it was not reset, never finished, or its plan cannot be built again.
            GenerationError: it ended early, or its content came out differently; then nothing is published.
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
        with self.home.claimed(folder, record.address):
            mine = self.store.runs.claim(record.key, this_owner(), ("reset",))
            return self._drive(mine, plan, [])

    def _drive(self, record: RunRecord, plan: Plan, recorded: Sequence[PartitionFile]) -> RunRecord:
        reporter = Reporter(record.address, plan, self.listener)
        try:
            self._execute(record, plan, recorded, reporter)
            return self._finish(record, plan, reporter)
        except KeyboardInterrupt as stop:
            raise self._stopped(Interrupted, record, reporter, "partial", "interrupted") from stop
        except _Cancelled:
            raise self._stopped(GenerationError, record, reporter, "partial", "cancelled") from None
        except _OtherContent as error:
            self._stopped(GenerationError, record, reporter, "failed", error.message)
            raise
        except SynthError as error:
            raise self._stopped(GenerationError, record, reporter, "failed", error.message) from error
        except (OSError, MemoryError) as error:
            raise self._stopped(GenerationError, record, reporter, "failed", _reason(error)) from error

    def _execute(self, record: RunRecord, plan: Plan, recorded: Sequence[PartitionFile], reporter: Reporter) -> None:
        site = self._site(record)
        intact = site.recover(recorded)
        if len(intact) < len(recorded):
            kept = {(file.table, file.index) for file in intact}
            lost = [file for file in recorded if (file.table, file.index) not in kept]
            self.store.runs.drop_partitions(record.key, record.epoch, lost)
        reporter.add(intact)
        reporter.tell()
        done = {(file.table, file.index) for file in intact}
        looked = 0.0
        with site.executor(plan) as executor:
            for file in site.execute(plan, executor, epoch=record.epoch, done=done):
                if file is not None:
                    self.store.runs.record_partition(record.key, record.epoch, file)
                    reporter.add([file])
                reporter.tell()
                if reporter.seconds - looked >= _LOOK_SECONDS:
                    looked = reporter.seconds
                    self._look_for_cancel(record)

    def _site(self, record: RunRecord) -> Site:
        place = place_of(record.request, record.key)
        return Site(self.home.run(record.key), place, self.executor, self.workers)

    def _look_for_cancel(self, record: RunRecord) -> None:
        if self.store.runs.get(record.key).cancel_requested:
            raise _Cancelled

    def _finish(self, record: RunRecord, plan: Plan, reporter: Reporter) -> RunRecord:
        from ..engine.digest import content_digest

        digest = content_digest(plan.schema, self.store.runs.partitions(record.key))
        if record.content_digest not in (None, digest):
            raise _OtherContent(
                f"{record.address} had the content {record.content_digest} and came out as {digest}; "
                "nothing was published",
                hint="a generator, a pool or a library behaves differently from when the run was made",
            )
        remove_folder(self.home.run(record.key) / "stage")
        complete = self.store.runs.complete(record.key, record.epoch, digest, reporter.seconds)
        reporter.tell(finished=True)
        return complete

    def _stopped(
        self, kind: type[GenerationError], record: RunRecord, reporter: Reporter, status: str, reason: str
    ) -> GenerationError:
        kept = f"{reporter.partitions} of {reporter.partition_total} partitions are kept"
        try:
            self.store.runs.stop(record.key, record.epoch, status, reason)
        except (StoreError, ConflictError, GenerationError) as error:
            kept += f" (and the store could not be told: {error.message})"
        reporter.tell(f"{reason}; {kept}", finished=True)
        return kind(f"{record.address}: {reason}; {kept}", hint=f"go on with `synth resume {record.address}`")


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


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full ({error.strerror})"
    return f"{type(error).__name__}: {error}"
