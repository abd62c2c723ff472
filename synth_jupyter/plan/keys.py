"""Composite keys: how the parts of a table's keys are numbered so that no combination occurs twice.

A part is a column, or a foreign key with its parents' rows as values. A hidden column numbers the rows without
repeating, and each part is a digit of that number. Keys that overlap are made from one number together:

    one key           N <= product of its parts; digits of a bijection of the product
    keys (c, x), ...  that share the same core c: N <= |c| x the smallest of the others; per core value a cyclic shift
    three pairs of    a, b, c with sizes p <= q <= r: N <= p q; x, y are the digits, z = (x + y) mod r
    (owner, x)        without a position: at most |x| children; per owner a bijection of x, asked at the position

Each bound is necessary as well as sufficient. Other families of overlapping keys are refused by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import prod

import pyarrow as pa

from ..generators.domains import PERMUTABLE, EachOnce, Steps
from ..generators.keys import ShiftedDigit, SumDigit, WithinOwner
from ..generators.protocol import PARENT_ROW, POSITION, Generator
from ..schema.model import Table


@dataclass(frozen=True)
class Digit:
    """Where a part finds its index: (`number` // `divisor`) % `size`, `number` in the hidden column `source`."""

    source: str
    divisor: int
    size: int


@dataclass(frozen=True)
class Numbering:
    """Hidden columns by name with their stream's path, and the digit of each part."""

    hidden: Mapping[str, tuple[tuple[str, ...], Generator]] = field(default_factory=dict)
    digits: Mapping[str, Digit] = field(default_factory=dict)


Key = frozenset[str]


@dataclass(frozen=True)
class Parts:
    """A table's keys in terms of parts: `keys` still to be made unique, `sizes` of all parts in them.

    `owner` is the part that owns the rows (or ""), `most` how many rows one owner has at most.
    """

    keys: tuple[Key, ...]
    sizes: Mapping[str, int]
    rows: int
    owner: str = ""
    most: int = 0


def open_keys(table: Table, determined: Mapping[str, str]) -> Iterator[Key]:
    """The keys, in parts, that are not unique for another reason; `determined` names each column's part.

    A key is left out when a part of it is unique by itself, when it holds the owner and a position, or when it
    contains a smaller key.
    """
    single = {determined.get(key[0], key[0]) for key in table.keys if len(key) == 1}
    positions = {column.name for column in table.columns if column.rule.name == "position"}
    owner = ",".join(table.rows.via)
    keys = [frozenset(determined.get(column, column) for column in key) for key in table.keys if len(key) > 1]
    keys = [key for key in dict.fromkeys(keys) if len(key) > 1 or not key & single]
    for key in keys:
        owned = bool(owner) and owner in key and bool(positions & key)
        if not key & single and not owned and not any(other < key for other in keys):
            yield key


def number(table: str, parts: Parts) -> Numbering:
    """Hidden columns and digits that make every key of `parts` unique.

    Raises:
        ValueError: there are fewer combinations than rows, or no construction for these overlapping keys.
    """
    hidden: dict[str, tuple[tuple[str, ...], Generator]] = {}
    digits: dict[str, Digit] = {}
    for place, family in enumerate(_families(parts)):
        made = _number_family(table, f"\x1fkey{place}", family, parts)
        hidden |= made.hidden
        digits |= made.digits
    return Numbering(hidden, digits)


def _families(parts: Parts) -> list[list[Key]]:
    """The keys in groups that share no part; the owner, which is chosen otherwise, does not count as shared."""
    families: list[list[Key]] = []
    for key in parts.keys:
        touching = [family for family in families if any((key & other) - {parts.owner} for other in family)]
        families = [family for family in families if family not in touching]
        families.append([key, *(other for family in touching for other in family)])
    return families


def _number_family(table: str, name: str, family: list[Key], parts: Parts) -> Numbering:
    owned = [key for key in family if parts.owner and parts.owner in key]
    ordered = [sorted(key) for key in family]
    path = (table, *(part for key in sorted(ordered) for part in key), "\x1fkey")
    if len(family) == 1:
        rest = [part for part in ordered[0] if part != parts.owner or not owned]
        return _one(name, path, rest, parts, within_owner=bool(owned))
    if owned:
        raise ValueError(f"no way is known to keep all of {_shown(family)} unique in rows that have an owner")
    core = frozenset.intersection(*family)
    rests = [sorted(key - core) for key in family]
    if core and all(not set(a) & set(b) for a, b in combinations(rests, 2)):
        return _star(name, path, sorted(core), rests, parts)
    union = frozenset.union(*family)
    if len(union) == 3 and len(family) == 3 and all(len(key) == 2 for key in family):
        return _triangle(name, path, sorted(union, key=lambda part: (parts.sizes[part], part)), parts)
    raise ValueError(f"no way is known to keep all of {_shown(family)} unique at once")


def _one(name: str, path: tuple[str, ...], rest: list[str], parts: Parts, *, within_owner: bool) -> Numbering:
    whole = prod(parts.sizes[part] for part in rest)
    needed = parts.most if within_owner else parts.rows
    _check(needed, whole, [parts.sizes[part] for part in rest], "for one parent" if within_owner else "")
    digits = _digits(name, rest, parts.sizes)
    if within_owner:
        needs = (f"{parts.owner}.{PARENT_ROW}", f"{parts.owner}.{POSITION}")
        return Numbering({name: (path, WithinOwner(max(whole, 1), needs))}, digits)
    return Numbering({name: (path, _each_once(whole))}, digits)


def _star(name: str, path: tuple[str, ...], core: list[str], rests: list[list[str]], parts: Parts) -> Numbering:
    inner = prod(parts.sizes[part] for part in core)
    least = min(prod(parts.sizes[part] for part in rest) for rest in rests)
    _check(parts.rows, inner * least, [inner, least], "")
    hidden: dict[str, tuple[tuple[str, ...], Generator]] = {name: (path, _each_once(inner * least))}
    digits = _digits(name, core, parts.sizes)
    for place, rest in enumerate(rests):
        size = prod(parts.sizes[part] for part in rest)
        own = f"{name}.{place}"
        hidden[own] = ((*path, *rest), ShiftedDigit((name,), inner, size))
        digits |= _digits(own, rest, parts.sizes)
    return Numbering(hidden, digits)


def _triangle(name: str, path: tuple[str, ...], ordered: list[str], parts: Parts) -> Numbering:
    small, middle, large = (parts.sizes[part] for part in ordered)
    _check(parts.rows, small * middle, [small, middle], "")
    third = f"{name}.sum"
    return Numbering(
        {name: (path, _each_once(small * middle)), third: ((*path, "sum"), SumDigit((name,), middle, large))},
        {
            ordered[0]: Digit(name, middle, small),
            ordered[1]: Digit(name, 1, middle),
            ordered[2]: Digit(third, 1, large),
        },
    )


def _each_once(whole: int) -> EachOnce:
    return EachOnce(Steps(0, min(max(whole, 1), PERMUTABLE), pa.int64()))


def _digits(source: str, rest: Sequence[str], sizes: Mapping[str, int]) -> dict[str, Digit]:
    found, divisor = {}, 1
    for part in rest:
        found[part] = Digit(source, divisor, max(sizes[part], 1))
        divisor *= max(sizes[part], 1)
    return found


def _check(needed: int, whole: int, sizes: list[int], where: str) -> None:
    if whole < needed:
        shown = " x ".join(f"{size:,}" for size in sizes)
        place = f" {where}" if where else ""
        raise ValueError(f"{needed:,} different combinations are needed{place}, there are only {whole:,} ({shown})")


def _shown(family: list[Key]) -> str:
    return " and ".join("(" + ", ".join(sorted(key)) + ")" for key in sorted(family, key=sorted))
