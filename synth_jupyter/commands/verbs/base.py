"""What a verb may use, and what it gives."""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import CommandError

if TYPE_CHECKING:
    from ...workspace import Experiment, Progress, Workspace

Document = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What a verb may use: `body` is the cell below the words, `parameters` the values of `$name` in SQL."""

    options: Namespace
    open: Callable[[], "Workspace"]
    body: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    workers: int = 0
    on_progress: "Callable[[Progress], None] | None" = None

    @property
    def workspace(self) -> "Workspace":
        return self.open()

    @property
    def experiment(self) -> "Experiment":
        return self.workspace.experiment(self.options.name)


@dataclass(frozen=True)
class Answer:
    """What a verb gave: the Python API's `value`, the exit code, and `text` where a text was asked for.

    `describe` makes its JSON document, with at most so many rows of data when a number is given.
    """

    verb: str
    value: Any
    describe: Callable[[int | None], Document]
    exit_code: int = 0
    text: str | None = None

    @property
    def document(self) -> Document:
        """The whole JSON document."""
        return self.describe(None)

    @classmethod
    def plain(cls, verb: str, value: Any, document: Document, **details: Any) -> "Answer":
        """An answer whose document is short and known."""
        return cls(verb, value, lambda rows: document, **details)


def documented(verb: str, value: Any, **details: Any) -> Answer:
    """An answer whose document is the value's own."""
    return Answer(verb, value, lambda rows: dict(value.to_dict()), **details)


def document_of(value: Any, what: str) -> Document:
    """The value's own document, its fields, the value itself when it is a mapping, or the one fact that it is."""
    if hasattr(value, "to_dict"):
        return dict(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else {what: value}


def read_text(call: Call, file: str | None, what: str, where: str) -> str:
    """The text of a cell's body, of standard input for `-`, or of a file; exactly one of them.

    Raises:
        CommandError: there is none, there are two, or the file cannot be read as UTF-8.
    """
    if call.body is not None and call.body.strip():
        if file is not None:
            hint = "leave one out; the name of an experiment is one word"
            raise CommandError(f"{what} is given twice: in the words and below them", hint=hint)
        return call.body
    if file is None:
        raise CommandError(f"{what} is missing", hint=where)
    try:
        if file == "-":
            return sys.stdin.buffer.read().decode()
        return Path(file).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        source = "from standard input" if file == "-" else repr(file)
        raise CommandError(f"{what} {source} cannot be read: {reason}") from error
