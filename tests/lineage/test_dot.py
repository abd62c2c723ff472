"""DOT, SVG and PNG, and names that would be more than names."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from synth_jupyter.errors import PluginError, SettingsError
from synth_jupyter.jupyter.display import graph_bundle
from synth_jupyter.lineage import dot
from synth_jupyter.lineage.graph import build
from synth_jupyter.lineage.model import Edge, Graph, Node, visible
from synth_jupyter.schema.model import Schema

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = ("dot", "graphviz-pure")
SPACES = str.maketrans({"\u00a0": " "})


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One engine alone: nothing else can be found."""
    found = next((path for path in dot.engines() if path.name == request.param), None)
    if found is None:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setattr(dot, "engines", lambda: iter((found,)))
    return found


def as_json(engine: Path, text: str) -> dict[str, Any]:
    done = subprocess.run([engine, "-Tjson"], input=text.encode(), capture_output=True, check=True, timeout=60)
    problems = [line for line in done.stderr.decode().splitlines() if "no value for width of non-ASCII" not in line]
    assert not problems
    return dict(json.loads(done.stdout))


def texts(svg: bytes, kind: str) -> list[list[str]]:
    """The lines of text of each node, edge or cluster; an engine may write a space as one that does not break."""
    groups = [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.get("class") == kind]
    return sorted([(text.text or "").translate(SPACES) for text in group.iter(f"{SVG}text")] for group in groups)


def named(names: Sequence[str]) -> Graph:
    """Every name as a table, as a line below a label, and on an edge."""
    nodes = [Node(f"{number:03}", "table", name, (name,)) for number, name in enumerate(names)]
    edges = [Edge(nodes[n - 1].id, nodes[n].id, "foreign_key", names[n], many=n % 2) for n in range(1, len(names))]
    return Graph("table", tuple(nodes), tuple(edges), "<all>")


def test_hostile_names_are_parsed_as_labels_of_numbered_nodes(engine: Path, hostile_names: Sequence[str]) -> None:
    parsed = as_json(engine, dot.source(named(hostile_names)))
    assert [thing["name"] for thing in parsed["objects"]] == [f"n{n}" for n in range(len(hostile_names))]
    assert len(parsed["edges"]) == len(hostile_names) - 1
    attributes = {name.lower() for thing in (*parsed["objects"], *parsed["edges"]) for name in thing}
    assert not attributes & {"url", "href", "image", "tooltip", "edgeurl", "xlabel", "comment", "id"}
    assert {thing["shape"] for thing in parsed["objects"]} == {"box"}


def test_hostile_names_are_drawn_letter_by_letter(engine: Path, hostile_names: Sequence[str]) -> None:
    """In parts, because a crowded picture has no labels on its edges."""
    for start in range(0, len(hostile_names), dot.CROWDED - 1):
        names = hostile_names[start : start + dot.CROWDED]
        svg = dot.render(named(names), "svg")
        assert texts(svg, "node") == sorted([visible(name)] * 2 for name in names)
        assert texts(svg, "edge") == sorted([visible(name)] for name in names[1:])


def test_hostile_schemas_give_one_box_per_table_and_one_node_per_column(
    engine: Path, hostile_schema: Schema, hostile_names: Sequence[str]
) -> None:
    svg = dot.render(build(hostile_schema, "column"), "svg")
    assert texts(svg, "cluster") == sorted([visible(name)] for name in hostile_names)
    assert len(texts(svg, "node")) == 2 * len(hostile_names)


def test_svg_of_hostile_names_holds_shapes_and_text_alone(engine: Path, hostile_names: Sequence[str]) -> None:
    root = ElementTree.fromstring(dot.render(named(hostile_names), "svg"))
    assert {element.tag for element in root.iter()} <= {SVG + tag for tag in ("svg", "g", "path", "polygon", "polyline",
                                                                              "ellipse", "text")}  # fmt: skip
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.lower().startswith("on") or "href" in name or name == "style"]
    values = " ".join(value for element in root.iter() for value in element.attrib.values())
    assert "javascript" not in values
    assert "url(" not in values


def test_svg_has_a_title_for_screen_readers(engine: Path, shop: Schema) -> None:
    root = ElementTree.fromstring(dot.render(build(shop), "svg"))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "lineage of shop"


