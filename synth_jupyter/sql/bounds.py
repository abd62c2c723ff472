"""What every value of an expression keeps, and what follows for sums, products and choices of such values."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_MOST_DIGITS = 400


@dataclass(frozen=True)
class Fact:
    """What every value of an expression keeps: numbers from `low` to `high`, texts of at most `longest` characters.

    None is not known. `scale` is the most decimal places; an `absent` one is NULL in every row.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    scale: int | None = None
    longest: int | None = None
    nullable: bool = False
    nonzero: bool = False
    absent: bool = False

    @property
    def bounded(self) -> bool:
        """Whether both ends are known."""
        return self.low is not None and self.high is not None

    @property
    def may_be_zero(self) -> bool:
        """Whether 0 is known to be among the values that it may take."""
        return self.low is not None and self.high is not None and self.low <= 0 <= self.high and not self.nonzero

    @property
    def characters(self) -> int | None:
        """The most characters as text, of a number too."""
        if self.longest is not None or self.low is None or self.high is None or self.scale is None:
            return self.longest
        whole = max(len(str(int(bound))) + (bound < 0 and int(bound) == 0) for bound in (self.low, self.high))
        return whole + (self.scale + 1 if self.scale else 0)

    def __neg__(self) -> "Fact":
        low = None if self.high is None else -self.high
        return Fact(low, None if self.low is None else -self.low, self.scale, nonzero=self.nonzero)

    def __add__(self, other: "Fact") -> "Fact":
        return Fact(_plus(self.low, other.low), _plus(self.high, other.high), larger(self.scale, other.scale))

    def __mul__(self, other: "Fact") -> "Fact":
        scale = None if self.scale is None or other.scale is None else self.scale + other.scale
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return Fact(scale=scale)
        ends = [first * second for first in (self.low, self.high) for second in (other.low, other.high)]
        return Fact(min(ends), max(ends), scale)

    def __abs__(self) -> "Fact":
        if self.low is None or self.high is None:
            return Fact(Fraction(0), None, self.scale)
        least = Fraction(0) if self.low <= 0 <= self.high else min(abs(self.low), abs(self.high))
        return Fact(least, max(abs(self.low), abs(self.high)), self.scale)

    def remainder(self, divisor: "Fact") -> "Fact":
        """Of a division by what is not 0; it has the sign of what is divided."""
        if divisor.low is None or divisor.high is None:
            return Fact()
        largest = max(abs(divisor.low), abs(divisor.high))
        is_positive = self.low is not None and self.low >= 0
        return Fact(Fraction(0) if is_positive else -largest, largest, larger(self.scale, divisor.scale))

    def whole(self, scale: int | None) -> "Fact":
        """Rounded in whatever way, which goes at most to the next whole number."""
        low = None if self.low is None else Fraction(self.low.__floor__())
        return Fact(low, None if self.high is None else Fraction(self.high.__ceil__()), scale)


def any_of(facts: Sequence[Fact]) -> Fact:
    """What holds for each of them; a bare NULL has no value to speak of."""
    valued = [fact for fact in facts if not fact.absent] or [Fact()]
    lows = [fact.low for fact in valued if fact.low is not None]
    highs = [fact.high for fact in valued if fact.high is not None]
    lengths = [fact.characters for fact in valued]
    longest = [length for length in lengths if length is not None]
    return Fact(
        min(lows) if len(lows) == len(valued) else None,
        max(highs) if len(highs) == len(valued) else None,
        max((fact.scale for fact in valued if fact.scale is not None), default=None)
        if all(fact.scale is not None for fact in valued) else None,
        max(longest) if len(longest) == len(valued) and any(fact.longest is not None for fact in valued) else None,
        any(fact.nullable for fact in facts),
    )  # fmt: skip


def larger(one: int | None, other: int | None) -> int | None:
    """The larger one, where both are known."""
    return None if one is None or other is None else max(one, other)


def number_of(text: str) -> Fraction | None:
    """The number that a literal stands for; None where it is none."""
    try:
        return Fraction(text[:_MOST_DIGITS])
    except ValueError:
        return None


def _plus(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other
