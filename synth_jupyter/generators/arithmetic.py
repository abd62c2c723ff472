"""Programs (see `sql.arithmetic`) over whole columns in 64-bit integers: what DuckDB gives, some times sooner.

Decimals are whole numbers with a scale. The least and the greatest value of every step are known before it is taken;
what could leave 64 bits, or mean something else in an engine, is not computed here.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows
from .arrays import chosen, integers, unscaled

_MOST = 1 << 62
_MOST_WHOLE = 1 << 31
"""Whole numbers beyond this may have left a type of 32 bits on the way, which is an error in an engine."""
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_MOST_SCALE = 18
Truth = npt.NDArray[np.bool_]
Program = tuple[Any, ...]


class Beyond(Exception):
    """An engine has to compute this."""


@dataclass(frozen=True)
class _Number:
    """Whole `values` (int64, an array or one for all) of 10**-scale each, or days, from `low` to `high`.

    Those of an integer's type are `integral`; a decimal without digits behind the point is not.
    """

    values: Rows | np.int64
    scale: int
    low: int
    high: int
    is_date: bool = False
    integral: bool = False

    def __post_init__(self) -> None:
        most = _MOST if self.scale else _MOST_WHOLE
        if not -most < self.low <= self.high < most or self.scale > _MOST_SCALE:
            raise Beyond

    def at(self, scale: int) -> "_Number":
        """The same with more digits, or rounded to fewer, halves away from zero."""
        if scale == self.scale:
            return self
        if scale > self.scale:
            factor = 10 ** (scale - self.scale)
            if max(abs(self.low), abs(self.high)) * factor >= _MOST:
                raise Beyond
            return _Number(self.values * np.int64(factor), scale, self.low * factor, self.high * factor)
        factor = 10 ** (self.scale - scale)
        half = np.int64(factor // 2)
        size = (np.abs(self.values) + half) // np.int64(factor)
        low, high = (int(np.sign(end)) * ((abs(end) + factor // 2) // factor) for end in (self.low, self.high))
        return _Number(np.where(self.values < 0, -size, size), scale, low, high)


def computed(program: Program, inputs: Mapping[str, pa.Array], type: pa.DataType, rows: int) -> pa.Array:
    """The program over columns of `rows` values each, as an array of whole numbers, decimals or truth values.

    Raises:
        Beyond: only an engine can tell what comes out.
    """
    if not rows:
        raise Beyond
    with np.errstate(all="raise"):
        found = _value(program, inputs)
    if isinstance(found, np.ndarray) and pa.types.is_boolean(type):
        return pa.array(np.broadcast_to(found, rows))
    if not isinstance(found, _Number) or found.is_date:
        raise Beyond
    if pa.types.is_decimal(type):
        made = _within(found.at(type.scale), 10**type.precision - 1)
    elif pa.types.is_signed_integer(type):
        made = _within(found.at(0), (1 << (type.bit_width - 1)) - 1)
    else:
        raise Beyond
    return integers(np.array(np.broadcast_to(made.values, rows), dtype=np.int64), type)


def _within(made: _Number, most: int) -> _Number:
    if max(abs(made.low), abs(made.high)) > most:
        raise Beyond
    return made


def _value(program: Program, inputs: Mapping[str, pa.Array]) -> "_Number | Truth":
    word, *parts = program
    if word == "column":
        return _column(inputs[parts[0]])
    if word == "number":
        return _Number(np.int64(parts[0]), parts[1], parts[0], parts[0], integral=not parts[1])
    if word == "date":
        return _Number(np.int64(parts[0]), 0, parts[0], parts[0], is_date=True)
    if word == "case":
        return _case(parts[0], parts[1], inputs)
    if word == "decimal":
        return replace(_within(_plain(_value(parts[2], inputs)).at(parts[1]), 10 ** parts[0] - 1), integral=False)
    found = [_value(part, inputs) for part in parts]
    if word in ("and", "or", "not"):
        return _logic(word, found)
    return _compared(word, *found) if word in _COMPARE else _reckoned(word, [_plain(one) for one in found])


def _column(values: pa.Array) -> "_Number | Truth":
    type = values.type
    if isinstance(values, pa.DictionaryArray) or values.null_count:
        raise Beyond
    if pa.types.is_boolean(type):
        return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)
    decimal = pa.types.is_decimal128(type)
    if not (pa.types.is_signed_integer(type) or pa.types.is_date32(type) or (decimal and type.precision <= 18)):
        raise Beyond
    numbers = unscaled(values)
    low, high = int(numbers.min()), int(numbers.max())
    scale, is_date = type.scale if decimal else 0, pa.types.is_date32(type)
    return _Number(numbers, scale, low, high, is_date, integral=pa.types.is_signed_integer(type))


def _plain(found: "_Number | Truth") -> _Number:
    if not isinstance(found, _Number) or found.is_date:
        raise Beyond
    return found


def _logic(word: str, found: "list[_Number | Truth]") -> Truth:
    truths = [one for one in found if not isinstance(one, _Number)]
    if len(truths) != len(found):
        raise Beyond
    if word == "not":
        return ~truths[0]
    return truths[0] & truths[1] if word == "and" else truths[0] | truths[1]


def _compared(word: str, one: "_Number | Truth", other: "_Number | Truth") -> Truth:
    if not isinstance(one, _Number) or not isinstance(other, _Number) or one.is_date != other.is_date:
        raise Beyond
    scale = max(one.scale, other.scale)
    if not one.is_date:
        one, other = one.at(scale), other.at(scale)
    return np.asarray(_COMPARE[word](one.values, other.values))


def _reckoned(word: str, found: list[_Number]) -> _Number:
    if word == "integer":
        return replace(found[0].at(0), integral=True)
    if len(found) == 1:
        one = found[0]
        return replace(one, values=-one.values, low=-one.high, high=-one.low)
    one, other = found
    integral = one.integral and other.integral
    if word == "*":
        ends = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
        checked = _Number(np.int64(0), one.scale + other.scale, min(ends), max(ends), integral=integral)
        return replace(checked, values=one.values * other.values)
    if word in ("//", "%"):
        return _divided(word, one, other)
    scale = max(one.scale, other.scale)
    one, other = one.at(scale), other.at(scale)
    if word == "+":
        low, high = one.low + other.low, one.high + other.high
        return _Number(one.values + other.values, scale, low, high, integral=integral)
    low, high = one.low - other.high, one.high - other.low
    return _Number(one.values - other.values, scale, low, high, integral=integral)


def _divided(word: str, one: _Number, other: _Number) -> _Number:
    """Whole numbers from 0 on by a whole constant above 0: there all engines agree."""
    by = other.low
    if not (one.integral and other.integral) or one.low < 0 or by < 1 or by != other.high:
        raise Beyond
    if word == "//":
        return _Number(one.values // np.int64(by), 0, one.low // by, one.high // by, integral=True)
    return _Number(one.values % np.int64(by), 0, 0, min(by - 1, one.high), integral=True)


def _case(branches: tuple[Program, ...], otherwise: Program, inputs: Mapping[str, pa.Array]) -> _Number:
    found = _plain(_value(otherwise, inputs))
    for condition, result in reversed(branches):
        holds, value = _value(condition, inputs), _plain(_value(result, inputs))
        if isinstance(holds, _Number):
            raise Beyond
        scale = max(found.scale, value.scale)
        found, value = found.at(scale), value.at(scale)
        values, integral = chosen(holds, value.values, found.values), found.integral and value.integral
        low, high = min(found.low, value.low), max(found.high, value.high)
        found = _Number(values, scale, low, high, integral=integral)
    return found
