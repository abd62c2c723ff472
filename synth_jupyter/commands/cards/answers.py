"""Cards of what a run answers: results, loads, checks, traces, graphs, images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .base import Bars, Card, Document, Grid, by_shape, counted, listed, one_line, short


def _result(document: Document) -> Card:
    rows = tuple(tuple(row) for row in document["rows"])
    total = document.get("row_count", len(rows))
    verdict = document.get("verdict")
    facts = (f"verdict: {verdict}",) if verdict not in (None, "native") else ()
    return Card("", facts, (Grid(counted(total, "row"), tuple(document["columns"]), rows, total),))


def _derived(document: Document) -> Card:
    """A table that SQL made: where each of its columns comes from."""
    columns = tuple(
        (column["name"], column["type"], listed(_origin(each) for each in column["from"]))
        for column in document["columns"]
    )
    facts = [f"made from {listed(document['inputs'])} by {document['engine']}", f"digest {document['digest']}"]
    facts += [str(document["note"])] if document.get("note") else []
    title = f"{document['table']}: a table of {document['run']}, {counted(document['rows'], 'row')}"
    return Card(title, tuple(facts), (Grid("its columns", ("column", "type", "comes from"), columns),), "good")


def _happened(document: Document) -> Card:
    events = tuple(
        (event["number"], event["at"], event["event"], one_line({k: v for k, v in event.items() if k not in _HEAD}))
        for event in document["events"]
    )
    title = f"{document['experiment']}: {counted(len(events), 'event')}"
    return Card(title, (), (Grid("oldest first", ("number", "at", "event", "details"), events),))


_HEAD = ("number", "at", "event")


def _origin(origin: Document) -> str:
    how = "" if origin["how"] == "identity" else f" ({origin['how']})"
    return f"{origin['table']}.{origin['column']}{how}"


def _load(document: Document) -> Card:
    tables: Mapping[str, Any] = document["tables"]
    total = sum(table["rows"] for table in tables.values())
    rows = tuple(
        (name, table["rows"], listed(table.get("enforced", ())), listed(table.get("not_enforced", ())))
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
         one_line(list(check.get("examples", ()))[:3]))
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


def _profile(document: Document) -> Card:
    """A row for each column with a picture of its values, then the most frequent values of each."""
    columns: Mapping[str, Any] = document["columns"]
    rows = tuple(
        (name, about["type"], _share(about["nulls"], document["rows"]), about["distinct"], _figure(about["min"]),
         _figure(about["quantiles"].get("0.5")), _figure(about["max"]), _bars(about))
        for name, about in columns.items()
    )  # fmt: skip
    heads = ("column", "type", "NULL", "distinct", "min", "median", "max", "values")
    tops = tuple((name, _tops(about), _quartiles(about)) for name, about in columns.items())
    title = f"{document['table']} of {document['run']}: {counted(document['rows'], 'row')}"
    facts = () if document["exact"] else ("distinct values and quantiles are estimates",)
    detail = Grid("most frequent values and quantiles", ("column", "most frequent", "quantiles"), tops, folded=True)
    return Card(title, facts, (Grid("its columns", heads, rows, grouped=True), detail))


def _share(count: int, rows: int) -> str:
    """`0 %`, `<0.1 %`, `12.3 %`."""
    share = 100 * count / rows if rows else 0
    return "<0.1 %" if 0 < share < 0.1 else f"{share:.1f} %" if share % 1 else f"{share:.0f} %"


def _figure(value: Any) -> str:
    """A value in at most 24 characters; nothing where there is none."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else text[:23] + "…"


def _tops(about: Document) -> str:
    return ", ".join(f"{_figure(each['value'])} ({each['count']:,})" for each in about["top"])


def _quartiles(about: Document) -> str:
    return ", ".join(f"{float(at) * 100:g} %: {_figure(value)}" for at, value in about["quantiles"].items())


def _bars(about: Document) -> Bars:
    """The histogram of what can be measured, else the shares of the most frequent values."""
    bins, tops = about["histogram"], about["top"]
    if bins:
        label = f"histogram of {len(bins)} bins from {_figure(bins[0]['start'])} to {_figure(bins[-1]['end'])}"
        return Bars(tuple(each["count"] for each in bins), label)
    if tops:
        return Bars(tuple(each["count"] for each in tops), f"how often: {_tops(about)}")
    return Bars((), "every value once" if about["distinct"] else "no values")


