"""What a condition asks, given to the columns' wishes: all of it, or it stays to be verified."""

from collections.abc import Mapping, Sequence

from ..sql import Term
from .wishes import Wish, split

_MOMENTS = ("date", "timestamp", "timestamptz")


def grant(terms: Sequence[Term] | None, wishes: Mapping[str, Wish]) -> bool:
    """Whether rules can grant every term; `wishes`, by name in lower case, are narrowed by those that they can."""
    granted = [_granted(term, wishes) for term in terms or ()]
    return bool(granted) and all(granted)


def _granted(term: Term, wishes: Mapping[str, Wish]) -> bool:
    wish = wishes[term.column.casefold()]
    if term.kind != "order":
        return wish.take(term)
    other = wishes[term.value.casefold()]
    lesser, greater = (wish, other) if term.operator in ("<", "<=") else (other, wish)
    return _ordered(lesser, greater, term.operator in ("<", ">"), wishes)


def _ordered(lesser: Wish, greater: Wish, strict: bool, wishes: Mapping[str, Wish]) -> bool:
    """Whether the greater can follow the lesser in time, or both have ranges of numbers that can be told apart."""
    if lesser is greater:
        return False
    if lesser.kind.kind in _MOMENTS:
        return _follows(lesser, greater, strict, wishes)
    plain = [one.open and one.kind.is_number and not one.distinct and one.choices is None for one in (lesser, greater)]
    return all(plain) and split(lesser, greater, strict)


def _follows(lesser: Wish, greater: Wish, strict: bool, wishes: Mapping[str, Wish]) -> bool:
    fits = greater.kind == lesser.kind and greater.open and not greater.asked and not greater.distinct
    if not fits or (lesser.nullable and not greater.nullable) or _leads_to(lesser, greater, wishes):
        return False
    greater.follows = lesser.name
    greater.delay = "0s" if not strict else "1d" if greater.kind.kind == "date" else "1s"
    return True


def _leads_to(one: Wish, other: Wish, wishes: Mapping[str, Wish]) -> bool:
    """Whether `one` comes after `other` already, along any chain."""
    seen: set[str] = set()
    while one.follows and one.name not in seen:
        seen.add(one.name)
        one = wishes[one.follows.casefold()]
        if one is other:
            return True
    return False
