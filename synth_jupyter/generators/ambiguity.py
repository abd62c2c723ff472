"""Whether a pattern spells some value in two ways; where none does, index and value are one to one.

The tree becomes an automaton with one state for each letter written (repeats written out). Two derivations of a value
are two paths that read the same text, so it is enough to walk over pairs of different states reached together.
"""

from collections.abc import Iterable
from itertools import combinations, product

from .grammar import Choice, Letters, Node, Row

MOST_PAIRS = 200_000
_START = 0


def ambiguous(node: Node) -> bool:
    """Whether some value is made in two ways; also true when more than MOST_PAIRS pairs would have to be looked at."""
    paths = _Paths()
    ends = paths.add(node, frozenset({_START}))
    return paths.nothing_twice or paths.spell_twice(ends)


class _Paths:
    """The automaton, built by `add` alone: the letters of each state, and the states that may come next."""

    def __init__(self) -> None:
        self._letters: list[frozenset[str]] = [frozenset()]
        self._next: list[list[int]] = [[]]
        self.nothing_twice = False

    def add(self, node: Node, before: frozenset[int]) -> frozenset[int]:
        """The states after the node, when it begins in any of the states `before`."""
        if isinstance(node, Letters):
            return self._state(node, before)
        if isinstance(node, Row):
            for item in node.items:
                before = self.add(item, before)
            return before
        if isinstance(node, Choice):
            return self._union(self.add(option, before) for option in node.options)
        ends = [before]
        for _ in range(node.most):
            ends.append(self.add(node.item, ends[-1]))
        return self._union(ends[node.least :])

    def _state(self, node: Letters, before: frozenset[int]) -> frozenset[int]:
        state = len(self._next)
        self._letters.append(frozenset(node.letters))
        self._next.append([])
        for other in before:
            self._next[other].append(state)
        return frozenset({state})

    def _union(self, ends: Iterable[frozenset[int]]) -> frozenset[int]:
        """All of them; a state in two of them was left unmoved, that is by nothing, in two ways."""
        union: frozenset[int] = frozenset()
        for some in ends:
            self.nothing_twice |= not union.isdisjoint(some)
            union |= some
        return union

    def spell_twice(self, ends: frozenset[int]) -> bool:
        """Whether two paths read the same text to an end; paths that meet again do, since every state leads to one."""
        waiting = [pair for after in self._next for pair in combinations(after, 2) if self._alike(*pair)]
        seen = set(waiting)
        while waiting:
            one, other = waiting.pop()
            if (one in ends and other in ends) or len(seen) > MOST_PAIRS:
                return True
            for pair in product(self._next[one], self._next[other]):
                if pair not in seen and self._alike(*pair):
                    seen.add(pair)
                    waiting.append(pair)
        return False

    def _alike(self, one: int, other: int) -> bool:
        return not self._letters[one].isdisjoint(self._letters[other])
