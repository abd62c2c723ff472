"""The digest of a plan: everything that can reach a value, so that an equal digest means equal bytes."""

from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ..digests import combined, leaf_digests


def _counts(field: Field[Any]) -> bool:
    """Whether a field can reach a value; `metadata={"identity": False}` says that it cannot."""
    return field.init and bool(field.metadata.get("identity", True))


def fingerprint(thing: Any) -> bytes:
    """32 bytes for a value of plain data: dataclasses by class name and fields, arrays by content."""
    if isinstance(thing, pa.Array):
        plain = thing.dictionary_decode() if isinstance(thing, pa.DictionaryArray) else thing
        return combined("array", str(plain.type), leaf_digests(plain))
    if isinstance(thing, pa.Scalar):
        return combined("scalar", str(thing.type), str(thing.as_py()))
    if isinstance(thing, np.ndarray):
        return combined("numbers", thing.dtype.str, str(thing.shape), np.ascontiguousarray(thing).tobytes())
    if is_dataclass(thing) and not isinstance(thing, type):
        parts = [
            combined(field.name, fingerprint(getattr(thing, field.name))) for field in fields(thing) if _counts(field)
        ]
        return combined("object", type(thing).__name__, *parts)
    if isinstance(thing, Mapping):
        return combined("mapping", *(combined(str(key), fingerprint(value)) for key, value in sorted(thing.items())))
    if isinstance(thing, (tuple, list)):
        return combined("list", *(fingerprint(item) for item in thing))
    return combined("value", type(thing).__name__, repr(thing) if not isinstance(thing, pa.DataType) else str(thing))
