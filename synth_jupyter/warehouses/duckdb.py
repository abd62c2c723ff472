"""A DuckDB file as a load target."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..duck import Error, Question, check_one_question, connect_sealed, interruptible, load_error
from ..errors import WarehouseError
from ..plan.model import RunFiles
from ..sql import literal, quote, translate
from .base import LoadReport
from .constraints import TableDesign
from .facts import tree_levels
from .loading import load_run
from .query import dataset
from .result import Result

_SOURCE = "synth_source"


class DuckDBFile:
    """A database file, opened when made and held until `close`: DuckDB lets one process at a time in.

    The connection is the only state; one thread uses it.
    """

    dialect = "duckdb"

    def __init__(self, path: Path, target: str = "") -> None:
        if not path.parent.is_dir():
            raise WarehouseError(f"there is no folder {path.parent} for {path.name}")
        self.target = target or f"duckdb:{path}"
        self._schema: str | None = None
        with _private():
            self._connection = connect_sealed(path)

    def load(self, files: RunFiles, *, schema: str | None = None, replace: bool = False) -> LoadReport:
        """The run's tables, all or nothing, once. Raises ConflictError and WarehouseError."""
        self._schema = schema
        return load_run(self, files, schema=schema, replace=replace)

    def query(self, sql: str) -> Result:
        """The answer to one reading statement of DuckDB's dialect. Raises QueryError."""
        translation = translate(sql)
        check_one_question(self._connection, translation.sql)
        return Result(Question(self._connection, translation.sql), translation.sql)

    def table(self, name: str) -> str:
        return f"{quote(self._schema)}.{quote(name)}" if self._schema else quote(name)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _private():
            self.run("BEGIN")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def prefix(self, schema: str | None) -> str:
        if not schema:
            return ""
        self.run(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        return f"{quote(schema)}."

    def run(self, sql: str) -> None:
        try:
            interruptible(self._connection, lambda: self._connection.execute(sql))
        except Error as error:
            raise load_error(error, self.target) from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return interruptible(self._connection, lambda: self._connection.execute(sql).fetchall())
        except Error as error:
            raise WarehouseError(f"{self.target} could not answer: {error}") from error

    def existing(self, schema: str | None) -> set[str]:
        where = f"schema_name = {literal(schema or 'main')} AND database_name = current_database()"
        union = " UNION ALL ".join(
            f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE {where}" for kind in ("table", "view")
        )
        return {str(name) for (name,) in self.rows(union)}

    def drop(self, tables: Sequence[str]) -> None:
        for table in tables:
            self.run(f"DROP TABLE {table}")

    def put(self, files: RunFiles, design: TableDesign, prefix: str) -> None:
        self._connection.register(_SOURCE, dataset(files, design.table))
        target = f"{prefix}{quote(design.table.name)}"
        if design.tree is None:
            self.run(f"INSERT INTO {target} FROM temp.{_SOURCE}")
        else:
            self._put_tree(target, design)
        self._connection.unregister(_SOURCE)

    def _put_tree(self, target: str, design: TableDesign) -> None:
        """Parents before their children: DuckDB checks each row against those that are there already."""
        key = design.tree
        assert key is not None
        self.run(
            f"CREATE TEMP TABLE synth_levels AS {tree_levels(f'temp.{_SOURCE}', key.columns, key.references)} FROM tree"
        )
        deepest = self.rows("SELECT coalesce(max(level), -1) FROM synth_levels")[0][0]
        same = " AND ".join(f"s.{quote(name)} = l.k{place}" for place, name in enumerate(key.references))
        for level in range(deepest + 1):
            rows = f"SELECT s.* FROM temp.{_SOURCE} s JOIN synth_levels l ON {same} WHERE level = {level}"
            self.run(f"INSERT INTO {target} {rows}")
        self.run("DROP TABLE temp.synth_levels")

    def finish(self, designs: Sequence[TableDesign], prefix: str) -> None:
        """All constraints are enforced while the rows go in."""

    def _roll_back(self) -> None:
        try:
            self._connection.execute("ROLLBACK")
        except Error as error:
            raise WarehouseError(f"{self.target} could not roll back: {error}") from error


@contextmanager
def _private() -> Iterator[None]:
    """Files made inside (the database, its log) are this user's alone. The mask is the process's, and only stricter."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
