"""A frozen pool: distinct texts in an order that never changes, known by the digest of their file."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True)
class Pool:
    """`values` is a string array of distinct, non-empty, one-line texts; `digest` is `sha256:` of `text`.

    Two pools are equal when name and digest are: the digest stands for the values and their order.
    """

    name: str
    values: pa.StringArray = field(compare=False, repr=False)
    digest: str

    def __post_init__(self) -> None:
        if not len(self.values):
            raise ValueError(f"the pool {self.name!r} has no values")

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, name: str, values: Iterable[str]) -> "Pool":
        """The pool of `values`, each once, in order of first appearance.

        White space inside a value, line ends above all, becomes single spaces; empty values are left out.

        Raises:
            ValueError: nothing remains.
        """
        distinct = list(dict.fromkeys(line for value in values if (line := " ".join(value.split()))))
        return cls(name, pa.array(distinct, pa.string()), _digest(as_text(distinct)))

    @classmethod
    def from_text(cls, name: str, text: bytes) -> "Pool":
        """The pool kept in a file's bytes, as `text` writes them; ValueError when they are not such a file."""
        try:
            lines = text.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"the pool {name!r} is not UTF-8 text") from error
        if lines.pop() or len(set(lines)) != len(lines) or not all(lines):
            raise ValueError(f"the pool {name!r} is not a list of distinct lines, each ended by a line feed")
        return cls(name, pa.array(lines, pa.string()), _digest(text))

    @property
    def text(self) -> bytes:
        """The file of this pool: one value a line, UTF-8; its sha256 is the digest."""
        return as_text(self.values.to_pylist())


def as_text(values: Iterable[str]) -> bytes:
    """One value a line, UTF-8, every line ended by a line feed."""
    return "".join(f"{value}\n" for value in values).encode()


def _digest(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()
