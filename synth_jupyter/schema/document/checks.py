"""Checks of a document as rules of the columns that it leaves open; what no rule can grant is verified."""

from collections.abc import Mapping
from typing import Any

from ...errors import QueryError
from ...sql import parse_expression, terms
from ..findings import ReportLine
from ..granting import grant
from ..values import bound
from ..wishes import Wish
from .keys import Draft
from .models import ColumnModel

# What says where values come from; a column with none of it is open.
_SAID = ("references", "distribution", "choices", "faker", "pattern", "expr", "after", "constant", "value", "generator",
         "position", "when", "tree")  # fmt: skip


def compile_checks(drafts: Mapping[str, Draft]) -> tuple[ReportLine, ...]:
    """Give open columns the rules that their tables' checks ask for; says of each check what became of it."""
    return tuple(line for draft in drafts.values() if draft.model.checks for line in _compiled(draft))


def _compiled(draft: Draft) -> list[ReportLine]:
    wishes = {name.casefold(): _wish(draft, name) for name in draft.columns if draft.types.get(name)}
    report = []
    for check in draft.model.checks:
        try:
            asked = terms(parse_expression(check).root)
        except QueryError:
            continue  # what is wrong with it is told with all that is wrong with expressions
        known = all(name.casefold() in wishes for term in asked or () for name in term.columns)
        present = [term for term in asked or () if term.kind == "present"]
        held = all(not wishes[term.column.casefold()].nullable for term in present) if known else False
        rest = [term for term in asked or () if term.kind != "present"]
        kept = held and (grant(rest, wishes) if rest else bool(present))
        report.append(ReportLine(f"CHECK ({' '.join(check.split())})", draft.name, "compiled" if kept else "verified"))
    columns = {name: _amended(draft, name, wishes.get(name.casefold())) for name in draft.columns}
    draft.model = draft.model.model_copy(update={"columns": columns})
    return report


def _wish(draft: Draft, name: str) -> Wish:
    model, kind = draft.columns[name], draft.types[name]
    assert kind is not None
    linked = draft.link_of(name) is not None
    said = any(getattr(model, key) not in (None, False) for key in _SAID)
    distinct = (name,) in draft.keys
    loose = bool(model.nullable or model.nulls or model.when)
    wish = Wish(name, kind, not (linked or said), loose, distinct)
    for key in ("min", "max"):
        given = getattr(model, key)
        if given is not None and wish.open:
            try:
                wish.narrow(bound(kind, given, upper=key == "max"), key == "min")
            except ValueError:
                wish.open = False
    return wish


def _amended(draft: Draft, name: str, wish: Wish | None) -> ColumnModel:
    """The column with the keys that its wish came to."""
    model = draft.columns[name]
    if wish is None or not wish.open:
        return model
    keys: dict[str, Any] = wish.keys(draft.primary_key == (name,))
    if not keys.keys() - {"min", "max", "reason"}:
        given = {key: getattr(model, key) for key in ("min", "max") if getattr(model, key) is not None}
        if all(keys.get(key, value) == value for key, value in given.items()) and keys.keys() <= given.keys():
            return model
    elif model.min is not None or model.max is not None:
        keys = {**dict.fromkeys(("min", "max")), **keys}
    return model.model_copy(update={**keys, "reason": model.reason or keys.get("reason", "")})
