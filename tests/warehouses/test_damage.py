"""Files of a run that were cut, changed or taken away, met by a question: our own words, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from synth_jupyter.errors import GenerationError, QueryError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.warehouses.query import query

HARMS: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "without its end": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "text": lambda path: path.write_text("no columns here, only words"),
    "footer": lambda path: path.write_bytes(path.read_bytes()[:-60] + b"\xff" * 52 + path.read_bytes()[-8:]),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_file_is_named_with_the_way_to_a_whole_one(shop: RunFiles, harm: str) -> None:
    HARMS[harm](shop.paths("orders")[1])
    with pytest.raises(QueryError, match=r"(t_orders/part-00001\.parquet|a file of the run) is damaged") as caught:
        query(shop, "SELECT sum(amount), count(paid) FROM orders").rows()
    assert "synth restore" in caught.value.hint
    assert "\n" not in caught.value.message


def test_a_missing_file_is_named(shop: RunFiles) -> None:
    shop.paths("orders")[1].unlink()
    with pytest.raises(GenerationError, match=r"part-00001\.parquet of shop@1 is missing"):
        query(shop, "SELECT count(*) FROM orders")


def test_a_file_that_goes_away_under_a_question_is_missing_too(shop: RunFiles) -> None:
    answer = query(shop, "SELECT sum(amount) FROM orders")
    shop.paths("orders")[1].unlink()
    with pytest.raises(QueryError, match=r"part-00001\.parquet is missing"):
        answer.rows()


def test_an_error_of_the_statement_is_no_damage(shop: RunFiles) -> None:
    with pytest.raises(QueryError) as caught:
        query(shop, "SELECT CAST('likely corrupted' AS INTEGER) FROM orders").rows()
    assert "damaged" not in caught.value.message
