"""A schema as one JSON text that is read back as it is: what reading a document came to, kept beside the document.

The document stays the truth. The text is only believed by the version of the program that wrote it.
"""

import json
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from typing import Any

from .. import __version__
from ..datatypes import DataType
from .model import Column, ForeignKey, Rows, Rule, Schema, Table

_KINDS = {kind.__name__: kind for kind in (Schema, Table, Column, ForeignKey, Rows, Rule, DataType)}
_WRITER = [__version__, *(f"{name}.{field.name}" for name, kind in _KINDS.items() for field in fields(kind))]


def compiled(schema: Schema) -> str:
    """The text of a schema; empty when one of its values would not be read back as it is."""
    try:
        text = json.dumps([_WRITER, _packed(schema)], ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError):
        return ""
    return text if repr(read_compiled(text)) == repr(schema) else ""


def read_compiled(text: str) -> Schema | None:
    """The schema of a text that this version wrote; None for any other text."""
    try:
        writer, packed = json.loads(text)
        found = _unpacked(packed) if writer == _WRITER else None
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    return found if isinstance(found, Schema) else None


def _packed(value: Any) -> Any:
    """Lists are [kind, ...], all else is as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: _packed(getattr(value, field.name)) for field in fields(value) if _is_given(value, field)}
        return [type(value).__name__, given]
    if isinstance(value, (tuple, list)):
        return ["tuple" if isinstance(value, tuple) else "list", *map(_packed, value)]
    if isinstance(value, dict):
        return ["map", *([key, _packed(item)] for key, item in value.items())]
    return ["decimal", str(value)] if isinstance(value, Decimal) else value


def _is_given(value: Any, field: Any) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return repr(getattr(value, field.name)) != repr(default)


def _unpacked(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    kind, *parts = value
    if kind == "map":
        return {key: _unpacked(item) for key, item in parts}
    if kind == "decimal":
        return Decimal(parts[0])
    if kind in ("tuple", "list"):
        found = [_unpacked(item) for item in parts]
        return tuple(found) if kind == "tuple" else found
    return _KINDS[kind](**{name: _unpacked(item) for name, item in parts[0].items()})
