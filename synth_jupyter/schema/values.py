"""Written values as values of a type: what fits is put into its one JSON form, what does not is explained."""

import base64
import binascii
import json
import math
import re
import struct
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from ..datatypes import DataType
from ..generators.temporal import parse_duration
from .syntax import number

_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,9})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?"
_TIME = re.compile(_CLOCK)
_MOMENT = re.compile(rf"\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK}(?P<zone>Z|[-+]\d\d:\d\d)?)?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def as_number(raw: Any) -> int | Decimal:
    """`raw` as an exact number; numbers may be written as text, as decimals are in JSON.

    Raises:
        ValueError: it is none.
    """
    if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and math.isfinite(raw):
        return Decimal(repr(raw))
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        value = number(raw.strip().replace("_", ""))
        return int(value) if raw.strip().lstrip("+-").isdecimal() else value
    raise ValueError(f"{shown(raw)} is not a number")


def shown(raw: Any) -> str:
    """How a message quotes what the document says."""
    if isinstance(raw, bool):
        return str(raw).lower()
    if raw is None:
        return "nothing"
    if isinstance(raw, dict):
        return "a map"
    if isinstance(raw, (list, tuple)):
        return "a list"
    return repr(raw[:60]) if isinstance(raw, str) else str(raw)[:60]


def digits(value: int | Decimal) -> str:
    """The shortest plain writing of an exact number, without exponent."""
    text = format(Decimal(value), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def compact(value: int | Decimal) -> int | str:
    """A whole number as int, any other as decimal text."""
    text = digits(value)
    return text if "." in text else int(text)


def plain_number(value: int | Decimal) -> int | float:
    """A JSON number: int stays, a fraction becomes the nearest float."""
    return value if isinstance(value, int) else float(value)


def plain_tree(value: Any) -> Any:
    """A tree from a document in JSON terms: Decimals become floats, keys are sorted."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain_tree(value[key]) for key in sorted(value)}
    return [plain_tree(item) for item in value] if isinstance(value, (list, tuple)) else value


def literal(kind: DataType, raw: Any) -> Any:
    """`raw` as the JSON form of one value of the type: int, float, decimal text, bool, ISO text, text, base64 or list.

    Raises:
        ValueError: it does not fit; the message says why and what would.
    """
    if raw is None:
        raise ValueError("nothing is no value; use nulls")
    if kind.is_number:
        return _as_numeric(kind, raw)
    if kind.is_temporal:
        return moment(kind, raw)
    if kind.kind == "boolean":
        return _boolean(raw)
    if kind.kind == "array":
        assert kind.item is not None
        if not isinstance(raw, (list, tuple)):
            raise ValueError(f"{shown(raw)} is not a list, as {kind} needs")
        return [literal(kind.item, item) for item in raw]
    if kind.kind == "json" and not isinstance(raw, str):
        return json.dumps(plain_tree(raw), ensure_ascii=False)
    if not isinstance(raw, str):
        raise ValueError(f"{shown(raw)} is not text; put it in quotes")
    return _TEXTS[kind.kind](kind, raw)


def bound(kind: DataType, raw: Any, *, upper: bool = False) -> Any:
    """`raw` as a bound of the type's range: int or decimal text, ISO text for dates and times.

    A date as the upper bound of a timestamp means the last microsecond of that day.

    Raises:
        ValueError: the type has no such bound.
    """
    if kind.is_number:
        _as_numeric(kind, raw)
        return compact(as_number(raw))
    if kind.is_temporal:
        text = moment(kind, raw)
        ends_day = upper and kind.kind in ("timestamp", "timestamptz") and _DATE.fullmatch(str(raw).strip())
        return f"{text[:10]}T23:59:59.999999" if ends_day else text
    if kind.kind == "interval":
        return literal(kind, raw)
    raise ValueError(f"min and max are for numbers, dates, times and intervals, not for {kind}")


def ordered(kind: DataType, value: Any) -> Any:
    """A bound of the type as something that compares."""
    if kind.is_number:
        return Decimal(value)
    return parse_duration(value) if kind.kind == "interval" else _sortable(value)


def moment(kind: DataType, raw: Any) -> str:
    """A date, time or timestamp in its one ISO form; timestamptz in UTC, without the zone.

    Raises:
        ValueError: it is none, or does not exist.
    """
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        if kind.kind == "date" and _DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        if kind.kind == "time" and _TIME.fullmatch(text):
            return time.fromisoformat(text).isoformat()
        match = _MOMENT.fullmatch(text)
        if kind.kind in ("timestamp", "timestamptz") and match:
            return _timestamp(kind, text, match["zone"])
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{shown(raw)} is not a {kind}: {error}") from error
    example = {"date": "2024-12-31", "time": "17:30:00"}.get(kind.kind, "2024-12-31T17:30:00")
    raise ValueError(f"{shown(raw)} is not a {kind}; write one such as {example}")


def _timestamp(kind: DataType, text: str, zone: str | None) -> str:
    value = datetime.fromisoformat(text)
    if zone and kind.kind == "timestamp":
        raise ValueError("a timestamp has no time zone; leave it out or use timestamptz")
    return (value.astimezone(UTC).replace(tzinfo=None) if zone else value).isoformat()


def _sortable(text: str) -> str:
    return text if "." in text or len(text) == 10 else f"{text}.000000"


def _as_numeric(kind: DataType, raw: Any) -> int | float | str:
    value = as_number(raw)
    if kind.is_integer:
        return _integer(kind, value)
    if kind.kind == "decimal":
        return _decimal(kind, value)
    try:
        as_float = float(value)
        struct.pack("<f" if kind.kind == "real" else "<d", as_float)
    except (OverflowError, struct.error):
        as_float = math.inf
    if not math.isfinite(as_float):
        raise ValueError(f"{shown(raw)} is beyond the range of {kind}")
    return as_float


def _integer(kind: DataType, value: int | Decimal) -> int:
    if value != int(value):
        raise ValueError(f"{value} is not a whole number, as {kind} needs")
    low, high = kind.integer_range
    if not low <= value <= high:
        raise ValueError(f"{value} is beyond the range of {kind} ({low} to {high})")
    return int(value)


def _decimal(kind: DataType, value: int | Decimal) -> str:
    text = digits(value)
    whole, _, part = text.lstrip("-").partition(".")
    precision, scale = kind.precision or 38, kind.scale or 0
    if len(part) > scale:
        raise ValueError(f"{text} has more than the {scale} decimal places of {kind}")
    if len(whole.lstrip("0")) > precision - scale:
        raise ValueError(f"{text} is beyond the range of {kind}")
    return text


def _boolean(raw: Any) -> bool:
    value = {"true": True, "false": False}.get(raw, raw) if isinstance(raw, str) else raw
    if not isinstance(value, bool):
        raise ValueError(f"{shown(raw)} is not true or false")
    return value


def _text(kind: DataType, raw: str) -> str:
    if kind.length is not None and len(raw) > kind.length:
        raise ValueError(f"{shown(raw)} has {len(raw)} characters, more than {kind} holds")
    return raw


def _enum(kind: DataType, raw: str) -> str:
    if raw not in kind.labels:
        raise ValueError(f"{shown(raw)} is none of the labels {', '.join(kind.labels)}")
    return raw


def _uuid(kind: DataType, raw: str) -> str:
    if not _UUID.fullmatch(raw.lower()):
        raise ValueError(f"{shown(raw)} is not a {kind}")
    return raw.lower()


def _json(kind: DataType, raw: str) -> str:
    try:
        json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{shown(raw)} is not {kind}; a text in it stands in double quotes") from error
    return raw


def _binary(kind: DataType, raw: str) -> str:
    try:
        size = len(base64.b64decode(raw, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{shown(raw)} is not base64, as {kind} is written") from error
    if kind.length is not None and size > kind.length:
        raise ValueError(f"{shown(raw)} has {size} bytes, more than {kind} holds")
    return raw


def _interval(kind: DataType, raw: str) -> str:
    parse_duration(raw)
    return raw


_TEXTS = {
    "char": _text, "varchar": _text, "text": _text, "enum": _enum, "uuid": _uuid, "json": _json, "binary": _binary,
    "interval": _interval,
}  # fmt: skip
