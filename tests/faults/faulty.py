"""A disk and a store that note, fail or stop at any effect.

The effects are the calls of `os` and `shutil` in `files`, and the commits of the store.
"""

import contextlib
import os
import shutil
import signal
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from synth_jupyter import files

_CALLS = ("mkdir", "open", "write", "fsync", "link", "unlink", "rename", "rmtree")
Handler = Callable[["Effect", Callable[[], Any]], Any]


@dataclass(frozen=True)
class Effect:
    """One call: its number, counted from 1, its name and its arguments."""

    number: int
    name: str
    words: tuple[Any, ...]


class Crashed(BaseException):
    """The process is as good as dead: nothing that it does has an effect any more."""


class _Watched:
    """A module whose effects are told to `tell` before they happen."""

    def __init__(self, module: types.ModuleType, tell: Callable[..., Any]) -> None:
        self._module, self._tell = module, tell

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._module, name)
        if name not in _CALLS:
            return call

        def told(*words: Any, **options: Any) -> Any:
            if name == "open" and not words[1] & os.O_CREAT:
                return call(*words, **options)
            return self._tell(name, words, lambda: call(*words, **options))

        return told


@contextlib.contextmanager
def watched(handler: Handler) -> Iterator[None]:
    """Within the block every effect of this process is handed to `handler`, which does it, or does not."""
    number = 0

    def tell(name: str, words: tuple[Any, ...], act: Callable[[], Any]) -> Any:
        nonlocal number
        number += 1
        return handler(Effect(number, name, words), act)

    def commit(connection: Any) -> None:
        if not connection.get_execution_options().get("reading"):
            tell("commit", (str(connection.engine.url),), lambda: None)

    event.listen(Engine, "commit", commit)
    files.os, files.shutil = _Watched(os, tell), _Watched(shutil, tell)  # type: ignore[assignment]
    try:
        yield
    finally:
        files.os, files.shutil = os, shutil
        event.remove(Engine, "commit", commit)


def counted(act: Callable[[], Any]) -> list[str]:
    """The names of all effects of `act`, in order."""
    names: list[str] = []

    def note(effect: Effect, do: Callable[[], Any]) -> Any:
        names.append(effect.name)
        return do()

    with watched(note):
        act()
    return names


def telling(points: list[str]) -> list[int]:
    """The numbers of the effects, of the writes of one file, which differ by its length alone, the first and last."""
    around = zip(["", *points], points, [*points[1:], ""], strict=False)
    return [at for at, names in enumerate(around, 1) if names[1] != "write" or set(names) != {"write"}]


def crashing(number: int) -> Handler:
    """Stop at that effect for good, as if the process were killed; a write is done by half before."""
    dead = False

    def handle(effect: Effect, act: Callable[[], Any]) -> Any:
        nonlocal dead
        if effect.number == number and effect.name == "write":
            descriptor, data = effect.words
            os.write(descriptor, data[: len(data) // 2])
        dead = dead or effect.number == number
        if dead:
            raise Crashed
        return None if effect.name == "fsync" else act()  # a killed process loses nothing that it wrote

    return handle


def crashes(act: Callable[[], Any], number: int) -> bool:
    """Do it until that effect, and no further; False when it ends before."""
    try:
        with watched(crashing(number)):
            act()
    except Crashed:
        return True
    return False


def killing(number: int) -> Handler:
    """End this process at that effect; a write is done by half before."""

    def handle(effect: Effect, act: Callable[[], Any]) -> Any:
        if effect.number == number:
            if effect.name == "write":
                descriptor, data = effect.words
                os.write(descriptor, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return act()

    return handle


def failing(number: int, code: int, seen: list[str]) -> Handler:
    """Fail that effect as the system would, once, and say which it was."""

    def handle(effect: Effect, act: Callable[[], Any]) -> Any:
        if effect.number == number:
            seen.append(effect.name)
            raise OSError(code, os.strerror(code), str(effect.words[0]))
        return act()

    return handle


def interrupting(number: int) -> Handler:
    """Press Ctrl-C at that effect, and again at each effect after it."""

    def handle(effect: Effect, act: Callable[[], Any]) -> Any:
        if effect.number >= number:
            signal.raise_signal(signal.SIGINT)
        return act()

    return handle
