"""The workspace's folder: where everything lies, computed from 32-digit keys and never from what somebody wrote."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import StoreError
from ..files import make_folder
from ..store import Lease, guard

_KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """32 hex digits that nobody has had."""
    return uuid.uuid4().hex


def is_key(text: str) -> bool:
    """Whether `text` is 32 lowercase hex digits."""
    return _KEY.fullmatch(text) is not None


@dataclass(frozen=True)
class Home:
    """The folder `path` and what is in it."""

    path: Path

    @property
    def store(self) -> Path:
        return self.path / "store.db"

    @property
    def pools(self) -> Path:
        return self.path / "pools"

    @property
    def warehouses(self) -> Path:
        return self.path / "warehouses"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def incoming(self) -> Path:
        return self.path / "incoming"

    @property
    def trash(self) -> Path:
        return self.path / "trash"

    def pool_folder(self, key: str | None) -> Path:
        """The workspace's own pools, or those that came with the image of the run `key`."""
        return self.pools if key is None else self.pools / _checked(key)

    def run(self, key: str) -> Path:
        """The folder of a run."""
        return self.runs / _checked(key)

    def arriving(self, key: str) -> Path:
        """Where an image is unpacked before it becomes the run `key`."""
        return self.incoming / _checked(key)

    def discarded(self, key: str) -> Path:
        """Where the folder of a run goes on its way out."""
        return self.trash / _checked(key)

    @contextmanager
    def claimed(self, folder: Path, what: str) -> Iterator[Lease]:
        """A lease on `folder`, which is made when missing; no sweep runs between the making and the claiming."""
        with self.changing(exclusive=False):
            make_folder(folder)
            lease = Lease.claim(folder, what)
        with lease:
            yield lease

    @contextmanager
    def changing(self, *, exclusive: bool) -> Iterator[None]:
        """Folders are made under the shared, removed under the exclusive lock."""
        make_folder(self.path)
        with guard(self.path / ".folders.lock", exclusive=exclusive):
            yield


def _checked(key: str) -> str:
    if not is_key(key):
        raise StoreError(f"{key!r} is no key of a run", hint="the store was changed from outside")
    return key
