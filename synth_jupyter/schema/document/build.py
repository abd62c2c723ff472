"""A document's models as a Schema: every name resolved, every rule explicit, every problem noted."""

from dataclasses import replace

from ..findings import Problems, ReportLine, Spot
from ..model import Column, Rows, Schema, Table
from .checks import compile_checks
from .columns import column
from .follows import settle_follows
from .keys import Draft, check_types, find_keys, find_links, find_types
from .links import foreign_key
from .models import DocumentModel
from .names import check_names, experiment_problem, name_problem
from .rows import find_rows

MAX_SEED = (1 << 63) - 1


def build(
    model: DocumentModel, name: str | None, problems: Problems, *, compiled: bool = False
) -> tuple[Schema, tuple[ReportLine, ...]]:
    """The schema, worth using only if no problem was noted, and what became of its checks and row counts.

    Checks that are `compiled` already (those of a script) are taken as they are.
    """
    called = _experiment(model, name, problems)
    if model.seed is not None and not 0 <= model.seed <= MAX_SEED:
        problems.add(("seed",), f"must be from 0 to {MAX_SEED}, not {model.seed}")
    if model.namespace and (wrong := name_problem(model.namespace)):
        problems.add(("namespace",), wrong)
    drafts = _drafts(model, problems)
    for draft in drafts.values():
        find_keys(draft)
    for draft in drafts.values():
        find_links(draft, drafts, problems)
    find_types(drafts)
    check_types(drafts)
    rows, report = find_rows(drafts)
    report = report if compiled else (*report, *compile_checks(drafts))
    tables = tuple(_table(draft, rows[draft.name]) for draft in drafts.values())
    schema = Schema(called, tables, model.seed, model.warehouse, model.description, model.namespace)
    paths = settle_follows(schema, drafts)
    return replace(schema, tables=tuple(_followed(table, paths) for table in tables)), report


def _experiment(model: DocumentModel, name: str | None, problems: Problems) -> str:
    called = name if name is not None else model.experiment
    if called is None:
        problems.add(("experiment",), "the experiment has no name; write experiment: NAME or give one")
    elif wrong := experiment_problem(called):
        problems.add(("experiment",), wrong)
    return called or ""


def _drafts(model: DocumentModel, problems: Problems) -> dict[str, Draft]:
    if not model.tables:
        problems.add(("tables",), "there is no table")
    check_names(model.tables, ("tables",), "table", problems)
    for name, table in model.tables.items():
        if not table.columns:
            problems.add(("tables", name, "columns"), "a table needs at least one column")
        check_names(table.columns, ("tables", name, "columns"), "column", problems)
        for at, check in enumerate(table.checks):
            if not check.strip():
                problems.add(("tables", name, "checks", at), "must be an SQL condition, not empty")
    return {
        name: Draft(name, table, Spot(problems, ("tables", name)), model.namespace)
        for name, table in model.tables.items()
    }


def _table(draft: Draft, rows: Rows) -> Table:
    keys = tuple(foreign_key(draft, link) for link in draft.links)
    columns: list[Column] = [column(draft, name, keys) for name in draft.columns]
    return Table(
        draft.name, tuple(columns), rows, draft.primary_key, draft.unique, keys,
        tuple(draft.model.checks), draft.model.comment,
    )  # fmt: skip


def _followed(table: Table, paths: dict[tuple[str, str], str]) -> Table:
    columns = tuple(
        replace(one, rule=replace(one.rule, options={**one.rule.options, "column": paths[table.name, one.name]}))
        if one.rule.name == "after"
        else one
        for one in table.columns
    )
    return replace(table, columns=columns)
