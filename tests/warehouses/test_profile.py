"""A table's profile says what plain counting says, for every kind of column."""

import json
from collections import Counter
from typing import Any

import pytest

from synth_jupyter.errors import NotFoundError
from synth_jupyter.warehouses import profile as profiles
from synth_jupyter.workspace import Workspace

DOCUMENT = """
seed: 3
tables:
  t:
    rows: 3000
    columns:
      id: {type: bigint, primary_key: true}
      "whole; \\"number\\"": {type: int, min: -7, max: 4}
      wide: {type: bigint, min: 0, max: 9000000000000}
      price: {type: "decimal(10,2)", min: 1, max: 500, nulls: 10%}
      real: {type: double, min: -1, max: 1}
      yes: {type: boolean}
      day: {type: date, min: 2024-01-01, max: 2024-03-31}
      at: {type: timestamp, min: 2024-01-01, max: 2024-12-31}
      zoned: {type: timestamptz, min: 2024-01-01, max: 2024-12-31}
      hour: {type: time}
      word: {type: varchar(20), choices: {gold: 1, silver: 3, "<b>": 6}}
      mail: {type: varchar(120), unique: true, faker: email}
      key: {type: uuid}
      bytes: {type: blob}
      nothing: {type: int, nulls: 100%}
  empty:
    rows: 0
    columns: {a: {type: int, primary_key: true}, b: {type: varchar(5)}}
"""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Any:
    workspace = Workspace.open(tmp_path_factory.mktemp("profiles") / "home")
    workspace.define(DOCUMENT, "every")
    workspace.experiment("every").generate(workers=1)
    return workspace.experiment("every")


def values(experiment: Any, column: str) -> list[Any]:
    """The values of a column that are not NULL."""
    found = experiment.sql("SELECT * FROM t").to_arrow()[column].to_pylist()
    return [each for each in found if each is not None]


def test_counts_and_bounds_are_those_of_the_values(experiment: Any) -> None:
    columns = {each.column: each for each in experiment.profile("t").columns}
    assert len(columns) == 15
    for name, column in columns.items():
        found = values(experiment, name)
        assert (column.count, column.nulls, column.distinct) == (len(found), 3000 - len(found), len(set(found)))
        if found and name not in ("bytes", "key"):
            assert (column.least, column.most) == (min(found), max(found))


def test_top_values_are_the_most_frequent(experiment: Any) -> None:
    columns = {each.column: each for each in experiment.profile("t").columns}
    for name in ('whole; "number"', "yes", "word", "day", "price"):
        counts = Counter(values(experiment, name))
        assert columns[name].top == tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:5])
    assert columns["mail"].top == columns["id"].top == ()


def test_every_bin_holds_what_lies_between_its_edges(experiment: Any) -> None:
    columns = {each.column: each for each in experiment.profile("t").columns}
    for name in ("id", 'whole; "number"', "wide", "price", "real", "day", "at", "zoned", "hour"):
        bins, found = columns[name].histogram, values(experiment, name)
        assert 1 <= len(bins) <= 20
        assert sum(each.count for each in bins) == len(found)
        for at, each in enumerate(bins):
            is_last = at == len(bins) - 1
            inside = [one for one in found if each.start <= one and (one < each.end or is_last)]
            assert abs(len(inside) - each.count) <= (name in ("price", "real", "at", "zoned", "hour")), (name, at)
    assert len(columns['whole; "number"'].histogram) == 12
    assert columns["nothing"].histogram == columns["word"].histogram == ()


def test_quantiles_are_values_at_their_places(experiment: Any) -> None:
    columns = {each.column: each for each in experiment.profile("t").columns}
    for name in ("price", "day", "at", "hour", "id"):
        found = sorted(values(experiment, name))
        assert columns[name].quantiles[2] in (found[len(found) // 2 - 1], found[len(found) // 2])
        assert list(columns[name].quantiles) == sorted(columns[name].quantiles)


def test_the_document_is_json_and_an_empty_table_has_one(experiment: Any) -> None:
    for table in ("t", "empty"):
        document = experiment.profile(table).to_dict()
        assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["columns"]["a"] == {
        "type": "integer", "count": 0, "nulls": 0, "distinct": 0, "min": None, "max": None, "mean": None,
        "quantiles": {}, "top": [], "histogram": [],
    }  # fmt: skip


def test_large_tables_are_estimated_and_say_so(experiment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = {each.column: each for each in experiment.profile("t").columns}
    monkeypatch.setattr(profiles, "EXACT_ROWS", 100)
    found = experiment.profile("t")
    assert not found.exact
    for column in found.columns:
        assert abs(column.distinct - exact[column.column].distinct) <= 0.2 * exact[column.column].distinct + 1
        assert len(column.quantiles) == len(exact[column.column].quantiles)
        assert column.histogram == exact[column.column].histogram


def test_an_unknown_table_is_one_error(experiment: Any) -> None:
    with pytest.raises(NotFoundError, match="there is no table 'tt'; did you mean 't'"):
        experiment.profile("tt")


def test_a_table_that_sql_made_has_a_profile_and_infinities_are_in_no_bin(experiment: Any) -> None:
    experiment.transform("SELECT CASE WHEN id < 3 THEN 'inf'::DOUBLE ELSE id::DOUBLE END AS x FROM t", "odd")
    column = experiment.profile("odd").columns[0]
    assert (sum(each.count for each in column.histogram), column.most) == (2998, float("inf"))
    assert (column.histogram[0].start, column.histogram[-1].end) == (3.0, 3000.0)
    assert column.to_dict()["max"] == "inf"
