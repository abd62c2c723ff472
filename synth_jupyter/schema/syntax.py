"""YAML or JSON text to a plain tree, with the line of every place, safely: no tags, no aliases, no surprises.

Scalars follow YAML 1.2's core schema: only `true` and `false` are booleans (`yes`, `no`, `on`, `off` are text), `017`
is seventeen, `1:30` is text, dates are text. Numbers may carry `_`; fractions are exact Decimals. Keys are always text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from ..errors import Problem, SchemaError
from .findings import Place, Problems, dotted
from .json_events import json_events

MAX_BYTES = 2 << 20
MAX_DEPTH = 50
MAX_NODES = 60_000
MAX_DIGITS = 400
_INTEGER = re.compile(r"[-+]?[0-9]++(?:_[0-9]++)*+")
_FRACTION = re.compile(r"[-+]?(?:[0-9]++(?:_[0-9]++)*+\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]{1,9})?")
_WORDS: dict[str, bool | None] = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"), None)
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Event = tuple[str, Any, str, int]
"""(`map`, `list`, `end` or `scalar`; the scalar's value; its text; line counted from 1)."""


@dataclass(frozen=True)
class Parsed:
    """A tree of dict, list, str, int, Decimal, bool and None; `format` is `yaml` or `json`.

    `problems` are duplicate keys, of which the first is kept, so that the rest of the document can be checked too.
    """

    value: Any
    lines: dict[Place, int]
    format: str
    problems: tuple[Problem, ...] = ()


def parse(text: str) -> Parsed:
    """The tree of a YAML or JSON document, told apart by content.

    Raises:
        SchemaError: it is neither, holds what is not allowed, or is beyond the limits.
    """
    text = text.removeprefix("\ufeff")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise _error(f"the document has {size:,} bytes; at most {MAX_BYTES:,} are read", None)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return _Builder().build(json_events(text), "json")
        except SchemaError:
            if re.match(r'\s*[{\[]\s*(?:["{\[\]}]|$)', text):
                raise
    return _Builder().build(_yaml_events(text), "yaml")


def resolve(text: str) -> Any:
    """The value of a plain YAML scalar: None, bool, int, Decimal or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(_short(text.replace("_", "")))
    if _FRACTION.fullmatch(text):
        return number(text.replace("_", ""))
    return text


def number(text: str) -> int | Decimal:
    """The exact number that `text` writes.

    Raises:
        ValueError: it has too many digits or too large an exponent.
    """
    value = Decimal(_short(text))
    if value and abs(value.adjusted()) > MAX_DIGITS:
        raise ValueError(f"the number {text[:30]} is out of range")
    return value


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits is out of range")
    return text


def _error(message: str, line: int | None, place: str = "") -> SchemaError:
    return SchemaError.of([Problem(place, message, line)], "the document")


def _yaml_events(text: str) -> Iterator[Event]:
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            yield from _event(event)
    except yaml.MarkedYAMLError as error:
        raise _error(_said(error), error.problem_mark.line + 1 if error.problem_mark else None) from error
    except yaml.reader.ReaderError as error:
        raise _error(f"the text holds a character that YAML does not allow: {error.reason}", None) from error


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "this cannot be read"
    why = "; tabs cannot indent, use spaces" if "cannot start any token" in problem else ""
    return f"this is not valid YAML: {problem}{f' {error.context}' if error.context else ''}{why}"


def _event(event: Any) -> Iterator[Event]:
    line = event.start_mark.line + 1
    if getattr(event, "anchor", None):
        what = "an alias" if isinstance(event, yaml.AliasEvent) else "an anchor"
        raise _error(f"{what} ({event.anchor}) is not allowed; write the value out", line)
    if getattr(event, "tag", None):
        raise _error(f"the tag {event.tag} is not allowed; write plain values", line)
    if isinstance(event, yaml.DocumentStartEvent):
        yield "document", None, "", line
    elif isinstance(event, yaml.MappingStartEvent):
        yield "map", None, "", line
    elif isinstance(event, yaml.SequenceStartEvent):
        yield "list", None, "", line
    elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
        yield "end", None, "", line
    elif isinstance(event, yaml.ScalarEvent):
        try:
            value = resolve(event.value) if event.implicit[0] else event.value
        except ValueError as error:
            raise _error(str(error), line) from error
        yield "scalar", value, event.value, line


@dataclass
class _Frame:
    container: Any
    place: Place
    key: str | None = None
    ignored: bool = False


@dataclass
class _Builder:
    """Builds one tree from events; all its fields grow while it does, and it is used once."""

    stack: list[_Frame] = field(default_factory=list)
    lines: dict[Place, int] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    root: list[Any] = field(default_factory=list)
    documents: int = 0

    def build(self, events: Iterator[Event], form: str) -> Parsed:
        for count, event in enumerate(events):
            if count > 3 * MAX_NODES or len(self.lines) > MAX_NODES:
                raise _error(f"the document has more than {MAX_NODES:,} values", event[3])
            self._take(*event)
        if not self.root or self.root[0] is None:
            raise _error("the document is empty", None)
        return Parsed(self.root[0], self.lines, form, tuple(self.problems.found))

    def _take(self, kind: str, value: Any, text: str, line: int) -> None:
        if kind == "document":
            self.documents += 1
            if self.documents > 1:
                raise _error("there is a second document (---); one is read at a time", line)
        elif kind == "end":
            self.stack.pop()
        elif kind == "scalar":
            if _UNSTORABLE.search(text):
                raise _error(f"the text {text[:40]!a} holds NUL or half a character", line)
            if not self._key(text, line):
                self._put(value, line)
        else:
            self._open({} if kind == "map" else [], line)

    def _key(self, text: str, line: int) -> bool:
        """Whether this scalar is a key; a duplicate is noted and its value built apart."""
        frame = self.stack[-1] if self.stack else None
        if frame is None or not isinstance(frame.container, dict) or frame.key is not None:
            return False
        frame.key, frame.ignored = text, text in frame.container
        place = (*frame.place, text)
        if frame.ignored:
            first = self.lines[place]
            self.problems.found.append(Problem(dotted(place), f"this key is there already, on line {first}", line))
        else:
            self.lines[place] = line
        return True

    def _put(self, value: Any, line: int) -> Place:
        if not self.stack:
            self.root.append(value)
            self.lines[()] = line
            return ()
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            place: Place = (*frame.place, len(frame.container))
            frame.container.append(value)
            self.lines[place] = line
            return place
        assert frame.key is not None
        place = (*frame.place, frame.key)
        if not frame.ignored:
            frame.container[frame.key] = value
        frame.key = None
        return place

    def _open(self, container: Any, line: int) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _error(f"the document is nested deeper than {MAX_DEPTH} levels", line)
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None:
            raise _error("a key must be plain text, not a list or a map", line, dotted(self.stack[-1].place))
        self.stack.append(_Frame(container, self._put(container, line)))
