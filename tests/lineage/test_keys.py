"""Words into typed keys."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.errors import CommandError, NotFoundError
from synth_jupyter.lineage.trace import parse_key
from synth_jupyter.schema.model import Column, Rows, Rule, Schema, Table


def keyed(*types: str, names: str = "abc") -> Table:
    columns = tuple(
        Column(name, DataType.parse(type), Rule("x")) for name, type in zip(names[: len(types)], types, strict=True)
    )
    return Table("t", columns, Rows(1), tuple(column.name for column in columns))


@pytest.mark.parametrize(
    ("type", "word", "value"),
    [
        ("bigint", "17", 17), ("smallint", "-3", -3), ("decimal(10,2)", "1.5", Decimal("1.50")),
        ("varchar(9)", "a=b", "a=b"), ("text", "", ""), ("date", "2024-02-29", datetime.date(2024, 2, 29)),
        ("timestamp", "2024-02-29 12:00", datetime.datetime(2024, 2, 29, 12)), ("double", "0.5", 0.5),
        ("boolean", "true", True), ("binary", "/+8=", b"\xff\xef"), ("enum('x','y')", "x", "x"),
        ("time", "12:30", datetime.time(12, 30)), ("uuid", "0-0", "0-0"),
    ],
)  # fmt: skip
def test_one_word_is_the_primary_key(type: str, word: str, value: Any) -> None:
    assert parse_key(keyed(type, names="k"), [word]) == {"k": value}


@pytest.mark.parametrize(
    ("type", "word"),
    [("bigint", "x"), ("smallint", "40000"), ("decimal(4,2)", "1.234"), ("date", "2023-02-29"), ("boolean", "2"),
     ("enum('x','y')", "z"), ("varchar(2)", "abc"), ("binary", "%"), ("int", "1e40")],
)  # fmt: skip
def test_a_word_of_another_type_is_refused(type: str, word: str) -> None:
    with pytest.raises(CommandError, match=r"is not a value of t\.k"):
        parse_key(keyed(type, names="k"), [word])


def test_composite_keys_are_named_or_in_order(shop: Schema) -> None:
    items = shop.table("order_items")
    wanted = {"order_id": 17, "line_no": 2}
    assert parse_key(items, ["order_id=17", "line_no=2"]) == wanted
    assert parse_key(items, ["LINE_NO=2", "order_id=17"]) == wanted
    assert parse_key(items, ["17", "2"]) == wanted


def test_too_few_words_say_which_are_missing(shop: Schema) -> None:
    with pytest.raises(CommandError, match="has 2 column") as raised:
        parse_key(shop.table("order_items"), ["17"])
    assert raised.value.hint == "write order_id=VALUE line_no=VALUE"
    with pytest.raises(CommandError, match="is no key") as raised:
        parse_key(shop.table("order_items"), ["order_id=17"])
    assert "order_id, line_no" in raised.value.hint


def test_a_column_that_is_no_key_is_refused_with_the_keys(shop: Schema) -> None:
    with pytest.raises(CommandError, match="status is no key") as raised:
        parse_key(shop.table("orders"), ["status=paid"])
    assert "order_id" in raised.value.hint


def test_a_key_may_be_unique_instead_of_primary(shop: Schema) -> None:
    assert parse_key(shop.table("customers"), ["code=1.5"]) == {"code": Decimal("1.50")}


def test_names_and_values_may_hold_equals_signs() -> None:
    table = Table("t", (Column("a=b", DataType("text"), Rule("x")),), Rows(1), ("a=b",))
    assert parse_key(table, ["a=b=c=d"]) == {"a=b": "c=d"}


def test_no_words_a_twin_or_a_table_without_key_are_refused(shop: Schema) -> None:
    with pytest.raises(CommandError, match="not 0"):
        parse_key(shop.table("orders"), [])
    with pytest.raises(CommandError, match="twice"):
        parse_key(shop.table("orders"), ["order_id=1", "order_id=2"])
    with pytest.raises(CommandError, match="no primary key"):
        parse_key(Table("t", (), Rows(1)), ["1"])
    with pytest.raises(CommandError, match="NULL is no key"):
        parse_key(shop.table("orders"), [None])


def test_unknown_columns_of_a_mapping_are_suggested(shop: Schema) -> None:
    from synth_jupyter.lineage.keys import as_key

    with pytest.raises(NotFoundError, match="did you mean 'order_id'"):
        as_key(shop.table("orders"), {"oder_id": 1})
