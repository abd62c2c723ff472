"""Sixty hostile texts in every name, value, error, label and path: no output of ours holds a foreign node.

HTML is read as a browser reads it and compared with the shape of the same output for a harmless text: the payload may
change text, never elements, attributes or links.
"""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest

from synth_jupyter.commands.cards import _CARDS, Card, Grid, card_of
from synth_jupyter.commands.cards.base import by_shape
from synth_jupyter.errors import Problem, SchemaError, SynthError
from synth_jupyter.jupyter.display import card_bundle, graph_bundle
from synth_jupyter.jupyter.magics import short_errors
from synth_jupyter.jupyter.progress import cell_reporting
from synth_jupyter.jupyter.widgets import Define, Generate, Part, Preview, Sql, Trace
from synth_jupyter.lineage.model import Edge, Graph, Node
from synth_jupyter.workspace import Progress, Workspace

from .xss import PAYLOADS

HARMLESS = "harmless"
ELEMENTS = {"html", "head", "body", "div", "style", "p", "table", "caption", "thead", "tbody", "tr", "th", "td", "span",
            "details", "summary", "br", "pre", "progress", "svg", "g", "path", "polygon", "polyline", "ellipse", "text",
            "rect", "title"}  # fmt: skip
Shape = list[tuple[str, tuple[tuple[str, str], ...]]]


def shape(html: str) -> Shape:
    """Every element with its attributes, in order; texts are left out, and so is where a label repeats a text."""
    page = html5lib.parse(html, namespaceHTMLElements=False)
    found = []
    for node in page.iter():
        assert isinstance(node.tag, str), "a comment or a processing instruction"
        kind = node.tag.rpartition("}")[2]
        assert kind in ELEMENTS, kind
        assert not {name for name in node.attrib if str(name).startswith("on") or "href" in str(name)}
        labels = {name: "" if name == "aria-label" else value for name, value in node.attrib.items()}
        found.append((kind, tuple(sorted((str(name), value) for name, value in labels.items()))))
    return found


def assert_same_shape(make: Callable[[str], str]) -> None:
    expected = shape(make(HARMLESS))
    for payload in PAYLOADS:
        assert shape(make(payload)) == expected, payload


