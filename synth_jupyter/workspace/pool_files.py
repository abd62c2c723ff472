"""The pool files that a plan needs, to go with an image, and those of an image, kept apart from the workspace's own."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import ImageError, StoreError
from ..files import create, make_folder
from ..pools import PoolUse

_NAMES = re.compile(r"asked-[0-9a-f]{64}\.json|[0-9a-f]{64}\.(txt|arrow)")


def pool_files(folder: Path, uses: Sequence[PoolUse]) -> dict[str, bytes]:
    """The files of `folder` that keep what a plan draws on, by name; StoreError when one is gone."""
    names = [name for use in uses for name in use.file_names]
    try:
        return {name: (folder / name).read_bytes() for name in names}
    except OSError as error:
        raise StoreError(f"a pool cannot be read: {error}", hint="define the experiment again") from error


def keep_pool_files(folder: Path, found: Mapping[str, bytes]) -> None:
    """Write an image's pools into the new folder `folder`; ImageError when one has a name that no pool has."""
    for name, content in found.items():
        if not _NAMES.fullmatch(name):
            raise ImageError(f"the image has a pool called {name[:100]!r}")
        make_folder(folder)
        with create(folder / name) as file:
            file.write(content)
