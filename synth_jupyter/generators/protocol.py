"""What a generator is, and the paths by which it names the columns it reads."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import pyarrow as pa

from ..streams import Rows, Stream

# A need is a column of the same row (`ordered_at`), a column of the parent reached through a foreign key
# (`customer_id.signup`), or one of these two facts about a foreign key. Names hold no control characters.
PARENT_ROW = "\x1frow"
POSITION = "\x1fposition"


@runtime_checkable
class Generator(Protocol):
    """Makes one column's values; a frozen dataclass of plain fields, picklable, without state."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that `generate` reads, as keys of its `inputs`."""

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        """The values at `rows` (int64 (n,), any order, repeats allowed) as an Arrow array of length n.

        The value at a row may depend on nothing but the row number, the stream and the inputs at that row.
        """


@runtime_checkable
class Invertible(Protocol):
    """A generator whose values say where they stand."""

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """int64 (n,): the row of each value, or -1 where no row can hold it."""
