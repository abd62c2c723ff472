"""An image as one tree of files, as `docker export` and `podman export` write it: without layers, labels and digests.

What is left is /experiment, which describes itself; around it stand only the empty files that an engine puts there.
"""

from ..errors import ImageError
from . import source as sources
from .contents import MANIFEST, SCHEMA, SUMS, Contents
from .layers import Keep, content_of
from .layout import ROOT, Entry
from .source import Source


def is_flat(source: Source) -> bool:
    """Whether the archive is such a tree."""
    return any(name.startswith(f"{ROOT}/") for name in source.sizes)


def read_metadata(source: Source, limit: int) -> dict[str, bytes]:
    """The files that describe the others; ImageError when one is missing, or they have more than `limit` bytes."""
    found = {name: sources.read(source, f"{ROOT}/{name}", limit) for name in (MANIFEST, SCHEMA, SUMS)}
    if sum(map(len, found.values())) > limit:
        raise ImageError("the image's metadata is larger than such metadata may be")
    return found


def unpack_flat(source: Source, contents: Contents, keep: Keep) -> None:
    """Hand every file to `keep`; ImageError unless they are exactly those that the manifest lists."""
    listed = {f"{ROOT}/{placed.entry.path}": placed.entry for placed in contents.placed}
    there = {name for name in source.sizes if name.startswith(f"{ROOT}/")}
    own = {f"{ROOT}/{name}" for name in (MANIFEST, SCHEMA, SUMS)}
    if strange := sorted((there - own) ^ listed.keys()):
        raise ImageError(f"{MANIFEST} and the archive do not hold the same files, such as {strange[0][:100]!r}")
    for name, entry in listed.items():
        _take(source, name, entry, keep)


def _take(source: Source, name: str, entry: Entry, keep: Keep) -> None:
    if source.sizes[name] != entry.size:
        raise ImageError(f"{entry.path} has {source.sizes[name]:,} bytes, {MANIFEST} says {entry.size:,}")
    with source.open(name) as section:
        keep(entry, content_of(section, entry))
