"""Chooses the parts of distinct texts: enough values for every row, none too long, no text made in two ways."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import inf, prod

import pyarrow as pa

from ..errors import PlanError
from .domains import PERMUTABLE
from .products import Joined, Number, Part, Words

_DIGITS = set("0123456789")


@dataclass(frozen=True)
class Slot:
    """The values that may stand at one place. Of a slot that `grows`, only as many as needed are used, in order."""

    values: tuple[str, ...]
    grows: bool = False

    @classmethod
    def of(cls, values: Iterable[str], *, grows: bool = False) -> "Slot":
        """The values without those that are equal but for letter case."""
        return cls(tuple({_folded(value): value for value in reversed(list(values))}.values())[::-1], grows)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The distinct lengths in characters, longest first."""
        return tuple(sorted({len(value) for value in self.values}, reverse=True))

    def up_to(self, length: float) -> "Slot":
        """Only the values of at most so many characters."""
        return Slot(tuple(value for value in self.values if len(value) <= length), self.grows)


@dataclass(frozen=True)
class Digits:
    """A number that grows with the rows: nothing, then `before` and 1, 2, 3, ..."""

    before: str = ""


Place = Slot | Digits


@dataclass(frozen=True)
class _Fit:
    """A choice of parts and how many different texts they could make; too few when `parts` is empty."""

    capacity: int
    parts: tuple[Part, ...] = ()


def assemble(what: str, blueprints: Sequence[Sequence[Place]], rows: int, length: int | None) -> Joined:
    """Distinct texts, at least `rows` of them and none over `length` characters, by the first blueprint that can.

    No two of the texts are equal, nor equal but for letter case: values that would make a text in two ways are
    left out. Values that are too long are left out as well, as few as possible.

    Raises:
        PlanError: how many distinct texts there can be, and how many are needed.
    """
    most = 0
    for blueprint in blueprints:
        for fit in _fits(unambiguous(blueprint), max(rows, 1), length):
            if fit.parts:
                return Joined(fit.parts)
            most = max(most, fit.capacity)
    within = "" if length is None else f" of at most {length} characters"
    raise PlanError(
        f"there are {most:,} distinct values of {what}{within}, and {rows:,} rows need one each",
        hint="make the column longer, ask for fewer rows, or do not make it unique",
    )


def _fits(places: Sequence[Place], rows: int, length: int | None) -> Iterator[_Fit]:
    """Every way to leave out long values, the ways that keep most values first."""
    fixed = [place for place in places if isinstance(place, Slot) and not place.grows]
    caps = product(*(slot.lengths for slot in fixed))
    room = inf if length is None else length
    kept_by = [{cap: len(slot.up_to(cap).values) for cap in slot.lengths} for slot in fixed]
    trimmed = [(cap, prod(map(dict.__getitem__, kept_by, cap))) for cap in caps if sum(cap) <= room]
    for cap, _ in sorted(trimmed, key=lambda choice: -choice[1]):
        kept = iter([slot.up_to(most) for slot, most in zip(fixed, cap, strict=True)])
        chosen = [next(kept) if place in fixed else place for place in places]
        yield _grown(chosen, rows, room - sum(cap))


def _grown(places: Sequence[Place], rows: int, room: float) -> _Fit:
    """The growing places made just large enough, the first ones first."""
    capacity = prod(len(place.values) for place in places if isinstance(place, Slot) and not place.grows)
    needed = -(-rows // capacity)
    parts: list[Part] = []
    for place in places:
        if isinstance(place, Slot) and not place.grows:
            parts.append(_words(place.values))
            continue
        part, possible, used = _growing(place, needed, room)
        if not possible:
            return _Fit(0, ())
        parts.append(part)
        capacity, needed, room = capacity * possible, -(-needed // part.size), room - used
    enough = needed == 1 and prod(part.size for part in parts) <= PERMUTABLE
    return _Fit(capacity, tuple(parts) if enough else ())


def _growing(place: Place, needed: int, room: float) -> tuple[Part, int, int]:
    """The part for so many values in so many characters, how many could be, and the characters it uses."""
    if isinstance(place, Slot):
        fitting = place.up_to(room).values
        taken = fitting[:needed]
        return _words(taken), len(fitting), max(map(len, taken), default=0)
    figures = int(min(max(room - len(place.before), 0), 18))
    size = min(needed, 10**figures)
    used = len(place.before) + len(str(size - 1)) if size > 1 else 0
    return Number(size, place.before), 10**figures, used


def _words(values: Sequence[str]) -> Words:
    return Words(pa.array(values, pa.string()))


def unambiguous(places: Sequence[Place]) -> list[Place]:
    """The places without values that would let one text be put together in two ways.

    Two different choices that spell the same text differ first at some place, where one value is the other and a
    rest x, and what follows begins like x. So a value that is another of its place and such a rest x is left out;
    then no text can be spelt twice. Letter case does not count. Any subset of the values keeps this property.
    """
    kept: list[Place] = []
    for place, after in zip(reversed(places), _followers(places), strict=True):
        kept.insert(0, _without_conflicts(place, after) if isinstance(place, Slot) else place)
        if isinstance(place, Digits) and any(after.can_begin_like(digit) for digit in _DIGITS):
            raise ValueError("a number part is followed by a part that may begin with a digit")
    return kept


def _followers(places: Sequence[Place]) -> Iterator["_After"]:
    """What may follow each place, from the last place to the first."""
    after = _After(frozenset(), frozenset(), frozenset())
    for place in reversed(places):
        yield after
        after = after.preceded_by(place)


@dataclass(frozen=True)
class _After:
    """The beginnings of what follows a place: whole values, all their beginnings, and what stands before a number."""

    values: frozenset[str]
    beginnings: frozenset[str]
    numbers: frozenset[str]

    def preceded_by(self, place: Place) -> "_After":
        if isinstance(place, Digits):
            return _After(self.values, self.beginnings, self.numbers | {_folded(place.before)})
        folded = {_folded(value) for value in place.values}
        heads = frozenset(value[:stop] for value in folded for stop in range(1, len(value) + 1))
        if "" in folded:
            return _After(self.values | (folded - {""}), self.beginnings | heads, self.numbers)
        return _After(frozenset(folded), heads, frozenset())

    def can_begin_like(self, rest: str) -> bool:
        """Whether something that follows begins with `rest`, or `rest` begins with one of the values that follow."""
        if rest in self.beginnings or any(rest[:stop] in self.values for stop in range(1, len(rest) + 1)):
            return True
        return any(_numbered(rest, before) for before in self.numbers)


def _numbered(rest: str, before: str) -> bool:
    """Whether `rest` and `before` with a number could begin alike."""
    if len(rest) <= len(before):
        return before.startswith(rest)
    return rest.startswith(before) and rest[len(before)] in _DIGITS


def _without_conflicts(slot: Slot, after: _After) -> Slot:
    folded = {_folded(value) for value in slot.values}

    def conflicts(value: str) -> bool:
        heads = (stop for stop in range(len(value)) if value[:stop] in folded)
        return any(after.can_begin_like(value[stop:]) for stop in heads)

    return Slot(tuple(value for value in slot.values if not conflicts(_folded(value))), slot.grows)


def _folded(value: str) -> str:
    return unicodedata.normalize("NFC", value).casefold()
