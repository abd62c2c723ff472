"""What reading a document finds: problems, each with its place and line, and constructs with their outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import Problem

Place = tuple[str | int, ...]
OUTCOMES = ("kept", "compiled", "verified", "not carried")


@dataclass(frozen=True)
class ReportLine:
    """What became of one construct of a document: `outcome` is one of OUTCOMES."""

    construct: str
    where: str
    outcome: str

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"an outcome is one of {', '.join(OUTCOMES)}, not {self.outcome!r}")

    def to_dict(self) -> dict[str, str]:
        """An entry of `report` in the `define` document."""
        return {"construct": self.construct, "where": self.where, "outcome": self.outcome}


def dotted(place: Place) -> str:
    """`tables.orders.columns.x`, list entries as `foreign_keys[0]`; control characters escaped."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else ("." if text else "") + _printable(part)
    return text


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)[:200]


@dataclass
class Problems:
    """Collects problems while one document is read; `found` grows by `add` alone and belongs to that reading.

    A place that is `broken` already has its problem: what follows from it, at or above or below it, is not said again.
    `above_broken` are the places above those; both grow by `give_up` alone.
    """

    lines: Mapping[Place, int] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)
    broken: set[Place] = field(default_factory=set)
    above_broken: set[Place] = field(default_factory=set)

    def add(self, place: Place, message: str) -> None:
        """Note a problem at `place`, with the line of the nearest place that the text has."""
        if not self.has_broken(place):
            self.found.append(Problem(dotted(place), message, self._line(place)))

    def give_up(self, places: Iterable[Place]) -> None:
        """Nothing more is said of these places."""
        self.broken.update(places)
        self.above_broken |= {place[:length] for place in self.broken for length in range(len(place))}

    def has_broken(self, place: Place) -> bool:
        """Whether something at, above or below `place` is broken, so that nothing can be concluded from it."""
        here = (place[:length] for length in range(len(place) + 1))
        return bool(self.broken) and (place in self.above_broken or any(each in self.broken for each in here))

    def _line(self, place: Place) -> int | None:
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return None


@dataclass(frozen=True)
class Spot:
    """A place that problems can be said of; `names` leads from an option's name to where the document has it."""

    problems: Problems
    place: Place
    names: Mapping[str, Place] = field(default_factory=dict)

    def say(self, message: str, *option: str | int) -> None:
        """A problem here, or at one of the options below."""
        below: Place = option
        if option and option[0] in self.names:
            below = (*self.names[str(option[0])], *option[1:])
        self.problems.add((*self.place, *below), message)

    def under(self, *parts: str | int) -> "Spot":
        """The place `parts` below."""
        return Spot(self.problems, (*self.place, *parts))
