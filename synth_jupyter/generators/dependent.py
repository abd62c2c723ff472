"""Choices that depend on another column: a city belongs to its country."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import GenerationError
from ..streams import Rows, Stream
from .categorical import Alias

Weighted = tuple[pa.Array, Alias]


@dataclass(frozen=True, eq=False)
class Dependent:
    """One of the values that go with the value of the column `needs[0]`, by weight; NULL where that is NULL.

    `keys` are that column's values as text. Those of key k are `values` from `starts[k]`, chosen by `aliases[k]`; the
    last alias, when there is one more than keys, is for all other values.
    """

    keys: pa.StringArray
    values: pa.Array
    starts: tuple[int, ...]
    aliases: tuple[Alias, ...]
    needs: tuple[str, ...]

    @classmethod
    def build(cls, column: str, choices: Mapping[str, Weighted], default: "Weighted | None" = None) -> "Dependent":
        """The generator of choices by the other column's values as text; all choices are arrays of one type."""
        groups = [*choices.values(), *([default] if default else [])]
        sizes = np.cumsum([0, *(len(values) for values, _ in groups)])
        return cls(
            pa.array(list(choices), pa.string()),
            pa.concat_arrays([values for values, _ in groups]),
            tuple(map(int, sizes[:-1])),
            tuple(alias for _, alias in groups),
            (column,),
        )

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        given = inputs[self.needs[0]]
        given = given.dictionary_decode() if isinstance(given, pa.DictionaryArray) else given
        texts = given.cast(pa.string())
        group = pc.index_in(texts, self.keys).fill_null(len(self.keys)).to_numpy(zero_copy_only=False)
        null = np.asarray(texts.is_null())
        if len(self.aliases) == len(self.keys):
            self._refuse_unknown(rows, texts, (group == len(self.keys)) & ~null)
        index = np.zeros(len(rows), dtype=np.int64)
        for number in np.unique(group[~null]).tolist():
            here = group == number
            index[here] = self.aliases[number].draw(rows[here], stream) + self.starts[number]
        return self.values.take(pa.array(index, mask=null))

    def _refuse_unknown(self, rows: Rows, texts: pa.Array, unknown: npt.NDArray[np.bool_]) -> None:
        if unknown.any():
            place = int(np.argmax(unknown))
            raise GenerationError(
                f"row {rows[place]}: there are no choices for {self.needs[0]} = {texts[place].as_py()!r}",
                hint="add it to the choices of depends, or give a default",
            )
