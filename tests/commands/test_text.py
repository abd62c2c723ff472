"""What a person reads: every document as aligned text in which no value can act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.commands.cards import Card, Grid, card_of
from synth_jupyter.commands.text import cell, render, safe, width


def test_columns_are_aligned_numbers_to_the_right_and_null_is_named() -> None:
    grid = Grid("two", ("name", "n"), (("a", 1), ("long", 10), (None, None)))
    assert render(Card(grids=(grid,))).splitlines() == [
        "two", "name     n", "----  ----", "a        1", "long    10", "NULL  NULL",
    ]  # fmt: skip


def test_rows_that_are_not_shown_are_counted() -> None:
    grid = Grid("", ("n",), tuple((number,) for number in range(50)))
    assert render(Card(grids=(grid.head(20),))).splitlines()[-1] == "showing 20 of 50 rows"


def test_a_result_says_how_many_rows_there_are_in_all() -> None:
    document = {"columns": ["a"], "rows": [[1], [2]], "row_count": 1_000_000, "truncated": True, "verdict": "native"}
    assert "showing 2 of 1,000,000 rows" in render(card_of("sql", document))


def test_keys_are_not_grouped_and_counts_are() -> None:
    assert cell(1234567) == "1234567"
    assert cell(1234567, grouped=True) == "1,234,567"


@given(st.text())
def test_no_text_commands_the_terminal(text: str) -> None:
    assert safe(text).isprintable()


def test_an_escape_sequence_is_seen_and_does_nothing() -> None:
    assert safe("\x1b[31mred\u202e\n") == "␛[31mred\ufffd␊"


def test_wide_characters_take_two_columns() -> None:
    assert (width("日本"), width("e\u0301"), width("ab")) == (4, 1, 2)


VERIFY = {
    "ok": False,
    "checks": [
        {"table": "orders", "kind": "row_count", "columns": [], "violations": 0, "examples": []},
        {"table": "orders", "kind": "foreign_key", "columns": ["customer_id"], "violations": 3, "examples": [[17]]},
    ],
}


def test_a_violation_is_named_first() -> None:
    lines = render(card_of("verify", VERIFY)).splitlines()
    assert lines[0] == "violated: foreign_key of orders"
    assert next(line for line in lines if line.startswith("orders")).split()[1] == "foreign_key"


def test_a_trace_says_where_the_stored_value_differs() -> None:
    document = {
        "run": "shop@1", "table": "orders", "row": 12, "partition": 0, "file": "f",
        "columns": {"status": {"value": "paid", "stored": "open", "equal": False, "generator": "choices"}},
        "parents": [],
    }  # fmt: skip
    assert "NO" in render(card_of("trace", document))


@pytest.mark.parametrize("document", [{}, {"a": None}, {"a": []}, {"a": {"b": {"c": 1}}, "d": [{"e": [1, {"f": 2}]}]}])
def test_a_document_nobody_described_is_shown_by_its_shape(document: dict[str, object]) -> None:
    assert isinstance(render(card_of("other", document)), str)


RUN = {
    "run": "shop@1", "status": "complete", "rows": {"orders": 8_000_000}, "seconds": 2.0, "seed": 1,
    "content_digest": "sha256:ab",
}  # fmt: skip


def test_a_run_made_in_one_go_says_how_fast_it_was() -> None:
    assert card_of("generate", RUN).title == "shop@1 complete: 8,000,000 rows in 2.0 s (4,000,000 rows/s)"


@pytest.mark.parametrize("verb", ["resume", "watch", "cancel"])
def test_seconds_of_the_last_attempt_are_not_said_to_be_those_of_all_rows(verb: str) -> None:
    assert card_of(verb, RUN).title == "shop@1 complete: 8,000,000 rows; the last attempt took 2.0 s"
    assert card_of(verb, RUN | {"seconds": None, "status": "running"}).title == "shop@1 running: 8,000,000 rows"
