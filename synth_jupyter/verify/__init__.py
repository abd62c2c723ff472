"""Is it true? Every key, constraint, range and count of a schema, counted by SQL in the files or in a warehouse."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..documents import plain
from ..duck import Question
from ..errors import GenerationError, QueryError
from ..plan.model import RunFiles
from ..schema.model import Table
from ..sql import quote
from ..warehouses.base import Warehouse
from ..warehouses.query import open_session
from .probes import Probe, RowRule, after_probes, children_probes, probes, row_rules, rules_question
from .readback import Source, reread

__all__ = ["Check", "VerifyReport", "verify"]
EXAMPLES = 5


@dataclass(frozen=True)
class Check:
    """One constraint and how many rows, keys or parents violate it; `examples` are keys of up to five of them."""

    table: str
    kind: str
    columns: tuple[str, ...]
    violations: int
    examples: tuple[Any, ...] = ()
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """An entry of the `verify` document."""
        document: dict[str, Any] = {
            "table": self.table, "kind": self.kind, "columns": list(self.columns), "violations": self.violations,
            "examples": plain(self.examples),
        }  # fmt: skip
        return document | ({"detail": self.detail} if self.detail else {})


@dataclass(frozen=True)
class VerifyReport:
    """What was checked; `target` is empty for the run's own files, `damaged` are files with other bytes now."""

    run: str
    checks: tuple[Check, ...]
    target: str = ""
    damaged: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.damaged and not any(check.violations for check in self.checks)

    @property
    def violated(self) -> tuple[Check, ...]:
        """The checks with violations."""
        return tuple(check for check in self.checks if check.violations)

    def to_dict(self) -> dict[str, Any]:
        """The `verify` document."""
        document: dict[str, Any] = {"ok": self.ok, "run": self.run, "checks": [one.to_dict() for one in self.checks]}
        return document | ({"target": self.target} if self.target else {"damaged": list(self.damaged)})


def verify(files: RunFiles, warehouse: Warehouse | None = None) -> VerifyReport:
    """Every constraint of the run's schema over its files, or over its tables in `warehouse`.

    Over files, their sha256 is compared too: a file that was changed so that no constraint noticed is an error.

    Raises:
        GenerationError: a file is missing, unreadable, or changed although every constraint holds.
        NotFoundError: the warehouse does not hold the run.
        QueryError: the warehouse cannot answer.
    """
    if warehouse is not None:
        warehouse.find(files)
        return VerifyReport(files.run, tuple(_checks(files, _InWarehouse(warehouse))), warehouse.target)
    damaged = tuple(file.path for file in files.files if _is_damaged(files, file.path, file.sha256))
    try:
        report = VerifyReport(files.run, tuple(_checks(files, _InFiles(files))), damaged=damaged)
    except QueryError as error:
        if damaged:
            raise _damage(files, damaged) from error
        raise
    if damaged and not report.violated:
        raise _damage(files, damaged)
    return report


def _is_damaged(files: RunFiles, path: str, sha256: str) -> bool:
    try:
        return files.sha256(path) != sha256
    except FileNotFoundError:
        raise _damage(files, (path,), "is missing") from None


def _damage(files: RunFiles, paths: tuple[str, ...], what: str = "was changed after it was written") -> GenerationError:
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    return GenerationError(
        f"the file {paths[0]} of {files.run} {what}{more}", hint=f"synth restore {files.run} writes it anew"
    )


class _InFiles:
    dialect = "duckdb"

    def __init__(self, files: RunFiles) -> None:
        self._connection = open_session(files)

    def table(self, name: str) -> str:
        return f"temp.{quote(name)}"

    def arrow(self, sql: str) -> pa.Table:
        return Question(self._connection, sql).table()


class _InWarehouse:
    def __init__(self, warehouse: Warehouse) -> None:
        self.dialect = warehouse.dialect
        self._warehouse = warehouse

    def table(self, name: str) -> str:
        return self._warehouse.table(name)

    def arrow(self, sql: str) -> pa.Table:
        return self._warehouse.query(sql).to_arrow()


def _checks(files: RunFiles, source: Source) -> list[Check]:
    found = []
    for table in files.schema.tables:
        found.append(_row_count(files, table.name, source))
        found += [_probed(probe, source) for probe in _all_probes(files, table, source)]
        rules, foreign = row_rules(table, source)
        found += _counted(rules, table.name, source)
        if foreign:
            again, memory = reread(foreign, table, source)
            found += _counted(again, table.name, memory)
    return found


def _all_probes(files: RunFiles, table: Table, source: Source) -> Iterator[Probe]:
    yield from probes(table, source)
    yield from after_probes(table, files.schema, source)
    if table.rows.per:
        parents = _number(source, f"SELECT count(*) FROM {source.table(table.rows.per)}")
        yield from children_probes(table, files.schema.table(table.rows.per), parents, source)


def _row_count(files: RunFiles, name: str, source: Source) -> Check:
    expected, found = files.rows(name), _number(source, f"SELECT count(*) FROM {source.table(name)}")
    detail = "" if found == expected else f"{found} rows instead of {expected}"
    return Check(name, "row_count", (), abs(found - expected), detail=detail)


def _probed(probe: Probe, source: Source) -> Check:
    count = _number(source, f"SELECT count(*) FROM ({probe.sql}) AS violating")
    examples = _examples(source, probe.sql) if count else ()
    return Check(probe.table, probe.kind, probe.columns, count, examples, probe.detail)


def _counted(rules: list[RowRule], name: str, source: Source) -> list[Check]:
    """All conditions on single rows in one pass."""
    counts = source.arrow(rules_question(rules)).to_pylist()[0] if rules else {}
    checks = []
    for rule, count in zip(rules, counts.values(), strict=True):
        violations = int(count or 0)
        examples = _examples(source, rule.violating) if violations else ()
        checks.append(Check(name, rule.kind, rule.columns, violations, examples, rule.detail))
    return checks


def _number(source: Source, sql: str) -> int:
    return int(source.arrow(sql).column(0)[0].as_py())


def _examples(source: Source, sql: str) -> tuple[Any, ...]:
    rows = source.arrow(f"{sql} LIMIT {EXAMPLES}").to_pydict().values()
    found = [list(row) for row in zip(*rows, strict=True)]
    return tuple(row[0] if len(row) == 1 else row for row in found)
