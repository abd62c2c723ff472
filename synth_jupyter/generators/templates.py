"""Text put together from other columns: `ORD-{order_id:06}`, `{first_name:slug}.{last_name:slug}@example.com`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ..streams import Rows, Stream
from .spelling import spelled

FORMS = ("upper", "lower", "slug", "initial")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_PADDED = re.compile(r"0?([1-9]\d?)")


@dataclass(frozen=True)
class Piece:
    """Literal `text`, or the column `path` in a form: `06` (filled with zeros), upper, lower, slug, initial."""

    text: str = ""
    path: str = ""
    form: str = ""


def pieces(template: str) -> tuple[Piece, ...]:
    """The pieces of a template; ValueError says what is wrong and at which character."""
    found: list[Piece] = []
    at, text = 0, ""
    for match in _PIECE.finditer(template):
        text += template[at : match.start()]
        at = match.end()
        if match[0] in ("{{", "}}"):
            text += match[0][0]
            continue
        if match[1] is None:
            raise ValueError(f"the {match[0]!r} at character {match.start() + 1} stands alone; write it twice")
        found += [Piece(text)] if text else []
        found.append(_piece(match[1], match.start() + 1))
        text = ""
    found += [Piece(text + template[at:])] if text + template[at:] else []
    if not any(piece.path for piece in found):
        raise ValueError("it names no column; write one as {column}")
    return tuple(found)


def _piece(inner: str, at: int) -> Piece:
    path, _, form = inner.partition(":")
    if not path.strip():
        raise ValueError(f"there is no column name in the {{}} at character {at}")
    if form and form not in FORMS and not _PADDED.fullmatch(form):
        raise ValueError(f"{form!r} is no form of {path}; write one of {', '.join(FORMS)}, or a width such as 06")
    return Piece(path=path.strip(), form=form)


@dataclass(frozen=True)
class Template:
    """The pieces one after the other; NULL where one of the columns is NULL."""

    pieces: tuple[Piece, ...]
    needs: tuple[str, ...]

    @classmethod
    def build(cls, template: str) -> "Template":
        """The generator of a template; ValueError as in `pieces`."""
        found = pieces(template)
        return cls(found, tuple(dict.fromkeys(piece.path for piece in found if piece.path)))

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        parts = [_shown(piece, inputs) if piece.path else pa.scalar(piece.text) for piece in self.pieces]
        return pc.binary_join_element_wise(*parts, "", null_handling="emit_null")


def _shown(piece: Piece, inputs: Mapping[str, pa.Array]) -> pa.Array:
    values = inputs[piece.path]
    if isinstance(values, pa.DictionaryArray):
        return _formed(values.dictionary.cast(pa.string()), piece.form).take(values.indices)
    return _formed(values.cast(pa.string()), piece.form)


def _formed(texts: pa.Array, form: str) -> pa.Array:
    if form == "upper":
        return pc.utf8_upper(texts)
    if form == "lower":
        return pc.utf8_lower(texts)
    if form == "initial":
        return pc.utf8_slice_codeunits(texts, 0, 1)
    if form == "slug":
        coded = texts.dictionary_encode()
        spelt = [None if text is None else spelled(text) for text in coded.dictionary.to_pylist()]
        return pa.array(spelt, pa.string()).take(coded.indices)
    if width := _PADDED.fullmatch(form):
        return pc.utf8_lpad(texts, int(width[1]), "0")
    return texts
