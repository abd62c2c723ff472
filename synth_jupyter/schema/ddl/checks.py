"""Checks as rules: those that a rule can grant are compiled, the others are verified after generation."""

from collections.abc import Mapping

from ...datatypes import DataType
from ...sql import terms
from ..granting import grant
from ..wishes import Wish
from .conditions import columns_of, parsed, written
from .cursor import Unreadable, brief
from .definition import shown
from .facts import Script, TableFact


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
        script.say(construct, shown(table), "compiled" if grant(terms(tree), wishes) else "verified")
    return list(kept)


def wish_types(kinds: Mapping[str, DataType]) -> dict[str, str]:
    """Column types in the words of the library that finds the type of an expression."""
    return {name: _SQL.get(kind.kind, "text") if kind.kind != "decimal" else str(kind) for name, kind in kinds.items()}


_SQL = {"smallint": "smallint", "int": "int", "bigint": "bigint", "real": "float", "double": "double",
        "boolean": "boolean", "date": "date", "timestamp": "timestamp", "timestamptz": "timestamp"}  # fmt: skip
