"""What a rule may ask of its column, and the range of values that the type and the options leave it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Any

from ..datatypes import DataType
from ..generators.domains import Steps
from ..pools import PoolSource
from ..schema.model import Column, ForeignKey, Table
from .values import units

SECOND = 1_000_000
DEFAULT_BOUNDS: Mapping[str, tuple[Any, Any]] = {
    "date": ("2020-01-01", "2025-12-31"),
    "timestamp": ("2020-01-01T00:00:00", "2025-12-31T23:59:59"),
    "timestamptz": ("2020-01-01T00:00:00", "2025-12-31T23:59:59"),
    "time": ("00:00:00", "23:59:59"),
    "interval": ("0s", "30d"),
}


@dataclass(frozen=True)
class Ask:
    """What a rule may know: its column, how many `rows` there are, and whether no value may occur twice.

    `decider` is the foreign key that decides the column, if it is part of one.
    """

    table: Table
    column: Column
    rows: int
    unique: bool
    pools: PoolSource
    decider: ForeignKey | None = None

    @property
    def type(self) -> DataType:
        return self.column.type

    def option(self, name: str, default: Any = None) -> Any:
        """An option of the column's rule."""
        value = self.column.rule.options.get(name)
        return default if value is None else value


def check_fits(number: int, type: DataType) -> None:
    """ValueError when a number of the type's units is outside the type."""
    low, high = type_bounds(type)
    if not low <= number <= high:
        raise ValueError(f"the last value {number:,} does not fit {type} ({low:,} to {high:,})")


def type_bounds(type: DataType) -> tuple[int, int]:
    """The smallest and largest number of units that the type holds (moments: within 2**62 microseconds of 1970)."""
    if type.is_integer:
        return type.integer_range
    if type.kind == "decimal":
        most = int(10 ** (type.precision or 38)) - 1
        return -most, most
    return -(1 << 62), 1 << 62


def bounds(ask: Ask) -> tuple[int, int]:
    """The smallest and largest value in the type's units, from the options or the usual range of the type."""
    least, most = type_bounds(ask.type)
    usual_low, usual_high = DEFAULT_BOUNDS.get(ask.type.kind, (0, None))
    low = units(ask.option("min", usual_low), ask.type)
    if (asked := ask.option("max", usual_high)) is not None:
        high = units(asked, ask.type)
    else:  # a million, and no more than the type holds
        high = min(max(low, 0) + 1_000_000 * 10 ** (ask.type.scale or 0), most)
    if low > high:
        raise ValueError(f"min {ask.option('min')} is above max {ask.option('max')}")
    return max(low, least), min(high, most)


def steps(ask: Ask) -> Steps:
    """The domain between the bounds: every unit, but whole seconds for moments unless they are too few to be unique."""
    low, high = bounds(ask)
    step = SECOND if ask.type.kind in ("timestamp", "timestamptz", "time", "interval") else 1
    if ask.unique and (high - low) // step + 1 < ask.rows:
        step = 1
    return Steps(low, (high - low) // step + 1, ask.type.arrow, step)


def limits(ask: Ask) -> tuple[float, float]:
    """The bounds of a law, from the options and within those of the type, as floats that stay inside both."""
    low = float(ask.option("min", -inf))
    high = float(ask.option("max", inf))
    if ask.type.kind in ("real", "double"):
        return low, high
    least, most = type_bounds(ask.type)
    scale = 10 ** (ask.type.scale or 0)
    low, high = max(low, float(Decimal(least) / scale)), min(high, float(Decimal(most) / scale))
    return low + _coarse(low, scale), high - _coarse(high, scale)


def _coarse(bound: float, scale: int) -> float:
    """How far inside a bound to stay where floats are coarser than the type's units, else 0."""
    return abs(bound) * 2.0**-50 if abs(bound) * scale >= 2.0**53 else 0.0


def lengths(ask: Ask, usual: int) -> tuple[int | None, int]:
    """The lengths that are asked for; where none is the greatest, the type's or the `usual` one, if that is enough."""
    least, most = ask.option("min_length"), ask.option("max_length")
    if most is None:
        most = min(max(usual, least or 0), ask.type.length or inf)
    return least, int(most)
