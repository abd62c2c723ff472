"""Outputs of a cell: always text, HTML in which nothing of the data can act, and never too much of it."""

from html.parser import HTMLParser

import pytest

from synth_jupyter.commands.cards import Card, Grid
from synth_jupyter.jupyter.display import LARGEST, Shown, card_bundle, html_of

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