def documents(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document of each kind of card with `text` in every place where a text may stand."""
    column = {"type": text, "nullable": True, "generator": text, "reason": text}
    key = {"columns": [text], "references": {"table": text, "columns": [text]}}
    table = {"rows": 1, "primary_key": [text], "unique": [[text], [text, "b"]], "checks": [text], "foreign_keys": [key],
             "columns": {text: column}}  # fmt: skip
    report = [{"where": text, "construct": text, "outcome": text}]
    yield "define", {"experiment": text, "tables": {text: table}, "report": report}
    run = {
        "run": text,
        "status": text,
        "seed": 1,
        "rows": {text: 1},
        "seconds": 1.0,
        "content_digest": text,
        "reason": text,
    }
    yield "generate", {**run, "loaded": {"target": text}, "pid": 1, "log": text}
    yield "resume", run
    sizes = {"rows": {text: 1}, "bytes_by_table": {text: 1}, "bytes": 1, "free_bytes": 1, "partitions": 1, "workers": 1}
    yield "plan", {"experiment": text, "seconds": 1.0, "seed": 1, "fits": True, **sizes}
    yield "plan", {"experiment": text, "seconds": 1.0, "seed": 1, "fits": False, **sizes}
    yield "runs", {"runs": [run]}
    yield "sql", {"columns": [text], "rows": [[text], [None]], "row_count": 5, "verdict": text}
    made = {"rows": 1, "enforced": [text], "not_enforced": [text], "stored_as": {text: text}}
    yield "load", {"run": text, "target": text, "tables": {text: made}, "seconds": 1.0}
    yield "load", {"run": text, "target": text, "tables": {text: made}, "seconds": 1.0, "already_loaded": True}
    check = {"table": text, "kind": text, "columns": [text], "examples": [{text: text}]}
    yield "verify", {"ok": False, "checks": [{**check, "violations": 1}, {**check, "violations": 0}]}
    yield "verify", {"ok": True, "checks": [{**check, "violations": 0}]}
    counted = {"type": text, "nulls": 1, "distinct": 1, "min": text, "max": text, "quantiles": {"0.5": text}}
    bins = [{"start": text, "end": text, "count": 1}, {"start": text, "end": text, "count": 2}]
    pictures = {
        text: {**counted, "histogram": bins, "top": []},
        f"{text} 2": {**counted, "histogram": [], "top": [{"value": text, "count": 1}]},
        f"{text} 3": {**counted, "histogram": [], "top": []},
    }
    yield "profile", {"run": text, "table": text, "rows": 9, "exact": False, "columns": pictures}
    draws = [{"of": text, "draw": text, "value": text}]
    about = {"value": text, "stored": text, "generator": text, "options": {text: text}, "equal": False, "draws": draws}
    place = {"run": text, "table": text, "row": 1, "partition": 0, "file": text, "note": text, "target": text}
    child = {"table": text, "foreign_key": [text], "first": 1, "count": 2}
    yield "trace", {**place, "columns": {text: about}, "parents": [{"table": text, "row": 1, "key": {text: text}}],
                    "children": [child]}  # fmt: skip
    came = {"table": text, "column": text, "how": text}
    base = {"table": text, "count": 1, "rows": [1], "keys": [{text: text}]}
    yield "trace", {**place, "columns": {text: {"value": text, "from": [came]}}, "bases": [base], "sql": text}
    columns = [{"name": text, "type": text, "from": [came]}]
    yield "derived", {"run": text, "table": text, "rows": 1, "columns": columns, "inputs": [text], "engine": text,
                      "digest": text, "note": text}  # fmt: skip
    yield "history", {"experiment": text, "events": [{"number": 1, "at": text, "event": text, text: {text: text}}]}
    yield "lineage", {"level": text, "nodes": [{"id": text, "kind": text, "rows": 1}],
                      "edges": [{"target": text, "source": text, "label": text}]}  # fmt: skip
    yield "lineage", {"file": text, "bytes": 1}
    change = {"kind": text, "place": text, "what": text, "why": text, "data": [text]}
    yield "diff", {"old": text, "new": text, "changes": [change], "regenerated": 1, "kept": 1,
                   "tables": {text: {"rows": 1, "regenerated": 1, "changed": [text], "kept": [text]}}}  # fmt: skip
    yield "diff", {"old": text, "new": text, "changes": [], "tables": {}}
    layer = {"role": text, "bytes": 1, "digest": text, "reused": False}
    yield "export", {"file": text, "bytes": 1, "content_digest": text, "layers": [layer]}
    yield "push", {"reference": text, "sent": 1, "bytes": 1, "content_digest": text, "layers": [layer]}
    yield "push", {"reference": text, "bytes": 1, "sent": 1, "content_digest": text, "layers": [layer]}
    yield "inspect", {"experiment": text, "tables": [{"name": text}], "layers": [text * 200], "labels": {text: text}}
    yield "inspect", {"experiment": text, "tables": 3, "labels": {text: text}}
    yield "delete", {"experiment": text, "done": True, "runs": [text]}
    yield "delete", {"experiment": text, "done": False, "message": text, "runs": [{"run": text}], "loaded": [text]}
    yield "list", {"experiments": [{"experiment": text, "latest": text}]}
    yield "explain", {"text": f"{text}\n{text}"}
    yield "queries", {"queries": [{"query": text, "sql": text, "dialect": text}]}
    yield "tag", {"run": text, "tag": text, "moved": True}
    yield "prune", {"experiment": text, "kept": [text], "pruned": [text]}
    yield "doctor", {"ok": False, "checks": [{"what": text, "found": text, "hint": text}]}


KINDS = [verb for verb, _ in documents(HARMLESS)]


@pytest.mark.parametrize("at", range(len(KINDS)), ids=lambda at: f"{at}-{KINDS[at]}")
def test_no_card_grows_a_node_or_commands_a_terminal(at: int) -> None:
    def bundle(text: str) -> dict[str, str]:
        verb, document = next(islice(documents(text), at, None))
        return card_bundle(card_of(verb, document), 20)

    assert_same_shape(lambda text: bundle(text)["text/html"])
    for payload in PAYLOADS:
        assert all(line.isprintable() for line in bundle(payload)["text/plain"].split("\n")), payload


def test_every_card_is_tried_and_some_that_are_shown_by_their_shape() -> None:
    tried = {_CARDS.get(verb, by_shape) for verb in KINDS}
    assert tried == {*_CARDS.values(), by_shape}


def test_no_line_of_an_error_commands_a_terminal() -> None:
    for payload in PAYLOADS:
        with pytest.raises(SchemaError) as raised, short_errors(debug=False):
            raise SchemaError(payload, hint=payload, problems=[Problem(payload, payload)])
        lines = raised.value._render_traceback_()  # type: ignore[attr-defined]
        assert all(line.isprintable() for line in lines), payload


def test_no_title_fact_caption_or_head_grows_a_node() -> None:
    def page(text: str) -> str:
        grids = (Grid(text, (text,), ((text,),)), Grid(text, (text,), ((text,),), folded=True))
        return str(card_bundle(Card(text, (text,), grids, "good"), 20)["text/html"])

    assert_same_shape(page)


def graph_of(text: str) -> Graph:
    kinds = ("table", "column", "run", "version", "image", "load", text)
    nodes = (*(Node(f"{text} {kind}", kind, text, (text,), text) for kind in kinds), Node("other", "table", "other"),
             Node(text, "table", text))  # fmt: skip
    return Graph("table", nodes, (Edge(text, "other", "foreign_key", text),), text)


def test_no_name_in_a_graph_grows_a_node() -> None:
    for payload in PAYLOADS:
        drawing = ElementTree.fromstring(graph_bundle(graph_of(payload))["image/svg+xml"])
        for node in drawing.iter():
            assert node.tag.rpartition("}")[2] in ELEMENTS
            assert not [name for name in node.attrib if name.startswith("on") or "href" in name or name == "style"]


def test_no_answer_or_error_of_a_part_grows_a_node() -> None:
    def error(text: str) -> str:
        part = Part(None, text)
        problems = [Problem(text, text)]
        part.show_error(SchemaError(text, hint=text, problems=problems))
        return str(part.shown.value)

    def answer(text: str) -> str:
        part = Part(None, text)
        part.show({"text/plain": text})
        return str(part.shown.value)

    def picture(text: str) -> str:
        part = Part(None, text)
        part.show({"text/plain": text, "image/svg+xml": "<svg></svg>"})
        return str(part.shown.value)

    for sink in (error, answer, picture):
        assert_same_shape(sink)


def test_no_line_of_progress_grows_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, bundle: dict[str, str], raw: bool) -> None:
            shown.append(bundle["text/html"])

    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, **details: shown.append(bundle["text/html"]) or Handle()
    )
    for payload in (HARMLESS, *PAYLOADS):
        with cell_reporting("html", rich=True) as report:
            report(Progress(payload, {payload: 1}, {payload: 5}, 1, 2, 1.0))
            report(Progress(payload, {payload: 2}, {payload: 5}, 1, 2, 2.0, True, payload))
    assert len(shown) >= 2 * len(PAYLOADS)
    assert len({str(shape(html)) for html in shown}) <= 4


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A run whose tables, columns, values and checks are payloads that a name may hold."""
    monkeypatch.chdir(tmp_path)
    shown = [text for text in PAYLOADS if text.isprintable()]
    cut = [text.replace(".", ",")[:60].strip() for text in shown]
    names = list({name.casefold(): name for name in cut}.values())
    assert len(names) > 50
    columns = {name: {"type": "varchar(200)", "choices": dict.fromkeys(shown, 1)} for name in names}
    tables = {
        name: {"rows": 3, "columns": {"id": {"type": "int", "primary_key": True}, **columns}} for name in names[:3]
    }
    workspace = Workspace.open()
    workspace.define(json.dumps({"experiment": "hostile", "tables": tables}))
    workspace.experiment("hostile").generate()
    return workspace


def test_no_part_of_the_panel_grows_a_node_from_a_hostile_run(hostile: Workspace) -> None:
    shown = []
    for kind, press in ((Preview, "look"), (Sql, "run"), (Trace, "trace"), (Define, "check")):
        part = kind(hostile, "hostile")
        getattr(part, press).click()
        shown.append(part.shown.value)
    part = Generate(hostile, "hostile")
    for payload in PAYLOADS:
        part.show_error(SynthError(payload, hint=payload))
        shown.append(part.shown.value)
    for html in shown:
        shape(html)
