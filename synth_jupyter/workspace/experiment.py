"""The verbs of one experiment, or of one of its runs; each composes rooms and returns a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandError, ConflictError
from ..store import QueryRecord, TagRecord
from .addresses import check_tag
from .definitions import schema_of
from .loading import load as load_run
from .making import Making
from .progress_events import Listener
from .results import Definition, definition_of, first_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from ..images.export import ExportReport
    from ..images.pushing import PushReport
    from .transforming import Derived


@dataclass(frozen=True)
class Experiment(Making):
    """The verbs of an experiment, or of one of its runs."""

    def definition(self) -> Definition:
        """The schema as it was understood, with the report of how it was read."""
        version = self.version()
        return definition_of(version, schema_of(version))

    def preview(self, table: str, n: int = 10, offset: int = 0) -> "pa.Table":
        """Rows [offset, offset + n) of a table, as a run writes them; fewer where the table ends.

        Raises:
            CommandError: `n` or `offset` is below 0.
        """
        import numpy as np

        from ..engine.batches import evaluate

        if n < 0 or offset < 0:
            raise CommandError(
                f"{n} rows from row {offset} are no rows of a table", hint="the least is 0 rows from row 0"
            )
        plan = self.plan()
        found = plan.table(table)
        start = min(offset, found.rows)
        return evaluate(plan, found.name, np.arange(start, min(start + n, found.rows), dtype=np.int64))

    def sql(
        self,
        sql: str,
        *,
        dialect: str | None = None,
        limit: int | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer to one statement, at most `limit` rows of it; `@name` is a saved one. QueryError when refused.

        Tables of other experiments are called by theirs: `bank.accounts`, `"bank@2".accounts`.
        """
        from .asking import ask

        result = ask(self, sql, dialect, parameters)
        return result if limit is None else first_rows(result, limit)

    def save_query(self, name: str, sql: str, *, dialect: str | None = None, replace: bool = False) -> QueryRecord:
        """Keep a statement that passes the gate under a name; `sql("@name")` asks it.

        Raises:
            ConflictError: another statement has that name and `replace` is false.
            QueryError: the statement is refused.
        """
        from .asking import check_query_name

        self.sql(sql, dialect=dialect)
        queries = self.workspace.store.queries
        return queries.save(self.name, check_query_name(name), sql, dialect or "duckdb", replace=replace)

    def queries(self) -> list[QueryRecord]:
        """The saved statements by name."""
        return self.workspace.store.queries.of(self.name)

    def transform(
        self, sql: str, into: str | None = None, *, dialect: str | None = None, replace: bool = False
    ) -> "Derived":
        """Make a table of the run from a query (or `CREATE TABLE name AS query`), remembered with what it came from.

        Raises:
            ConflictError: the run has such a table and `replace` is false, or it is not complete.
            QueryError: the statement does not only read, or fails; nothing was made.
        """
        from .transforming import transform

        return transform(self, sql, into, dialect=dialect, replace=replace)

    def __getitem__(self, table: str) -> Any:
        """A table as a lazy result."""
        name = self.schema.table(table).name.replace('"', '""')
        return self.sql(f'SELECT * FROM "{name}"')

    def load(self, target: str, *, schema: str | None = None, replace: bool = False, **more: Any) -> Any:
        """Load the run into a file, a database or a folder (`dir:`); the report says what is enforced there.

        `provenance=True` adds the run and the row number to each row; `format` is `csv`, `jsonl` or `parquet`.
        """
        record = self.complete_run()
        return load_run(self.workspace, record, self.files_of(record), target, schema=schema, replace=replace, **more)

    def verify(self, target: str | None = None) -> Any:
        """Every constraint and distribution with its violations, in the files or in a target it was loaded into."""
        from .checking import verify_run

        return verify_run(self.workspace, self.files_of(self.complete_run()), target)

    def profile(self, table: str) -> Any:
        """What each column of a table holds: NULLs, distinct values, bounds, quantiles, top values, histogram."""
        from ..warehouses.profile import profile

        return profile(self.files(), table)

    def lineage(self, level: str = "table") -> Any:
        """The graph of tables, of columns, or of what happened (`run`)."""
        from .graphs import graph_of

        return graph_of(self, level)

    def trace(
        self,
        table: str,
        key: Any = None,
        *,
        row: int | None = None,
        column: str | None = None,
        target: str | None = None,
        children: bool = False,
    ) -> Any:
        """Where one row comes from, and each of its values, here or loaded in `target`, beside the value made again."""
        from .tracing import trace_row

        return trace_row(self, table, key, row=row, column=column, target=target, children=children)

    def explain(self, table: str, column: str) -> str:
        """How a column's values come about, in words."""
        from ..lineage.explain import explain

        return explain(self.plan(), table, column)

    def export(
        self, path: str | Path, *, thin: bool = False, dump: str | None = None, replace: bool = False,
        base: str | None = None, init: str | None = None, platform: str | None = None,
        on_progress: Listener | None = None,
    ) -> "ExportReport":  # fmt: skip
        """Write the run as one image file, as an OCI layout folder (`oci:FOLDER`), or into an engine on this machine
        (`daemon:` or `daemon:NAME`); the report names its layers.

        With `dump`, `sqlite` or `postgres`, the image also holds a database file, or SQL that psql restores. It is laid
        upon a `base`, when one is named: `oci:FOLDER`, a tar file, `daemon:NAME` or `registry.example/postgres:17`, the
        one for `platform` of several; with `init="postgres"` it is a PostgreSQL which fills itself at its first start.
        Without a base, the same files may be made for several: `platform="linux/amd64,linux/arm64"`.
        """
        from .shipping import Shipment, export

        record = self.complete_run()
        how = Shipment(thin, self.address.tag, dump, replace, base, init, platform)
        return export(self.workspace, record, self.files_of(record), path, how, on_progress)

    def push(
        self, reference: str, *, thin: bool = False, force: bool = False, base: str | None = None,
        init: str | None = None, platform: str | None = None, on_progress: Listener | None = None,
    ) -> "PushReport":  # fmt: skip
        """Send the run to a registry as `registry.example/team/shop:v1`; layers that are there are not sent again.

        `base`, `init` and `platform` are those of `export`.

        Raises:
            ConflictError: the tag names other content there, and `force` is false.
            ImageError: the registry cannot be reached, or refuses.
        """
        from .shipping import Shipment, push

        record, how = self.complete_run(), Shipment(thin, self.address.tag, base=base, init=init, platform=platform)
        return push(self.workspace, record, self.files_of(record), reference, how, force=force, listen=on_progress)

    def tag(self, name: str, *, force: bool = False) -> TagRecord:
        """Name the run's content; ConflictError when the tag names other content and is not moved by `force`."""
        record = self.run()
        if record.status not in ("complete", "reset") or record.content_digest is None:
            raise ConflictError(f"{record.address} is {record.status}; only a complete run has content to tag")
        return self.workspace.store.experiments.tag(record.experiment, record.key, check_tag(name), force=force)
