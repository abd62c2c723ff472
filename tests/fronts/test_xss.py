"""Sixty hostile texts in every name, value, error, label and path: no output of ours holds a foreign node.

HTML is read as a browser reads it and compared with the shape of the same output for a harmless text: the payload may
change text, never elements, attributes or links.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest

from synth_jupyter.commands import VERBS
from synth_jupyter.commands.cards import Card, Grid, card_of
from synth_jupyter.errors import Problem, SchemaError, SynthError
from synth_jupyter.jupyter.display import card_bundle, graph_bundle
from synth_jupyter.jupyter.progress import cell_reporting
from synth_jupyter.jupyter.widgets import Define, Generate, Part, Preview, Sql, Trace
from synth_jupyter.lineage.model import Edge, Graph, Node
from synth_jupyter.workspace import Progress, Workspace

from .xss import PAYLOADS

HARMLESS = "harmless"
ELEMENTS = {"html", "head", "body", "div", "style", "p", "table", "caption", "thead", "tbody", "tr", "th", "td", "span",
            "details", "summary", "br", "pre", "progress", "svg", "g", "path", "polygon", "polyline", "ellipse", "text"}  # fmt: skip
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
    yield "generate", {**run, "loaded": {"target": text}}
    yield "runs", {"runs": [run]}
    yield "sql", {"columns": [text], "rows": [[text], [None]], "row_count": 5, "verdict": text}
    made = {"rows": 1, "enforced": [text], "not_enforced": [text], "stored_as": {text: text}}
    yield "load", {"run": text, "target": text, "tables": {text: made}, "seconds": 1.0}
    check = {"table": text, "kind": text, "columns": [text], "examples": [{text: text}]}
    yield "verify", {"ok": False, "checks": [{**check, "violations": 1}, {**check, "violations": 0}]}
    about = {"value": text, "stored": text, "generator": text, "options": {text: text}, "equal": False}
    yield "trace", {"run": text, "table": text, "row": 1, "partition": 0, "file": text, "note": text,
                    "columns": {text: about}, "parents": [{"table": text, "row": 1, "key": {text: text}}]}  # fmt: skip
    change = {"kind": text, "place": text, "what": text, "why": text, "data": [text]}
    yield "diff", {"old": text, "new": text, "changes": [change], "regenerated": 1, "kept": 1,
                   "tables": {text: {"rows": 1, "regenerated": 1, "changed": [text], "kept": [text]}}}  # fmt: skip
    layer = {"role": text, "bytes": 1, "digest": text, "reused": False}
    yield "export", {"file": text, "bytes": 1, "content_digest": text, "layers": [layer]}
    yield "inspect", {"experiment": text, "tables": [{"name": text}], "layers": [text * 200], "labels": {text: text}}
    yield "delete", {"experiment": text, "done": False, "message": text, "runs": [{"run": text}], "loaded": [text]}
    yield "list", {"experiments": [{"experiment": text, "latest": text}]}
    yield "explain", {"text": f"{text}\n{text}"}
    yield "doctor", {"ok": False, "checks": [{"what": text, "found": text, "hint": text}]}


@pytest.mark.parametrize("verb", [verb for verb, _ in documents(HARMLESS)])
def test_no_card_grows_a_node(verb: str) -> None:
    assert_same_shape(lambda text: card_bundle(card_of(verb, dict(documents(text))[verb]), 20)["text/html"])


def test_every_verb_with_a_card_of_its_own_is_tried() -> None:
    from synth_jupyter.commands.cards import _CARDS

    same = {"show": "define", "preview": "sql", "resume": "generate", "restore": "generate", "import": "generate",
            "watch": "generate", "reset": "delete", "help": "explain", "lineage": "list"}  # fmt: skip
    tried = {verb for verb, _ in documents(HARMLESS)}
    untried = {verb for verb in _CARDS if verb in VERBS and same.get(verb, verb) not in tried}
    assert untried <= {"queries", "plan", "profile", "generate"}


def test_no_title_fact_caption_or_head_grows_a_node() -> None:
    def page(text: str) -> str:
        grids = (Grid(text, (text,), ((text,),)), Grid(text, (text,), ((text,),), folded=True))
        return str(card_bundle(Card(text, (text,), grids, "good"), 20)["text/html"])

    assert_same_shape(page)


def graph_of(text: str) -> Graph:
    nodes = (Node(text, "table", text, (text,), text), Node("other", "table", "other"))
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
    workspace.experiment("hostile").generate(workers=1)
    return workspace


def test_no_part_of_the_panel_grows_a_node_from_a_hostile_run(hostile: Workspace) -> None:
    shown = []
    for kind, press in ((Preview, "look"), (Sql, "run"), (Trace, "trace"), (Define, "check")):
        part = kind(hostile, "hostile")
        getattr(part, press).click()
        shown.append(part.shown.value)
    part = Generate(hostile, "hostile")
    for payload in PAYLOADS:
        part._say(payload)
        shown.append(part.state.value)
        part.show_error(SynthError(payload, hint=payload))
        shown.append(part.shown.value)
    for html in shown:
        shape(html)
