"""Columns: which rule makes the values, whether they may be NULL, and what contradicts what."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...datatypes import DataType
from ..findings import Place, Spot
from ..model import Column, ForeignKey, Rule
from ..rules import RULES, normalised
from ..suggest import follows, suggest, usual_range
from ..values import bound, shown
from .keys import Draft
from .links import DEFAULT_NULLS
from .models import ColumnModel, FakerModel, RowsModel
from .rows import share

_RULE_KEYS = (
    "references", "distribution", "choices", "depends", "faker", "person", "pattern", "template", "expr", "after",
    "before", "profile", "position", "constant", "value", "generator",
)  # fmt: skip
_UNKNOWN = Rule("unknown")


def column(draft: Draft, name: str, keys: tuple[ForeignKey, ...]) -> Column:
    """One column with its rule; everything wrong with it is said at its place."""
    model, spot = draft.columns[name], draft.column(name)
    kind = draft.types.get(name)
    own = [key for key in keys if name in key.columns]
    given = _given(model, bool(own))
    _contradictions(model, given, spot, bool(own))
    nullable, nulls = _nulls(draft, name, own, spot)
    rule = _UNKNOWN if kind is None or len(given) > 1 else _rule(draft, name, kind, given, bool(own))
    if model.correlated is not None and kind is not None and rule is not _UNKNOWN:
        rule = _correlated(model, rule, kind, spot)
    if model.reason:
        rule = replace(rule, reason=model.reason)
    return Column(name, kind or DataType("text"), rule, nullable, nulls, _condition(model, spot), model.comment)


def _correlated(model: ColumnModel, rule: Rule, kind: DataType, spot: Spot) -> Rule:
    options = {"with": model.correlated, "rule": rule.name, "options": dict(rule.options)}
    made = normalised("correlated", options, kind, Spot(spot.problems, spot.place, {"with": ("correlated",)}))
    return _UNKNOWN if made is None else Rule("correlated", made, rule.reason)


def _given(model: ColumnModel, is_key: bool) -> list[str]:
    """The keys of the document that say how values come about."""
    given = [key for key in _RULE_KEYS if getattr(model, key) not in (None, False)]
    if model.after is not None and model.before is not None:
        given.remove("before")
    if is_key or model.references is not None:
        return [key for key in given if key != "distribution"]
    return given


def _contradictions(model: ColumnModel, given: list[str], spot: Spot, is_key: bool) -> None:
    if len(given) > 1:
        spot.say(f"{given[0]} and {' and '.join(given[1:])} both say how the values come about; write one of them")
    for bound_key in ("min", "max"):
        if getattr(model, bound_key) is None:
            continue
        bounded = ("distribution", "profile", *(("after", "before") if bound_key == "min" else ()))
        others = [key for key in given if key not in bounded]
        if is_key and not others:
            others = ["references"]
        if others:
            spot.say(f"{others[0]} and {bound_key} cannot stand together", bound_key)
    if model.within is not None and model.after is None and model.before is None:
        spot.say("within needs after: the column that this one follows", "within")
    if model.correlated is not None and (given not in ([], ["distribution"]) or is_key):
        spot.say(
            f"correlated needs a distribution, or min and max, not {given[0] if given else 'references'}", "correlated"
        )
    if model.tree and not is_key and model.references is None:
        spot.say("tree needs references to the table itself", "tree")
    if model.where is not None and model.references is None:
        spot.say("where chooses among parents and needs references; when decides whether there is a value", "where")


def _condition(model: ColumnModel, spot: Spot) -> str:
    if model.when is not None and not model.when.strip():
        spot.say("must be an SQL condition, not empty", "when")
    return model.when or ""


def _nulls(draft: Draft, name: str, keys: list[ForeignKey], spot: Spot) -> tuple[bool, float]:
    """(nullable, share of NULLs); a foreign key of this column alone keeps the share itself."""
    model = draft.columns[name]
    alone = next((key for key in keys if key.columns == (name,)), None)
    given = None if model.nulls is None else share(model.nulls, Spot(spot.problems, ()) if alone else spot, "nulls")
    of_keys = any(key.nulls > 0 or key.rule.name == "tree" for key in keys)
    wanted = bool(given) or model.when is not None or (of_keys and model.nullable is not False)
    nullable = wanted if model.nullable is None else model.nullable
    _null_contradictions(draft, name, given is not None and given > 0, of_keys, spot)
    if alone is not None or not nullable:
        return nullable, 0.0
    if given is not None:
        return nullable, float(given)
    return nullable, DEFAULT_NULLS if model.nullable and model.when is None and not keys else 0.0


def _null_contradictions(draft: Draft, name: str, some: bool, of_keys: bool, spot: Spot) -> None:
    model = draft.columns[name]
    reasons = {
        "nullable": model.nullable is True, "nulls": some, "when": model.when is not None, "tree": bool(model.tree),
    }  # fmt: skip
    said = [key for key, holds in reasons.items() if holds] or (["foreign_keys"] if of_keys else [])
    if said and name in draft.primary_key:
        spot.say(f"a primary key is never NULL, so {said[0]} cannot be given", *_at(said[0]))
    elif said and model.nullable is False and said != ["tree"]:
        spot.say(f"nullable: false and {said[0]} contradict each other", "nullable")
    elif said and name in draft.owners():
        spot.say(f"every row has an owner (rows: per), so {said[0]} cannot be given", *_at(said[0]))


def _at(key: str) -> Place:
    return () if key == "foreign_keys" else (key,)


def _rule(draft: Draft, name: str, kind: DataType, given: list[str], is_key: bool) -> Rule:
    """The rule that the document names or that its silence suggests."""
    model, spot = draft.columns[name], draft.column(name)
    if model.references is not None or (is_key and not given):
        return Rule("reference")
    if not given:
        return _open(draft, name, kind)
    found, options, names = _named(model, given[0], spot)
    if not found:
        return _UNKNOWN
    if found == "position" and not isinstance(draft.model.rows, RowsModel):
        spot.say("position counts the children of one parent; it needs rows: {per: ..} on the table", given[0])
    if found == "reference" and not is_key:
        spot.say("reference needs a foreign key", given[0])
    if found == "uniform":
        return _ranged(name, kind, Spot(spot.problems, spot.place, names), options)
    made = normalised(found, options, kind, Spot(spot.problems, spot.place, names))
    return _UNKNOWN if made is None else Rule(found, made)


def _open(draft: Draft, name: str, kind: DataType) -> Rule:
    model, spot = draft.columns[name], draft.column(name)
    if model.min is not None or model.max is not None:
        given = {key: getattr(model, key) for key in ("min", "max") if getattr(model, key) is not None}
        return _ranged(name, kind, spot, given)
    primary, alone = name in draft.primary_key, draft.primary_key == (name,)
    completes_key = draft.owner is not None and set(draft.primary_key) == {name, *draft.owners()}
    if completes_key and kind.is_integer and name not in draft.owners():
        return Rule("position", {}, "counts the rows of one owner")
    earlier = None if primary or (name,) in draft.unique else _earlier(draft, name, kind)
    if earlier is not None:
        options = {"column": earlier, "within": "30d", "min": "0s"}
        return Rule("after", options, f"its name says that it comes after {earlier}")
    return suggest(name, kind, unique=(name,) in draft.unique or (primary and not alone), primary=alone)


def _earlier(draft: Draft, name: str, kind: DataType) -> str | None:
    """The column that this one follows by their names, where both are moments and no NULL stands in the way."""
    if kind.kind not in ("date", "timestamp", "timestamptz"):
        return None
    others = [other for other in draft.columns if other != name and draft.types.get(other) == kind]
    found = follows(name, others)
    if found is None or draft.columns[found].after is not None or draft.link_of(found) is not None:
        return None
    loose = [bool(model.nullable or model.nulls or model.when) for model in (draft.columns[found], draft.columns[name])]
    return None if loose[0] and not loose[1] else found


def _ranged(name: str, kind: DataType, spot: Spot, given: Mapping[str, Any]) -> Rule:
    """Uniform between the bounds; one that is missing is the usual one of the name and type, and the reason says so."""
    checked: dict[str, Any] = {}
    for key, raw in given.items():
        try:
            checked[key] = bound(kind, raw, upper=key == "max")
        except ValueError as error:
            spot.say(str(error), key)
            return _UNKNOWN
    low, high, usual = usual_range(name, kind, low=checked.get("min"), high=checked.get("max"))
    made = normalised("uniform", {"min": low, "max": high}, kind, spot)
    missing = " and ".join(key for key in ("min", "max") if key not in given)
    return _UNKNOWN if made is None else Rule("uniform", made, f"{missing}: {usual}" if missing else "")


def _named(model: ColumnModel, key: str, spot: Spot) -> tuple[str, dict[str, Any], dict[str, Place]]:
    """(rule, raw options, where the document has each option) of the key that names the rule."""
    value = getattr(model, key)
    if key == "generator":
        return _generator(value, spot)
    if key == "distribution":
        return _distribution(model, value, spot)
    if key == "choices":
        if isinstance(value, dict):
            return (
                "choices",
                {"values": list(value), "weights": list(value.values())},
                dict.fromkeys(("values", "weights"), ("choices",)),
            )
        return "choices", {"values": value}, {"values": ("choices",)}
    if key == "faker":
        return "faker", _faker(value), dict.fromkeys(("provider", "arguments", "locale"), ("faker",))
    if key in ("depends", "profile") or (key == "person" and isinstance(value, dict)):
        options = {**_limits(model), **value} if key == "profile" else value
        return key, options, {name: (key, name) for name in RULES[key][0]} | {name: (name,) for name in _limits(model)}
    if key == "after" and model.before is not None:
        spans = {"within": model.within, "min": model.min}
        options = {"after": value, "before": model.before, **{name: item for name, item in spans.items() if item}}
        return "between", options, {}
    if key == "before":
        options = {"column": value, "within": model.within, "min": model.min}
        return "before", {name: item for name, item in options.items() if item is not None}, {"column": ("before",)}
    if key == "after":
        options = {"column": value, "within": model.within, "min": model.min}
        names: dict[str, Place] = {"column": ("after",)}
        return "after", {name: item for name, item in options.items() if item is not None}, names
    rule, option = {
        "pattern": ("pattern", "pattern"), "expr": ("expression", "sql"), "constant": ("constant", "value"),
        "value": ("constant", "value"), "position": ("position", ""), "template": ("template", "template"),
        "person": ("person", "field"),
    }[key]  # fmt: skip
    return rule, {option: value} if option else {}, {option: (key,)}


def _faker(value: str | FakerModel) -> dict[str, Any]:
    if isinstance(value, str):
        return {"provider": value}
    return {
        "provider": value.provider, "arguments": {**(value.model_extra or {}), **value.arguments},
        "locale": value.locale, **({"per_row": True} if value.per_row else {}),
    }  # fmt: skip


def _generator(value: str | dict[str, Any], spot: Spot) -> tuple[str, dict[str, Any], dict[str, Place]]:
    if isinstance(value, str):
        return value, {}, {}
    name, options = next(iter(value.items())) if len(value) == 1 else ("", None)
    if not name or not isinstance(options, (dict, type(None))):
        instead = f"; {name!r} is a key of the column itself" if name in ColumnModel.model_fields else ""
        said = f"must be a name, or a map of one name to its options, not {shown(options or value)}{instead}"
        spot.say(said, "generator")
        return "", {}, {}
    keys = (*RULES[name][0], *(options or ())) if name in RULES else ()
    return name, options or {}, {key: ("generator", name, key) for key in keys}


def _limits(model: ColumnModel) -> dict[str, Any]:
    return {key: getattr(model, key) for key in ("min", "max") if getattr(model, key) is not None}


def _distribution(
    model: ColumnModel, value: str | dict[str, Any], spot: Spot
) -> tuple[str, dict[str, Any], dict[str, Place]]:
    law, given = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else (value, None)
    if not isinstance(law, str):
        spot.say("must be one law with its parameters, such as {normal: {mean: 10, stddev: 2}}", "distribution")
        return "", {}, {}
    bounds = _limits(model)
    if law == "uniform":
        return "uniform", bounds | (given if isinstance(given, dict) else {}), {}
    names: dict[str, Place] = {"law": ("distribution",), "parameters": ("distribution", law)}
    return "distribution", {"law": law, "parameters": given, **bounds}, names
