"""Values as JSON documents: decimals are strings, dates and times ISO 8601, binary base64, and there is no NaN."""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

INTEGER = {b"synth.type": b"integer"}
"""What the field of a column says whose decimals are whole numbers, too wide for Arrow's integers."""


def plain(value: Any) -> Any:
    """`value` in terms of None, bool, int, float, str, list and dict; infinities and NaN become strings."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize():f}S"
    if isinstance(value, pa.MonthDayNano):
        return _duration(*value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def _duration(months: int, days: int, nanoseconds: int) -> str:
    """The ISO 8601 duration of an interval of months, days and a rest, as warehouses have it."""
    whole = "".join(f"{number}{unit}" for number, unit in ((months, "M"), (days, "D")) if number)
    seconds = f"T{Decimal(nanoseconds).scaleb(-9).normalize():f}S" if nanoseconds or not whole else ""
    return f"P{whole}{seconds}"


def rows_of(table: pa.Table) -> Iterator[list[Any]]:
    """Each row of an Arrow table as a list of JSON values, in column order."""
    for batch in table.to_batches(max_chunksize=1024):
        columns = [_plain_column(*each) for each in zip(batch.schema, batch.columns, strict=True)]
        yield from (list(row) for row in zip(*columns, strict=True))


def is_integer(field: pa.Field) -> bool:
    """Whether a column of decimals holds whole numbers."""
    return bool(field.metadata and INTEGER.items() <= field.metadata.items())


def _plain_column(field: pa.Field, column: pa.Array) -> list[Any]:
    values = column.to_pylist()
    if is_integer(field):
        return [None if value is None else int(value) for value in values]
    return [plain(value) for value in values]


def to_json(document: Any) -> str:
    """One JSON text, keys in the document's order, any Unicode kept, NaN impossible."""
    return json.dumps(plain(document), ensure_ascii=False, allow_nan=False)


def canonical_json(document: Any) -> str:
    """The one JSON text of a document for digests: sorted keys, no spaces."""
    return json.dumps(plain(document), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
