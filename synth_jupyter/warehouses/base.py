"""Load targets: what a warehouse is and what a load tells."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..documents import plain
from ..plan.model import RunFiles
from .result import Result


@dataclass(frozen=True)
class TableLoad:
    """One loaded table; `stored_as` names the columns that the engine keeps in another type."""

    rows: int
    enforced: tuple[str, ...] = ()
    not_enforced: tuple[str, ...] = ()
    stored_as: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadReport:
    """A run in a target; `already` says that it was there and nothing was changed."""

    run: str
    target: str
    tables: Mapping[str, TableLoad]
    seconds: float
    already: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The `load` document."""
        tables = {
            name: {"rows": load.rows, "enforced": list(load.enforced), "not_enforced": list(load.not_enforced)}
            | ({"stored_as": dict(load.stored_as)} if load.stored_as else {})
            for name, load in self.tables.items()
        }
        document = {"run": self.run, "target": self.target, "tables": tables, "seconds": round(self.seconds, 3)}
        return dict(plain(document | {"already_loaded": self.already}))


class Warehouse(Protocol):
    """A place where a run is loaded and SQL is answered; `dialect` is its SQL, `target` how messages call it."""

    @property
    def dialect(self) -> str:
        """The name of its SQL."""

    @property
    def target(self) -> str:
        """How messages call it, without secrets."""

    def load(
        self, files: RunFiles, *, schema: str | None = None, replace: bool = False, provenance: bool = False
    ) -> LoadReport:
        """The run's tables with its constraints, all or nothing, once; `provenance` adds run and row to each."""

    def find(self, files: RunFiles) -> None:
        """Return only when the run is loaded here; later questions go to where it is. Raises NotFoundError."""

    def query(self, sql: str) -> Result:
        """The answer to one reading statement in the warehouse's own dialect."""

    def table(self, name: str) -> str:
        """How SQL calls the table of a run, quoted and qualified."""

    def unload(self, loaded: Collection[tuple[str, str]]) -> dict[str, int]:
        """Drop what these runs (address, content digest) loaded, and nothing else; returns the rows of each."""

    def close(self) -> None:
        """Let go of files and connections."""
