"""`NAME`, `NAME@3`, `NAME:v1`: how experiments, runs and tagged runs are addressed."""

import re
from dataclasses import dataclass

from ..errors import CommandError

_NAME = re.compile(r"[^\W\d]\w{0,62}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True)
class Address:
    """An experiment, or with `number` or `tag` one run of it."""

    name: str
    number: int | None = None
    tag: str | None = None

    def __str__(self) -> str:
        if self.number is not None:
            return f"{self.name}@{self.number}"
        return f"{self.name}:{self.tag}" if self.tag is not None else self.name


def parse_address(text: str) -> Address:
    """The address that `text` spells; CommandError when it spells none."""
    name, at, number = text.partition("@")
    if at:
        if not (number.isascii() and number.isdecimal()):
            raise CommandError(f"{text!r} is no run: its number must follow the @", hint="write it like shop@3")
        return Address(name, number=int(number))
    name, colon, tag = text.partition(":")
    return Address(name, tag=check_tag(tag)) if colon else Address(name)


def check_name(name: str) -> str:
    """`name` when an experiment may be called so; CommandError otherwise."""
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} cannot name an experiment", hint="use up to 63 letters, digits and _, not starting with a digit"
        )
    return name


def check_tag(tag: str) -> str:
    """`tag` when a run may be tagged so; CommandError otherwise."""
    if not _TAG.fullmatch(tag):
        raise CommandError(f"{tag!r} cannot be a tag", hint="use letters, digits, _ . and -, starting with none of . -")
    return tag