def test_svg_has_no_black_and_no_ground(engine: Path, shop: Schema) -> None:
    """Black lines vanish on a dark page, a white ground glares on it."""
    root = ElementTree.fromstring(dot.render(build(shop, "column"), "svg"))
    colours = {value.lower() for element in root.iter() for name in ("fill", "stroke") if (value := element.get(name))}
    assert not colours & {"black", "white", "#000000", "#ffffff"}
    outer = root.find(f"{SVG}g")
    assert outer is not None
    assert outer.get("fill"), "texts without a colour of their own have this one"


def test_every_text_and_line_is_legible_on_white_and_on_the_dark_page_of_a_notebook(engine: Path, shop: Schema) -> None:
    """A text stands on its box, or in a rim of its own; 4.5 to 1 is the least for text, 3 to 1 for lines."""
    for level in ("table", "column"):
        root = ElementTree.fromstring(dot.render(build(shop, level), "svg"))
        pairs = list(text_and_ground(root, {}))
        assert len(pairs) > 10
        assert [pair for pair in pairs if contrast(*pair) < 4.5] == []
        lines = {
            shape.get("stroke") or group.get("stroke")
            for group in root.iter(f"{SVG}g")
            for shape in group.findall(f"{SVG}path")
        }
        assert all(contrast(str(line), page) > 3 for line in lines for page in ("#ffffff", "#111111"))


def text_and_ground(element: ElementTree.Element, given: dict[str, str], ground: str = "") -> Iterator[tuple[str, str]]:
    """The colours of each text below the element and of what is next to its letters."""
    own = given | {name: element.attrib[name] for name in ("fill", "stroke") if name in element.attrib}
    if element.tag == f"{SVG}text":
        rim = element.get("stroke") if element.get("paint-order") == "stroke" else None
        yield own["fill"], rim or ground
    box = next((shape for shape in element.findall(f"{SVG}path") if element.get("class") == "node"), None)
    inside = "" if box is None else box.get("fill", own.get("fill", ""))
    for child in element:
        yield from text_and_ground(child, own, inside)


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, written #rrggbb, by WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_png_is_a_png(engine: Path, shop: Schema) -> None:
    assert dot.render(build(shop), "png").startswith(b"\x89PNG\r\n\x1a\n")


def test_sixty_tables_stay_legible_on_a_page(engine: Path) -> None:
    """Seven levels of tables; letters of 11 pt must be at least 6 pt high where the picture is 700 pt wide."""
    nodes = [Node(f"{n:02}", "table", f"some_table_{n:02}", ("12,345 rows", "PK some_key_id")) for n in range(60)]
    links = [(n, n + step) for n in range(60) for step in (9, 10) if n + step < 60]
    edges = [Edge(nodes[a].id, nodes[b].id, "foreign_key", "some_id; 0..n, mean 3", many=0) for a, b in links]
    root = ElementTree.fromstring(dot.render(Graph("table", tuple(nodes), tuple(edges)), "svg"))
    width = float(root.attrib["width"].removesuffix("pt"))
    assert 11 * min(1, 700 / width) >= 6


def test_sixty_tables_with_two_keys_each_fit_into_a_notebook(engine: Path) -> None:
    """With their text; and what is left out of the bytes leaves every point within a tenth of its place."""
    nodes = [Node(f"{n:02}", "table", f"some_table_{n:02}", ("12,345 rows", "PK some_key_id")) for n in range(60)]
    pairs = {(max(0, n - 1 - n * step % 30), n) for n in range(1, 60) for step in (7, 11)}
    graph = Graph("table", tuple(nodes), tuple(Edge(nodes[a].id, nodes[b].id, "foreign_key", many=0) for a, b in pairs))
    drawn = graph_bundle(graph)
    assert len(texts(drawn["image/svg+xml"].encode(), "node")) == 60
    assert "image/png" not in drawn
    assert sum(len(part.encode()) for part in drawn.values()) <= 64 * 1024


