"""Where pools come from: the package, then the workspace's folder, else one draw that is stored for ever.

A stored pool is `<sha256>.txt`; what was asked for is found through `asked-<sha256 of the request>.json`, written
after it. Both are published without replacing, so two processes that draw at once agree on the first.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from .. import files
from ..documents import to_json
from ..errors import StoreError
from .frozen import column_path
from .model import Pool
from .request import DEFAULT_LOCALE, Request

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class PoolSource:
    """Pools by provider; `folder` keeps those that the package does not ship, None keeps nothing."""

    folder: Path | None = None

    def pool(self, provider: str, arguments: Mapping[str, Any] | None = None, locale: str = DEFAULT_LOCALE) -> Pool:
        """The frozen pool of a provider, the same at every call with the same folder.

        Raises:
            SchemaError: no such provider, argument or locale.
            PluginError: it has to be drawn and Faker is not installed.
            StoreError: the stored pool is damaged.
        """
        request = Request.of(provider, arguments, locale)
        if request.shipped:
            return shipped(request.provider)
        return self._stored(request) or self._draw(request)

    def add(self, request: Request, pool: Pool) -> Pool:
        """Keep a pool that came from elsewhere, and return the one that this folder answers with from now on.

        A request that has a pool already keeps it, so compare digests. A shipped pool, or no folder, stores nothing.
        """
        if request.shipped or self.folder is None:
            return self.pool(request.provider, request.arguments, request.locale)
        return self._stored(request) or self._keep(request, pool, {})

    def column_path(self, digest: str) -> Path:
        """The file of a column of existing data; StoreError when it is not kept here."""
        return column_path(self.folder, digest)

    def _stored(self, request: Request) -> Pool | None:
        if self.folder is None:
            return None
        entry = self.folder / _entry_name(request)
        try:
            digest = str(json.loads(entry.read_bytes())["digest"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{entry} is damaged", hint="remove it; the pool is drawn again") from error
        return _read(self.folder / _pool_name(digest), request.provider, digest)

    def _draw(self, request: Request) -> Pool:
        from .draw import draw, faker_version

        return self._keep(request, draw(request), {"faker": faker_version()})

    def _keep(self, request: Request, pool: Pool, source: Mapping[str, str]) -> Pool:
        if self.folder is None:
            return pool
        files.make_folder(self.folder)
        _keep(self.folder / _pool_name(pool.digest), pool.text)
        entry = {**json.loads(request.text), "digest": pool.digest, "values": len(pool), **source}
        _keep(self.folder / _entry_name(request), to_json(entry).encode() + b"\n")
        return self._stored(request) or pool


def shipped(provider: str) -> Pool:
    """The en_US pool of a provider in SHIPPED; StoreError when the installed file is not the one of the manifest."""
    data = package_files(__package__) / "data"
    digest = json.loads((data / MANIFEST).read_bytes())[provider]["digest"]
    pool = Pool.from_text(provider, (data / f"{provider}.txt").read_bytes())
    if pool.digest != digest:
        raise StoreError(f"the installed pool {provider!r} is not the shipped one", hint="reinstall the package")
    return pool


def pool_names(request: Request, digest: str) -> tuple[str, str]:
    """The file that says which pool answers a request, and the file of that pool."""
    return _entry_name(request), _pool_name(digest)


def _entry_name(request: Request) -> str:
    return f"asked-{hashlib.sha256(request.text.encode()).hexdigest()}.json"


def _pool_name(digest: str) -> str:
    return f"{digest.removeprefix('sha256:')}.txt"


def _read(path: Path, provider: str, digest: str) -> Pool:
    try:
        pool = Pool.from_text(provider, path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"the stored pool {path} cannot be read: {error}") from error
    if pool.digest != digest:
        raise StoreError(f"the stored pool {path} was changed: its digest is {pool.digest}")
    return pool


def _keep(path: Path, content: bytes) -> None:
    """`path` holds `content`, or what another process wrote there first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    files.remove(draft)
    with files.create(draft) as file:
        file.write(content)
    try:
        files.publish(draft, path)
    except FileExistsError:
        files.remove(draft)
