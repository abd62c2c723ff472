"""Cards of definitions, runs and removals."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .base import Card, Document, Grid, by_shape, counted, seconds_of, short


def _define(document: Document) -> Card:
    tables: Mapping[str, Any] = document["tables"]
    columns = sum(len(table["columns"]) for table in tables.values())
    version = f" (version {document['version']})" if document.get("version") else ""
    title = f"{document['experiment']}: {counted(len(tables), 'table')}, {counted(columns, 'column')}{version}"
    grids = [_table_grid(name, table) for name, table in tables.items()]
    report = document.get("report") or []
    if report:
        rows = tuple((item.get("where"), item.get("construct"), item.get("outcome")) for item in report)
        grids.append(Grid("what became of each construct", ("where", "construct", "outcome"), rows))
    return Card(title, (), tuple(grids))


def _table_grid(name: str, table: Document) -> Grid:
    rows = table.get("rows")
    caption = [f"{name}: {counted(rows, 'row')}" if isinstance(rows, int) else f"{name}: rows {rows}"]
    caption += [f"unique ({', '.join(key)})" for key in table.get("unique", ()) if len(key) > 1]
    caption += [f"check {check}" for check in table.get("checks", ())]
    columns = tuple(
        (
            column, about["type"], _keys_of(column, table), "null" if about.get("nullable") else "",
            about.get("generator"), about.get("reason") or "",
        )
        for column, about in table["columns"].items()
    )  # fmt: skip
    return Grid(" · ".join(caption), ("column", "type", "key", "null", "rule", "why"), columns)


def _keys_of(column: str, table: Document) -> str:
    keys = ["primary"] if column in table.get("primary_key", ()) else []
    keys += ["unique"] if [column] in [list(key) for key in table.get("unique", ())] else []
    for key in table.get("foreign_keys", ()):
        if column in key["columns"]:
            target = key["references"]
            keys.append(f"{target['table']}.{target['columns'][list(key['columns']).index(column)]}")
    return ", ".join(keys)


def _run(document: Document) -> Card:
    """A run whose seconds are those in which all of its rows came."""
    total, seconds = sum(document["rows"].values()), document.get("seconds")
    took = f" in {seconds:,.1f} s" if seconds is not None else ""
    speed = f" ({total / seconds:,.0f} rows/s)" if seconds and document["status"] == "complete" else ""
    return _run_that(document, took + speed)


def _run_of_attempts(document: Document) -> Card:
    """A run that may have been gone on with: its seconds are those of the last attempt, its rows those of all."""
    seconds = document.get("seconds")
    return _run_that(document, f"; the last attempt took {seconds:,.1f} s" if seconds is not None else "")


def _run_that(document: Document, took: str) -> Card:
    status = document["status"]
    rows: Mapping[str, int] = document["rows"]
    facts = [f"seed {document['seed']}"]
    facts += [f"content digest {document['content_digest']}"] if document.get("content_digest") else []
    facts += [f"reason: {document['reason']}"] if document.get("reason") else []
    facts += [f"pid {document['pid']}, log {document['log']}"] if document.get("log") else []
    facts += [f"loaded into {_target_of(document['loaded'])}"] if document.get("loaded") else []
    facts += _part(document["part"]) if document.get("part") else []
    title = f"{document['run']} {status}: {counted(sum(rows.values()), 'row')}{took}"
    grid = Grid("rows by table", ("table", "rows"), tuple(rows.items()), grouped=True)
    return Card(title, tuple(facts), (grid,), _STATES.get(status, "bad"))


def _part(part: Document) -> list[str]:
    brought = [f"also here, because keys lead to it: {', '.join(part['brought'])}"] if part["brought"] else []
    return [*brought, f"a part of {part['of']}; not here: {', '.join(part['left_out'])}"]


def _plan(document: Document) -> Card:
    rows: Mapping[str, int] = document["rows"]
    sizes: Mapping[str, int] = document["bytes_by_table"]
    facts = [f"about {document['bytes']:,} bytes; {document['free_bytes']:,} are free"]
    facts += [f"about {document['seconds']:,.1f} s with {counted(document['workers'], 'worker')}"]
    facts += [f"seed {document['seed']}", counted(document["partitions"], "partition")]
    grid = Grid("by table", ("table", "rows", "bytes"), tuple((t, n, sizes[t]) for t, n in rows.items()), grouped=True)
    fits = document["fits"]
    title = f"{document['experiment']} would have {counted(sum(rows.values()), 'row')}"
    return Card(
        title if fits else f"{title}: more than the disk can hold", tuple(facts), (grid,), "plain" if fits else "bad"
    )


_STATES = {"complete": "good", "running": "plain"}


def _target_of(loaded: Any) -> str:
    return str(loaded.get("target", loaded)) if isinstance(loaded, Mapping) else str(loaded)


def _status(run: Document) -> str:
    """A run that is not whole says how far it is."""
    made, total = (sum((run.get(name) or {}).values()) for name in ("made", "rows"))
    return (
        f"{run['status']} {100 * made // total} %"
        if total and run["status"] in ("running", "partial")
        else run["status"]
    )


def _runs(document: Document) -> Card:
    if not document["runs"]:
        return Card("no runs yet")
    rows = tuple(
        (
            run["run"], _status(run), sum((run.get("rows") or {}).values()), str(run.get("seed", "")),
            seconds_of(run), short(run.get("content_digest")) or "", run.get("reason") or "",
        )
        for run in document["runs"]
    )  # fmt: skip
    return Card(
        "",
        (),
        (Grid("runs", ("run", "status", "rows", "seed", "time", "content digest", "reason"), rows, grouped=True),),
    )


def _removal(document: Document) -> Card:
    """What was removed, or would be: the message first."""
    shape = by_shape({name: value for name, value in document.items() if name not in _SAID})
    done = document.get("done", True)
    title = f"{document.get('experiment', '')}: removed" if done else str(document.get("message", ""))
    return replace(shape, title=title, state="good" if done else "plain")


def _diff(document: Document) -> Card:
    """What changes and why, then what each table keeps."""
    title = f"{document['old']} -> {document['new']}: "
    changes = document["changes"]
    if not changes:
        return Card(title + "no difference", (), (), "good")
    rows = tuple(
        (each["kind"], each["place"].removeprefix("tables."), each["what"], each["why"], ", ".join(each["data"]) or "-")
        for each in changes
    )
    kept = tuple(
        (name, each["rows"], each["regenerated"], ", ".join(each["changed"]) or "-", len(each["kept"]))
        for name, each in document["tables"].items()
    )
    fact = f"{counted(document['regenerated'], 'row')} made anew, {counted(document['kept'], 'row')} as they were"
    grids = (
        Grid("changes", ("kind", "place", "what", "why", "columns whose data change"), rows),
        Grid("tables", ("table", "rows", "made anew", "columns that change", "columns that stay"), kept, grouped=True),
    )
    return Card(title + counted(len(changes), "change"), (fact,), grids)


_SAID = ("done", "message", "experiment")

CARDS = {
    "define": _define, "show": _define, "plan": _plan, "generate": _run, "restore": _run, "import": _run, "pull": _run,
    "resume": _run_of_attempts, "watch": _run_of_attempts, "cancel": _run_of_attempts,
    "diff": _diff, "runs": _runs, "reset": _removal, "delete": _removal,
}  # fmt: skip
