"""Read layers: plain or gzip, never more than expected, compared byte for byte with what the manifest promises."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import ImageError
from . import tar
from .layout import ROOT, Entry, LayerPlan
from .resolve import Layer
from .source import Section, Source

_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"

Keep = Callable[[Entry, Iterator[bytes]], None]


@dataclass
class LayerReader:
    """The bytes of a layer's tar; `read` may give fewer than asked only at the end, `finish` checks every digest.

    Mutable and for one thread: it moves forward only. What is stored plainly is its own content, and hashed once.
    """

    layer: Layer
    section: Section
    stored: Any = field(default_factory=hashlib.sha256)
    content: Any = field(default_factory=hashlib.sha256)
    _gzip: Any = None
    _ahead: bytes = b""

    def __post_init__(self) -> None:
        self._ahead = self._stored(4)
        if self._ahead == _ZSTD:
            raise ImageError(
                f"the layer {self.layer.name} is compressed with zstd, which is not read here",
                hint="convert the image, such as with skopeo copy --dest-compress-format gzip",
            )
        if self._ahead[:2] == _GZIP:
            self._gzip = zlib.decompressobj(wbits=31)

    def read(self, size: int, /) -> bytes:
        parts: list[bytes] = []
        while size and (part := self._part(size)):
            if self._gzip is not None:
                self.content.update(part)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def finish(self) -> None:
        """ImageError unless the layer ends here and has the digests it was announced with."""
        if self.read(1) or self._ahead or self.section.left or (self._gzip and self._gzip.unused_data):
            raise ImageError(f"the layer {self.layer.name} holds more than its manifest says")
        if self.layer.digest not in (None, f"sha256:{self.stored.hexdigest()}"):
            raise ImageError(f"the blob {self.layer.digest} was changed: its digest does not match")
        content = self.stored if self._gzip is None else self.content
        if self.layer.diff_id != f"sha256:{content.hexdigest()}":
            raise ImageError(f"the layer {self.layer.name} was changed: its content is not {self.layer.diff_id}")

    def _part(self, size: int) -> bytes:
        if self._gzip is None:
            part, self._ahead = self._ahead[:size], self._ahead[size:]
            return part or self._stored(min(size, _CHUNK))
        return self._inflated(min(size, _CHUNK))

    def _inflated(self, size: int) -> bytes:
        while not self._gzip.eof:
            data = self._ahead or self._stored(64 << 10)
            if not data:
                raise ImageError(f"the layer {self.layer.name} is cut off: its gzip stream has no end")
            try:
                part: bytes = self._gzip.decompress(data, size)
            except zlib.error as error:
                raise ImageError(f"the layer {self.layer.name} is damaged: {error}") from error
            self._ahead = self._gzip.unconsumed_tail
            if part:
                return part
        return b""

    def _stored(self, size: int) -> bytes:
        data = self.section.read(size)
        self.stored.update(data)
        return data


def read_small(source: Source, layer: Layer, *, limit: int) -> dict[str, bytes]:
    """Every file of a small layer, by path below /experiment; ImageError beyond `limit` bytes or for a foreign form."""
    found: dict[str, bytes] = {}
    with source.open(layer.name) as section:
        reader = LayerReader(layer, section)
        while True:
            block = tar.read_exactly(reader, tar.BLOCK, f"the layer {layer.name}")
            if not any(block):
                break
            member = _own(block)
            if member.kind == "folder":
                continue
            limit -= tar.stored(member.size)
            if limit < 0:
                raise ImageError(f"the layer {layer.name} is larger than such a layer may be")
            found[member.name] = tar.read_exactly(reader, member.size, member.name)
            tar.check_zeros(reader.read(-member.size % tar.BLOCK), member.name)
        tar.check_zeros(tar.read_exactly(reader, tar.BLOCK, "the layer's end"), "the layer's end")
        reader.finish()
    return {name.removeprefix(f"{ROOT}/"): data for name, data in found.items()}


def unpack(source: Source, layer: Layer, plan: LayerPlan, keep: Keep) -> None:
    """Hand every file of a layer to `keep`, in order; ImageError unless the layer is exactly `plan`."""
    with source.open(layer.name) as section:
        reader = LayerReader(layer, section)
        for head, entry in plan.members():
            block = tar.read_exactly(reader, len(head), f"the layer {layer.name}")
            if block != head:
                raise _unexpected(block, head, layer)
            if entry:
                keep(entry, content_of(reader, entry))
                tar.check_zeros(reader.read(-entry.size % tar.BLOCK), entry.path)
        tar.check_zeros(tar.read_exactly(reader, len(tar.END), "the layer's end"), "the layer's end")
        reader.finish()


def content_of(reader: tar.Reader, entry: Entry) -> Iterator[bytes]:
    """The file's bytes in pieces; ImageError at the end when they are not what was announced."""
    digest, left = hashlib.sha256(), entry.size
    while left:
        part = tar.read_exactly(reader, min(left, _CHUNK), entry.path)
        digest.update(part)
        left -= len(part)
        yield part
    if digest.hexdigest() != entry.sha256:
        raise ImageError(f"{entry.path} was changed: its sha256 is not the one in manifest.json")


def _own(block: bytes) -> tar.Member:
    """The member of a header exactly as this package writes it."""
    member = tar.parse(block)
    assert member is not None
    try:
        same = block == tar.header(member.name, member.size, folder=member.kind == "folder")
    except ImageError:
        same = False
    if not same or not member.name.startswith(ROOT):
        raise ImageError(f"a layer holds {member.kind} {member.name[:100]!r} in a form that this package never writes")
    return member


def _unexpected(block: bytes, head: bytes, layer: Layer) -> ImageError:
    wanted, found = tar.parse(head), tar.parse(block)
    assert wanted is not None
    what = f"{found.kind} {found.name[:100]!r}" if found else "its end"
    return ImageError(f"the layer {layer.name} holds {what} where manifest.json says {wanted.name!r}")
