"""Columns are written by what the plan knows of them, and no way of writing reaches a value."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.digests import leaf_digests
from synth_jupyter.engine.parquet import encode
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan
from synth_jupyter.schema.document import read

TEXT = """
experiment: e
tables:
  t:
    rows: 500
    columns:
      id: {type: int, primary_key: true}
      name: {type: varchar(40), faker: name}
      tier: {type: varchar(9), choices: {gold: 1, basic: 2}}
      kind: {type: varchar(9), expr: "case when size > 20 then 'large' else 'small' end"}
      code: {type: varchar(9), pattern: '[A-C]-\\d'}
      size: {type: int, min: 1, max: 40}
      price: {type: "decimal(9,2)", min: 1, max: 5}
      day: {type: date}
      at: {type: timestamp}
      note: {type: text}
      maybe: {type: text, nullable: true, nulls: 50%}
"""
DICTIONARY = {"tier", "kind", "code"}
STREAMS = {"size", "price", "day", "at"}


def written(rows: int) -> tuple[Plan, bytes, dict[str, bytes]]:
    plan, file = build_plan(read(TEXT).schema, 1, rows={"t": rows}), io.BytesIO()
    leaves = encode(plan, plan.table("t"), 0, 500, file)
    return plan, file.getvalue(), leaves


def chunks(data: bytes) -> dict[str, pq.ColumnChunkMetaData]:
    group = pq.read_metadata(io.BytesIO(data)).row_group(0)
    return {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}


def test_encodings_follow_from_what_the_plan_knows() -> None:
    found = chunks(written(500)[1])
    assert {name for name, chunk in found.items() if chunk.has_dictionary_page} == DICTIONARY
    assert {name for name, chunk in found.items() if "BYTE_STREAM_SPLIT" in chunk.encodings} == STREAMS
    assert "DELTA_BINARY_PACKED" in found["id"].encodings
    assert {chunk.compression for chunk in found.values()} == {"ZSTD"}


def test_long_texts_have_no_statistics_unless_their_nulls_count() -> None:
    found = chunks(written(500)[1])
    assert {name for name, chunk in found.items() if chunk.statistics is None} == {"name", "note"}
    assert found["maybe"].statistics.null_count > 0


def test_a_long_dictionary_is_written_when_many_rows_share_it_and_no_leaf_sees_it() -> None:
    (_, few, plain), (_, many, coded) = written(500), written(100_000)
    assert "name" not in {name for name, chunk in chunks(few).items() if chunk.has_dictionary_page}
    assert "name" in {name for name, chunk in chunks(many).items() if chunk.has_dictionary_page}
    assert plain == coded


@pytest.mark.parametrize("rows", [500, 100_000])
def test_what_is_read_back_has_the_recorded_leaves(rows: int) -> None:
    plan, data, leaves = written(rows)
    table = pq.read_table(io.BytesIO(data))
    for column in plan.table("t").columns:
        values = table[column.name].combine_chunks()
        values = values.chunk(0) if isinstance(values, pa.ChunkedArray) else values
        assert leaf_digests(values.cast(column.type.arrow)) == leaves[column.name], column.name
