"""What a person sees of each document: a title, facts and tables, still as values.

`text` prints a card for terminals, the notebook's display as HTML; so both show the same, decided here once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Document = Mapping[str, Any]

_LONG = 100
"""Characters of a list that is shown in a table of its own."""


@dataclass(frozen=True)
class Grid:
    """A table: cells are JSON values, None is NULL; `total` says how many rows there are when not all are here.

    Whole numbers are written 1,234 when they are `grouped`, which suits counts but not keys.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int | None = None
    grouped: bool = False

    @property
    def footer(self) -> str:
        """`showing 20 of 1,000 rows` when rows are missing, else nothing."""
        if self.total is not None and self.total > len(self.rows):
            return f"showing {len(self.rows):,} of {self.total:,} rows"
        return ""

    def head(self, count: int) -> "Grid":
        """The first `count` rows, with the number of all."""
        total = max(len(self.rows), self.total or 0)
        return replace(self, rows=self.rows[:count], total=total)


@dataclass(frozen=True)
class Card:
    """One thing to show: `state` is good, bad or plain (how the title is coloured where there is colour)."""

    title: str = ""
    facts: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    state: str = "plain"

    def head(self, count: int) -> "Card":
        """The card with at most `count` rows in each table."""
        return replace(self, grids=tuple(grid.head(count) for grid in self.grids))


def card_of(verb: str, document: Document) -> Card:
    """How the document of `verb` is shown; one that nobody described is shown by its shape."""
    return _CARDS.get(verb, _by_shape)(document)


def thousands(number: int | float | None) -> str:
    """`1,234,567`, or nothing for None."""
    return "" if number is None else f"{number:,}"


