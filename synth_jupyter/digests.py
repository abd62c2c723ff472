"""Canonical digests of Arrow columns over fixed blocks of rows: *content digest format 1*.

A leaf is the sha256 of up to 65,536 values: u64 count; u8 1 if there are NULLs, then the validity bits (LSB first);
then the values: booleans as bits; fixed widths little-endian with 0 for NULL; decimals of up to 18 digits as int64
unscaled, longer ones as 16 bytes; floats with -0.0 as 0.0 and one NaN; text and binary as int32 lengths (0 for NULL),
then the bytes; lists as int32 lengths, then the leaf of the values. Dictionary-coded or plain is the same.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LEAF_ROWS = 65_536
Piece = bytes | memoryview | npt.NDArray[np.generic]
"""Bytes that are next to each other."""


def leaf_digests(values: pa.Array) -> bytes:
    """32 bytes for each block of 65,536 values, in order; the array must begin at such a block's first row."""
    blocks = range(0, max(len(values), 1), LEAF_ROWS)
    return b"".join(_digest(values.slice(start, LEAF_ROWS)) for start in blocks)


def combined(*parts: bytes | str) -> bytes:
    """sha256 of length-prefixed parts."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.digest()


def _digest(values: pa.Array) -> bytes:
    leaf = hashlib.sha256()
    for piece in _canonical(values):
        leaf.update(np.ascontiguousarray(piece).data if isinstance(piece, np.ndarray) else piece)
    return leaf.digest()


def _canonical(values: pa.Array) -> Iterator[Piece]:
    """The bytes of a leaf, piece by piece and copied as little as possible."""
    yield len(values).to_bytes(8, "little") + bytes([values.null_count > 0])
    if values.null_count:
        yield np.packbits(valid_mask(values), bitorder="little")
    yield from _body(values)


def valid_mask(values: pa.Array) -> npt.NDArray[np.bool_]:
    """bool (n,): where the array is not NULL."""
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)


def _body(values: pa.Array) -> Iterator[Piece]:
    type = values.type
    if isinstance(values, pa.DictionaryArray):
        yield from _coded_body(values)
    elif pa.types.is_boolean(type):
        yield np.packbits(values.fill_null(False).to_numpy(zero_copy_only=False), bitorder="little")
    elif pa.types.is_string(type) or pa.types.is_binary(type):
        yield from _text_body(values)
    elif pa.types.is_list(type):
        yield pc.list_value_length(values).fill_null(0).to_numpy(zero_copy_only=False).astype("<i4")
        yield from _canonical(values.flatten())
    else:
        yield fixed_width(values)


def _coded_body(values: pa.DictionaryArray) -> Iterator[Piece]:
    """The body of the decoded values; those of one width are gathered by numpy, without decoding through Arrow."""
    words = values.dictionary
    if not len(words) or words.null_count:
        yield from _body(values.dictionary_decode())
        return
    if pa.types.is_integer(words.type) or pa.types.is_decimal(words.type) or pa.types.is_date32(words.type):
        yield _gathered(values, fixed_width(words))
        return
    width = _one_width(words) if pa.types.is_string(words.type) and not values.null_count else 0
    if not width:
        yield from _body(values.dictionary_decode())
        return
    texts = np.frombuffer(words.buffers()[2], dtype=f"S{width}", count=words.offset + len(words))[words.offset :]
    yield np.full(len(values), width, dtype="<i4")
    yield _gathered(values, texts).view(np.uint8)


def _one_width(words: pa.Array) -> int:
    """The bytes of each text when all have the same number of them, beginning where the buffer begins; else 0."""
    offsets = np.frombuffer(words.buffers()[1], dtype=np.int32)[: words.offset + len(words) + 1]
    widths = np.unique(np.diff(offsets))
    return int(widths[0]) if len(widths) == 1 and offsets[0] == 0 else 0


def _gathered(values: pa.DictionaryArray, words: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The word of each value, 0 for NULL."""
    found: npt.NDArray[np.generic] = words.take(values.indices.fill_null(0).to_numpy(zero_copy_only=False), axis=0)
    if values.null_count:
        found[~valid_mask(values)] = 0
    return found


def _text_body(values: pa.Array) -> Iterator[Piece]:
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    lengths = np.diff(offsets) if len(values) else np.zeros(0, np.int32)
    if values.null_count:
        valid = valid_mask(values)
        if lengths[~valid].any():
            yield from _text_body(pc.fill_null(values, b"" if pa.types.is_binary(values.type) else ""))
            return
        lengths = np.where(valid, lengths, 0)
    yield lengths.astype("<i4", copy=False)
    data = values.buffers()[2]
    if data is not None and len(offsets):
        yield memoryview(data)[offsets[0] : offsets[-1]]


def fixed_width(values: pa.Array) -> npt.NDArray[np.generic]:
    """The canonical numpy form of fixed-width values: (n,) or, for long decimals, (n, 2) int64 words."""
    type = values.type
    if pa.types.is_decimal(type):
        return _decimal_words(values, type)
    if pa.types.is_floating(type):
        floats = values.fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0
        floats = np.where(np.isnan(floats), np.nan, floats)
        return np.asarray(floats.astype("<f4" if type == pa.float32() else "<f8"))
    if pa.types.is_integer(type):
        return np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False))
    width = pa.int32() if pa.types.is_date32(type) or pa.types.is_time32(type) else pa.int64()
    return np.asarray(values.view(width).fill_null(0).to_numpy(zero_copy_only=False))


def _decimal_words(values: pa.Array, type: pa.DataType) -> npt.NDArray[np.generic]:
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    words = np.frombuffer(values.buffers()[1], dtype="<i8").reshape(-1, 2)[values.offset : values.offset + len(values)]
    if values.null_count:
        words = np.where(valid_mask(values)[:, None], words, 0)
    return np.ascontiguousarray(words[:, 0]) if type.precision <= 18 else np.ascontiguousarray(words)
