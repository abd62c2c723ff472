"""How foreign keys choose their parents: what the document says, or what follows from the keys."""

from dataclasses import replace
from typing import Any

from ...errors import did_you_mean
from ..findings import Spot
from ..model import ForeignKey, Rule
from ..options import weights_of
from ..values import as_number, plain_number, shown
from .keys import Draft, Link, options_of
from .models import TreeModel
from .rows import share

_NAMED = {"uniform": "uniform_parent", "one_to_one": "one_to_one", "graph": "graph"}
_WITH_VALUE = ("zipf", "weights")
DEFAULT_NULLS = 0.05


def foreign_key(draft: Draft, link: Link) -> ForeignKey:
    """The model's foreign key; problems with how it is to choose are said."""
    given = options_of(link.source)
    spot = link.spot
    is_tree = bool(given.get("tree"))
    if link is draft.owner:
        for option in given:
            spot.say(f"{option} cannot be given here: this key leads to the owner of the row (rows: per)", option)
        return ForeignKey(link.columns, link.table, link.references, Rule("owner_parent"))
    if "distribution" in given and is_tree:
        spot.say("distribution and tree both say how the parent is chosen; write one", "tree")
    nulls = _nulls(draft, link, given, spot)
    rule = _rule(draft, link, given, spot)
    if "where" in given:
        rule = _suitable(draft, link, rule, str(given["where"]))
    return ForeignKey(link.columns, link.table, link.references, rule, nulls)


def _suitable(draft: Draft, link: Link, rule: Rule, where: str) -> Rule:
    """The rule with its condition, which goes with parents that are drawn one by one, each anew."""
    spot = link.spot
    if not where.strip():
        spot.say("must be an SQL condition, not empty", "where")
    elif link.table == draft.name:
        spot.say("where cannot be given to a reference to the table itself", "where")
    elif rule.name not in ("uniform_parent", "zipf_parent", "weighted_parent"):
        spot.say(f"where cannot stand beside {rule.name}: parents cannot be drawn anew there", "where")
    return replace(rule, options={**rule.options, "where": where})


def _nulls(draft: Draft, link: Link, given: dict[str, Any], spot: Spot) -> float:
    if "nulls" in given:
        if given.get("tree"):
            spot.say("tree and nulls both say how many rows have no parent; use tree: {roots: ..}", "nulls")
        return float(share(given["nulls"], spot, "nulls") or 0)
    columns = [draft.columns[name] for name in link.columns]
    bare = len(columns) == 1 and columns[0].nullable and columns[0].when is None and columns[0].nulls is None
    return DEFAULT_NULLS if bare and not given.get("tree") else 0.0


def _rule(draft: Draft, link: Link, given: dict[str, Any], spot: Spot) -> Rule:
    distinct = any(set(key) == set(link.columns) for key in draft.keys)
    tree, distribution = given.get("tree"), given.get("distribution")
    if tree is not None:
        if link.table != draft.name:
            spot.say(f"tree is for a table that references itself, and this one references {link.table!r}", "tree")
        return Rule("tree", _tree(tree, spot))
    if distribution is not None:
        rule = _distribution(distribution, spot)
        if distinct and rule.name in ("zipf_parent", "weighted_parent"):
            spot.say("this key is unique: a parent has at most one child; leave distribution out", "distribution")
        if rule.name == "graph" and link.table != draft.name:
            spot.say("graph is for a table that references itself", "distribution")
        return rule
    return Rule("one_to_one" if distinct else "uniform_parent")


def _tree(given: bool | TreeModel, spot: Spot) -> dict[str, Any]:
    shape: dict[str, Any] = {} if isinstance(given, bool) else given.model_dump(exclude_none=True)
    for name, value in shape.items():
        if value < 1:
            spot.say(f"must be at least 1, not {value}", "tree", name)
    return shape


def _distribution(given: str | dict[str, Any], spot: Spot) -> Rule:
    name, value = next(iter(given.items())) if isinstance(given, dict) and len(given) == 1 else (given, None)
    if name in _NAMED and not value:
        return Rule(_NAMED[str(name)])
    if name == "weights":
        return Rule("weighted_parent", {"weights": weights_of(value, spot, "distribution", "weights") or []})
    if name == "zipf":
        return Rule("zipf_parent", {"exponent": _exponent(value, spot)})
    near = did_you_mean(name, (*_NAMED, *_WITH_VALUE)) if isinstance(name, str) else ""
    spot.say(
        f"{shown(name)} is no way to choose a parent{near or '; write uniform, {zipf: 1.1} or {weights: [3, 1]}'}",
        "distribution",
    )
    return Rule("uniform_parent")


def _exponent(raw: Any, spot: Spot) -> int | float:
    given = raw.get("exponent") if isinstance(raw, dict) and set(raw) == {"exponent"} else raw
    try:
        exponent = as_number(given)
    except ValueError:
        exponent = 0
    if exponent <= 0:
        spot.say(f"zipf needs an exponent above 0, such as {{zipf: 1.1}}, not {shown(raw)}", "distribution", "zipf")
    return plain_number(exponent)
