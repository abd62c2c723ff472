"""A script as statements: semicolons, GO, slashes and DELIMITER, blocks of routines, and forgotten semicolons."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .tokens import END, Token

_ROUTINES = frozenset(("FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE", "EVENT"))
_LOOPS = frozenset(("IF", "LOOP", "WHILE", "REPEAT", "FOR"))
# Two words that begin a statement wherever a line begins with them, semicolon or not.
_BEGINNINGS = {
    "CREATE": frozenset[str](),
    "ALTER": frozenset(("TABLE", "SEQUENCE", "TYPE", "DOMAIN", "SCHEMA", "DATABASE", "FUNCTION")),
    "COMMENT": frozenset(("ON",)),
    "INSERT": frozenset(("INTO",)),
    "DROP": frozenset(("TABLE", "VIEW", "SEQUENCE", "SCHEMA", "TYPE", "DATABASE")),
    "GRANT": frozenset[str](),
}
_TELLING = frozenset((*_BEGINNINGS, "BEGIN", "CASE", "END", "GO", "DELIMITER", "/", "(", ")", ";"))
"""All that may end a statement, or says what may, as long as a semicolon ends them."""


@dataclass(frozen=True)
class Statement:
    """The tokens of one statement, without comments; `inside` is the schema of the CREATE SCHEMA that it is part of."""

    tokens: Sequence[Token]
    inside: str = ""

    @property
    def line(self) -> int:
        return self.tokens[0].line


def statements(found: Sequence[Token], text: str) -> Iterator[Statement]:
    """The statements in order; a routine that never ends ends at its first semicolon."""
    splitter = _Splitter([token for token in found if token.kind != "comment"], text)
    inside = ""
    for tokens in splitter.split():
        keys = [token.key for token in tokens[:6]]
        element = keys[0] in ("CREATE", "GRANT") and splitter.unended
        if keys[:2] == ["CREATE", "SCHEMA"]:
            yield Statement(tokens)
            inside = _schema_name(tokens)
            continue
        inside = inside if element else ""
        yield Statement(tokens, inside)


def _schema_name(tokens: Sequence[Token]) -> str:
    names = [token.value for token in tokens[2:] if token.key not in ("IF", "NOT", "EXISTS", "AUTHORIZATION")]
    return names[0] if names else ""


class _Splitter:
    """Walks once over the tokens; `at`, `start`, `ending` and `nested` are the state of that walk.

    `routine` is what was found of the statement at a start. `unended` says of the statement just given whether the one
    before it ended without a semicolon, `in_schema` whether what follows may be an element of a CREATE SCHEMA.
    """

    def __init__(self, tokens: list[Token], text: str) -> None:
        self.tokens, self.text = tokens, text
        self.at = self.start = self.depth = self.blocks = 0
        self.ending = ";"
        self.nested = True
        self.unended = self.in_schema = False
        self.routine = (-1, False)

    def split(self) -> Iterator[Sequence[Token]]:
        ended = True
        while self.at < len(self.tokens) or self.start < len(self.tokens):
            if self.at >= len(self.tokens) and self.blocks > 0:
                self._back()
                continue
            length, explicit = self._boundary()
            if length < 0:
                self._step()
                continue
            if self.at > self.start:
                self.unended = not ended
                ended = explicit
                self.in_schema = not explicit and (self.in_schema or self._opening()[:2] == ["CREATE", "SCHEMA"])
                yield self.tokens[self.start : self.at]
            self.at += length
            self.start, self.depth, self.blocks = self.at, 0, 0

    def _boundary(self) -> tuple[int, bool]:
        """(tokens of the separator that stands here or -1 for none, whether it is one that was written)."""
        token = self._peek(0)
        if token is END:
            return 0, True
        if token.kind == "meta":
            return (1, True) if self.at == self.start + 1 else (0, True) if self.at > self.start else (-1, False)
        if self.at > self.start and self._peek(-1).kind == "meta":
            return 0, True
        if self._begins_line():
            if token.key == "DELIMITER":
                return self._delimiter(), True
            if token.key in ("GO", "/") and self._alone():
                return 1 + (self._peek(1).line == token.line), True
        if self.blocks <= 0 and self.text.startswith(self.ending, token.start):
            return len(self.ending), True
        return (0, False) if self.at > self.start and self._begins_statement() else (-1, False)

    def _delimiter(self) -> int:
        line = self._peek(0).line
        end = self.text.find("\n", self._peek(0).end)
        self.ending = self.text[self._peek(0).end : end if end >= 0 else None].strip() or ";"
        return sum(1 for _ in self._on_line(line))

    def _on_line(self, line: int) -> Iterator[Token]:
        place = self.at
        while place < len(self.tokens) and self.tokens[place].line == line:
            yield self.tokens[place]
            place += 1

    def _begins_line(self) -> bool:
        return self.at == 0 or self._peek(-1).line < self._peek(0).line

    def _alone(self) -> bool:
        following = self._peek(1)
        counted = following.kind == "number" and self._peek(2).line != following.line
        return following.line != self._peek(0).line or (self._peek(0).key == "GO" and counted)

    def _begins_statement(self) -> bool:
        first, second = self._peek(0).key, self._peek(1).key
        if first not in _BEGINNINGS:
            return False
        in_schema = self.in_schema or self._opening()[:2] == ["CREATE", "SCHEMA"]
        if in_schema and first in ("CREATE", "GRANT") and self.depth <= 0:
            return True
        if not self._begins_line() or self.blocks > 0:
            return False
        if self.depth > 0 and first not in ("CREATE", "ALTER"):
            return False
        return _among(second, _BEGINNINGS[first])

    def _step(self) -> None:
        key = self._peek(0).key
        self.depth += (key == "(") - (key == ")")
        if self.nested and key in ("BEGIN", "CASE", "END") and self._is_routine():
            if key != "END":
                self.blocks += 1
            elif self._peek(1).key not in _LOOPS:
                self.blocks -= 1
        self.at += 1
        if self.ending == ";" and self._peek(-1).kind != "meta":
            self._hurry()

    def _hurry(self) -> None:
        """Pass everything that says nothing: most of what a script of data holds."""
        at, last = self.at, len(self.tokens)
        while at < last and self.tokens[at].key not in _TELLING and self.tokens[at].kind != "meta":
            at += 1
        self.at = at

    def _opening(self) -> list[str]:
        return [token.key for token in self.tokens[self.start : self.start + 8]]

    def _is_routine(self) -> bool:
        if self.routine[0] != self.start:
            self.routine = (self.start, self._opens_routine())
        return self.routine[1]

    def _opens_routine(self) -> bool:
        keys = self._opening()
        if keys[0] == "CREATE":
            return any(key in _ROUTINES for key in keys)
        plain = len(keys) < 2 or keys[1] in (";", "TRANSACTION", "TRAN", "WORK", "")
        return keys[0] in ("DECLARE", "DO") or (keys[0] == "BEGIN" and not plain)

    def _back(self) -> None:
        """A block that is never closed: read again from its beginning, with blocks ending at a semicolon."""
        self.at, self.depth, self.blocks, self.nested = self.start, 0, 0, False

    def _peek(self, ahead: int) -> Token:
        place = self.at + ahead
        return self.tokens[place] if 0 <= place < len(self.tokens) else END


def _among(key: str, allowed: Collection[str]) -> bool:
    return not allowed or key in allowed
