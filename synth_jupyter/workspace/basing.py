"""The image that an export is laid upon: from a file, a folder, an engine on this machine or a registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CommandError
from ..files import make_folder, remove_folder
from .home import new_key

if TYPE_CHECKING:
    from ..images.layout import Base
    from .workspace import Workspace

_ARCHITECTURES = ("amd64", "arm64", "arm", "386", "ppc64le", "riscv64", "s390x")


def architecture_of(platform: str | None) -> str:
    """`arm64` of `linux/arm64`, nothing of nothing; CommandError for what no image here is for."""
    if platform is None:
        return ""
    system, _, architecture = platform.partition("/")
    if system != "linux" or architecture not in _ARCHITECTURES:
        raise CommandError(
            f"--platform {platform[:60]!r} is unknown; nothing was written",
            hint=f"write linux/ and one of {', '.join(_ARCHITECTURES)}",
        )
    return architecture


@contextmanager
def based(
    workspace: "Workspace", base: str | None, *, init: str | None, platform: str | None
) -> "Iterator[Base | None]":
    """The image that `base` names, open as long as the block lasts, and what was fetched for it is gone then.

    With `init` it fills itself at its first start.

    Raises:
        CommandError: no image is for `platform`.
        ImageError: there is none, it cannot be fetched, or nothing can be laid upon it.
        NotFoundError: the registry has no such image.
    """
    from ..images.base import initialized, opened_base

    if base is None:
        yield None
        return
    architecture = architecture_of(platform)
    folder = workspace.folders.arriving(new_key())
    with workspace.folders.claimed(folder, f"the base {base}"):
        try:
            make_folder(folder)
            path, name = _fetched(base, folder, architecture)
            with opened_base(path, name=name, architecture=architecture) as found:
                yield initialized(found) if init else found
        finally:
            remove_folder(folder)


def _fetched(base: str, folder: Path, architecture: str) -> tuple[Path, str]:
    """Where the image is, and how it is called where it comes from."""
    from ..images.engine_api import PREFIX, save, socket_path
    from ..images.pulling import fetch
    from ..images.references import parse_reference
    from .shipping import image_path

    if base.startswith(PREFIX):
        save(socket_path(), base.removeprefix(PREFIX), folder / "base.tar")
        return folder / "base.tar", base.removeprefix(PREFIX)
    path = image_path(base)
    if base.startswith("oci:") or path.exists() or path.suffix == ".tar":
        return path.absolute(), ""
    reference = parse_reference(base).tagged("latest")
    fetch(reference, folder / "layout", architecture=architecture)
    return folder / "layout", str(reference)
