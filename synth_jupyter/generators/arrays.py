"""int64 numbers to Arrow arrays of any fixed-width type and back, without a Python object per value."""

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows

WIDE = Context(prec=80)
"""Decimal arithmetic with digits to spare for decimal128."""
_NUMPY = {pa.int8(): np.int8, pa.int16(): np.int16, pa.int32(): np.int32, pa.int64(): np.int64, pa.date32(): np.int32}


def integers(values: Rows, type: pa.DataType) -> pa.Array:
    """int64 (n,) as `type`: whole numbers, unscaled decimals, days, microseconds, or floats."""
    if pa.types.is_decimal128(type):
        return _decimal128(values, type)
    if pa.types.is_floating(type):
        return pa.array(values.astype(np.float64)).cast(type)
    if type in _NUMPY:
        narrow = values.astype(_NUMPY[type])
        return pa.Array.from_buffers(type, len(narrow), [None, pa.py_buffer(narrow)])
    return pa.Array.from_buffers(type, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _decimal128(values: Rows, type: pa.DataType) -> pa.Array:
    words = np.empty((len(values), 2), dtype=np.int64)
    words[:, 0] = values
    np.right_shift(values, 63, out=words[:, 1])
    return pa.Array.from_buffers(type, len(values), [None, pa.py_buffer(words)])


def wide(values: Sequence[int], type: pa.DataType) -> pa.Array:
    """As `integers`, of Python ints of any size that the type holds; slower."""
    if pa.types.is_decimal128(type):
        return pa.array([Decimal(value).scaleb(-type.scale, WIDE) for value in values], type)
    return pa.array(values, pa.int64()).cast(type)


def whole(values: npt.NDArray[np.float64], type: pa.DataType) -> pa.Array:
    """Floats without fractions (n,) as `integers` makes them of the same numbers, exact up to 38 digits."""
    if pa.types.is_decimal128(type) and (np.abs(values) >= 2.0**63).any():
        return wide([int(value) for value in values.tolist()], type)
    return integers(values.astype(np.int64), type)


def unscaled(values: pa.Array) -> Rows:
    """The int64 numbers behind an array that `integers` could have made (decimals up to 18 digits); 0 for NULL."""
    type = values.type
    if pa.types.is_decimal(type):
        whole = values if pa.types.is_decimal128(type) else values.cast(pa.decimal128(38, type.scale))
        words = np.frombuffer(whole.buffers()[1], dtype=np.int64).reshape(-1, 2)
        numbers = words[whole.offset : whole.offset + len(whole), 0]
        return np.where(np.asarray(values.is_null()), 0, numbers) if values.null_count else numbers.copy()
    if pa.types.is_date32(type) or pa.types.is_time32(type):
        values = values.cast(pa.int32())
    elif not pa.types.is_integer(type) and not pa.types.is_floating(type):
        values = values.view(pa.int64()) if isinstance(values, pa.Array) else values
    return numbers_of(filled(values, 0)).astype(np.int64)


def chosen(first: npt.NDArray[np.bool_], one: Rows | np.int64, other: Rows | np.int64) -> Rows:
    """int64 (n,): `one` where `first`, else `other`; without a jump, which a processor would guess wrong row by row."""
    numbers: Rows = first * (one - other) + other
    return numbers


def filled(values: pa.Array, instead: Any) -> pa.Array:
    """The array with `instead` for each NULL; itself where there is none, which Arrow would copy value by value."""
    return values.fill_null(instead) if values.null_count else values


def numbers_of(values: pa.Array) -> npt.NDArray[np.generic]:
    """The numpy array of an Arrow array without nulls."""
    array: npt.NDArray[np.generic] = values.to_numpy(zero_copy_only=False)
    return array
