"""The pool files that a plan needs, to go with an image, and those of an image, kept apart from the workspace's own."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ImageError
from ..files import create, make_folder
from ..pools import DEFAULT_LOCALE, Pool, PoolSource, Request

_NAMES = re.compile(r"asked-[0-9a-f]{64}\.json|[0-9a-f]{64}\.(txt|arrow)")


@dataclass(frozen=True)
class NotedPools(PoolSource):
    """Pools of a folder that note what was asked for; `asked` and `columns` alone change."""

    asked: dict[str, Request] = field(default_factory=dict, compare=False)
    columns: list[Path] = field(default_factory=list, compare=False)

    def pool(self, provider: str, arguments: Mapping[str, Any] | None = None, locale: str = DEFAULT_LOCALE) -> Pool:
        """As PoolSource does."""
        request = Request.of(provider, arguments, locale)
        if not request.shipped:
            self.asked[request.text] = request
        return super().pool(provider, arguments, locale)

    def column_path(self, digest: str) -> Path:
        """As PoolSource does."""
        path = super().column_path(digest)
        self.columns.append(path)
        return path


def pool_files(folder: Path, build: Callable[[PoolSource], object]) -> dict[str, bytes]:
    """The files of `folder` that `build` needs when it is given the pools, by name."""
    noted = NotedPools(folder)
    build(noted)
    found = {path.name: path.read_bytes() for path in noted.columns}
    for text in noted.asked:
        entry = folder / f"asked-{hashlib.sha256(text.encode()).hexdigest()}.json"
        found[entry.name] = entry.read_bytes()
        pool = folder / (json.loads(found[entry.name])["digest"].removeprefix("sha256:") + ".txt")
        found[pool.name] = pool.read_bytes()
    return found


def keep_pool_files(folder: Path, found: Mapping[str, bytes]) -> None:
    """Write an image's pools into the new folder `folder`; ImageError when one has a name that no pool has."""
    for name, content in found.items():
        if not _NAMES.fullmatch(name):
            raise ImageError(f"the image has a pool called {name[:100]!r}")
        make_folder(folder)
        with create(folder / name) as file:
            file.write(content)