def test_curves_that_are_lines_become_lines_and_nothing_moves() -> None:
    given = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><g><g>'
        b'<path fill="#111" stroke="#222" d="M95,-41C95,-41 12.04,-41 12.04,-41 6,-41 0,-35 0,-29 0,-29 0,-29 0,-29"/>'
        b'<polygon fill="#333" stroke="#222" points="1.26,2 1.26,2 3,4 1.26,2 "/><polygon fill="#333" stroke="#222"'
        b' points="0,0 1,1"/></g><g><text fill="#444" font-size="9" text-anchor="middle" x="1.00">a  b</text>'
        b'<text fill="#555" font-size="9" text-anchor="middle" x="-1.25">c</text></g></g></svg>'
    )
    outer = ElementTree.fromstring(dot.sanitized(given))[0]
    assert outer.attrib == {"fill": "#444", "text-anchor": "middle", "font-size": "9"}
    shapes, words = outer
    assert shapes.attrib == {"fill": "#333", "stroke": "#222"}
    assert shapes[0].attrib == {"fill": "#111", "d": "M95,-41L12,-41C6,-41 0,-35 0,-29"}
    assert [shape.attrib for shape in shapes[1:]] == [{"points": "1.3,2 3,4 1.3,2"}, {"points": "0,0 1,1"}]
    assert [(word.attrib, word.text) for word in words] == [({"x": "1"}, "a  b"), ({"fill": "#555", "x": "-1.2"}, "c")]


def test_a_graph_that_nobody_could_read_is_not_drawn_but_written() -> None:
    nodes = tuple(Node(f"{n}", "column", "c") for n in range(dot.LARGEST + 1))
    with pytest.raises(PluginError, match="could not be read") as raised:
        dot.render(Graph("column", nodes, ()), "svg")
    assert "--focus" in raised.value.hint
    assert dot.render(Graph("column", nodes, ()), "dot").count(b"label=") == len(nodes)


def test_an_empty_graph_is_drawn(engine: Path) -> None:
    assert dot.render(Graph("table", (), ()), "svg")


def test_dot_text_needs_no_engine(shop: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "engines", lambda: iter(()))
    assert dot.render(build(shop), "dot") == dot.source(build(shop)).encode()


def test_without_an_engine_the_error_says_what_to_install(shop: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "engines", lambda: iter(()))
    with pytest.raises(PluginError, match="no program") as raised:
        dot.render(build(shop), "svg")
    assert "pip install graphviz-pure" in raised.value.hint


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_broken_engine_gives_way_to_the_next(shop: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = program(tmp_path / "dot", "echo no layout engine >&2; exit 1")
    working = next(dot.engines())
    monkeypatch.setattr(dot, "engines", lambda: iter((broken, working)))
    assert b"<svg" in dot.render(build(shop), "svg")


def test_when_every_engine_fails_the_error_says_why(
    shop: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = program(tmp_path / "dot", "echo no layout engine >&2; exit 1")
    monkeypatch.setattr(dot, "engines", lambda: iter((broken,)))
    with pytest.raises(PluginError, match="no layout engine"):
        dot.render(build(shop), "svg")


def test_dot_comes_before_the_engine_of_pip_which_is_also_found_beside_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts, system = tmp_path / "venv", tmp_path / "system"
    for folder in (scripts, system):
        folder.mkdir()
    pip, graphviz = program(scripts / "graphviz-pure", "exit 0"), program(system / "dot", "exit 0")
    monkeypatch.setattr("sys.executable", str(scripts / "python"))
    assert next(dot.engines(str(system))) == graphviz
    assert next(dot.engines(str(tmp_path))) == pip


def test_an_unknown_format_names_the_right_ones(shop: Schema) -> None:
    with pytest.raises(SettingsError, match="did you mean 'svg'"):
        dot.render(build(shop), "svgz")


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>", '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<image href="http://example.org/x.png"/>', '<g onclick="alert(1)"/>', '<path style="fill:url(#x)"/>',
        '<path fill="url(#x)"/>', '<use href="#x"/>', "<style>*{}</style>", '<x:script xmlns:x="urn:x">y</x:script>',
        '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)"><script/></a>',
        '<text>ok<script>alert(1)</script></text>',
    ],
)  # fmt: skip
def test_sanitizing_leaves_nothing_that_acts(inside: str) -> None:
    clean = dot.sanitized(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()).decode()
    for word in ("script", "foreignObject", "href", "onclick", "url(", "style", "alert", "example.org"):
        assert word not in clean


def test_sanitizing_keeps_the_drawing_inside_a_link() -> None:
    clean = dot.sanitized(b'<svg xmlns="http://www.w3.org/2000/svg"><g><a><path d="M0"/></a></g></svg>').decode()
    assert '<g><path d="M0"/></g>' in clean


@pytest.mark.parametrize("text", [b"", b"<svg", b"<html/>", b"<svg/>"])
def test_what_is_no_svg_is_an_error(text: bytes) -> None:
    with pytest.raises(PluginError, match="SVG"):
        dot.sanitized(text)
