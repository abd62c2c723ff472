"""Options that several rules have: each read into its one JSON form, or what is wrong with it said at its spot."""

from typing import Any

from ..datatypes import DataType
from ..generators.temporal import parse_duration
from .findings import Spot
from .values import as_number, bound, ordered, plain_number, shown

Options = dict[str, Any]
MOMENTS = ("date", "timestamp", "timestamptz")


def words(given: Options, name: str, spot: Spot) -> str:
    """Text that is not empty."""
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        spot.say(f"must be text that is not empty, not {shown(value)}", name)
        return ""
    return value


def whole(given: Options, name: str, spot: Spot, default: int) -> int:
    """A whole number."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        spot.say(f"must be a whole number, not {shown(value)}", name)
        return default
    return value


def bounds(given: Options, kind: DataType, spot: Spot) -> Options:
    """`min` and `max`, those that are given, in order."""
    made: Options = {}
    for name in ("min", "max"):
        if name in given:
            try:
                made[name] = bound(kind, given[name], upper=name == "max")
            except ValueError as error:
                spot.say(str(error), name)
    if len(made) == 2 and ordered(kind, made["min"]) > ordered(kind, made["max"]):
        spot.say(f"min {made['min']} is above max {made['max']}", "min")
    return made


def lengths(given: Options, kind: DataType, spot: Spot) -> Options:
    """`min_length` and `max_length`, those that are given, in order and within the type's length."""
    made: Options = {name: whole(given, name, spot, 1) for name in ("min_length", "max_length") if name in given}
    for name, value in made.items():
        if value < 1 or (kind.length is not None and value > kind.length):
            spot.say(f"must be from 1 to {kind.length or 'any length'}, not {value}", name)
    if len(made) == 2 and made["min_length"] > made["max_length"]:
        spot.say(f"min_length {made['min_length']} is above max_length {made['max_length']}", "min_length")
    return made


def span(given: Options, spot: Spot, within: str | None = "30d") -> Options:
    """`within`, where it is given or usual, and `min`, as durations in order."""
    made: Options = {"within": given.get("within", within), "min": given.get("min", "0s")}
    made = {name: value for name, value in made.items() if value is not None}
    found: dict[str, int] = {}
    for name, value in made.items():
        try:
            found[name] = _duration(value)
        except ValueError as error:
            spot.say(str(error), name)
    if len(found) == 2 and found["min"] > found["within"]:
        spot.say(f"min {made['min']} is longer than within {made['within']}", "min")
    return made


def _duration(raw: Any) -> int:
    if not isinstance(raw, str):
        raise ValueError(f"{shown(raw)} is not a duration; write one with a unit, such as 10d, 2y or 90s")
    return parse_duration(raw)


def weights_of(raw: Any, spot: Spot, *option: str) -> list[int | float] | None:
    """Weights >= 0 with a positive sum as JSON numbers; None when problems were said."""
    if not isinstance(raw, (list, tuple)) or not raw:
        spot.say("weights must be a list of numbers", *option)
        return None
    weights: list[int | float] = []
    for position, value in enumerate(raw):
        try:
            number = as_number(value)
        except ValueError:
            spot.say(f"the weight must be a number, not {shown(value)}", *option, position)
            continue
        if number < 0:
            spot.say(f"the weight {number} is below 0", *option, position)
        weights.append(plain_number(number))
    if len(weights) == len(raw) and not any(weight > 0 for weight in weights):
        spot.say("at least one weight must be above 0", *option)
    return weights if len(weights) == len(raw) else None
