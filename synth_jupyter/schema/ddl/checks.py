"""Checks as rules: those that a rule can grant are compiled, the others are verified after generation."""

from collections.abc import Mapping

from ...datatypes import DataType
from .conditions import columns_of, parsed, written
from .cursor import Unreadable, brief
from .definition import shown
from .facts import Script, TableFact
from .terms import Term, terms
from .wishes import Wish, split

_MOMENTS = ("date", "timestamp", "timestamptz")


def compile_checks(table: TableFact, wishes: Mapping[str, Wish], script: Script) -> list[str]:
    """The table's checks in the words of documents; what each asks is noted in the wishes, its outcome in the report.

    `wishes` are by name in lower case. A check that cannot be evaluated is reported and left out.
    """
    kept: dict[str, None] = {}
    texts = {name for name, wish in wishes.items() if wish.kind.is_text}
    for source in table.checks:
        construct = f"CHECK ({brief(source, 120)})"
        try:
            tree = parsed(source, script.dialect, texts)
            text = written(tree)
            unknown = [name for name in columns_of(tree) if name.casefold() not in wishes]
            if unknown:
                raise Unreadable(f"there is no column {unknown[0]!r}")
        except Unreadable as error:
            script.lose(f"{construct}: {error}", shown(table))
            continue
        kept[text] = None
        found = terms(tree)
        granted = [_granted(term, wishes) for term in found or ()]
        script.say(construct, shown(table), "compiled" if granted and all(granted) else "verified")
    return list(kept)


def _granted(term: Term, wishes: Mapping[str, Wish]) -> bool:
    wish = wishes[term.column.casefold()]
    if term.kind != "order":
        return wish.take(term)
    other = wishes[term.value.casefold()]
    lesser, greater = (wish, other) if term.operator in ("<", "<=") else (other, wish)
    return _ordered(lesser, greater, term.operator in ("<", ">"), wishes)


def _ordered(lesser: Wish, greater: Wish, strict: bool, wishes: Mapping[str, Wish]) -> bool:
    """Whether the greater can follow the lesser in time, or both have ranges of numbers that can be told apart."""
    if lesser is greater:
        return False
    if lesser.kind.kind in _MOMENTS:
        return _follows(lesser, greater, strict, wishes)
    plain = [one.open and one.kind.is_number and not one.distinct and one.choices is None for one in (lesser, greater)]
    return all(plain) and split(lesser, greater, strict)


def _follows(lesser: Wish, greater: Wish, strict: bool, wishes: Mapping[str, Wish]) -> bool:
    fits = greater.kind == lesser.kind and greater.open and not greater.asked and not greater.distinct
    if not fits or (lesser.nullable and not greater.nullable) or _leads_to(lesser, greater, wishes):
        return False
    greater.follows = lesser.name
    greater.delay = "0s" if not strict else "1d" if greater.kind.kind == "date" else "1s"
    return True


def _leads_to(one: Wish, other: Wish, wishes: Mapping[str, Wish]) -> bool:
    """Whether `one` comes after `other` already, along any chain."""
    seen: set[str] = set()
    while one.follows and one.name not in seen:
        seen.add(one.name)
        one = wishes[one.follows.casefold()]
        if one is other:
            return True
    return False


def wish_types(kinds: Mapping[str, DataType]) -> dict[str, str]:
    """Column types in the words of the library that finds the type of an expression."""
    return {name: _SQL.get(kind.kind, "text") if kind.kind != "decimal" else str(kind) for name, kind in kinds.items()}


_SQL = {"smallint": "smallint", "int": "int", "bigint": "bigint", "real": "float", "double": "double",
        "boolean": "boolean", "date": "date", "timestamp": "timestamp", "timestamptz": "timestamp"}  # fmt: skip
