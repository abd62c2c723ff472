"""A DuckDB file as a load target."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..duck import Connection, Error, Question, check_one_question, connect_sealed, interruptible, load_error
from ..errors import WarehouseError
from ..plan.model import RunFiles
from ..sql import literal, quote, translate, unordered
from .base import LoadReport
from .constraints import TableDesign, comments, create_table
from .facts import tree_levels
from .holding import find_run, unload
from .ledger import LEDGER
from .loading import load_run
from .locks import patiently
from .parts import Part, batches
from .provenance import is_extended
from .query import dataset
from .result import Result

_SOURCE = "synth_source"


class DuckDBFile:
    """A database file, opened when made and held until `close`: DuckDB lets one process at a time in.

    The connection is the only state; one thread uses it.
    """

    dialect = "duckdb"
    in_place = True

    def __init__(self, path: Path, target: str = "") -> None:
        if not path.parent.is_dir():
            raise WarehouseError(f"there is no folder {path.parent} for {path.name}")
        self.target = target or f"duckdb:{path}"
        self._schema: str | None = None
        self._path = path
        self._connection = self._opened()

    def load(
        self, files: RunFiles, *, schema: str | None = None, replace: bool = False, provenance: bool = False
    ) -> LoadReport:
        """The run's tables, all or nothing, once. Raises ConflictError and WarehouseError."""
        self._schema = schema
        return load_run(self, files, schema=schema, replace=replace, provenance=provenance)

    def find(self, files: RunFiles) -> None:
        self._schema = find_run(self, files)

    def unload(self, loaded: Collection[tuple[str, str]]) -> dict[str, int]:
        """Drop what these runs (address, content digest) loaded. Raises WarehouseError."""
        return unload(self, loaded)

    def query(self, sql: str) -> Result:
        """The answer to one reading statement of DuckDB's dialect. Raises QueryError."""
        translation = translate(sql)
        check_one_question(self._connection, translation.sql)
        question = Question(self._connection, translation.sql, counted=unordered(translation.sql))
        return Result(question, translation.sql)

    def table(self, name: str) -> str:
        return f"{quote(self._schema)}.{quote(name)}" if self._schema else quote(name)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

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

    def reconnect(self) -> None:
        """A file is never lost."""

    def ledger_schemas(self) -> list[str | None]:
        where = f"table_name = {literal(LEDGER)} AND database_name = current_database()"
        found = self.rows(f"SELECT schema_name FROM duckdb_tables() WHERE {where} ORDER BY schema_name <> 'main', 1")
        return [None if name == "main" else str(name) for (name,) in found]

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
        """Children first, as DuckDB demands, whatever their order is."""
        left = list(tables)
        while left:
            parents = self._parents()
            free = [table for table in left if not any(table in parents.get(other, ()) for other in left)]
            for table in free or left:
                self.run(f"DROP TABLE {table}")
            left = [table for table in left if table not in free] if free else []

    def _parents(self) -> dict[str, set[str]]:
        """The qualified names of the tables that each table refers to, but itself."""
        found: dict[str, set[str]] = {}
        for schema, child, parent in self.rows(
            "SELECT schema_name, table_name, referenced_table FROM duckdb_constraints() "
            "WHERE constraint_type = 'FOREIGN KEY' AND database_name = current_database()"
        ):
            prefix = "" if schema == "main" else f"{quote(schema)}."
            if parent != child:
                found.setdefault(f"{prefix}{quote(child)}", set()).add(f"{prefix}{quote(parent)}")
        return found

    def create(self, design: TableDesign, name: str, prefix: str) -> None:
        self.run(create_table(design, self.dialect, prefix, name))

    def rename(self, table: str, name: str) -> None:
        """Never asked: DuckDB has no renaming of tables that others refer to."""

    def put(self, part: Part, prefix: str) -> None:
        broken: list[Exception] = []
        extended = is_extended(part.design.table)
        rows = batches(part, self.dialect, broken) if extended else dataset(part.files, part.design.table)
        self._connection.register(_SOURCE, rows)
        target = f"{prefix}{quote(part.name)}"
        if part.design.tree is None:
            self.run(f"INSERT INTO {target} FROM temp.{_SOURCE}")
        elif extended:
            self._put_extended_tree(target, part.design)
        else:
            self._put_tree(target, part.design)
        self._connection.unregister(_SOURCE)

    def _put_extended_tree(self, target: str, design: TableDesign) -> None:
        """A stream can be read once, and a tree needs it several times."""
        self.run(f"CREATE TEMP TABLE synth_rows AS FROM temp.{_SOURCE}")
        self._connection.unregister(_SOURCE)
        self.run(f"CREATE TEMP VIEW {_SOURCE} AS FROM temp.synth_rows")
        self._put_tree(target, design)
        self.run(f"DROP VIEW temp.{_SOURCE}")
        self.run("DROP TABLE temp.synth_rows")

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
        for statement in (statement for one in designs for statement in comments(one, prefix)):
            self.run(statement)

    def _opened(self) -> Connection:
        with _private():
            return patiently(lambda: connect_sealed(self._path))

    def _roll_back(self) -> None:
        try:
            self._connection.execute("ROLLBACK")
        except Error as error:
            if "no transaction is active" not in str(error):  # a commit that fails has rolled back
                raise WarehouseError(f"{self.target} could not roll back: {error}") from error


@contextmanager
def _private() -> Iterator[None]:
    """Files made inside (the database, its log) are this user's alone. The mask is the process's, and only stricter."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
