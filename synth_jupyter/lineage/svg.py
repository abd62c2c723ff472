"""An engine's SVG rebuilt element by element from an allow-list, and small enough for a notebook.

What all elements share stands once on the outermost group, numbers have one decimal, and straight lines are lines: the
same drawing in less than half of the bytes.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from xml.etree import ElementTree

from ..errors import PluginError
from .model import visible

_SVG = "http://www.w3.org/2000/svg"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TAGS = frozenset(("svg", "g", "path", "polygon", "polyline", "ellipse", "text"))
_ATTRIBUTES = frozenset(
    ("width", "height", "viewBox", "class", "transform", "d", "points", "fill", "fill-opacity", "stroke",
     "stroke-width", "stroke-dasharray", "stroke-opacity", "text-anchor", "x", "y", "cx", "cy", "rx", "ry",
     "font-family", "font-size", "font-weight", _SPACE)
)  # fmt: skip
_OUTLINE = {"stroke": "#eef3f7", "stroke-width": "5", "stroke-linejoin": "round", "paint-order": "stroke"}
_ON_THE_PAGE = ("graph", "cluster", "edge")
"""Groups whose text stands on whatever page the picture is on, not on a box of its own."""
_OF_TEXT = ("fill", "text-anchor", "font-family", "font-size")
_DRAWN = ("path", "polygon", "polyline", "ellipse")
_NUMBERS = ("d", "points", "x", "y", "cx", "cy", "rx", "ry")
_NUMBER = re.compile(r"-?\d+\.\d+")


def sanitized(svg: bytes, title: str = "") -> bytes:
    """`svg` rebuilt from allowed elements and attributes alone, with `title` for screen readers.

    Raises:
        PluginError: it is not well-formed SVG.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise PluginError(f"the graph engine wrote no valid SVG: {error}") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise PluginError("the graph engine wrote no SVG")
    clean = _copied(root)
    _outline(clean)
    _share(clean)
    clean.attrib = {"xmlns": _SVG, "role": "img", "aria-label": visible(f"lineage of {title}"), **clean.attrib}
    return ElementTree.tostring(clean, encoding="unicode").replace(" />", "/>").encode()


def _copied(element: ElementTree.Element) -> ElementTree.Element:
    copy = ElementTree.Element(_local(element.tag), dict(_safe_attributes(element)))
    copy.text = element.text if copy.tag == "text" else None
    if copy.text and copy.text.split() == copy.text.split(" "):
        copy.attrib.pop(_SPACE, None)  # no white space in it that could collapse
    for child in element:
        if _local(child.tag) == "a":  # a link's drawing is kept, the link is not
            copy.extend(_copied(inner) for inner in child if _local(inner.tag) in _TAGS)
        elif _local(child.tag) in _TAGS:
            copy.append(_copied(child))
    return copy


def _safe_attributes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        if name in _ATTRIBUTES and "url(" not in value.casefold():
            yield name, _shortened(name, value) if name in _NUMBERS else value


def _local(tag: str) -> str:
    """The name of an SVG element; an element of any other namespace keeps its own, and so is never allowed."""
    return tag.removeprefix(f"{{{_SVG}}}")


def _shortened(name: str, value: str) -> str:
    rounded = _NUMBER.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), value.strip())
    if name == "points":
        return " ".join(point for point, _ in groupby(rounded.split()))
    return _straightened(rounded) if name == "d" else rounded


def _straightened(path: str) -> str:
    """`M a C b c d ...` with L in place of each curve whose middle points are its ends."""
    start, curve, rest = path.partition("C")
    points = rest.split()
    if not curve or len(points) % 3 or not all("," in point for point in points):
        return path
    ends = [start.removeprefix("M").strip(), *points[2::3]]
    steps = [*zip(pairwise(ends), points[::3], points[1::3], strict=True)]
    parts = [f"L{b}" if (one, two) == (a, b) else f"C{one} {two} {b}" for (a, b), one, two in steps if a != b]
    return start + "".join(parts)


def _outline(root: ElementTree.Element) -> None:
    """A light rim around each letter that stands on the page: one dark colour of text reads on white and on black."""
    for group in root.iter("g"):
        if group.get("class") in _ON_THE_PAGE:
            for text in group.findall("text"):
                text.attrib |= _OUTLINE


def _share(root: ElementTree.Element) -> None:
    """What the first text says, on the outermost group for all texts; what most shapes of a group say, on the group."""
    outer = root.find("g")
    texts = [] if outer is None else list(outer.iter("text"))
    if outer is None:
        return
    filled = all(element.get("fill") for element in outer.iter() if element.tag in _DRAWN)
    for name in _OF_TEXT if filled else _OF_TEXT[1:]:
        if texts and all(text.get(name) for text in texts):
            outer.set(name, str(texts[0].get(name)))
            _drop(texts, name, outer.attrib[name])
    for group in outer.iter("g"):
        for name in ("fill", "stroke"):
            said = [child.get(name, "") for child in group]
            if len(said) > 1 and all(said):
                group.set(name, most := max(said, key=said.count))
                _drop(group, name, most)


def _drop(elements: Iterable[ElementTree.Element], name: str, value: str) -> None:
    for element in elements:
        if element.get(name) == value:
            del element.attrib[name]
