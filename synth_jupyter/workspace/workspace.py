"""The workspace: one folder with its store, and the verbs that are not about one experiment."""

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError
from ..pools import PoolSource
from ..settings import Settings
from ..store import RunRecord, Store, elsewhere, is_held
from .addresses import Address, check_name, parse_address
from .definitions import compiled_text, drawn_seed, planned, refuse_what_cannot_work, request_of, schema_of, stored_text
from .existing import keep_all, with_existing
from .experiment import Experiment
from .home import Home
from .progress_events import Listener
from .removal import Removal
from .results import Definition, ExperimentSummary, Run, definition_of

if TYPE_CHECKING:
    from ..schema.document import Reading
    from .comparing import Comparison


@dataclass(frozen=True)
class Workspace:
    """One folder and its store; `environment` is where `env:VARIABLE` targets are looked up."""

    folders: Home
    store: Store
    settings: Settings
    environment: Mapping[str, str]
    # Plans of runs that were traced, by run key: making one takes longer than using it. A run's plan never changes.
    traced: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def open(cls, path: str | Path | None = None, environment: Mapping[str, str] = os.environ) -> "Workspace":
        """The workspace in the folder `path`, by default SYNTH_HOME or the user's data folder; made when missing.

        What an earlier process began to remove is removed.

        Raises:
            StoreError: its store cannot be used (newer version, damaged, not writable).
            SettingsError: an environment variable has a wrong value.
        """
        settings = Settings.from_environment(environment)
        if path is not None:
            settings = replace(settings, home=Path(path).expanduser().absolute())
        folders = Home(settings.home)
        workspace = cls(folders, Store.open(folders.store), settings, environment)
        workspace.removal.finish()
        return workspace

    @property
    def home(self) -> Path:
        """The workspace's folder."""
        return self.folders.path

    @property
    def removal(self) -> Removal:
        """What takes data away."""
        return Removal(self.folders, self.store)

    def define(
        self,
        text: str,
        name: str | None = None,
        *,
        dialect: str | None = None,
        replace: bool = False,
        check: bool = False,
        existing: Mapping[str, Any] | None = None,
    ) -> Definition:
        """Store an experiment from a document (YAML, JSON or DDL); with `check` only say how it is understood.

        `existing` gives tables the rows they have already (see `existing.with_existing`).

        Raises:
            SchemaError: the document is wrong; every problem with its place.
            PlanError: it cannot be satisfied.
            ConflictError: the experiment exists and `replace` is false.
        """
        from .reading import read_definition

        return self._defined(read_definition(text, name, dialect), replace, check, existing)

    def define_from(
        self, source: Any, name: str, *, replace: bool = False, check: bool = False, values: bool = False
    ) -> Definition:
        """Store an experiment like what is there: its tables, keys and checks, and rules from what SQL says of columns.

        `source` is duckdb:FILE, sqlite:FILE, env:VARIABLE (an address), FILE.parquet, FILE.csv, a data frame or Arrow
        table, or a dictionary of these by table. No value comes along that is in less than 20 rows or 1 % of them, and
        bounds are round numbers and months around the middle 98 %, unless `values` is true.

        Raises:
            SchemaError: there is no table, or the place cannot be asked.
            NotFoundError: there is no such file.
            ConflictError: the experiment exists and `replace` is false.
        """
        from ..schema.infer import Floor, infer, source_of

        place = source_of(source, self.environment, check_name(name))
        try:
            reading = infer(place, name, None if values else Floor())
        finally:
            place.close()
        return self._defined(reading, replace, check, None)

    def _defined(
        self, reading: "Reading", replace: bool, check: bool, existing: Mapping[str, Any] | None
    ) -> Definition:
        check_name(reading.schema.name)
        schema, seed = reading.schema, self._seed_for(reading.schema.seed, reading.schema.name)
        with TemporaryDirectory(prefix="synth-") if existing else nullcontext("") as kept:
            # Until all of it is known to be right, existing data are kept nowhere else.
            schema = with_existing(self, schema, existing, Path(kept)) if existing else schema
            refuse_what_cannot_work(schema, reading.lines)
            planned(self, schema, seed, request_of(None, 1, None), PoolSource(Path(kept)) if existing else None)
            if existing and not check:
                keep_all(Path(kept), self.folders.pools)
        report = tuple(entry.to_dict() for entry in reading.report)
        if check:
            return Definition(schema.name, schema, 0, report, seed)
        document, digest = stored_text(schema)
        version = self.store.experiments.define(
            schema.name, document, digest, seed=seed, report=report, replace=replace,
            compiled=compiled_text(document, schema.name),
        )  # fmt: skip
        return definition_of(version, schema)

    def list(self) -> list[ExperimentSummary]:
        """Every experiment by name."""
        latest = {run.experiment: run for run in self.store.runs.of()}
        found = []
        for record in self.store.experiments.all():
            tables = len(schema_of(self.store.experiments.version(record.name)).tables)
            run = latest.get(record.name)
            found.append(ExperimentSummary(record, tables, run and self.seen(run)))
        return found

    def runs(self) -> Sequence[RunRecord]:
        """Every run of every experiment, by name and number; one whose process died is `partial`."""
        return [self.seen(record) for record in self.store.runs.of()]

    def rows_made(self, run: RunRecord) -> dict[str, int]:
        """The rows by table that a run has on the disk by now: all of a complete one, none of one that was reset."""
        if run.status in ("running", "partial", "failed"):
            return dict.fromkeys(run.rows, 0) | self.store.runs.progress(run.key)
        return {table: rows if run.status == "complete" else 0 for table, rows in run.rows.items()}

    def experiment(self, address: str) -> Experiment:
        """What `NAME`, `NAME@3` or `NAME:v1` names.

        Raises:
            NotFoundError: there is no such experiment, run or tag.
            CommandError: it is no address.
        """
        parsed = parse_address(address)
        self.store.experiments.version(parsed.name)
        if parsed.tag is not None:
            return Experiment(self, parsed, self.store.experiments.tagged(parsed.name, parsed.tag))
        return Experiment(self, parsed, self._numbered(parsed))

    def import_image(
        self, source: str | Path, name: str | None = None, verify_only: bool = False, *, check: bool = True,
        tables: Sequence[str] | None = None,
    ) -> Run:  # fmt: skip
        """Verify an image and make it an experiment with one complete run; with `verify_only` nothing is stored.

        `source` is a file, `oci:FOLDER`, or `daemon:NAME`, an image that an engine on this machine has. Without
        `check` its files are verified byte for byte, but its content digest is believed: no value is read. Of some
        `tables`, only these and those that their foreign keys lead to come in, so that every key holds; the run's
        `part` says which those are and what was left out.

        Raises:
            ImageError: it is damaged, unsafe or unreadable; nothing was stored.
            NotFoundError: it has no such table.
            ConflictError: an experiment of that name exists.
        """
        from .arriving import Wanted, import_image

        return import_image(self, source, Wanted(name, verify_only, check, tables))

    def pull(
        self, reference: str, name: str | None = None, verify_only: bool = False, *, check: bool = True,
        tables: Sequence[str] | None = None, on_progress: Listener | None = None,
    ) -> Run:  # fmt: skip
        """The same with the image that a registry has under `reference`, `registry.example/team/shop:v1`.

        Of some `tables`, only their layers are fetched.

        Raises:
            ImageError: it cannot be fetched, or is damaged, unsafe or unreadable; nothing was stored.
            NotFoundError: the registry has no such image, or the image no such table.
            ConflictError: an experiment of that name exists.
        """
        from .arriving import Wanted, pull

        return pull(self, reference, Wanted(name, verify_only, check, tables, on_progress))

    def diff(self, old: str, new: str) -> "Comparison":
        """What changes between two of `NAME`, `NAME#2` (a version), `NAME@3`, `NAME:v1` and the files of documents.

        Raises:
            NotFoundError: there is no such experiment, version, run, tag or file.
            SchemaError: the file is no document.
        """
        from .comparing import compare

        return compare(self, old, new)

    def images(self) -> Sequence[dict[str, Any]]:
        """Every image that was exported or imported, oldest first."""
        events = self.store.history.events()
        return [
            {"image": event.kind, "at": event.at, "experiment": event.experiment}
            | {key: value for key, value in event.details.items() if key != "layers"}
            for event in events
            if event.kind in ("exported", "imported")
        ]

    def seen(self, record: RunRecord) -> RunRecord:
        """The record as it is to be shown: a running run whose process died is partial."""
        folder = self.folders.run(record.key)
        if record.status != "running" or is_held(folder) or elsewhere(folder):
            return record
        # It may have ended between the look at the store and the look at the lock.
        now = self.store.runs.get(record.key)
        if now.status != "running":
            return now
        return replace(now, status="partial", reason="its process is gone")

    def _numbered(self, address: Address) -> str | None:
        if address.number is None:
            return None
        runs = {run.number: run for run in self.store.runs.of(address.name)}
        if address.number not in runs:
            raise NotFoundError.of("run", str(address), (run.address for run in runs.values()))
        return runs[address.number].key

    def _seed_for(self, given: int | None, name: str) -> int:
        """The document's seed, else the one that an earlier version of the experiment has, else a new one."""
        if given is not None:
            return given
        try:
            return self.store.experiments.version(name).seed
        except NotFoundError:
            return drawn_seed()