def _trace(document: Document) -> Card:
    title = f"{document['run']} {document['table']} row {document['row']:,}"
    facts = [f"partition {document['partition']}: {document['file'] or 'not stored'}"]
    facts += [f"stored: as {document['target']} holds it"] if document.get("target") else []
    facts += [str(document["note"])] if document.get("note") else []
    traced: Mapping[str, Document] = document["columns"]
    if "bases" in document:
        return _derived_trace(title, facts, document)
    columns = tuple(
        (name, about.get("value"), about.get("stored") if _agree(about) else "", _agree(about), about.get("generator"))
        for name, about in traced.items()
    )
    rules = tuple(
        (name, about.get("generator"), one_line(about.get("options") or {}), _draws(about))
        for name, about in traced.items()
    )
    parents = tuple((parent["table"], parent["row"], one_line(parent["key"])) for parent in document["parents"])
    grids = [Grid("each column", ("column", "recomputed", "stored", "equal", "rule"), columns)]
    grids += [Grid("its parents", ("table", "row", "key"), parents)] if parents else []
    grids += _children(document)
    grids.append(Grid("the rules and what they drew", ("column", "rule", "options", "drawn"), rules, folded=True))
    differs = any(about.get("equal") is False for about in traced.values())
    return Card(title, tuple(facts), tuple(grids), "bad" if differs else "plain")


def _draws(about: Document) -> str:
    """`below 3 = 2, coin bits = 33975`: what the generator asked its stream for."""
    return listed(f"{draw.get('of', '')} {draw['draw']} = {draw['value']}".strip() for draw in about.get("draws", ()))


def _children(document: Document) -> list[Grid]:
    children: Sequence[Document] = document.get("children") or ()
    rows = tuple(
        (each["table"], listed(each["foreign_key"]), each["count"],
         "" if each["first"] is None or not each["count"] else f"{each['first']}..{each['first'] + each['count'] - 1}")
        for each in children
    )  # fmt: skip
    return [Grid("its children", ("table", "through", "rows", "which"), rows, grouped=True)] if children else []


def _derived_trace(title: str, facts: list[str], document: Document) -> Card:
    """A row that SQL made: where its columns come from, and the rows it was made from."""
    columns = tuple(
        (name, about["value"], listed(_origin(each) for each in about["from"]))
        for name, about in document["columns"].items()
    )
    bases = tuple(
        (base["table"], base["count"], listed(base["rows"]), listed(base["keys"])) for base in document["bases"]
    )
    grids = [Grid("each column", ("column", "value", "comes from"), columns)]
    grids += [Grid("made from these rows", ("table", "rows", "numbers", "keys"), bases)] if bases else []
    return Card(title, (*facts, f"by {one_line(document['sql'])}"), tuple(grids))


def _agree(about: Document) -> str:
    """Whether the stored value equals the one made again; nothing where none is stored."""
    return {None: "", True: "yes", False: "NO"}[about.get("equal")]


def _export(document: Document) -> Card:
    layers = tuple(
        (layer["role"], layer["bytes"], short(layer["digest"]), "yes" if layer.get("reused") else "no")
        for layer in document["layers"]
    )
    title = f"{document['file']}: {counted(document['bytes'], 'byte')}"
    grid = Grid("layers", ("role", "bytes", "digest", "reused"), layers, grouped=True)
    return Card(title, (f"content digest {document['content_digest']}",), (grid,), "good")


def _push(document: Document) -> Card:
    card = _export({**document, "file": document["reference"]})
    return replace(card, facts=(f"{counted(document['sent'], 'byte')} sent, the others were there", *card.facts))


def _inspect(document: Document) -> Card:
    """What an image says of itself; the digests of its layers and its labels are detail."""
    if not isinstance(document.get("tables"), list | Mapping):
        return by_shape(document)
    inside, detail = ("layers", "labels"), by_shape({key: document.get(key) for key in ("layers", "labels")})
    shown = by_shape({key: value for key, value in document.items() if key not in inside})
    return replace(shown, grids=(*shown.grids, *(replace(grid, folded=True) for grid in detail.grids)))


def _text(document: Document) -> Card:
    title, *lines = str(document["text"]).splitlines() or [""]
    return Card(title, tuple(lines))


def _named(node: Document) -> tuple[str, object]:
    """What a node is called, where its id does not say it, and its rows, where it has any."""
    label, rows = str(node.get("label", "")), node.get("rows", "")
    return "" if label in node["id"] else label, sum(rows.values()) if isinstance(rows, Mapping) else rows


def _lineage(document: Document) -> Card:
    if "nodes" not in document:
        return by_shape(document)
    nodes = tuple((node["id"], node["kind"], *_named(node)) for node in document["nodes"])
    edges = tuple((edge["target"], edge["source"], edge["label"]) for edge in document["edges"])
    things = Grid(f"{document['level']} level", ("name", "kind", "what", "rows"), nodes, grouped=True)
    if not any(what for _, _, what, _ in nodes):
        things = replace(things, columns=("name", "kind", "rows"), rows=tuple((*two, rows) for *two, _, rows in nodes))
    return Card("", (), (things, Grid("what comes from what", ("this", "comes from", "how"), edges)))


CARDS = {
    "preview": _result, "sql": _result, "load": _load, "verify": _verify, "profile": _profile, "trace": _trace,
    "export": _export, "push": _push, "lineage": _lineage, "derived": _derived, "history": _happened,
    "inspect": _inspect, "explain": _text, "help": _text,
}  # fmt: skip
