"""Every error this package raises on purpose, by what the user can do about it.

SynthError
├── SchemaError        the document is wrong: every problem with its place
├── PlanError          the document is fine but cannot be satisfied (too few distinct values, ...)
├── GenerationError    a run could not finish; what is committed is kept
│   └── Interrupted    the user stopped it (Ctrl-C)
├── NotFoundError      no experiment, table, column, run or tag of that name
├── ConflictError      it exists already, or somebody else is using it
├── QueryError         the SQL was refused or failed
├── WarehouseError     a load target cannot be used
├── ImageError         an image is damaged, unsafe or unreadable
├── PluginError        a plug-in is missing or breaks its contract
├── SettingsError      an option or environment variable has a wrong value
├── StoreError         the workspace's own files cannot be used
└── CommandError       the words of a command are wrong
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: `place` is a dotted path such as `tables.orders.columns.x`."""

    place: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        at = f" (line {self.line})" if self.line else ""
        return f"{self.place}{at}: {self.message}" if self.place else f"{self.message}{at}"

    def to_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {"place": self.place, "message": self.message}
        return document | ({"line": self.line} if self.line else {})


class SynthError(Exception):
    """Base of all; `message` says what and where, `hint` the next step, `problems` every place."""

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """The message and every problem, for those who meet it in an ordinary traceback."""
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The `error` document of DESIGN's surface."""
        return {
            "error": {
                "type": type(self).__name__,
                "message": self.message,
                "hint": self.hint,
                "problems": [problem.to_dict() for problem in self.problems],
            }
        }

    def lines(self) -> list[str]:
        """What a person reads: the message, each problem, the hint."""
        shown = [f"{type(self).__name__}: {self.message}"]
        shown += [f"  {problem}" for problem in self.problems]
        return shown + ([f"Hint: {self.hint}"] if self.hint else [])


def _rebuild(kind: type[SynthError], message: str, hint: str, problems: tuple[Problem, ...]) -> SynthError:
    return kind(message, hint=hint, problems=problems)


class SchemaError(SynthError):
    """The document is wrong."""

    @classmethod
    def of(cls, problems: Sequence[Problem], what: str = "the schema") -> "SchemaError":
        """One error for all problems of a document."""
        count = len(problems)
        return cls(f"{what} has {count} problem{'s' if count != 1 else ''}; nothing was stored", problems=problems)


class PlanError(SynthError):
    """The schema cannot be satisfied as asked."""

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "PlanError":
        """One error for all unsatisfiable places; nothing has been written."""
        return cls("this cannot be generated as asked; nothing was written", problems=problems)


class GenerationError(SynthError):
    """A run could not finish."""


class Interrupted(GenerationError):
    """The user stopped a run; what is committed is kept."""


class NotFoundError(SynthError):
    """Nothing has that name."""

    @classmethod
    def of(cls, what: str, name: str, known: Iterable[str], hint: str = "") -> "NotFoundError":
        """`there is no table 'ordrs'; did you mean 'orders'?`"""
        return cls(f"there is no {what} {name!r}{did_you_mean(name, known)}", hint=hint)


class ConflictError(SynthError):
    """It exists already, or it is in use."""


class QueryError(SynthError):
    """The SQL was refused or failed."""


class WarehouseError(SynthError):
    """A load target cannot be used."""


class ImageError(SynthError):
    """An image is damaged, unsafe or unreadable."""


class PluginError(SynthError):
    """A plug-in is missing or breaks its contract."""


class SettingsError(SynthError):
    """A setting has a wrong value."""


class StoreError(SynthError):
    """The workspace's own files cannot be used."""


class CommandError(SynthError):
    """The words of a command are wrong."""


_NEAR, _SHOWN = 2, 4
"""How many slips make another word, and how many words are shown at most."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A `; did you mean 'x' or 'y'?` clause, or the known names when there are few, or nothing.

    Meant are the names within two slips (a letter too many, missing, wrong, or two swapped), nearest first, of which
    one letter at least is right; where there are none, the most alike one.
    """
    names = sorted(set(known))
    near = _within(word.casefold(), names) or _alike(word.casefold(), names)
    if near:
        *others, last = map(repr, near[:_SHOWN])
        return f"; did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    return f" (known: {', '.join(names)})" if 0 < len(names) <= 12 else ""


def _within(word: str, names: Sequence[str]) -> list[str]:
    found = ((slips(word, name.casefold()), name) for name in names if abs(len(word) - len(name)) <= _NEAR)
    near = [(count, name) for count, name in found if count <= _NEAR and count < max(len(word), len(name))]
    return [name for _, name in sorted(near, key=lambda one: (one[0], -_likeness(word, one[1])))]


def _alike(word: str, names: Sequence[str]) -> list[str]:
    folded = [name.casefold() for name in names]
    return [names[folded.index(found)] for found in get_close_matches(word, folded, n=1, cutoff=0.6)]


def _likeness(word: str, name: str) -> float:
    return SequenceMatcher(None, name.casefold(), word).ratio()


def slips(word: str, name: str) -> int:
    """How many letters to add, leave out, change or swap with the next make `name` of `word`; 3 stands for more too.

    This is the Damerau-Levenshtein distance in which no letter is touched twice.
    """
    before: list[int] = []
    row = list(range(len(name) + 1))
    for i, letter in enumerate(word, 1):
        above, row, older = row, [i], before
        for j, other in enumerate(name, 1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == name[j - 2] and word[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > _NEAR:
            return _NEAR + 1
        before = above
    return min(row[-1], _NEAR + 1)
