"""Plug-ins by name: generators, warehouses and image sinks, built in, registered in a cell, or from an entry point."""

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from .errors import PluginError, did_you_mean

T = TypeVar("T")


class Registry(Generic[T]):
    """Names to factories of one kind; entry points of `group` are loaded only when their name is asked for.

    Mutable by `register` alone, which the interpreter's lock makes safe: one dictionary assignment.
    """

    def __init__(self, what: str, group: str) -> None:
        self._what = what
        self._group = group
        self._known: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that adds its object under `name`; a later one replaces an earlier (cells are run again)."""

        def add(factory: T) -> T:
            self._known[name] = factory
            return factory

        return add

    def __getitem__(self, name: str) -> T:
        """The factory called `name`; PluginError names near misses, or says why an entry point cannot be loaded."""
        if name in self._known:
            return self._known[name]
        for point in entry_points(group=self._group, name=name):
            return self._known.setdefault(name, _load(point, self._what))
        raise PluginError(f"there is no {self._what} {name!r}{did_you_mean(name, self)}")

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        yield from sorted({*self._known, *(point.name for point in entry_points(group=self._group))})


def plugged_in() -> bool:
    """Whether anything that is installed offers a plug-in of whatever kind; none is loaded."""
    return any(group.startswith(f"{__package__}.") for group in entry_points().groups)


def _load(point: Any, what: str) -> Any:
    try:
        return point.load()
    except Exception as error:
        raise PluginError(f"the {what} {point.name!r} of {point.value} cannot be loaded: {error}") from error
