"""The probability laws a document may name, with their parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..errors import did_you_mean
from .findings import Spot
from .values import as_number, plain_number, shown

Number = int | Decimal
_Check = tuple[Callable[[Number], bool], str]

_ANY: _Check = (lambda value: True, "a number")
_POSITIVE: _Check = (lambda value: value > 0, "above 0")
_COUNT: _Check = (lambda value: value == int(value) and 1 <= value <= 1_000_000, "a whole number from 1 to 1,000,000")
_SHARE: _Check = (lambda value: 0 < value <= 1, "above 0 and at most 1")


@dataclass(frozen=True)
class Law:
    """`needed` parameters in order, `optional` ones, and other spellings of them; `sole` may be given as a bare number.

    `bounded` laws live between min and max, which become their parameters `low` and `high`.
    """

    needed: Mapping[str, _Check]
    optional: Mapping[str, _Check] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    bounded: bool = False

    @property
    def sole(self) -> str:
        return next(iter(self.needed)) if len(self.needed) == 1 else ""


_STDDEV = {"sigma": "stddev", "sd": "stddev", "std": "stddev", "mu": "mean"}
_LIMITS = {"low": _ANY, "high": _ANY}
LAWS: Mapping[str, Law] = {
    "normal": Law({"mean": _ANY, "stddev": _POSITIVE}, spellings=_STDDEV),
    "lognormal": Law({"mean": _ANY, "sigma": _POSITIVE}, spellings={"stddev": "sigma", "sd": "sigma", "mu": "mean"}),
    "exponential": Law({"lambda": _POSITIVE}, spellings={"rate": "lambda"}),
    "gamma": Law({"shape": _POSITIVE, "scale": _POSITIVE}),
    "beta": Law({"alpha": _POSITIVE, "beta": _POSITIVE}, _LIMITS, bounded=True),
    "weibull": Law({"shape": _POSITIVE, "scale": _POSITIVE}),
    "pareto": Law({"alpha": _POSITIVE, "minimum": _POSITIVE}, spellings={"shape": "alpha", "scale": "minimum"}),
    "triangular": Law({"mode": _ANY}, _LIMITS, bounded=True),
    "poisson": Law({"mean": _POSITIVE}, spellings={"lambda": "mean"}),
    "binomial": Law({"n": _COUNT, "p": _SHARE}),
    "geometric": Law({"p": _SHARE}),
    "zipf": Law({"exponent": _POSITIVE}, {"n": _COUNT}, {"s": "exponent", "a": "exponent"}),
    "empirical": Law(
        {"edges": (lambda value: True, "rising numbers, the ends of the bars of a histogram")},
        {
            "weights": (lambda value: True, "one for each bar, instead of equal ones"),
            "quantiles": (lambda value: True, "from the smallest to the largest value at even shares, instead of both"),
        },
    ),
}


def parameters(law: str, given: Any, bounds: Mapping[str, Any], spot: Spot) -> dict[str, Any] | None:
    """The law's parameters as JSON numbers, completed from the bounds `min` and `max`; None when problems were said."""
    if law == "empirical":
        return _histogram(given, spot)
    known = LAWS[law]
    raw = {known.sole: given} if known.sole and not isinstance(given, (dict, type(None))) else given or {}
    if not isinstance(raw, dict):
        example = ", ".join(f"{name}: 1" for name in known.needed)
        spot.say(f"the parameters of {law} must be a map such as {{{example}}}")
        return None
    before = len(spot.problems.found)
    checked = _checked(law, known, raw, spot)
    for name in known.needed:
        if name not in checked and not any(known.spellings.get(key, key) == name for key in raw):
            spot.say(f"{law} needs the parameter {name!r}")
    _complete(law, known, checked, bounds, spot)
    checked = {name: checked[name] for name in (*known.needed, *known.optional) if name in checked}
    return checked if len(spot.problems.found) == before else None


def _histogram(given: Any, spot: Spot) -> dict[str, Any] | None:
    """Edges and weights of an empirical law; a list alone is its quantiles."""
    raw = {"quantiles": given} if isinstance(given, (list, tuple)) else given
    if not isinstance(raw, dict) or len({"edges", "quantiles"} & set(raw)) != 1:
        spot.say("empirical needs its quantiles, such as [0, 5, 8, 20], or a map {edges: [..], weights: [..]}")
        return None
    before = len(spot.problems.found)
    for key in set(raw) - {"edges", "weights", "quantiles"}:
        spot.say(f"empirical has no parameter {key!r}{did_you_mean(key, LAWS['empirical'].optional)}", key)
    name = "edges" if "edges" in raw else "quantiles"
    edges = _numbers(raw[name], spot, name)
    weights = _numbers(raw["weights"], spot, "weights") if "weights" in raw else [1] * (len(edges) - 1)
    if edges != sorted(edges) or len(edges) < 2 or edges[0] == edges[-1]:
        spot.say("must be at least two rising numbers", name)
    if len(weights) != len(edges) - 1 or min(weights, default=0) < 0 or not sum(weights) > 0:
        spot.say(f"{len(edges)} {name} need {len(edges) - 1} weights from 0 up, one above 0", "weights")
    return {"edges": edges, "weights": weights} if len(spot.problems.found) == before else None


def _numbers(raw: Any, spot: Spot, name: str) -> list[int | float]:
    try:
        return [plain_number(as_number(value)) for value in (raw if isinstance(raw, (list, tuple)) else [raw])]
    except ValueError as error:
        spot.say(str(error), name)
        return []


def _checked(law: str, known: Law, raw: Mapping[str, Any], spot: Spot) -> dict[str, int | float]:
    allowed = {**known.needed, **known.optional}
    checked: dict[str, int | float] = {}
    for key, value in raw.items():
        name = known.spellings.get(key, key)
        if name not in allowed:
            spot.say(f"{law} has no parameter {key!r}{did_you_mean(key, allowed)}", key)
            continue
        try:
            number = as_number(value)
        except ValueError:
            spot.say(f"must be a number, not {shown(value)}", key)
            continue
        holds, wanted = allowed[name]
        if not holds(number):
            spot.say(f"must be {wanted}, not {shown(value)}", key)
        else:
            checked[name] = plain_number(number)
    return checked


def _complete(law: str, known: Law, checked: dict[str, int | float], bounds: Mapping[str, Any], spot: Spot) -> None:
    """Put min and max into the parameters of a law that lives between them, and n into a zipf law."""
    if law == "zipf" and "n" not in checked:
        most = Decimal(bounds["max"]) if "max" in bounds else Decimal(0)
        if not 1 <= most <= 1_000_000:
            spot.say("zipf needs the number of values, n (or a max), from 1 to 1,000,000")
        checked["n"] = int(most)
    if not known.bounded:
        return
    for name, bound in (("low", "min"), ("high", "max")):
        if name not in checked and bound in bounds:
            checked[name] = plain_number(Decimal(bounds[bound])) if "." in str(bounds[bound]) else int(bounds[bound])
    if law == "beta":
        checked.setdefault("low", 0)
        checked.setdefault("high", 1)
    if not {"low", "high"} <= set(checked):
        spot.say(f"{law} lies between min and max; give both")
    elif checked["low"] >= checked["high"]:
        spot.say(f"{law} needs a min below its max, not {checked['low']} and {checked['high']}")
    elif law == "triangular" and not checked["low"] <= checked.get("mode", checked["low"]) <= checked["high"]:
        spot.say(f"the mode {checked['mode']} is not between {checked['low']} and {checked['high']}", "mode")
