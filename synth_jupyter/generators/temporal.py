"""Dates and times: durations, and moments after another moment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..errors import GenerationError
from ..streams import Rows, Stream
from .arrays import integers, unscaled
from .nulls import mask_out

DAY = 86_400_000_000
UNITS = {"y": 365 * DAY, "w": 7 * DAY, "d": DAY, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000}
_PART = re.compile(r"(\d[\d_]*)\s*(ms|[ywdhms])\s*")


def parse_duration(text: str) -> int:
    """Microseconds of a duration such as `10d`, `1h30m` or `2y` (a year is 365 days).

    Raises:
        ValueError: naming the forms that are understood.
    """
    stripped, position, total = text.strip().lower(), 0, 0
    while position < len(stripped):
        part = _PART.match(stripped, position)
        if not part:
            break
        total += int(part[1].replace("_", "")) * UNITS[part[2]]
        position = part.end()
    if not stripped or position < len(stripped):
        raise ValueError(f"{text!r} is not a duration; write one such as 10d, 2y, 1h30m or 90s")
    return total


@dataclass(frozen=True)
class After:
    """The moment in the column `needs[0]` plus between `least` and `most` microseconds, in steps of `step`.

    NULL where that column is NULL. A date that is asked for at a moment of a day begins with the next day unless the
    moment is midnight, so the result is never before it.
    """

    type: pa.DataType
    needs: tuple[str, ...]
    least: int
    most: int
    step: int = UNITS["s"]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        if pa.types.is_date32(self.type):
            first, null = _days(inputs[self.needs[0]])
            days = first + self.least // DAY + stream.below(rows, (self.most - self.least) // DAY + 1)
            return mask_out(integers(days, self.type), null)
        moments, null = _moments(inputs[self.needs[0]])
        moments += self.least + self.step * stream.below(rows, (self.most - self.least) // self.step + 1)
        return mask_out(integers(moments, self.type), null)


@dataclass(frozen=True)
class Before:
    """The moment in the column `needs[0]` minus between `least` and `most` microseconds, in steps of `step`.

    NULL where that column is NULL. A date that is asked for is never after the day of that moment.
    """

    type: pa.DataType
    needs: tuple[str, ...]
    least: int
    most: int
    step: int = UNITS["s"]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        moments, null = _moments(inputs[self.needs[0]])
        if pa.types.is_date32(self.type):
            days = moments // DAY - self.least // DAY - stream.below(rows, (self.most - self.least) // DAY + 1)
            return mask_out(integers(days, self.type), null)
        moments = moments - self.least - self.step * stream.below(rows, (self.most - self.least) // self.step + 1)
        return mask_out(integers(moments, self.type), null)


@dataclass(frozen=True)
class Between:
    """A moment at least `least` microseconds after `needs[0]` and not after `needs[1]`, at most `most` after the first.

    NULL where the first is NULL; where the second is NULL only `most` bounds it. Whole days for dates, else whole
    steps of `step` from the first on.
    """

    type: pa.DataType
    needs: tuple[str, ...]
    least: int
    most: int
    step: int = UNITS["s"]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        start, null = _moments(inputs[self.needs[0]])
        stop, open_end = _moments(inputs[self.needs[1]])
        unit = self.step
        if pa.types.is_date32(self.type):
            start, stop, unit = -(-start // DAY) * DAY, stop // DAY * DAY, DAY
        low = start + self.least
        high = np.where(open_end, start + self.most, np.minimum(stop, start + self.most))
        if (late := (high < low) & ~null).any():
            raise GenerationError(
                f"row {rows[int(np.argmax(late))]}: no moment lies between {self.needs[0]} and {self.needs[1]}",
                hint="make the one follow the other (`after`), or give a smaller min",
            )
        steps = np.maximum(high - low, 0) // unit + 1
        moments = low + unit * stream.below(rows, steps.astype(np.uint64))
        return mask_out(integers(moments // DAY if unit == DAY else moments, self.type), null)


def _days(values: pa.Array) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """Days (n,), those of the first midnights at or after the moments, and where they are NULL."""
    plain = values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else values
    if pa.types.is_date32(plain.type):
        return unscaled(plain), _null(plain)
    moments, null = _moments(plain)
    return -(-moments // DAY), null


def _null(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(values.is_null()) if values.null_count else np.zeros(len(values), dtype=bool)


def _moments(values: pa.Array) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """Microseconds (n,), and where they are NULL."""
    plain = values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else values
    return unscaled(plain) * (DAY if pa.types.is_date32(plain.type) else 1), _null(plain)
