"""One row back to where it comes from: of a generated table, of a load of it, or of a table that SQL made."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ..errors import CommandError
from ..plan.model import Plan
from ..store import RunRecord
from .definitions import plan_again

if TYPE_CHECKING:
    from .addressed import Addressed
    from .workspace import Workspace

_KEPT = 4
"""Runs whose plans are kept."""


def trace_row(
    experiment: "Addressed",
    table: str,
    key: Any,
    *,
    row: int | None,
    column: str | None,
    target: str | None,
    children: bool,
) -> Any:
    """The trace of a generated row, or of a derived one with the rows that it was made from.

    Raises:
        CommandError: not exactly one of `key` and `row` is given, or `key` is no key of the table.
        NotFoundError: there is no such table, column or row, or the run is not loaded in the target.
        WarehouseError: the target cannot be used.
    """
    record = experiment.made_run()
    files = experiment.files_of(record)
    derived = {each.name.casefold(): each for each in experiment.workspace.store.derived.of(record.key)}
    found = derived.get(table.casefold())
    if found is not None:
        if target is not None or children:
            raise CommandError(f"{found.name!r} was made by SQL: it is loaded nowhere and no row points at its rows")
        from ..lineage.base_rows import trace_derived

        return trace_derived(_plan(experiment.workspace, record), files, found, key, row=row, column=column)
    from ..lineage.trace import trace

    plan = _plan(experiment.workspace, record)
    with ExitStack() as held:
        warehouse = None
        if target is not None:
            from ..warehouses import open_target

            warehouse = open_target(target, experiment.workspace.environment, existing=True)
            held.callback(warehouse.close)
            warehouse.find(files)
        return trace(plan, files, table, key, row=row, column=column, warehouse=warehouse, children=children)


def _plan(workspace: "Workspace", record: RunRecord) -> Plan:
    """The plan of a run, kept for the next trace in this process."""
    plan: Plan | None = workspace.traced.get(record.key)
    if plan is None:
        plan = plan_again(workspace, record)
        while len(workspace.traced) >= _KEPT:
            workspace.traced.pop(next(iter(workspace.traced)))
        workspace.traced[record.key] = plan
    return plan
