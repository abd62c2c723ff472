"""What each way to write Parquet costs: nanoseconds of the processor and bytes for one value, by kind of column."""

import io
from collections.abc import Iterator
from functools import cache
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synth_jupyter.engine.batches import Batch
from synth_jupyter.engine.parquet import BATCH_ROWS, arrow_schema, writer_options
from synth_jupyter.generators.arrays import integers
from synth_jupyter.generators.excerpts import Excerpt
from synth_jupyter.plan.build import build_plan
from synth_jupyter.presets import preset
from synth_jupyter.schema.document import read
from synth_jupyter.streams import Stream

BATCHES = 4
_PLAIN = {"use_dictionary": False, "column_encoding": {}}
_USUAL = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True, "store_schema": False,
          "store_decimal_as_integer": True}  # fmt: skip
WAYS: dict[str, dict[str, Any]] = {
    "plain": _PLAIN,
    "delta": {"use_dictionary": False, "column_encoding": {"c": "DELTA_BINARY_PACKED"}},
    "byte streams": {"use_dictionary": False, "column_encoding": {"c": "BYTE_STREAM_SPLIT"}},
    "delta lengths": {"use_dictionary": False, "column_encoding": {"c": "DELTA_LENGTH_BYTE_ARRAY"}},
    "dictionary found by the writer": {"use_dictionary": ["c"]},
    "dictionary from the generator": {"use_dictionary": ["c"]},
}
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "zstd 3": {"compression_level": 3},
    "snappy": {"compression": "snappy", "compression_level": None},
    "lz4": {"compression": "lz4", "compression_level": None},
    "no compression": {"compression": "none", "compression_level": None},
    "without page checksums": {"write_page_checksum": False},
    "statistics of every column": {"write_statistics": True},
    "no statistics": {"write_statistics": False},
    "decimals as byte arrays": {"store_decimal_as_integer": False},
}


def figures(scale: float) -> Iterator[str]:
    """Each kind of column in each way, then TPC-H's lineitem as it is and with one thing changed."""
    for what, arrays in _columns().items():
        for way, options in WAYS.items():
            if found := _column(arrays, way, options):
                yield f"{what:<26} {way:<32} {_shown(*found)}"
    count = max(1, int(BATCHES * min(scale, 1)))
    for change, options in CHANGES.items():
        yield f"{'lineitem, a row':<26} {change:<32} {_shown(*_lineitem(options, count))}"


def _columns() -> dict[str, list[pa.Array]]:
    random = np.random.default_rng(1)
    kinds = {
        "sequence": [np.arange(part * BATCH_ROWS, (part + 1) * BATCH_ROWS) for part in range(BATCHES)],
        "50 values": [random.integers(0, 50, BATCH_ROWS) for _ in range(BATCHES)],
        "2,526 values": [random.integers(0, 2_526, BATCH_ROWS) for _ in range(BATCHES)],
        "a million values": [random.integers(0, 1_000_000, BATCH_ROWS) for _ in range(BATCHES)],
    }
    types = {"int": pa.int32(), "bigint": pa.int64(), "decimal": pa.decimal128(15, 2), "date": pa.date32()}
    found = {
        f"{name}, {kind}": [integers(part, type) for part in parts]
        for name, type in types.items()
        for kind, parts in kinds.items()
    }
    words = pa.array(["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"])
    found["text, 7 values"] = [words.take(pa.array(part % 7)) for part in kinds["a million values"]]
    excerpt, stream = Excerpt.build(10, 43), Stream.of(1, "t", "c")
    found["text, excerpts"] = [excerpt.generate(part, stream, {}) for part in kinds["sequence"]]
    return found


def _column(arrays: list[pa.Array], way: str, options: dict[str, Any]) -> tuple[float, float] | None:
    """Nanoseconds and bytes of one value; None for what the format does not have, or what nobody would do."""
    is_text, is_decimal = pa.types.is_string(arrays[0].type), pa.types.is_decimal(arrays[0].type)
    if (way == "delta lengths") is not is_text and way in ("delta", "byte streams", "delta lengths"):
        return None
    if way == "delta" and is_decimal:
        return None
    if way == "dictionary from the generator":
        words = pa.chunked_array(arrays).unique()
        if len(words) > 1 << 14:
            return None
        index = pa.int8() if len(words) <= 1 << 7 else pa.int16()
        places = [pa.compute.index_in(part, words).cast(index) for part in arrays]
        arrays = [pa.DictionaryArray.from_arrays(part, words) for part in places]
    schema = pa.schema([("c", arrays[0].type)])
    batches = [pa.record_batch([part], schema=schema) for part in arrays]
    return _written(batches, schema, _USUAL | options)


def _lineitem(change: dict[str, Any], count: int) -> tuple[float, float]:
    batches, schema, options = _rows_of_lineitem(count)
    return _written(batches, schema, options | change)


@cache
def _rows_of_lineitem(count: int) -> tuple[list[pa.RecordBatch], pa.Schema, dict[str, Any]]:
    plan = build_plan(read(preset("tpch")).schema, 1)
    table = plan.table("lineitem")
    schema = arrow_schema(table)
    batches = []
    for part in range(count):
        batch = Batch(plan, table, np.arange(part * BATCH_ROWS, (part + 1) * BATCH_ROWS, dtype=np.int64))
        values = [batch.column(name) for name in schema.names]
        batches.append(pa.record_batch([_as(one, field.type) for one, field in zip(values, schema)], schema=schema))
    return batches, schema, writer_options(table)


def _as(values: pa.Array, type: pa.DataType) -> pa.Array:
    if isinstance(values, pa.DictionaryArray) and not pa.types.is_dictionary(type):
        return values.dictionary_decode()
    return values if values.type == type else values.cast(type)


def _written(batches: list[pa.RecordBatch], schema: pa.Schema, options: dict[str, Any]) -> tuple[float, float]:
    taken = []
    for _ in range(5):
        target = io.BytesIO()
        start = process_time()
        with pq.ParquetWriter(target, schema, **options) as writer:
            for batch in batches:
                writer.write_batch(batch, row_group_size=4 * BATCH_ROWS)
        taken.append(process_time() - start)
    values = sum(batch.num_rows for batch in batches)
    return min(taken) / values * 1e9, len(target.getbuffer()) / values


def _shown(nanoseconds: float, size: float) -> str:
    return f"{nanoseconds:7.1f} ns {size:7.2f} bytes"
