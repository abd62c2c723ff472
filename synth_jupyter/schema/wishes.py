"""What checks ask of one column, narrowed term by term, and the document's keys for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from ..datatypes import DataType
from ..errors import SchemaError
from ..generators import grammar
from ..sql import Term
from .model import Rule
from .suggest import suggest, usual_range
from .values import compact, literal, moment, ordered

_EXACT = Context(prec=1000)


@dataclass
class Wish:
    """One column and what is asked of it so far; a term that would contradict it is refused.

    `open` says whether a rule may be chosen for it; `follows` is the column that it comes after.
    """

    name: str
    kind: DataType
    open: bool
    nullable: bool
    distinct: bool
    counted: Mapping[str, int] | None = None
    choices: list[Any] | None = None
    low: Any = None
    high: Any = None
    pattern: str = ""
    shortest: int = 0
    longest: int | None = None
    follows: str = ""
    delay: str = "0s"

    @property
    def ranged(self) -> bool:
        return self.low is not None or self.high is not None

    @property
    def asked(self) -> bool:
        """Whether something is asked that leaves no room for a rule of another kind."""
        lengths = self.shortest or self.longest is not None
        return bool(self.ranged or self.choices or self.pattern or lengths or self.follows)

    def take(self, term: Term) -> bool:
        """Whether the term is granted; if not, nothing has changed."""
        if term.kind == "present":
            self.nullable = False
            return True
        if not self.open:
            return self.counted is not None and term.kind == "compare" and self._counts(term)
        if self.follows or (self.pattern and term.kind != "like"):
            return False
        return bool(getattr(self, f"_{term.kind}")(term))

    def _counts(self, term: Term) -> bool:
        """A sequence upwards is above every bound that its start is above."""
        assert self.counted is not None
        if term.operator not in (">", ">=") or not isinstance(term.value, (int, Decimal)) or self.counted["step"] < 0:
            return False
        return self.counted["start"] > term.value or (term.operator == ">=" and self.counted["start"] == term.value)

    def _in(self, term: Term) -> bool:
        try:
            values = [literal(self.kind, str(value).lower() if isinstance(value, bool) else _raw(value, self.kind))
                      for value in term.value]  # fmt: skip
        except ValueError:
            return False
        known = [value for value in dict.fromkeys(values) if self.choices is None or value in self.choices]
        known = [value for value in known if self._within(value)]
        if not known or self.shortest or self.longest is not None:
            return False
        self.choices = known
        return True

    def _within(self, value: Any) -> bool:
        if not self.ranged:
            return True
        at = ordered(self.kind, value)
        return (self.low is None or ordered(self.kind, self.low) <= at) and (
            self.high is None or at <= ordered(self.kind, self.high)
        )

    def _compare(self, term: Term) -> bool:
        value = edge(self.kind, term.value, term.operator)
        return value is not None and self.narrow(value, term.operator in (">", ">="))

    def narrow(self, value: Any, from_below: bool) -> bool:
        """Move the lower or the upper bound inwards to `value`; False when nothing would be left."""
        before = self.low, self.high, self.choices
        key = "low" if from_below else "high"
        held = getattr(self, key)
        sign = 1 if from_below else -1
        if held is None or _order(self.kind, value, held) * sign > 0:
            setattr(self, key, value)
        low, high = self.low, self.high
        kept = None if self.choices is None else [one for one in self.choices if self._within(one)]
        if (low is not None and high is not None and _order(self.kind, low, high) > 0) or kept == []:
            self.low, self.high, self.choices = before
            return False
        self.choices = kept
        return True

    def _like(self, term: Term) -> bool:
        """Letters, then anything: `AB%`; one sign for each `_`."""
        if not self.kind.is_text or self.asked or "\\" in term.value:
            return False
        stem, open_end = (term.value[:-1], True) if term.value.endswith("%") else (term.value, False)
        room = (self.kind.length or len(stem) + 8) - len(stem)
        if "%" in stem or room < 0 or not term.value.strip("%"):
            return False
        body = "".join("[A-Z0-9]" if char == "_" else re.escape(char) for char in stem)
        return self._grow(body + (f"[a-z0-9]{{{min(1, room)},{min(room, 8)}}}" if open_end and room else ""))

    def _matches(self, term: Term) -> bool:
        anchored = re.fullmatch(r"\^((?:[^$\\]|\\.)*)\$", term.value, re.S)
        return bool(anchored) and self.kind.is_text and not self.asked and self._grow(anchored[1] if anchored else "")

    def _grow(self, pattern: str) -> bool:
        try:
            most = grammar.longest(grammar.parse(pattern))
        except SchemaError:
            return False
        if self.kind.length is not None and most > self.kind.length:
            return False
        self.pattern = pattern
        return True

    def _length(self, term: Term) -> bool:
        if not self.kind.is_text or self.choices or (self.kind.kind == "char" and term.operator != "="):
            return False
        low = term.value + (term.operator == ">") if term.operator in (">", ">=", "=") else self.shortest
        high = term.value - (term.operator == "<") if term.operator in ("<", "<=", "=") else self.longest
        low, limit = max(low, self.shortest), self.kind.length
        bounds = [one for one in (high, self.longest, limit) if one is not None]
        most = min(bounds) if bounds else None
        if most is not None and (most < low or most < 1):
            return False
        self.shortest = low
        self.longest = most if most != limit or self.longest is not None or low > 1 else None
        return True

    def _order(self, term: Term) -> bool:
        return False

    def keys(self, primary: bool) -> dict[str, Any]:
        """The document's keys that grant all of it."""
        if self.follows:
            return {"after": self.follows, "within": "30d", "min": self.delay, "reason": "a CHECK orders the two"}
        if self.choices is not None:
            return {"choices": [str(value).lower() if isinstance(value, bool) else value for value in self.choices],
                    "reason": "a CHECK lists the values"}  # fmt: skip
        if self.pattern:
            return {"pattern": self.pattern, "reason": "a CHECK gives the form"}
        if self.ranged:
            return self._range(primary)
        return self._sized(primary)

    def _range(self, primary: bool) -> dict[str, Any]:
        if primary and self.kind.is_integer and self.high is None and self.low <= 1:
            return {}
        keys = {"min": self.low, "max": self.high}
        if self.low is not None and self.high is not None:
            keys["reason"] = "a CHECK gives the bounds"
        return {key: value for key, value in keys.items() if value is not None}

    def _sized(self, primary: bool) -> dict[str, Any]:
        if self.shortest > 1:
            most = self.longest if self.longest is not None else max(self.shortest, 12)
            return {"pattern": f"[A-Z0-9]{{{self.shortest},{min(most, max(self.shortest, 12))}}}",
                    "reason": "a CHECK gives the length"}  # fmt: skip
        if self.longest is None:
            return {}
        rule = suggest(self.name, DataType("varchar", length=self.longest), unique=self.distinct, primary=primary)
        return as_keys(rule) | {"reason": f"{rule.reason}; a CHECK limits its length"}


