"""What a plan draws on: frozen pools and columns of existing data, noted while it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..documents import plain
from .model import Pool
from .request import DEFAULT_LOCALE, Request
from .source import PoolSource, pool_names

Place = tuple[str, str]
"""(table, column)"""


@dataclass(frozen=True)
class PoolUse:
    """A pool, or without a `provider` a column of existing data, with the (table, column) pairs that draw on it.

    `values` is how many a pool holds.
    """

    digest: str
    columns: tuple[Place, ...]
    provider: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    locale: str = ""
    values: int | None = None

    @property
    def label(self) -> str:
        """`first_name en_US`, with the arguments behind it; `existing rows` without a provider."""
        given = [f"{name}={plain(value)}" for name, value in self.arguments.items()]
        return " ".join((self.provider, self.locale, *given)) if self.provider else "existing rows"

    @property
    def file_names(self) -> tuple[str, ...]:
        """The files that keep it in a folder of pools; none for a pool that the package ships."""
        if not self.provider:
            return (f"{self.digest.removeprefix('sha256:')}.arrow",)
        request = Request.of(self.provider, self.arguments, self.locale)
        return () if request.shipped else pool_names(request, self.digest)

    def to_dict(self) -> dict[str, Any]:
        """As it is recorded with a run."""
        return {
            "provider": self.provider, "arguments": plain(self.arguments), "locale": self.locale,
            "digest": self.digest, "values": self.values, "columns": [list(place) for place in self.columns],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, noted: Mapping[str, Any]) -> "PoolUse":
        """What `to_dict` recorded."""
        return cls(**{**noted, "columns": tuple((table, column) for table, column in noted["columns"])})


@dataclass(frozen=True)
class NotedPools(PoolSource):
    """The pools of `inner` as the column `place` asks for them; `noted`, which all columns share, alone changes."""

    inner: PoolSource = field(default_factory=PoolSource)
    place: Place = ("", "")
    noted: dict[str, PoolUse] = field(default_factory=dict, compare=False)

    def pool(self, provider: str, arguments: Mapping[str, Any] | None = None, locale: str = DEFAULT_LOCALE) -> Pool:
        """As PoolSource does."""
        found = self.inner.pool(provider, arguments, locale)
        asked = Request.of(provider, arguments, locale)
        self._note(
            asked.text, PoolUse(found.digest, (), asked.provider, dict(asked.arguments), asked.locale, len(found))
        )
        return found

    def column_path(self, digest: str) -> Any:
        """As PoolSource does."""
        found = self.inner.column_path(digest)
        self._note(digest, PoolUse(digest, ()))
        return found

    def _note(self, key: str, use: PoolUse) -> None:
        before = self.noted.get(key, use).columns
        columns = tuple(sorted({*before, self.place}))
        self.noted[key] = PoolUse(use.digest, columns, use.provider, use.arguments, use.locale, use.values)
