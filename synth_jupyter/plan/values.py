"""Option values of rules (JSON scalars) as typed values: Arrow arrays, and whole units on a type's grid."""

import base64
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from ..datatypes import DataType
from ..generators.arrays import WIDE

_EPOCH = datetime(1970, 1, 1)


def typed_array(values: list[Any], type: DataType) -> pa.Array:
    """JSON scalars as an Arrow array of the type.

    Raises:
        ValueError: a value does not fit, and which.
    """
    return pa.array([typed(value, type) for value in values], type.arrow)


def typed(value: Any, type: DataType) -> Any:
    """One JSON scalar as the Python value that Arrow wants for the type; ValueError when it does not fit."""
    if value is None:
        return None
    if type.is_text or type.kind in ("uuid", "json", "enum"):
        return _text(value, type)
    if type.kind == "boolean":
        return _boolean(value)
    if type.kind == "binary":
        return base64.b64decode(str(value), validate=True)
    if type.kind in ("real", "double"):
        return float(value)
    if type.kind == "array":
        assert type.item is not None
        return [typed(item, type.item) for item in (value if isinstance(value, list) else [value])]
    return from_units(units(value, type), type)


def _text(value: Any, type: DataType) -> str:
    text = value if isinstance(value, str) else str(value)
    if type.length is not None and len(text) > type.length:
        raise ValueError(f"{text!r} is longer than {type}")
    if type.kind == "enum" and text not in type.labels:
        raise ValueError(f"{text!r} is not a label of {type}")
    return text


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if value not in (True, False):
        raise ValueError(f"{value!r} is not true or false")
    return bool(value)


def units(value: Any, type: DataType) -> int:
    """The whole number of the type's units: 1, 10**-scale, days or microseconds since 1970 or midnight.

    Raises:
        ValueError: the value is of another kind or off the type's grid or range.
    """
    try:
        number = _UNITS[type.kind](value, type)
    except (ValueError, TypeError, InvalidOperation, KeyError) as error:
        raise ValueError(f"{value!r} does not fit {type}") from error
    if type.is_integer and not type.integer_range[0] <= number <= type.integer_range[1]:
        raise ValueError(f"{value!r} is outside {type} ({type.integer_range[0]} to {type.integer_range[1]})")
    if type.kind == "decimal" and abs(number) >= 10 ** (type.precision or 38):
        raise ValueError(f"{value!r} has too many digits for {type}")
    return number


def from_units(number: int, type: DataType) -> Any:
    """The Python value of so many units."""
    if type.is_integer:
        return number
    if type.kind == "decimal":
        return Decimal(number).scaleb(-(type.scale or 0), WIDE)
    kind = pa.int32() if type.kind == "date" else pa.int64()
    return pa.scalar(number, kind).cast(type.arrow).as_py()


def _whole(value: Any, type: DataType) -> int:
    number = Decimal(str(value))
    if number != int(number):
        raise ValueError
    return int(number)


def _unscaled(value: Any, type: DataType) -> int:
    return _whole(Decimal(str(value)).scaleb(type.scale or 0, WIDE), type)


def _days(value: Any, type: DataType) -> int:
    return date.fromisoformat(str(value)[:10]).toordinal() - _EPOCH.toordinal()


def _moment(value: Any, type: DataType) -> int:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _time_of_day(value: Any, type: DataType) -> int:
    at = time.fromisoformat(str(value))
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _duration(value: Any, type: DataType) -> int:
    from ..generators.temporal import parse_duration

    return parse_duration(str(value))


_UNITS = {
    "smallint": _whole, "int": _whole, "bigint": _whole, "decimal": _unscaled, "date": _days, "timestamp": _moment,
    "timestamptz": _moment, "time": _time_of_day, "interval": _duration,
}  # fmt: skip
