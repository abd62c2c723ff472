"""NULLs: a share of them on a stream of their own, or wherever a condition does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..streams import Rows, Stream
from .protocol import Generator, Invertible

_WHOLE = 1 << 32


def mask_out(values: pa.Array, null: npt.NDArray[np.bool_]) -> pa.Array:
    """`values` with NULL wherever `null` (bool (n,)) is true; dictionary arrays stay dictionary arrays."""
    if not null.any():
        return values
    if isinstance(values, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(mask_out(values.indices, null), values.dictionary)
    return pc.if_else(pa.array(~null), values, pa.scalar(None, values.type))


@dataclass(frozen=True)
class WithNulls:
    """`inner` with a share of NULLs in [0, 1], drawn from the child stream `nulls` so that no value changes."""

    inner: Generator
    share: float

    @property
    def needs(self) -> tuple[str, ...]:
        return self.inner.needs

    def is_null(self, rows: Rows, stream: Stream) -> npt.NDArray[np.bool_]:
        """bool (n,): which rows are NULL."""
        return np.asarray(stream.child("nulls").below(rows, _WHOLE) < round(self.share * _WHOLE))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return mask_out(self.inner.generate(rows, stream, inputs), self.is_null(rows, stream))

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """The row of each value as `inner` has it; -1 where that row is NULL or `inner` cannot say."""
        if not isinstance(self.inner, Invertible):
            return np.full(len(values), -1, dtype=np.int64)
        rows = self.inner.rows_of(values, stream)
        hidden = (rows >= 0) & self.is_null(np.maximum(rows, 0), stream)
        return np.where(hidden, -1, rows)


@dataclass(frozen=True)
class When:
    """`inner` where `condition` (a boolean generator) is true, NULL where it is false or NULL."""

    inner: Generator
    condition: Generator

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.inner.needs, *self.condition.needs)))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        holds = self.condition.generate(rows, stream.child("when"), inputs).fill_null(False)
        kept = holds.to_numpy(zero_copy_only=False)
        if kept.all():
            return self.inner.generate(rows, stream, inputs)
        # Outside the condition nothing is computed: what would fail there (a division by zero) is not asked for.
        values = self.inner.generate(rows[kept], stream, {name: array.filter(holds) for name, array in inputs.items()})
        return values.take(pa.array(np.cumsum(kept) - 1, mask=~kept))
