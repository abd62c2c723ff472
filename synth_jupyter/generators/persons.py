"""Coherent persons: the columns of one person read one hidden number, so name, e-mail and user name fit each other."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..pools import PoolSource
from ..streams import Rows, Stream
from .domains import EachOnce, Steps
from .people import EMAIL_DOMAINS
from .spelling import spelled

_TITLES = {"female": "Ms.", "male": "Mr."}


@dataclass(frozen=True, eq=False)
class People:
    """First names with their spellings and genders, last names with theirs, and how many times each pair is used.

    The number of a person is first + firsts * (last + lasts * copy), so that no two rows have the same one.
    """

    first: pa.StringArray
    first_spelled: pa.StringArray
    female: int
    last: pa.StringArray
    last_spelled: pa.StringArray
    copies: int

    @classmethod
    def of(cls, pools: PoolSource, locale: str, rows: int) -> "People":
        """Enough people of a locale for `rows` rows."""
        women = _names(pools, "first_name_female", locale)
        men = {spelt: name for spelt, name in _names(pools, "first_name_male", locale).items() if spelt not in women}
        first, last = women | men, _names(pools, "last_name", locale)
        pairs = len(first) * len(last)
        texts = [pa.array(list(part), pa.string()) for part in (first.values(), first, last.values(), last)]
        return cls(texts[0], texts[1], len(women), texts[2], texts[3], max(1, -(-rows // pairs)))

    @property
    def size(self) -> int:
        return len(self.first) * len(self.last) * self.copies

    @property
    def numbers(self) -> EachOnce:
        """The generator of the hidden column."""
        return EachOnce(Steps(0, self.size, pa.int64()))


def _names(pools: PoolSource, provider: str, locale: str) -> dict[str, str]:
    """Names of one word by their spelling, each spelling once; names in other scripts are spelled with a number."""
    values: list[str] = pools.pool(provider, {}, locale).values.to_pylist()
    found: dict[str, str] = {}
    for number, name in enumerate(values):
        if " " not in name:
            found.setdefault(spelled(name) or f"n{number}x", name)
    return found


@dataclass(frozen=True, eq=False)
class PersonText:
    """One field of the person whose number is in the hidden column `needs[0]`.

    E-mail addresses differ from row to row; user names do when they are to be told `apart`.
    """

    people: People
    field: str
    apart: bool
    needs: tuple[str, ...]

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        number = inputs[self.needs[0]].to_numpy(zero_copy_only=False)
        rest, first = np.divmod(number, len(self.people.first))
        copy, last = np.divmod(rest, len(self.people.last))
        made: pa.Array = getattr(self, f"_{self.field}")(first, last, copy)
        return made

    def _name(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        parts = self._first_name(first, last, copy), self._last_name(first, last, copy)
        return pc.binary_join_element_wise(*parts, " ")

    def _first_name(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        return self.people.first.take(pa.array(first))

    def _last_name(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        return self.people.last.take(pa.array(last))

    def _gender(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        return self._by_gender(first, list(_TITLES))

    def _title(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        return self._by_gender(first, list(_TITLES.values()))

    def _by_gender(self, first: Rows, texts: list[str]) -> pa.Array:
        coded = pa.array((first >= self.people.female).astype(np.int8))
        return pa.DictionaryArray.from_arrays(coded, pa.array(texts, pa.string()))

    def _email(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        where = pa.array(EMAIL_DOMAINS, pa.string()).take(pa.array((first + last + copy) % len(EMAIL_DOMAINS)))
        return pc.binary_join_element_wise(self._address(first, last, copy), where, "@")

    def _user_name(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        if self.apart:
            return self._address(first, last, copy)
        initial = pc.utf8_slice_codeunits(self.people.first_spelled, 0, 1).take(pa.array(first))
        return pc.binary_join_element_wise(initial, self.people.last_spelled.take(pa.array(last)), "")

    def _address(self, first: Rows, last: Rows, copy: Rows) -> pa.Array:
        """`first.last`, and the copy's number from the second on; distinct because no spelling ends in a digit."""
        parts = [self.people.first_spelled.take(pa.array(first)), self.people.last_spelled.take(pa.array(last))]
        joined = pc.binary_join_element_wise(*parts, ".")
        if self.people.copies == 1:
            return joined
        numbers = pa.array(copy + 1)
        return pc.binary_join_element_wise(joined, pc.if_else(pc.equal(numbers, 1), "", numbers.cast(pa.string())), "")


def longest(people: People, field: str) -> int:
    """The most characters of a field's values."""
    first, last = _most(people.first), _most(people.last)
    digits = len(str(people.copies)) if people.copies > 1 else 0
    address = _most(people.first_spelled) + 1 + _most(people.last_spelled) + digits
    return {
        "name": first + last + 1, "first_name": first, "last_name": last, "user_name": address, "gender": 6, "title": 3,
        "email": address + 1 + max(map(len, EMAIL_DOMAINS)),
    }[field]  # fmt: skip


def _most(texts: pa.StringArray) -> int:
    return max(map(len, texts.to_pylist()))
