"""Canonical digests of Arrow columns over fixed blocks of rows: *content digest format 1*.

A leaf is the sha256 of up to 65,536 values: u64 count; u8 1 if there are NULLs, then the validity bits (LSB first);
then the values: booleans as bits; fixed widths little-endian with 0 for NULL; decimals of up to 18 digits as int64
unscaled, longer ones as 16 bytes; floats with -0.0 as 0.0 and one NaN; text and binary as int32 lengths (0 for NULL),
then the bytes; lists as int32 lengths, then the leaf of the values. Dictionary-coded or plain is the same.
"""

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LEAF_ROWS = 65_536


def leaf_digests(values: pa.Array) -> bytes:
    """32 bytes for each block of 65,536 values, in order; the array must begin at such a block's first row."""
    blocks = range(0, max(len(values), 1), LEAF_ROWS)
    return b"".join(hashlib.sha256(_canonical(values.slice(start, LEAF_ROWS))).digest() for start in blocks)


def combined(*parts: bytes | str) -> bytes:
    """sha256 of length-prefixed parts."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.digest()


def _canonical(values: pa.Array) -> bytes:
    header = len(values).to_bytes(8, "little") + bytes([values.null_count > 0])
    if values.null_count:
        header += np.packbits(valid_mask(values), bitorder="little").tobytes()
    return header + _body(values)


def valid_mask(values: pa.Array) -> npt.NDArray[np.bool_]:
    """bool (n,): where the array is not NULL."""
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)


def _body(values: pa.Array) -> bytes:
    type = values.type
    if isinstance(values, pa.DictionaryArray):
        return _coded_body(values)
    if pa.types.is_boolean(type):
        bits = values.fill_null(False).to_numpy(zero_copy_only=False)
        return bytes(np.packbits(bits, bitorder="little"))
    if pa.types.is_string(type) or pa.types.is_binary(type):
        return _text_body(values)
    if pa.types.is_list(type):
        lengths = pc.list_value_length(values).fill_null(0).to_numpy(zero_copy_only=False)
        return bytes(lengths.astype("<i4").tobytes()) + _canonical(values.flatten())
    body: bytes = fixed_width(values).tobytes()
    return body


def _coded_body(values: pa.DictionaryArray) -> bytes:
    """The body of the decoded values; fixed widths are gathered by numpy, without decoding through Arrow."""
    words = values.dictionary
    if not (pa.types.is_integer(words.type) or pa.types.is_decimal(words.type) or pa.types.is_date32(words.type)):
        return _body(values.dictionary_decode())
    index = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
    if not len(words):
        return bytes(fixed_width(pa.nulls(len(values), words.type)).tobytes())
    body = fixed_width(words)[index]
    if values.null_count:
        body[~valid_mask(values)] = 0
    return bytes(body.tobytes())


def _text_body(values: pa.Array) -> bytes:
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    lengths = np.diff(offsets) if len(values) else np.zeros(0, np.int32)
    if values.null_count:
        valid = valid_mask(values)
        if lengths[~valid].any():
            return _text_body(pc.fill_null(values, b"" if pa.types.is_binary(values.type) else ""))
        lengths = np.where(valid, lengths, 0)
    data = values.buffers()[2]
    raw = memoryview(data)[offsets[0] : offsets[-1]] if data is not None and len(offsets) else b""
    return bytes(lengths.astype("<i4").tobytes()) + bytes(raw)


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