def counted(number: int, what: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


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


def _result(document: Document) -> Card:
    rows = tuple(tuple(row) for row in document["rows"])
    total = document.get("row_count", len(rows))
    verdict = document.get("verdict")
    facts = (f"verdict: {verdict}",) if verdict not in (None, "native") else ()
    return Card("", facts, (Grid(counted(total, "row"), tuple(document["columns"]), rows, total),))


def _run(document: Document) -> Card:
    status = document["status"]
    rows: Mapping[str, int] = document["rows"]
    total, seconds = sum(rows.values()), document.get("seconds")
    took = f" in {seconds:,.1f} s" if seconds is not None else ""
    speed = f" ({total / seconds:,.0f} rows/s)" if seconds and status == "complete" else ""
    facts = [f"seed {document['seed']}"]
    facts += [f"content digest {document['content_digest']}"] if document.get("content_digest") else []
    facts += [f"reason: {document['reason']}"] if document.get("reason") else []
    facts += [f"loaded into {_target_of(document['loaded'])}"] if document.get("loaded") else []
    title = f"{document['run']} {status}: {counted(total, 'row')}{took}{speed}"
    grid = Grid("rows by table", ("table", "rows"), tuple(rows.items()), grouped=True)
    return Card(title, tuple(facts), (grid,), "good" if status == "complete" else "bad")


def _target_of(loaded: Any) -> str:
    return str(loaded.get("target", loaded)) if isinstance(loaded, Mapping) else str(loaded)


def _runs(document: Document) -> Card:
    if not document["runs"]:
        return Card("no runs yet")
    rows = tuple(
        (
            run["run"], run["status"], sum((run.get("rows") or {}).values()), str(run.get("seed", "")),
            _seconds(run), _short(run.get("content_digest")) or "", run.get("reason") or "",
        )
        for run in document["runs"]
    )  # fmt: skip
    return Card(
        "",
        (),
        (Grid("runs", ("run", "status", "rows", "seed", "time", "content digest", "reason"), rows, grouped=True),),
    )


def _seconds(document: Document) -> str:
    return f"{document['seconds']:,.1f} s" if document.get("seconds") is not None else ""


def _short(digest: str | None) -> str | None:
    return digest and (digest[:19] + "…" if len(digest) > 20 else digest)


def _load(document: Document) -> Card:
    tables: Mapping[str, Any] = document["tables"]
    total = sum(table["rows"] for table in tables.values())
    rows = tuple(
        (name, table["rows"], _listed(table.get("enforced", ())), _listed(table.get("not_enforced", ())))
        for name, table in tables.items()
    )
    stored = tuple(
        (name, column, form) for name, table in tables.items() for column, form in table.get("stored_as", {}).items()
    )
    took = f"{counted(total, 'row')} in {document['seconds']:,.1f} s"
    done = "it is there already, nothing was changed" if document.get("already_loaded") else took
    grids = [Grid("constraints there", ("table", "rows", "enforced", "not enforced"), rows, grouped=True)]
    grids += [Grid("stored in another form", ("table", "column", "form"), stored)] if stored else []
    return Card(f"{document['run']} in {document['target']}: {done}", (), tuple(grids), "good")


def _listed(items: Iterable[Any]) -> str:
    return ", ".join(_one_line(item) for item in items)


def _one_line(item: Any) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{key}={_one_line(value)}" for key, value in item.items() if value not in (None, "", []))
    if isinstance(item, list):
        return ", ".join(map(_one_line, item))
    return str(item).lower() if isinstance(item, bool) else str(item)


def _verify(document: Document) -> Card:
    """Each violation by itself, then what holds, by table and kind."""
    checks: Sequence[Document] = document["checks"]
    violated = [check for check in checks if check["violations"]]
    holding: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        if not check["violations"]:
            holding.setdefault((check["table"], check["kind"]), []).append(" + ".join(check.get("columns", ())))
    failed = tuple(
        (check["table"], check["kind"], " + ".join(check.get("columns", ())), check["violations"],
         _one_line(list(check.get("examples", ()))[:3]))
        for check in violated
    )  # fmt: skip
    held = tuple((table, kind, ", ".join(filter(None, columns)), 0) for (table, kind), columns in holding.items())
    grids = [Grid("violated", ("table", "kind", "columns", "violations", "examples"), failed)] if failed else []
    grids += [Grid("holds", ("table", "kind", "columns", "violations"), held)] if held else []
    if document["ok"]:
        return Card(f"verified: {counted(len(checks), 'check')}, no violation", (), tuple(grids), "good")
    names = ", ".join(dict.fromkeys(f"{check['kind']} of {check['table']}" for check in violated))
    fact = f"{len(violated)} of {counted(len(checks), 'check')} failed"
    return Card(f"violated: {names}", (fact,), tuple(grids), "bad")


def _trace(document: Document) -> Card:
    title = f"{document['run']} {document['table']} row {document['row']:,}"
    facts = (f"partition {document['partition']}: {document['file'] or 'not written'}",)
    columns = tuple(
        (name, about.get("value"), about.get("stored"), _agree(about), about.get("generator"))
        for name, about in document["columns"].items()
    )
    parents = tuple((parent["table"], parent["row"], _one_line(parent["key"])) for parent in document["parents"])
    grids = [Grid("each column", ("column", "recomputed", "stored", "equal", "rule"), columns)]
    grids += [Grid("its parents", ("table", "row", "key"), parents)] if parents else []
    return Card(title, facts, tuple(grids))


def _agree(about: Document) -> str:
    """Whether the stored value equals the one made again; nothing where none is stored."""
    return {None: "", True: "yes", False: "NO"}[about.get("equal")]


def _export(document: Document) -> Card:
    layers = tuple(
        (layer["role"], layer["bytes"], _short(layer["digest"]), "yes" if layer.get("reused") else "no")
        for layer in document["layers"]
    )
    title = f"{document['file']}: {counted(document['bytes'], 'byte')}"
    grid = Grid("layers", ("role", "bytes", "digest", "reused"), layers, grouped=True)
    return Card(title, (f"content digest {document['content_digest']}",), (grid,), "good")


_SAID = ("done", "message", "experiment")


def _removal(document: Document) -> Card:
    """What was removed, or would be: the message first."""
    shape = _by_shape({name: value for name, value in document.items() if name not in _SAID})
    done = document.get("done", True)
    title = f"{document.get('experiment', '')}: removed" if done else str(document.get("message", ""))
    return replace(shape, title=title, state="good" if done else "plain")


def _text(document: Document) -> Card:
    title, *lines = str(document["text"]).splitlines() or [""]
    return Card(title, tuple(lines))


def _lineage(document: Document) -> Card:
    if "nodes" not in document:
        return _by_shape(document)
    nodes = tuple((node["id"], node["kind"], node.get("rows")) for node in document["nodes"])
    edges = tuple((edge["target"], edge["source"], edge["label"]) for edge in document["edges"])
    things = Grid(f"{document['level']} level", ("name", "kind", "rows"), nodes, grouped=True)
    return Card("", (), (things, Grid("what comes from what", ("this", "comes from", "how"), edges)))


def _by_shape(document: Document) -> Card:
    """Short values are facts; lists and mappings are tables."""
    facts, grids = [], []
    for name, value in document.items():
        title = name.replace("_", " ")
        if value in ([], {}):
            facts.append(f"{title}: none")
        elif (grid := _grid_of(title, value)) is not None:
            grids.append(grid)
        elif value is not None:
            facts.append(f"{title}: {_one_line(value)}")
    return Card("", tuple(facts), tuple(grids))


def _grid_of(title: str, value: Any) -> Grid | None:
    """A table for a list or a mapping of documents, for a mapping of values and for a long list; None for the rest."""
    if isinstance(value, Mapping):
        if all(isinstance(item, Mapping) for item in value.values()):
            return _documents_grid(title, [{"name": key} | dict(item) for key, item in value.items()])
        return Grid(title, ("name", "value"), tuple((key, _cell(item)) for key, item in value.items()))
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return _documents_grid(title, value)
    if isinstance(value, list) and len(_one_line(value)) > _LONG:
        return Grid("", (title,), tuple((_cell(item),) for item in value))
    return None


def _documents_grid(title: str, items: Sequence[Document]) -> Grid:
    columns = tuple(dict.fromkeys(key for item in items for key in item))
    rows = tuple(tuple(_cell(item.get(column)) for column in columns) for item in items)
    return Grid(title, tuple(column.replace("_", " ") for column in columns), rows, grouped=True)


def _cell(value: Any) -> Any:
    """Rows by table become their sum; other structures become one line."""
    if isinstance(value, Mapping) and value and all(type(item) is int for item in value.values()):
        return sum(value.values())
    return _one_line(value) if isinstance(value, Mapping | list) else value


_CARDS: dict[str, Callable[[Document], Card]] = {
    "define": _define, "show": _define, "preview": _result, "sql": _result, "generate": _run, "resume": _run,
    "restore": _run, "import": _run, "runs": _runs, "load": _load, "verify": _verify, "trace": _trace,
    "export": _export, "reset": _removal, "delete": _removal, "lineage": _lineage, "explain": _text, "help": _text,
}  # fmt: skip
