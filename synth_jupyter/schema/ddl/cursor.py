"""Walking over the tokens of one statement."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from .tokens import END, Token

_OPEN = {"(": ")", "[": "]", "{": "}"}
_GENERIC = frozenset(("STRUCT", "ARRAY", "MAP", "RANGE"))


class Unreadable(Exception):
    """This part of a statement cannot be read; the text says why."""


@dataclass
class Cursor:
    """A place in a statement's tokens; `at` moves forward only and belongs to whoever reads."""

    text: str
    tokens: Sequence[Token]
    at: int = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    @property
    def line(self) -> int:
        """The line of the next token, or of the last."""
        return self.tokens[min(self.at, len(self.tokens) - 1)].line if self.tokens else 0

    def peek(self, ahead: int = 0) -> Token:
        """A token from here on; END beyond the last."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else END

    def take(self) -> Token:
        """The next token; Unreadable at the end."""
        token = self.peek()
        if token is END:
            raise Unreadable("it ends too early")
        self.at += 1
        return token

    def sees(self, *keys: str) -> bool:
        """Whether these words or marks come next."""
        return all(self.peek(ahead).key == key for ahead, key in enumerate(keys))

    def accept(self, *keys: str) -> bool:
        """Whether these words or marks come next; if so they are passed."""
        if not self.sees(*keys):
            return False
        self.at += len(keys)
        return True

    def accept_any(self, keys: Collection[str]) -> str:
        """The next word if it is one of these, passed; else nothing."""
        key = self.peek().key
        if key and key in keys:
            self.at += 1
            return key
        return ""

    def name(self) -> str:
        """An identifier, quoted or not; Unreadable if there is none."""
        token = self.peek()
        if token.kind not in ("word", "name"):
            raise Unreadable(
                f"a name should stand where {token.value[:40]!r} is" if token.value else "a name is missing"
            )
        self.at += 1
        return token.value

    def qualified(self) -> tuple[str, ...]:
        """A name with what qualifies it."""
        parts = [self.name()]
        while self.sees(".") and self.peek(1).kind in ("word", "name"):
            self.at += 1
            parts.append(self.name())
        return tuple(parts)

    def group(self) -> "Cursor":
        """What stands in the bracket that comes next, which is passed; Unreadable if it is never closed."""
        start = self.at
        self.skip_group()
        return Cursor(self.text, self.tokens[start + 1 : self.at - 1])

    def skip_group(self) -> None:
        """Pass the bracket that comes next, with all that is in it."""
        waiting: list[str] = []
        while True:
            token = self.take()
            if token.key in _OPEN:
                waiting.append(_OPEN[token.key])
            elif waiting and token.key == waiting[-1]:
                waiting.pop()
            if not waiting:
                return

    def until(self, stop: Callable[["Cursor"], bool]) -> "Cursor":
        """Everything before `stop` holds outside brackets."""
        start = self.at
        while not self.done and not stop(self):
            if self.peek().key in _OPEN:
                self.skip_group()
            elif self.peek().key == "<" and self.at and self.peek(-1).key in _GENERIC:
                self.skip_angles()
            else:
                self.at += 1
        return Cursor(self.text, self.tokens[start : self.at])

    def skip_angles(self) -> None:
        """Pass `<...>`, as in ARRAY<STRUCT<a INT64>>."""
        depth = 0
        while True:
            key = self.take().key
            depth += (key == "<") - (key == ">")
            if not depth:
                return

    def parts(self) -> list["Cursor"]:
        """What commas separate outside brackets; an empty part (a stray comma) is left out."""
        found = []
        while not self.done:
            part = self.until(lambda cursor: cursor.sees(","))
            if part.tokens:
                found.append(part)
            self.accept(",")
        return found

    def names(self) -> tuple[str, ...]:
        """The columns in the bracket that comes next; lengths and orders of a key's parts are passed over."""
        return tuple(part.name() for part in self.group().parts())

    @property
    def source(self) -> str:
        """The text of all tokens, as written."""
        if not self.tokens:
            return ""
        return self.text[self.tokens[0].start : self.tokens[-1].end]

    def rest(self) -> "Cursor":
        """All that is left, passed."""
        return self.until(lambda cursor: False)


def brief(text: str, length: int = 60) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 3] + "..."
