"""The one form of tar that images are written in, and the few other forms that are read."""

import re
from dataclasses import dataclass
from typing import Protocol

from ..errors import ImageError

BLOCK = 512
END = bytes(2 * BLOCK)
KINDS = {b"0": "file", b"\0": "file", b"5": "folder", b"2": "link", b"x": "extended"}
_MAGIC = b"ustar\x0000"
_GNU_MAGIC = b"ustar  \0"
_CHECKSUM = re.compile(rb"[0-7]{6}\0 ")
_SIZE = re.compile(rb"([0-7]{11})[\0 ]")
_HARMLESS = {"mtime", "atime", "ctime"}


class Reader(Protocol):
    """Where bytes come from; `read` returns fewer than asked only at the end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Member:
    """One header of a tar: `kind` is file, folder, link or extended, `size` in bytes."""

    name: str
    size: int
    kind: str


def header(name: str, size: int = 0, *, folder: bool = False) -> bytes:
    """The 512 bytes before a file of `size` bytes (or a folder): ustar, owner 0:0, time 0, mode 0644 or 0755.

    Raises:
        ImageError: the name or the size has no place in such a header.
    """
    prefix, short = _split(name.rstrip("/") + "/" * folder)
    if size >= 8 << 30:
        raise ImageError(f"{name!r} has {size:,} bytes; an image can hold no single part of 8 GiB or more")
    fields = (
        short.ljust(100, b"\0"), b"0000755\0" if folder else b"0000644\0", b"0000000\0", b"0000000\0",
        b"%011o\0" % size, b"00000000000\0", b" " * 8, b"5" if folder else b"0", bytes(100), _MAGIC,
        bytes(80), prefix.ljust(155, b"\0"), bytes(12),
    )  # fmt: skip
    block = b"".join(fields)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def padding(size: int) -> bytes:
    """The zeros that fill up the last block of a file of `size` bytes."""
    return bytes(-size % BLOCK)


def stored(size: int) -> int:
    """The bytes that a file of `size` bytes takes in a tar, its header included."""
    return BLOCK + size + -size % BLOCK


def parse(block: bytes) -> Member | None:
    """What a header of anybody's tar says; None for a block of zeros.

    Raises:
        ImageError: a checksum is wrong, or the header is of a kind that no image needs.
    """
    if not any(block):
        return None
    if len(block) != BLOCK:
        raise ImageError("the tar is cut off in the middle of a header")
    checksum, size, magic = block[148:156], _SIZE.fullmatch(block[124:136]), block[257:265]
    if not _CHECKSUM.fullmatch(checksum) or int(checksum[:6], 8) != sum(block) - sum(checksum) + 8 * 32:
        raise ImageError("a header of the tar does not match its checksum")
    if magic not in (_MAGIC, _GNU_MAGIC) or size is None:
        raise ImageError("a header of the tar has a form no image tool writes (an old format, or an impossible size)")
    kind = KINDS.get(block[156:157])
    name = _text(block[:100])
    if kind is None:
        raise ImageError(f"the tar holds {name!r} of type {block[156:157]!r}; only files and folders are read")
    prefix = _text(block[345:500]) if magic == _MAGIC else ""
    if kind != "file" and kind != "extended" and int(size[1], 8):
        raise ImageError(f"the tar gives {name!r} a size though it is a {kind}")
    return Member(f"{prefix}/{name}" if prefix else name, int(size[1], 8), kind)


def check_extended(records: bytes) -> None:
    """Accept an extended header that only tells times; ImageError for one that changes names or sizes."""
    while records:
        match = re.match(rb"([1-9][0-9]{0,4}) ([A-Za-z.]+)=", records)
        length = int(match[1]) if match else 0
        if not match or length > len(records) or records[length - 1 : length] != b"\n":
            raise ImageError("the tar holds a damaged extended header")
        if match[2].decode() not in _HARMLESS:
            raise ImageError(f"the tar overrides {match[2].decode()!r} in an extended header; images do not need that")
        records = records[length:]


def read_exactly(reader: Reader, size: int, what: str) -> bytes:
    """Exactly `size` bytes; ImageError when there are fewer."""
    data = reader.read(size)
    if len(data) != size:
        raise ImageError(f"{what} is cut off: {size:,} bytes were expected and {len(data):,} are there")
    return data


def check_zeros(data: bytes, what: str) -> None:
    """ImageError unless all of `data` (padding) is zero."""
    if any(data):
        raise ImageError(f"{what} has been changed: there is data where a tar holds only zeros")


def _split(name: str) -> tuple[bytes, bytes]:
    data = name.encode("ascii")
    if len(data) <= 100:
        return b"", data
    cut = data.find(b"/", len(data) - 101)
    if not 0 < cut <= 155 or cut == len(data) - 1:
        raise ImageError(f"the name {name!r} is too long for an image")
    return data[:cut], data[cut + 1 :]


def _text(field: bytes) -> str:
    text, _, rest = field.partition(b"\0")
    if any(rest) or not text.isascii() or not text.decode("ascii").isprintable():
        raise ImageError(f"the tar holds a name with unusual characters: {text[:60]!r}")
    return text.decode("ascii")
