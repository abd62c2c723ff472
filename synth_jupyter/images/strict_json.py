"""JSON from strangers: bounded size, depth and number of values, no duplicate keys, and objects of known keys only."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ..errors import ImageError

MAX_DEPTH = 32
DOCUMENT_LIMIT = 16 << 20
MAX_VALUES = 500_000
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]+")


def parse(data: bytes, what: str, *, limit: int) -> Any:
    """The value of a JSON text of at most `limit` bytes.

    Raises:
        ImageError: it is too large, too deep, not JSON, or ambiguous (duplicate keys, NaN).
    """
    if len(data) > limit:
        raise ImageError(f"{what} has {len(data):,} bytes; at most {limit:,} are read")
    _check_shape(data, what)
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique,
            parse_constant=_refuse, parse_int=_whole, parse_float=_number,
        )  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{what} is not usable JSON: {error}") from error


def known(value: Any, what: str, required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> Any:
    """`value`, if it is an object with all `required` and no key beyond the `optional` ones, each of its type."""
    if not isinstance(value, dict):
        raise ImageError(f"{what} must be an object")
    types = dict(required) | dict(optional or {})
    for key in (*required, *value):
        if key not in value:
            raise ImageError(f"{what} has no {key!r}")
        if key not in types:
            raise ImageError(f"{what} has an unknown key {key[:60]!r}")
        if not isinstance(value[key], types[key]) or (types[key] is int and isinstance(value[key], bool)):
            raise ImageError(f"{what}: {key!r} has the wrong type")
    return value


def strings(value: Any, what: str) -> list[str]:
    """`value`, if it is a list of strings."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ImageError(f"{what} must be a list of strings")
    return value


def _check_shape(data: bytes, what: str) -> None:
    bare = _STRINGS.sub(b"", data)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > MAX_VALUES:
        raise ImageError(f"{what} holds more than {MAX_VALUES:,} values")
    depth = 0
    for run in _BRACKETS.finditer(bare):
        for byte in run[0]:
            depth += 1 if byte in b"[{" else -1
            if depth > MAX_DEPTH:
                raise ImageError(f"{what} is nested more than {MAX_DEPTH} deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _whole(text: str) -> int:
    if len(text) > 40:
        raise ValueError("a number has more than 40 digits")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
