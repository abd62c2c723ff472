"""What loading needs of an engine."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from .constraints import TableDesign
from .parts import Part


class Session(Protocol):
    """One target, asked and told inside its transactions; failures are WarehouseErrors."""

    @property
    def dialect(self) -> str:
        """Its SQL: `duckdb`, `sqlite` or `postgres`."""

    @property
    def target(self) -> str:
        """How messages call it."""

    @property
    def in_place(self) -> bool:
        """Tables are filled under their own names, each whole, because they cannot be renamed."""

    def transaction(self) -> AbstractContextManager[None]:
        """Committed when the block ends well, rolled back when it does not; one load at a time is inside one."""

    def reconnect(self) -> None:
        """A new connection in place of one that was lost."""

    def prefix(self, schema: str | None) -> str:
        """How names of that schema begin (`"s".`), the schema made when it was missing."""

    def run(self, sql: str) -> None:
        """One statement without a result."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""

    def existing(self, schema: str | None) -> set[str]:
        """The names of the tables and views that are there."""

    def create(self, design: TableDesign, name: str, prefix: str) -> None:
        """Make the design's table, called `name`."""

    def drop(self, tables: Sequence[str]) -> None:
        """Drop these tables, children first, and nothing else."""

    def rename(self, table: str, name: str) -> None:
        """Give a qualified table another name."""

    def put(self, part: Part, prefix: str) -> None:
        """Insert the part's rows."""

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        """Add or prove what is enforced after the data, and the comments."""
