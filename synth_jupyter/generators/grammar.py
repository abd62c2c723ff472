"""Reads the pattern language: from text to a tree, and the longest value of a tree."""

from dataclasses import dataclass
from string import ascii_letters, digits
from typing import NoReturn

from ..errors import SchemaError

MOST_REPEATS = 64
LONGEST_PATTERN = 500
LONGEST_VALUE = 4_000
DEEPEST = 20

_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_CLASSES = {"d": digits, "w": ascii_letters + digits + "_"}
_ESCAPABLE = set("\\.^$*+?{}[]()|/-# \"'&~@:;,<>=!%_`")


@dataclass(frozen=True)
class Letters:
    """One character out of `letters` (distinct, in order)."""

    letters: str


@dataclass(frozen=True)
class Row:
    """The items one after the other."""

    items: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """One of two or more options."""

    options: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """The item from `least` to `most` times."""

    item: "Node"
    least: int
    most: int


Node = Letters | Row | Choice | Repeat


def parse(pattern: str) -> Node:
    """The tree of a pattern.

    Raises:
        SchemaError: what is wrong with it and at which character.
    """
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise SchemaError(f"a pattern has 1 to {LONGEST_PATTERN} characters, not {len(pattern)}")
    reader = _Reader(pattern)
    node = reader.choice(0)
    if reader.at < len(pattern):
        reader.refuse("this ')' closes nothing")
    if not 1 <= longest(node) <= LONGEST_VALUE:
        raise SchemaError(f"the pattern {pattern} makes values of {longest(node)} characters, not 1 to {LONGEST_VALUE}")
    return node


def longest(node: Node) -> int:
    """The most characters a value has."""
    if isinstance(node, Letters):
        return 1
    if isinstance(node, Row):
        return sum(longest(item) for item in node.items)
    if isinstance(node, Choice):
        return max(longest(option) for option in node.options)
    return node.most * longest(node.item)


class _Reader:
    """Recursive descent over `pattern`; `at` is the next character."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def refuse(self, why: str) -> NoReturn:
        raise SchemaError(
            f"the pattern {self.pattern} is refused at character {self.at + 1}: {why}",
            hint=r"literals, \d, \w, [A-Z0-9], groups with |, and ?, {n}, {m,n} up to 64 can be used",
        )

    @property
    def _next(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _took(self, wanted: str) -> bool:
        found = self.pattern.startswith(wanted, self.at)
        self.at += len(wanted) * found
        return found

    def choice(self, depth: int) -> Node:
        if depth > DEEPEST:
            self.refuse(f"groups stand in one another more than {DEEPEST} deep")
        options = [self._row(depth)]
        while self._took("|"):
            options.append(self._row(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self, depth: int) -> Node:
        items: list[Node] = []
        if depth == 0 and self.at == 0:
            self._took("^")
        while self._next and self._next not in "|)":
            if depth == 0 and self._next == "$" and self.at == len(self.pattern) - 1:
                self.at += 1
                break
            items.append(self._repeated(self._item(depth)))
        return items[0] if len(items) == 1 else Row(tuple(items))

    def _item(self, depth: int) -> Node:
        if self._took("("):
            return self._group(depth)
        if self._took("["):
            return self._class()
        if self._took("\\"):
            return Letters(self._escaped())
        if self._next in "*+?{":
            self.refuse(f"{self._next!r} repeats without bound" if self._next in "*+" else "there is nothing to repeat")
        if self._next in "^$]}":
            self.refuse(f"write \\{self._next} for the character itself")
        self.at += 1
        letter = self.pattern[self.at - 1]
        return Letters(_VISIBLE if letter == "." else self._printable(letter))

    def _group(self, depth: int) -> Node:
        if self._next == "?" and not self._took("?:"):
            self.refuse("only plain groups and (?: ) can be used")
        inner = self.choice(depth + 1)
        if not self._took(")"):
            self.refuse("a ')' is missing")
        return inner

    def _escaped(self) -> str:
        letter = self._next
        if not letter or (letter not in _CLASSES and letter not in _ESCAPABLE):
            self.at -= 1
            self.refuse(f"\\{letter} cannot be used")
        self.at += 1
        return _CLASSES.get(letter, letter)

    def _printable(self, letter: str) -> str:
        if not letter.isprintable():
            self.at -= 1
            self.refuse("this character cannot be seen")
        return letter

    def _class(self) -> Node:
        negated, letters = self._took("^"), ""
        while not self._took("]"):
            if not self._next:
                self.refuse("a ']' is missing")
            low = self._class_item()
            ranged = len(low) == 1 and self._next == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", "")
            letters += self._range(low) if ranged else low
        chosen = [letter for letter in _VISIBLE if letter not in letters] if negated else sorted(set(letters))
        if not chosen:
            self.refuse("the class before this holds no character")
        return Letters("".join(chosen))

    def _class_item(self) -> str:
        if self._took("\\"):
            return self._escaped()
        if self._next == "[":
            self.refuse("write \\[ for the character itself")
        self.at += 1
        return self._printable(self.pattern[self.at - 1])

    def _range(self, low: str) -> str:
        self.at += 1
        high = self._class_item()
        if len(high) != 1 or not 0 <= ord(high) - ord(low) < 1_000:
            self.refuse("the range before this runs backwards or is too wide")
        return "".join(letter for letter in map(chr, range(ord(low), ord(high) + 1)) if letter.isprintable())

    def _repeated(self, item: Node) -> Node:
        if self._next in ("*", "+"):
            self.refuse(f"{self._next!r} repeats without bound; write {{0,10}} or {{1,10}}")
        if self._took("?"):
            least, most = 0, 1
        elif self._took("{"):
            least, most = self._bounds()
        else:
            return item
        if self._next in ("?", "+", "*", "{") and self._next:
            self.refuse("a repeat cannot be repeated; put it into a group")
        return Repeat(item, least, most)

    def _bounds(self) -> tuple[int, int]:
        stop = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at : max(stop, self.at)].partition(",")
        if stop < 0 or not all(part.isascii() and part.isdecimal() for part in (low, high if comma else low)):
            self.refuse("write {n} or {m,n}")
        least, most = int(low), int(high if comma else low)
        if not least <= most <= MOST_REPEATS or most == 0:
            self.refuse(f"a repeat runs from m to n with m <= n and 1 <= n <= {MOST_REPEATS}")
        self.at = stop + 1
        return least, most
