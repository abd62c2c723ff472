"""Mermaid text, and names that would be directives."""

import re
from collections.abc import Sequence

import pytest

from synth_jupyter.errors import SettingsError
from synth_jupyter.lineage import mermaid
from synth_jupyter.lineage.graph import build
from synth_jupyter.lineage.model import Graph, Node, visible
from synth_jupyter.schema.model import Schema

LABEL = r'"[^"`%{}<>;:&|\[\]\\\n#]*(?:(?:#\d+;|<br/>)[^"`%{}<>;:&|\[\]\\\n#]*)*"'
LINE = re.compile(rf"flowchart LR|end|subgraph g\d+ \[{LABEL}\]|t\d+\[{LABEL}\]|t\d+ -?-\.?->(?:\|{LABEL}\|)? t\d+")


def decoded(label: str) -> str:
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label).replace("\u2060", "")


@pytest.mark.parametrize("level", ["table", "column"])
def test_every_line_has_one_of_five_forms(hostile_schema: Schema, level: str) -> None:
    for line in mermaid.source(build(hostile_schema, level)).splitlines():
        assert LINE.fullmatch(line.strip()), line


def test_labels_say_the_names_letter_by_letter(hostile_names: Sequence[str]) -> None:
    graph = Graph("table", tuple(Node(f"{n:03}", "table", name) for n, name in enumerate(hostile_names)), ())
    lines = mermaid.source(graph).splitlines()[1:]
    assert [decoded(line.split('"')[1]) for line in lines] == [visible(name) for name in hostile_names]


def test_derived_and_optional_edges_are_dotted(shop: Schema) -> None:
    text = mermaid.source(build(shop))
    assert "t0 -.->|" in text
    assert "t0 -->|" in text


def test_a_graph_too_long_for_the_renderers_is_refused_with_a_way_out() -> None:
    graph = Graph("table", tuple(Node(f"{n}", "table", "x" * 60) for n in range(2000)), ())
    with pytest.raises(SettingsError, match="characters of Mermaid") as raised:
        mermaid.source(graph)
    assert "--focus" in raised.value.hint
