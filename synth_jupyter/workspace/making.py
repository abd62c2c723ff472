"""The runs of an experiment: planned, made, gone on with, watched, stopped and removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..errors import ConflictError, PluginError
from ..plan.model import Plan
from ..storage import Remote
from ..store import RunRecord, SchemaVersion
from . import background
from .addressed import Addressed
from .background import BackgroundRun
from .definitions import plan_again, planned, recorded_request, request_of, schema_of
from .generation import UNFINISHED, Generation, new_run
from .loading import load_by_itself, unload
from .progress_events import Listener
from .results import Run
from .sites import check_executor
from .watching import watch

if TYPE_CHECKING:
    from .forecast import Forecast


@dataclass(frozen=True)
class Making(Addressed):
    """What an address names, with the verbs that make and remove runs."""

    def plan(
        self,
        *,
        rows: Mapping[str, int] | None = None,
        scale: Decimal | float = 1,
        seed: int | None = None,
        partition_rows: int | None = None,
    ) -> Plan:
        """What `generate` would do with these words; for an addressed run, what it did.

        Raises:
            PlanError: the schema cannot be satisfied so.
        """
        if self.key is not None:
            return plan_again(self.workspace, self.run())
        return self._new_plan(self.version(), seed, request_of(rows, scale, partition_rows))

    def forecast(
        self,
        *,
        rows: Mapping[str, int] | None = None,
        scale: Decimal | float = 1,
        seed: int | None = None,
        workers: int = 0,
    ) -> "Forecast":
        """What `generate` would write with these words, and how long it would take here, from a sample of rows."""
        from .forecast import forecast

        plan = self.plan(rows=rows, scale=scale, seed=seed)
        return forecast(self.name, plan, self.workspace.home, workers or self.workspace.settings.workers)

    def generate(
        self,
        *,
        rows: Mapping[str, int] | None = None,
        scale: Decimal | float = 1,
        seed: int | None = None,
        workers: int = 0,
        load: bool = True,
        on_progress: Listener | None = None,
        partition_rows: int | None = None,
        executor: str = "local",
        out: str | None = None,
    ) -> Run:
        """A new run of the newest schema version, loaded into the document's `warehouse` unless `load` is false.

        `executor` is `local` or `dask:ADDRESS`; `out` a folder or a `pyarrow.fs` URL that is to hold its files.

        Raises:
            ConflictError: the address names a run, not an experiment.
            PlanError: it cannot be satisfied so; nothing was written.
            GenerationError: it ended early; what is recorded is kept (Interrupted when the user stopped it).
            WarehouseError: the run is complete, but it could not be loaded.
        """
        self._refuse_run()
        version = self.workspace.store.experiments.version(self.address.name)
        request = request_of(rows, scale, partition_rows)
        plan = self._new_plan(version, seed, request)
        from ..engine.fingerprint import fingerprint
        from .forecast import refuse_without_room

        if out is None:
            refuse_without_room(plan, self.workspace.home)
        outside = {} if out is None else {"out": Remote.of(out).url}
        new = new_run(version, plan, recorded_request(request, plan) | outside | {"engine": fingerprint()})
        record = self._generation(on_progress, workers, executor).generate(new, plan)
        return Run(record, load_by_itself(self.workspace, record, self.files_of(record)) if load else None)

    def resume(self, on_progress: Listener | None = None, workers: int = 0, executor: str = "local") -> Run:
        """The addressed run, or the newest that did not finish, complete; a complete one is verified.

        Raises:
            ConflictError: somebody holds it, it was reset, or its plan cannot be built again.
            GenerationError: it ended early again.
        """
        record = self._unfinished()
        generation = self._generation(on_progress, workers, executor)
        return Run(generation.resume(record, lambda: plan_again(self.workspace, record)))

    def start(
        self,
        *,
        rows: Mapping[str, int] | None = None,
        scale: Decimal | float = 1,
        seed: int | None = None,
        workers: int = 0,
        load: bool = True,
        executor: str = "local",
        out: str | None = None,
    ) -> BackgroundRun:
        """Like `generate`, in a process of its own that outlives this one; returns as soon as the run has its number.

        Raises:
            PluginError: a generator stands in a cell, where the other process cannot find it.
            GenerationError: the process ended before the run began.
        """
        from ..engine.executors import is_homemade

        self._refuse_run()
        if is_homemade(self.plan(rows=rows, scale=scale, seed=seed)):
            raise PluginError(
                f"{self.name!r} has a generator of its own, which no other process can find",
                hint="put its class into a module that can be imported, or leave out --background",
            )
        words = ["generate", self.address.name, f"--scale={scale}", *([] if load else ["--no-load"])]
        words += [f"--rows={table}={number}" for table, number in (rows or {}).items()]
        words += [] if seed is None else [f"--seed={seed}"]
        words += [f"--executor={check_executor(executor)}", *([] if out is None else [f"--out={Remote.of(out).url}"])]
        return background.start(self.workspace, self.name, words, workers=workers or self.workspace.settings.workers)

    def start_resume(self, workers: int = 0, executor: str = "local") -> BackgroundRun:
        """Like `resume`, in a process of its own that outlives this one."""
        record = self._unfinished()
        words = ["resume", record.address, f"--executor={check_executor(executor)}"]
        return background.go_on(self.workspace, record, words, workers=workers or self.workspace.settings.workers)

    def watch(self, on_progress: Listener | None = None) -> Run:
        """The addressed run, or the newest under way, once another process has ended it; only the store is read.

        Raises:
            Interrupted: the user stopped looking; the run goes on.
        """
        running = [run for run in self.runs() if run.status == "running" and self.key in (None, run.key)]
        return Run(watch(self.workspace, running[-1] if running else self.run(), on_progress))

    def restore(self, on_progress: Listener | None = None, workers: int = 0, executor: str = "local") -> Run:
        """The addressed run, or the newest that was reset, made again and proved equal by its content digest.

        Raises:
            ConflictError: it was not reset, or never finished.
            GenerationError: it came out differently, and nothing was published; or it ended early.
        """
        resets = [run for run in self.runs() if run.status == "reset" and run.content_digest]
        record = self.run() if self.key is not None or not resets else resets[-1]
        generation = self._generation(on_progress, workers, executor)
        restored = generation.restore(record, lambda: plan_again(self.workspace, record))
        from .transforming import remake

        return Run(restored, derived=tuple(remake(self, restored)))

    def cancel(self) -> Run:
        """Ask the addressed run, or the newest, to stop, which it does within a second.

        Raises:
            ConflictError: it is not running.
        """
        running = [run for run in self.runs() if run.status == "running" and self.key in (None, run.key)]
        if not running:
            raise ConflictError(f"no run of {self.address} is under way", hint=f"`synth runs {self.address.name}`")
        return Run(self.workspace.store.runs.request_cancel(running[-1].key))

    def reset(self) -> dict[str, Any]:
        """Remove the data of the addressed run, or of all; the history stays. ConflictError while one is in use."""
        runs = [run for run in self.runs() if run.status != "reset" and self.key in (None, run.key)]
        self.workspace.removal.reset(runs)
        return {"experiment": self.name, "reset": [run.address for run in runs]}

    def prune(self, keep: int) -> dict[str, Any]:
        """Reset all but the `keep` newest complete runs and the tagged ones; those under way stay too."""
        runs = self.runs()
        complete = [run.address for run in runs if run.status == "complete"]
        tagged = {tag.run for tag in self.workspace.store.experiments.tags(self.address.name)}
        spared = {*complete[max(0, len(complete) - keep) :], *tagged}
        gone = [run for run in runs if run.status not in ("reset", "running") and run.address not in spared]
        self.workspace.removal.reset(gone, "pruned")
        kept = [run.address for run in runs if run not in gone and run.status != "reset"]
        return {"experiment": self.name, "kept": kept, "pruned": [run.address for run in gone]}

    def deletion_plan(self) -> dict[str, Any]:
        """What `delete` would remove, and what it would leave where it was loaded."""
        store = self.workspace.store
        runs = [{"run": run.address, "status": run.status, "rows": run.rows} for run in self.runs()]
        loaded = store.runs.loads(self.address.name)
        loads = [{"run": load.run, "target": load.target, "tables": load.tables} for load in loaded]
        tags = [tag.name for tag in store.experiments.tags(self.address.name)]
        return {"experiment": self.name, "runs": runs, "tags": tags, "loaded": loads}

    def delete(self, *, loaded: bool = False) -> dict[str, Any]:
        """Remove the definition, every run and every tag; history stays, and what was loaded unless `loaded`.

        Returns what went.

        Raises:
            ConflictError: one run is in use, or the address names a single run.
        """
        if self.key is not None:
            raise ConflictError(f"{self.address} is one run", hint=f"`synth reset {self.address}` removes its data")
        plan = self.deletion_plan()
        if loaded:
            plan["unloaded"] = unload(self.workspace, self.name)
        self.workspace.removal.delete(self.name, self.runs())
        return plan

    def _new_plan(self, version: SchemaVersion, seed: int | None, request: Mapping[str, Any]) -> Plan:
        return planned(self.workspace, schema_of(version), version.seed if seed is None else seed, request)

    def _refuse_run(self) -> None:
        if self.key is not None:
            raise ConflictError(
                f"{self.address} is a run already, and a new one is made of its experiment",
                hint=f"`synth generate {self.address.name} --seed N --rows TABLE=N`, as `synth runs` shows them",
            )

    def _unfinished(self) -> RunRecord:
        """The addressed run, or the newest that did not finish, or else the latest complete one."""
        runs = [run for run in self.runs() if self.key in (None, run.key)]
        unfinished = [run for run in runs if run.status in UNFINISHED]
        return unfinished[-1] if unfinished else self.run()

    def _generation(self, listener: Listener | None, workers: int, executor: str) -> Generation:
        workspace, name = self.workspace, check_executor(executor)
        return Generation(workspace.folders, workspace.store, workers or workspace.settings.workers, listener, name)