def as_keys(rule: Rule) -> dict[str, Any]:
    """Any rule as a key of a document."""
    return {"generator": {rule.name: dict(rule.options)}}


def _raw(value: Any, kind: DataType) -> Any:
    """A literal as documents write it: numbers stand without quotes, everything else within."""
    if kind.is_number or not isinstance(value, (int, Decimal)):
        return value
    return {1: "true", 0: "false"}.get(int(value), str(value)) if kind.kind == "boolean" else str(value)


def _order(kind: DataType, one: Any, other: Any) -> int:
    first, second = ordered(kind, one), ordered(kind, other)
    return int(first > second) - int(first < second)


def edge(kind: DataType, value: Any, operator: str) -> Any:
    """The last value that the comparison lets pass, in the JSON form of bounds; None when the type has no such."""
    inwards = 1 if operator in (">", ">=") else -1
    strict = operator in (">", "<")
    if kind.is_number and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _number_edge(kind, Decimal(value), inwards, strict)
    if kind.is_temporal and kind.kind != "time" and isinstance(value, str):
        return _moment_edge(kind, value, inwards if strict else 0)
    return None


def _number_edge(kind: DataType, value: Decimal, inwards: int, strict: bool) -> int | str | None:
    if kind.kind in ("real", "double"):
        step = max(abs(value), Decimal(1)) * Decimal("0.00001")
        return compact(_EXACT.add(value, inwards * step) if strict else value)
    unit = Decimal(1).scaleb(-(kind.scale or 0))
    whole = (value / unit).to_integral_value(ROUND_CEILING if inwards > 0 else ROUND_FLOOR, _EXACT)
    moved = _EXACT.multiply(whole, unit)
    if strict and moved == value:
        moved = _EXACT.add(moved, inwards * unit)
    try:
        literal(kind, compact(moved))
    except ValueError:
        return None
    return compact(moved)


def _moment_edge(kind: DataType, text: str, moved: int) -> str | None:
    try:
        known = moment(kind, text.strip())
        if kind.kind == "date":
            return (date.fromisoformat(known) + timedelta(days=moved)).isoformat()
        return (datetime.fromisoformat(known) + timedelta(microseconds=moved)).isoformat()
    except (ValueError, OverflowError):
        return None


def split(lesser: Wish, greater: Wish, strict: bool) -> bool:
    """Give two columns ranges that do not overlap, so that one is never above the other; False if there is no room."""
    (low, high), (other_low, other_high) = _usual(lesser), _usual(greater)
    if high < other_low or (high == other_low and not strict):
        return lesser.narrow(compact(high), False) and greater.narrow(compact(other_low), True)
    bottom, top = max(low, other_low), min(high, other_high)
    if bottom > top:
        return False
    middle = _EXACT.divide(_EXACT.add(bottom, top), Decimal(2))
    below = edge(lesser.kind, middle, "<=")
    above = None if below is None else edge(greater.kind, Decimal(below), ">" if strict else ">=")
    if below is None or above is None or Decimal(above) > other_high or Decimal(below) < low:
        return False
    return lesser.narrow(below, False) and greater.narrow(above, True)


def _usual(wish: Wish) -> tuple[Decimal, Decimal]:
    low, high, _ = usual_range(wish.name, wish.kind, low=wish.low, high=wish.high)
    return Decimal(low), Decimal(high)
