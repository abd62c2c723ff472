"""A partition's digest leaves as one compact blob: a JSON head of names and lengths, then the bytes."""

import json
from collections.abc import Mapping

from ..errors import StoreError


def pack(leaves: Mapping[str, bytes]) -> bytes:
    """The blob of `column -> concatenated leaf digests`, in the mapping's order."""
    head = json.dumps([[name, len(digests)] for name, digests in leaves.items()], ensure_ascii=False).encode()
    return len(head).to_bytes(4, "big") + head + b"".join(leaves.values())


def unpack(blob: bytes) -> dict[str, bytes]:
    """The mapping that `pack` was given; StoreError when the blob is damaged."""
    start = 4 + int.from_bytes(blob[:4], "big")
    try:
        head = [(str(name), int(length)) for name, length in json.loads(blob[4:start])]
    except (ValueError, TypeError) as error:
        raise StoreError("the store holds damaged digests", hint="put a copy of store.db in its place") from error
    if start + sum(length for _, length in head) != len(blob):
        raise StoreError("the store holds digests of the wrong length", hint="put a copy of store.db in its place")
    leaves = {}
    for name, length in head:
        leaves[name] = blob[start : start + length]
        start += length
    return leaves
