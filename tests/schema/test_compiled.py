"""A schema kept as it was read: nothing of it changes, and only what this program wrote is believed."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from synth_jupyter.presets import PRESETS, preset
from synth_jupyter.schema.compiled import compiled, read_compiled
from synth_jupyter.schema.document import canonical, read
from synth_jupyter.schema.model import Rule, Schema


def with_options(schema: Schema, options: object) -> Schema:
    table, *others = schema.tables
    column, *more = table.columns
    table = replace(table, columns=(replace(column, rule=Rule("uniform", {"of": options})), *more))
    return replace(schema, tables=(table, *others))


@pytest.fixture(scope="module")
def shop() -> Schema:
    return read(canonical(read(preset("shop")).schema)).schema


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_read_back_to_the_last_type(name: str) -> None:
    schema = read(canonical(read(preset(name)).schema)).schema
    assert repr(read_compiled(compiled(schema))) == repr(schema)


@pytest.mark.parametrize(
    "options",
    [
        1,
        1.0,
        "1",
        True,
        None,
        Decimal("1.50"),
        [1, [2.5]],
        (1, ("tuple", "map")),
        {"a": {1: [None]}},
        ["map", ["x", 1]],
    ],
    ids=repr,
)
def test_options_keep_their_types(shop: Schema, options: object) -> None:
    changed = with_options(shop, options)
    assert repr(read_compiled(compiled(changed))) == repr(changed)


@pytest.mark.parametrize("options", [date(2024, 1, 1), float("nan"), b"x"], ids=repr)
def test_what_json_cannot_say_is_not_kept(shop: Schema, options: object) -> None:
    assert compiled(with_options(shop, options)) == ""


def test_only_what_this_program_wrote_is_believed(shop: Schema) -> None:
    text = compiled(shop)
    writer, packed = json.loads(text)
    assert read_compiled(json.dumps([writer, packed])) == shop
    for other in ([["0.0.1", *writer[1:]], packed], [writer[:-1], packed], [writer, packed[:1]], [writer, 7], 7):
        assert read_compiled(json.dumps(other)) is None
    for broken in ("", "{", text[:-2]):
        assert read_compiled(broken) is None
