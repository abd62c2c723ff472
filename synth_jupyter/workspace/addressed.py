"""What an address names: a schema version, runs and their files."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConflictError, NotFoundError
from ..plan.model import DerivedFile, RunFiles
from ..schema.model import Schema
from ..store import RunRecord, SchemaVersion
from .addresses import Address
from .definitions import schema_of
from .sites import place_of

if TYPE_CHECKING:
    from .workspace import Workspace


@dataclass(frozen=True)
class Addressed:
    """An experiment as `address` names it: its newest definition and latest complete run, or one run of it."""

    workspace: "Workspace"
    address: Address
    key: str | None = None

    @property
    def name(self) -> str:
        """As it was first written."""
        return self.version().experiment

    @property
    def schema(self) -> Schema:
        """The schema of the addressed run, or the newest."""
        return schema_of(self.version())

    def runs(self) -> list[RunRecord]:
        """Every run by number; one whose process died is `partial`."""
        return [self.workspace.seen(record) for record in self.workspace.store.runs.of(self.address.name)]

    def run(self) -> RunRecord:
        """The addressed run, or the latest complete one; NotFoundError when there is none."""
        if self.key is not None:
            return self.workspace.seen(self.workspace.store.runs.get(self.key))
        complete = [run for run in self.runs() if run.status == "complete"]
        if not complete:
            raise NotFoundError(
                f"{self.name!r} has no complete run", hint=f"make one with `synth generate {self.name}`"
            )
        return complete[-1]

    def files(self) -> RunFiles:
        """The addressed run's files, or the latest complete one's; empty tables when there are none.

        Raises:
            ConflictError: the addressed run is not complete.
        """
        try:
            record = self.run()
        except NotFoundError:
            version = self.version()
            return RunFiles(self.name, schema_of(version), self.workspace.home, (), seed=version.seed)
        if record.status not in ("complete", "reset"):
            raise ConflictError(
                f"{record.address} is {record.status}" + (f" ({record.reason})" if record.reason else ""),
                hint=f"finish it with `synth resume {record.address}`",
            )
        return self.files_of(record)

    def version(self) -> SchemaVersion:
        """Of the addressed run, or the newest."""
        number = None if self.key is None else self.workspace.store.runs.get(self.key).schema_version
        return self.workspace.store.experiments.version(self.address.name, number)

    def made_run(self) -> RunRecord:
        """The addressed run, or the latest complete one, or the latest that was complete and then reset."""
        runs = [run for run in self.runs() if run.content_digest and run.status in ("complete", "reset")]
        if self.key is not None or not runs:
            return self.run()
        return max(runs, key=lambda run: (run.status == "complete", run.number))

    def complete_run(self) -> RunRecord:
        record = self.run()
        if record.status != "complete":
            verb = "restore" if record.status == "reset" else "resume"
            raise ConflictError(
                f"{record.address} is {record.status}", hint=f"`synth {verb} {record.address}` makes it whole"
            )
        return record

    def files_of(self, record: RunRecord) -> RunFiles:
        store = self.workspace.store
        schema = schema_of(store.experiments.version(record.experiment, record.schema_version))
        files = tuple(store.runs.partitions(record.key))
        root, place = self.workspace.folders.run(record.key), place_of(record.request, record.key)
        derived = tuple(
            DerivedFile(each.name, each.path, each.rows, each.digest, tuple(column["name"] for column in each.columns))
            for each in store.derived.of(record.key)
            if each.stored
        )
        digest = record.content_digest or ""
        return RunFiles(record.address, schema, root, files, digest, record.seed, derived, place)
