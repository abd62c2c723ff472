"""Questions to an experiment: saved statements, other experiments in one statement, results as files."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandError, ConflictError, NotFoundError
from ..plan.model import RunFiles
from .addresses import parse_address
from .progress_events import Listener, Progress

if TYPE_CHECKING:
    from ..warehouses.exporting import FileReport
    from ..warehouses.result import Result
    from .experiment import Experiment

_NAME = re.compile(r"[^\W\d]\w{0,62}")
_RUN_NAMES = re.compile(r'"((?:[^"]|"")+@\d+|(?:[^"]|"")+:(?:[^"]|"")+)"\s*\.')


@dataclass(frozen=True)
class Explanation:
    """How a statement would be answered: its verdict, what really runs, its columns and the engine's plan."""

    verdict: str
    sql: str
    columns: tuple[str, ...]
    plan: str

    def to_dict(self) -> dict[str, Any]:
        """The document of `sql --explain`."""
        return {"verdict": self.verdict, "sql": self.sql, "columns": list(self.columns), "plan": self.plan}

    def text(self) -> str:
        """The same for a person."""
        return f"verdict: {self.verdict}\nruns as: {self.sql}\n\n{self.plan.rstrip()}"


def ask(
    experiment: "Experiment", sql: str, dialect: str | None = None, parameters: Mapping[str, Any] | None = None
) -> "Result":
    """The lazy answer; `@name` is a saved statement in its own dialect.

    Raises:
        NotFoundError: there is no saved statement of that name.
        QueryError: the statement was refused.
    """
    from ..warehouses.query import query

    sql, dialect = statement_of(experiment, sql, dialect)
    files = experiment.files()
    others = tuple(_others(experiment, sql, files.run))
    return query(files, sql, dialect=dialect, parameters=parameters, others=others)


def statement_of(experiment: "Experiment", sql: str, dialect: str | None) -> tuple[str, str | None]:
    """The words of a statement and their dialect, looked up where it is `@name`."""
    if not sql.lstrip().startswith("@"):
        return sql, dialect
    saved = experiment.workspace.store.queries.get(experiment.name, sql.strip()[1:])
    return saved.sql, dialect or saved.dialect


def explained(result: "Result") -> Explanation:
    """Verdict, translation, columns and plan of a statement that was not run."""
    return Explanation(result.verdict, result.sql, result.columns, result.explain())


def check_query_name(name: str) -> str:
    """`name`, when it may be a saved statement's. Raises CommandError."""
    if not _NAME.fullmatch(name):
        raise CommandError(f"{name!r} is no name for a query", hint="use letters, digits and _, such as top_customers")
    return name


def export(
    experiment: "Experiment",
    result: "Result",
    path: str | Path,
    *,
    replace: bool = False,
    listen: Listener | None = None,
) -> "FileReport":
    """The result as a file, telling how many rows are written."""
    label, started = f"{experiment.address} to {Path(path).name}", time.monotonic()

    def tell(rows: int, *, finished: bool = False) -> None:
        if listen is not None:
            done = {"rows": rows}
            listen(Progress(label, done, done if finished else {}, 0, 0, time.monotonic() - started, finished))

    report = result.export(path, replace=replace, on_rows=tell)
    tell(report.rows, finished=True)
    return report


def _others(experiment: "Experiment", sql: str, own: str) -> "list[RunFiles]":
    """The runs of other experiments, or other runs, that the statement may name."""
    workspace, folded = experiment.workspace, sql.casefold()
    named = [each.name for each in workspace.store.experiments.all() if each.name.casefold() in folded]
    wanted = [name for name in named if name.casefold() != experiment.name.casefold()]
    wanted += [match[1].replace('""', '"') for match in _RUN_NAMES.finditer(sql)]
    found: dict[str, RunFiles] = {}
    for address in dict.fromkeys(wanted):
        try:
            files = workspace.experiment(str(parse_address(address))).files()
        except (CommandError, NotFoundError, ConflictError):
            continue  # then it is no run's name, and the engine says what is missing
        if files.run != own:
            found.setdefault(files.run, files)
    return list(found.values())
