"""Pool values, running text and JSON objects."""

import json
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_jupyter.generators.protocol import Generator
from synth_jupyter.generators.text import JsonObjects, PoolValues, Sentences, fitting
from synth_jupyter.plan.build import build_plan
from synth_jupyter.pools import Pool, PoolSource
from synth_jupyter.schema.document import read
from synth_jupyter.streams import Stream

POOLS = PoolSource()
STREAM = Stream.of(42, "orders", "comment")
ROWS = np.arange(20_000)
GENERATORS = {
    "pool values": PoolValues.build(POOLS.pool("city"), None),
    "a pool of many": PoolValues.build(Pool.of("n", map(str, range(70_000))), None),
    "sentences": Sentences.build(20, 200),
    "letters": Sentences.build(1, 9),
    "short text": Sentences.build(20, 60),
    "json": JsonObjects.build(),
}
GOLDEN = {
    "short text": ["Dream protect article.", "Soon crime more build.", "Old call send. During seven specific."],
    "pool values": ["North Jose", "Hortontown", "South Bradleyland"],
    "letters": ["Dream", "Soon", "Old"],
    "json": [
        '{"label": "production", "amount": 720, "active": false}',
        '{"label": "big", "amount": 687, "active": true}',
        '{"label": "each", "amount": 611, "active": false}',
    ],
}


def texts(generator, rows=ROWS):
    return generator.generate(rows, STREAM, {}).to_pylist()


@pytest.mark.parametrize("name", GOLDEN)
def test_the_first_values_are_these(name):
    assert texts(GENERATORS[name], np.array([0, 1, 10**12])) == GOLDEN[name]


@pytest.mark.parametrize(
    ("column", "least", "most"),
    [
        ("{type: text, generator: {text: {min_length: 300, max_length: 500}}}", 300, 500),
        ("{type: text, generator: {text: {min_length: 300}}}", 300, 300),
        ("{type: varchar(30), generator: {text: {min_length: 25}}}", 25, 30),
        ("{type: binary, generator: {bytes: {min_length: 40, max_length: 50}}}", 40, 50),
        ("{type: binary(9), generator: {bytes: {min_length: 3}}}", 3, 9),
    ],
)
def test_lengths_are_those_that_are_asked_for(column: str, least: int, most: int) -> None:
    document = f"experiment: e\ntables:\n  t:\n    rows: 9\n    columns:\n      v: {column}\n"
    generator = build_plan(read(document).schema, 1).table("t").column("v").generator
    lengths = {len(value) for value in texts(generator, ROWS[:2_000])}
    assert least <= min(lengths) <= max(lengths) <= most
    assert max(lengths) > most * 0.9


@pytest.mark.parametrize("name", GENERATORS)
def test_a_value_depends_on_its_row_alone(name):
    generator = GENERATORS[name]
    assert isinstance(generator, Generator)
    whole = texts(generator)
    order = np.random.default_rng(0).permutation(len(ROWS))
    assert texts(generator, ROWS[order]) == [whole[at] for at in order]
    assert texts(generator, ROWS[777:780]) == whole[777:780]
    assert texts(generator, ROWS[:0]) == []
    again = pickle.loads(pickle.dumps(generator))  # noqa: S301 - our own bytes
    assert texts(again) == whole


def test_a_pool_becomes_a_dictionary_array_and_a_huge_one_a_plain_array():
    assert isinstance(GENERATORS["pool values"].generate(ROWS, STREAM, {}), pa.DictionaryArray)
    assert GENERATORS["a pool of many"].generate(ROWS, STREAM, {}).type == pa.string()


def test_every_value_of_a_pool_comes_about_as_often():
    counts = PoolValues.build(POOLS.pool("day_of_week"), None).generate(np.arange(70_000), STREAM, {}).value_counts()
    assert all(abs(count - 10_000) < 500 for count in counts.field("counts").to_pylist())
    assert len(counts) == 7


def test_values_longer_than_the_column_are_left_out_not_cut():
    pool = POOLS.pool("city")
    short = fitting(pool, 10).values.to_pylist()
    assert short == [value for value in pool.values.to_pylist() if len(value) <= 10]
    assert fitting(pool, 200) is pool
    assert fitting(pool, None) is pool


def test_values_are_cut_when_none_fits():
    pool = Pool.of("x", ["abc", "abd", "xyz"])
    assert fitting(pool, 2).values.to_pylist() == ["ab", "xy"]
    assert fitting(pool, 2).digest != pool.digest


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 400), st.integers(0, 400))
def test_text_keeps_its_bounds(least, more):
    most = max(least + more, 1)
    made = Sentences.build(least, most).generate(ROWS[:3_000], STREAM, {})
    made.validate(full=True)
    lengths = pc.min_max(pc.utf8_length(made)).as_py()
    assert max(least, 1) <= lengths["min"] <= lengths["max"] <= most


def test_text_ends_with_a_sentence_where_one_fits():
    made = texts(Sentences.build(100, 300))
    assert all(text.endswith(".") and text[0].isupper() for text in made)
    assert len(set(made)) > 12_000


def test_text_ends_with_a_word_where_no_sentence_fits():
    words = {word for line in POOLS.pool("sentence").values.to_pylist() for word in line.rstrip(".").split()}
    assert all(set(text.rstrip(".").replace(".", "").split()) <= words for text in texts(Sentences.build(18, 40))[:500])


def test_text_is_cut_in_characters_not_bytes():
    pool = Pool.of("x", ["Größere Straßen führen über Flüsse.", "日本語 の テキスト。", "😀 ok."])
    for least, most in [(1, 3), (4, 20), (13, 13), (30, 500)]:
        made = Sentences.build(least, most, pool).generate(ROWS, STREAM, {})
        made.validate(full=True)
        lengths = pc.min_max(pc.utf8_length(made)).as_py()
        assert least <= lengths["min"] <= lengths["max"] <= most


@pytest.mark.parametrize(("least", "most"), [(5, 4), (-1, 4), (0, 0)])
def test_bounds_that_cannot_be_kept_are_refused(least, most):
    with pytest.raises(ValueError, match="min_length"):
        Sentences.build(least, most)


def test_json_objects_are_json():
    for text in texts(GENERATORS["json"])[:1_000]:
        found = json.loads(text)
        assert list(found) == ["label", "amount", "active"]
        assert 0 <= found["amount"] < 1_000
        assert isinstance(found["active"], bool)


def test_labels_are_escaped():
    hostile = JsonObjects.build(Pool.of("x", ['a "quoted\\ one']), numbers=1)
    assert json.loads(texts(hostile)[0])["label"] == 'a "quoted\\ one'
