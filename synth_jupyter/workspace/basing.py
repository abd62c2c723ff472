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

_MACHINES = ("amd64", "arm64", "arm", "386", "ppc64le", "riscv64", "s390x")


def machines_of(platform: str | None) -> tuple[str, ...]:
    """`amd64` and `arm64` of `linux/amd64,linux/arm64`, none of nothing; CommandError for what no image here is for."""
    found = [each.partition("/")[::2] for each in platform.split(",")] if platform is not None else []
    if any(system != "linux" or machine not in _MACHINES for system, machine in found) or len({*found}) < len(found):
        raise CommandError(
            f"--platform {str(platform)[:60]!r} is unknown; nothing was written",
            hint=f"write linux/ and one of {', '.join(_MACHINES)}; several with commas between them",
        )
    return tuple(sorted((machine for _, machine in found), key=_MACHINES.index))


@contextmanager
def based(workspace: "Workspace", base: str | None, *, init: str | None, platform: str | None) -> "Iterator[Base]":
    """The image that `base` names, open as long as the block lasts, and what was fetched for it is gone then.

    With `init` it fills itself at its first start. Without one, `platform` says for what machines the files are made.

    Raises:
        CommandError: no image is for `platform`, or several and a base are asked for.
        ImageError: there is none, it cannot be fetched, or nothing can be laid upon it.
        NotFoundError: the registry has no such image.
    """
    from ..images.base import initialized, opened_base
    from ..images.layout import Base

    machines = machines_of(platform)
    if base is None:
        yield Base(machines=machines)
        return
    if len(machines) > 1:
        raise CommandError(
            f"a base is for one machine, and --platform {platform} says {len(machines)}; nothing was written",
            hint="export once for each",
        )
    architecture = "".join(machines)
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
