"""Moments of a time series: weights by month, weekday and hour and a yearly trend, drawn freely or in row order.

The time from the first to the last moment is cut into hours (days for dates). At generation only integers and
fixed-order multiply, add and compare are used; the weights are made when the plan is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..streams import Rows, Stream
from .arrays import integers
from .categorical import Alias
from .temporal import DAY, UNITS

HOUR = UNITS["h"]
MOST_SLOTS = 1_000_000
Floats = npt.NDArray[np.float64]


def weights(
    first: int,
    last: int,
    slot: int,
    profile: Mapping[str, Sequence[float]],
    trend: float,
) -> Floats:
    """float64 (k,): the weight of each slot from `first` to `last` (microseconds since 1970), to ten digits.

    `profile` has up to 7 weekday (from Monday), 24 hour and 12 month weights; `trend` is the growth in a year.
    """
    count = (last - first) // slot + 1
    if count > MOST_SLOTS:
        raise ValueError(f"a profile spans at most {MOST_SLOTS:,} hours or days, not {count:,}")
    start = datetime(1970, 1, 1, tzinfo=UTC)
    made = []
    for number in range(count):
        at = first + number * slot
        moment = start + timedelta(microseconds=at)
        share = min(slot, last + 1 - at) / slot * (1 + trend) ** (number * slot / UNITS["y"])
        for name, place in (("weekday", moment.weekday()), ("hour", moment.hour), ("month", moment.month - 1)):
            share *= profile[name][place] if name in profile else 1
        made.append(float(f"{share:.9e}"))
    if not sum(made) > 0:
        raise ValueError("between min and max all weights of the profile are 0")
    return np.array(made)


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Moments drawn by weight: `first` + slot * (an index by `alias`) + anything within the slot, up to `last`."""

    type: pa.DataType
    first: int
    last: int
    slot: int
    alias: Alias
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        moments = self.first + self.slot * self.alias.draw(rows, stream)
        if self.slot == DAY:
            return integers(moments // DAY, self.type)
        room = np.minimum(self.slot, self.last + 1 - moments) // UNITS["s"]
        moments += UNITS["s"] * stream.child("within").below(rows, np.maximum(room, 1).astype(np.uint64))
        return integers(moments, self.type)


@dataclass(frozen=True, eq=False)
class OrderedArrivals:
    """Moments in row order: row i of `count` stands at (i + u) / count of all weight, u in [0, 1).

    `below` (float64 (k + 1,)) is the weight before each slot and after the last.
    """

    type: pa.DataType
    first: int
    last: int
    slot: int
    below: Floats
    count: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        wanted = (rows.astype(np.float64) + stream.uniform(rows)) * (self.below[-1] / self.count)
        wanted = np.minimum(wanted, np.nextafter(self.below[-1], 0))
        at = np.searchsorted(self.below, wanted, side="right") - 1
        width = np.minimum(self.slot, self.last + 1 - (self.first + at * self.slot))
        part = (wanted - self.below[at]) / (self.below[at + 1] - self.below[at])
        moments = self.first + at * self.slot + np.floor(part * width).astype(np.int64)
        return integers(moments // DAY if self.slot == DAY else moments, self.type)
