"""Values made from other columns: copies of a parent's column, positions, SQL expressions, constants."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ..errors import GenerationError
from ..streams import Rows, Stream
from .arithmetic import Beyond, Program, computed
from .arrays import integers


@dataclass(frozen=True)
class Copy:
    """The one column it needs, as it is: how a foreign key's column follows its parent's key."""

    needs: tuple[str, ...]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return inputs[self.needs[0]]


@dataclass(frozen=True)
class Position:
    """1, 2, ... among the children of the same parent; `needs[0]` is the position counted from 0."""

    type: pa.DataType
    needs: tuple[str, ...]
    start: int = 1

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return integers(inputs[self.needs[0]].to_numpy(zero_copy_only=False) + np.int64(self.start), self.type)


@dataclass(frozen=True)
class Constant:
    """The same value in every row."""

    value: pa.Scalar
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.repeat(self.value, max(len(rows), 1)).slice(0, len(rows))


@dataclass(frozen=True)
class Expression:
    """A scalar SQL expression over columns of this row and of parents; `sql` calls them by `names`.

    Where it can only come out as one of some `labels`, `coded` is the same expression of their places. A `program` is
    the same once more (of the places, where there are labels), to be tried before DuckDB is asked.
    """

    sql: str
    type: pa.DataType
    names: tuple[str, ...]
    needs: tuple[str, ...]
    labels: tuple[str, ...] = field(default=(), metadata={"identity": False})
    coded: str = field(default="", metadata={"identity": False})
    program: Program | None = field(default=None, metadata={"identity": False})

    @property
    def distinct(self) -> int | None:
        """How many different values there are, where that is known."""
        return len(self.labels) or None

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        if self.program is not None:
            try:
                found = computed(self.program, inputs, pa.int8() if self.labels else self.type, len(rows))
                return self._labelled(found) if self.labels else found
            except Beyond:
                pass  # DuckDB computes everything
        return self._asked(rows, inputs)

    def _asked(self, rows: Rows, inputs: Mapping[str, pa.Array]) -> pa.Array:
        from ..duck import evaluate_expression

        arrays = [inputs[need] for need in self.needs]
        # Not `pa.table`, which imports pandas where that is installed: most of the time a worker takes to start.
        table = pa.Table.from_arrays([pa.array(rows), *arrays], names=["\x1fnumber", *self.names])
        try:
            if self.coded:
                return self._labelled(evaluate_expression(self.coded, table, pa.int32()))
            return evaluate_expression(self.sql, table, self.type)
        except GenerationError as error:
            raise self._at_row(table, error) from error

    def _labelled(self, places: pa.Array) -> pa.Array:
        return pa.DictionaryArray.from_arrays(places, pa.array(self.labels, self.type))

    def _at_row(self, table: pa.Table, error: GenerationError) -> GenerationError:
        """The error of the first row that fails by itself, with its number."""
        from ..duck import evaluate_expression

        while table.num_rows > 1:
            half = table.slice(0, table.num_rows // 2)
            try:
                evaluate_expression(self.sql, half, self.type)
                table = table.slice(half.num_rows)
            except GenerationError:
                table = half
        try:
            evaluate_expression(self.sql, table, self.type)
        except GenerationError as alone:
            return GenerationError(f"row {table.column(0)[0].as_py()}: {self._in_words(alone.message)}")
        return error

    def _in_words(self, message: str) -> str:
        """A message with the columns called as the document calls them."""
        for name, need in zip(self.names, self.needs, strict=True):
            message = message.replace(f'"{name}"', need)
        return message
