"""Values of a pattern: a bounded part of regular expressions, read into a domain of exact size.

Letters as they are, `\\d` and `\\w` (ASCII), `.` (any visible ASCII character), `[A-Z0-9_]`, `[^aeiou]` (visible
ASCII without these), groups with `|`, and `?`, `{n}`, `{m,n}` with n <= 64. Every value matches the pattern as a
whole; what would repeat without bound (`*`, `+`) is refused, so there is nothing to backtrack over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from ..errors import PlanError
from ..streams import Rows, Stream
from .ambiguity import ambiguous
from .categorical import coded
from .domains import EachOnce
from .grammar import Choice, Letters, Node, Repeat, Row, longest, parse
from .products import Joined, OneOf, Part, Words

CODED = 1 << 14
"""Patterns of up to so many values make dictionary arrays."""
BLOCK = 20_000
"""Neighbouring letters are kept as one list of up to so many texts: four digits, or three capitals."""
LISTED = 100_000
"""A pattern that spells texts in two ways is still usable for distinct values up to so many: they are listed."""


@dataclass(frozen=True)
class Pattern:
    """Values of a pattern, each letter, count of repeats and alternative drawn evenly."""

    pattern: str
    domain: Joined
    needs: tuple[str, ...] = ()

    @classmethod
    def build(cls, pattern: str, rows: int, length: int | None) -> "Pattern":
        """The generator for a column of at most `length` characters.

        Raises:
            SchemaError: the text is no pattern, or one beyond this language.
            PlanError: it makes values longer than the column.
        """
        return cls(pattern, pattern_domain(pattern, length))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        if self.distinct is None:
            return self.domain.draw(rows, stream)
        places, values = self._list
        return coded(places[self.domain.pick(rows, stream)], values)

    @property
    def distinct(self) -> int | None:
        """How many different values there are, where they are few enough to be coded."""
        return self.domain.count if self.domain.count <= CODED else None

    @cached_property
    def _list(self) -> tuple[Rows, pa.StringArray]:
        """Each value once, and the place of the value of each index: a pattern may spell one in two ways."""
        every = self.domain.at(np.arange(self.domain.count, dtype=np.int64)).dictionary_encode()
        return every.indices.to_numpy().astype(np.int64), every.dictionary

    def __reduce__(self) -> tuple[object, ...]:
        return Pattern, (self.pattern, self.domain, self.needs)


@dataclass(frozen=True)
class UniquePattern:
    """Values of a pattern, none twice; invertible."""

    pattern: str
    domain: Joined
    needs: tuple[str, ...] = ()

    @classmethod
    def build(cls, pattern: str, rows: int, length: int | None) -> "UniquePattern":
        """The generator for `rows` rows of at most `length` characters; PlanError says how many values there are."""
        return cls(pattern, distinct_pattern("the pattern", (pattern,), rows, length))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return self._each_once.generate(rows, stream, inputs)

    def rows_of(self, values: pa.Array, stream: Stream) -> Rows:
        """The row of each value, or -1 where the pattern does not make it."""
        return self._each_once.rows_of(values, stream)

    @property
    def _each_once(self) -> EachOnce:
        return EachOnce(self.domain)


def pattern_domain(pattern: str, length: int | None = None) -> Joined:
    """All values of a pattern; SchemaError and PlanError as in `Pattern.build`."""
    return _compiled(_fitting(pattern, length))


def distinct_pattern(what: str, patterns: Sequence[str], rows: int, length: int | None) -> Joined:
    """The domain of the first pattern with a value for each of `rows` rows, within `length` characters.

    Raises:
        SchemaError: the text is no pattern.
        PlanError: too few values, too long ones, or too many to list of a pattern that makes some in two ways.
    """
    short = [pattern for pattern in patterns if length is None or longest(parse(pattern)) <= length]
    domains = [_distinct(pattern) for pattern in short] or [_distinct(patterns[0], length)]
    for domain in domains:
        if domain.size >= rows:
            return domain
    most = max(domain.count for domain in domains)
    shown = " or ".join(short)
    raise PlanError(
        f"there are {most:,} distinct values of {what} ({shown}), and {rows:,} rows need one each",
        hint="add letters or digits to the pattern, ask for fewer rows, or do not make it unique",
    )


def _fitting(pattern: str, length: int | None) -> Node:
    node = parse(pattern)
    if length is not None and longest(node) > length:
        raise PlanError(
            f"the pattern {pattern} makes values of up to {longest(node)} characters, and the column holds {length}",
            hint="make the column longer or the pattern shorter",
        )
    return node


def _distinct(pattern: str, length: int | None = None) -> Joined:
    node = _fitting(pattern, length)
    domain = _compiled(node)
    if not ambiguous(node):
        return domain
    if domain.count > LISTED:
        raise PlanError(
            f"the pattern {pattern} makes some values in two ways, so its distinct values cannot be counted off",
            hint=r"write it so that each value is made in one way: \d{2,6} instead of \d{1,3}\d{1,3}",
        )
    values = domain.at(np.arange(domain.count, dtype=np.int64))
    return Joined((Words(values.unique()),))


def _compiled(node: Node) -> Joined:
    return _Compiler().joined(node)


class _Compiler:
    """Nodes to parts. `_blocks` (only added to) lets equal runs of letters share one list."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, ...], Words] = {}

    def joined(self, node: Node) -> Joined:
        parts: list[Part] = []
        run: list[str] = []
        for item in _flat(node):
            if isinstance(item, Letters):
                run.append(item.letters)
                continue
            parts += [*self._words(run), self._choice(item)]
            run = []
        return Joined((*parts, *self._words(run)))

    def _choice(self, node: "Choice | Repeat") -> OneOf:
        if isinstance(node, Choice):
            return OneOf(tuple(self.joined(option) for option in node.options))
        counts = range(node.least, node.most + 1)
        return OneOf(tuple(self.joined(Row((node.item,) * count)) for count in counts))

    def _words(self, run: list[str]) -> list[Words]:
        """The letters in blocks of up to BLOCK texts."""
        blocks: list[tuple[str, ...]] = []
        size = BLOCK + 1
        for letters in run:
            size *= len(letters)
            if size > BLOCK:
                blocks.append(())
                size = len(letters)
            blocks[-1] += (letters,)
        return [self._block(block) for block in blocks]

    def _block(self, letters: tuple[str, ...]) -> Words:
        if letters not in self._blocks:
            texts = [""]
            for each in letters:
                texts = [text + letter for text in texts for letter in each]
            self._blocks[letters] = Words(pa.array(texts, pa.string()))
        return self._blocks[letters]


def _flat(node: Node) -> list["Letters | Choice | Repeat"]:
    """The node as a row of letters and choices; fixed repeats are written out."""
    if isinstance(node, Row):
        return [item for part in node.items for item in _flat(part)]
    if isinstance(node, Repeat) and node.least == node.most:
        return _flat(node.item) * node.least
    return [node]
