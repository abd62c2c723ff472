"""Outputs of a cell: always text, HTML in which nothing of the data can act, and never too much of it."""

from html.parser import HTMLParser
from typing import Any

import pytest

from synth_jupyter.commands.cards import Bars, Card, Grid
from synth_jupyter.commands.verbs import Answer
from synth_jupyter.jupyter.display import LARGEST, Shown, bundle_of, card_bundle, graph_bundle, html_of
from synth_jupyter.lineage.model import Graph, Node

PAYLOADS = (
    "<script>window.__pwn=1</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "'><b>", "&lt;b&gt;",
    "</table><script>", "<!--", "]]>", "{{7*7}}", "javascript:alert(1)", "\x1b]0;x\x07", "\u202egnp.exe", "\0", "a\nb",
    "<style>*{display:none}</style>", "</style>",
)  # fmt: skip


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_value_name_or_title_becomes_markup(payload: str) -> None:
    grid = Grid(payload, (payload,), ((payload,), (None,)))
    page = Tags()
    page.feed(html_of(Card(payload, (payload,), (grid,))))
    assert page.tags <= {"div", "style", "p", "table", "caption", "thead", "tbody", "tr", "th", "td", "span"}
    assert page.attributes <= {"class", "scope"}


def test_a_table_has_a_caption_heads_with_a_scope_and_a_mark_for_null() -> None:
    html = html_of(Card(grids=(Grid("what", ("a",), ((None,),)),)))
    assert "<caption>what</caption>" in html
    assert '<th scope="col">a</th>' in html
    assert '<span class="synth-null">NULL</span>' in html


def test_colours_come_from_the_theme_and_have_a_fallback() -> None:
    html = html_of(Card("title"))
    assert all("," in use.partition(")")[0] for use in html.split("var(--jp-")[1:])


def test_an_output_stays_below_its_limit_and_says_what_is_missing() -> None:
    grid = Grid("", tuple("abcdefgh"), tuple(("x" * 500,) * 8 for _ in range(5000)))
    bundle = card_bundle(Card("title", grids=(grid,)), 2000)
    assert len(bundle["text/html"].encode()) <= LARGEST
    assert "of 5,000 rows" in bundle["text/html"]
    assert "of 5,000 rows" in bundle["text/plain"]


def size_of(bundle: dict[str, Any]) -> int:
    """Bytes in the notebook's file, where a picture's bytes are base64."""
    return sum(len(data) * 4 // 3 if isinstance(data, bytes) else len(data.encode()) for data in bundle.values())


def test_a_table_of_very_many_columns_is_cut_and_says_so() -> None:
    grid = Grid("", tuple(f"column {n}" for n in range(3000)), tuple(("x" * 40,) * 3000 for _ in range(5)))
    bundle = card_bundle(Card("title", grids=(grid,)), 20)
    assert size_of(bundle) <= LARGEST
    assert "of 3,000 columns" in bundle["text/html"]
    assert "of 3,000 columns" in bundle["text/plain"]


@pytest.mark.parametrize("value", ["x" * 10_000_000, "\U0001f600" * 100_000, "&" * 1_000_000])
def test_one_enormous_value_is_shortened(value: str) -> None:
    card = Card(value, (value, value), (Grid(value, (value, "b"), ((value, value),) * 20),))
    assert size_of(card_bundle(card, 20)) <= LARGEST


def test_very_many_facts_and_tables_are_counted() -> None:
    grids = tuple(Grid(f"table {n}", ("a",), (("x" * 150,),) * 8) for n in range(200))
    bundle = card_bundle(Card("title", tuple(f"fact {n}" for n in range(5000)), grids), 20)
    assert size_of(bundle) <= LARGEST
    shown = bundle["text/plain"]
    assert "more tables" in shown
    assert "more lines" in shown


def test_a_long_text_ends_with_what_is_missing() -> None:
    bundle = bundle_of(Answer.plain("show", None, {}, text="a line of text\n" * 100_000), 20)
    assert size_of(bundle) <= LARGEST
    assert "more characters" in bundle["text/plain"].splitlines()[-1]


@pytest.mark.parametrize(("nodes", "is_drawn"), [(5, True), (600, False)])
def test_a_picture_that_is_too_large_is_left_out_with_a_word(nodes: int, is_drawn: bool) -> None:
    graph = Graph("table", tuple(Node(f"table {n}", "table", f"table {n}") for n in range(nodes)), ())
    bundle = graph_bundle(graph)
    assert size_of(bundle) <= LARGEST
    assert ("image/svg+xml" in bundle) == is_drawn
    assert ("save it with -o" in bundle["text/plain"]) == (not is_drawn)


def test_small_pictures_have_words_and_no_text_of_theirs_is_markup() -> None:
    for payload in PAYLOADS:
        page = Tags()
        page.feed(html_of(Card("", (), (Grid("", ("a",), ((Bars((3, 0, 9), payload),), (Bars((), payload),))),))))
        assert page.tags <= {"div", "style", "p", "table", "thead", "tbody", "tr", "th", "td", "span", "svg", "title",
                             "rect"}  # fmt: skip
    assert 'role="img" aria-label="three"' in html_of(Card("", (), (Grid("", ("a",), ((Bars((3, 0, 9), "three"),),)),)))
    assert "▃·█" in card_bundle(Card("", (), (Grid("", ("a",), ((Bars((3, 0, 9), "three"),),)),)), 9)["text/plain"]


def test_a_shown_value_behaves_as_the_value() -> None:
    shown = Shown([1, 2], {"text/plain": "two"})
    assert (len(shown), shown[0], list(shown), shown == [1, 2], shown.count(2), repr(shown)) == (
        2,
        1,
        [1, 2],
        True,
        1,
        "two",
    )
