"""A register of lies: images that must be refused, told by a change to an honest one."""

from collections.abc import Callable
from typing import Any

from forge import Forgery

Lie = Callable[[Forgery], Any]
LIES: dict[str, tuple[Lie, str]] = {}


def lie(what: str, message: str) -> Callable[[Lie], Lie]:
    """Register an image that must be refused with a message that contains `message`."""

    def add(tell: Lie) -> Lie:
        assert what not in LIES
        LIES[what] = (tell, message)
        return tell

    return add
