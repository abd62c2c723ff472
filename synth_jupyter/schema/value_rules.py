"""Rules whose values hang together: templates, dependent choices, persons, moments before others, profiles, copulas."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..datatypes import DataType
from ..errors import SchemaError, did_you_mean
from ..generators.templates import pieces
from ..generators.temporal import parse_duration
from ..pools import Request
from .findings import Spot
from .options import MOMENTS, Options, bounds, span, words
from .values import as_number, literal, plain_number, shown

PERSON_FIELDS = ("name", "first_name", "last_name", "email", "user_name", "gender", "title")
_LENGTHS = {"weekday": 7, "hour": 24, "month": 12}


def template(given: Options, kind: DataType, spot: Spot) -> Options:
    if not kind.is_text:
        spot.say(f"a template makes text, not {kind}", "template")
    text = words(given, "template", spot)
    try:
        pieces(text)
    except ValueError as error:
        spot.say(str(error), "template")
    return {"template": text}


def depends(given: Options, kind: DataType, spot: Spot) -> Options:
    made: Options = {"on": words(given, "on", spot), "choices": {}}
    raw = given.get("choices")
    if not isinstance(raw, dict) or not raw:
        spot.say("needs choices: a map of each value of the other column to the choices that go with it", "choices")
        return made
    for key, choices in raw.items():
        made["choices"][str(key)] = _weighted(choices, kind, spot.under("choices", str(key)))
    if given.get("default") is not None:
        made["default"] = _weighted(given["default"], kind, spot.under("default"))
    return made


def _weighted(raw: Any, kind: DataType, spot: Spot) -> Options:
    """A value, a list of values, a map of values to weights, or the one form: {values: [..], weights: [..]}."""
    if isinstance(raw, dict) and set(raw) == {"values", "weights"}:
        values, weights = raw["values"], raw["weights"]
    elif isinstance(raw, dict):
        values, weights = list(raw), list(raw.values())
    else:
        values = raw if isinstance(raw, (list, tuple)) else [raw]
        weights = [1] * len(values)
    try:
        numbers = [plain_number(as_number(weight)) for weight in weights]
        if not numbers or len(numbers) != len(values) or min(numbers) < 0 or not sum(numbers) > 0:
            raise ValueError("needs at least one value, and weights from 0 up of which one is above 0")
        return {"values": [literal(kind, value) for value in values], "weights": numbers}
    except ValueError as error:
        spot.say(str(error))
        return {}


def person(given: Options, kind: DataType, spot: Spot) -> Options:
    field, locale = given.get("field"), given.get("locale", "en_US")
    if not kind.is_text:
        spot.say(f"a person's {field} is text, not {kind}", "field")
    if field not in PERSON_FIELDS:
        near = did_you_mean(str(field), PERSON_FIELDS) or f"; write one of {', '.join(PERSON_FIELDS)}"
        spot.say(f"a person has no {shown(field)}{near}", "field")
    try:
        Request.of("first_name", {}, str(locale))
    except SchemaError as error:
        spot.say(error.message, "locale")
    return {"field": field, "locale": locale, "of": str(given.get("of", ""))}


def before(given: Options, kind: DataType, spot: Spot) -> Options:
    return {"column": words(given, "column", spot), **_span(given, kind, spot)}


def between(given: Options, kind: DataType, spot: Spot) -> Options:
    made = {"after": words(given, "after", spot), "before": words(given, "before", spot)}
    return {**made, **_span(given, kind, spot, None)}


def _span(given: Options, kind: DataType, spot: Spot, within: str | None = "30d") -> Options:
    if kind.kind not in MOMENTS:
        spot.say(f"it makes dates and timestamps, not {kind}")
    return span(given, spot, within)


def profile(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.kind not in MOMENTS:
        spot.say(f"a profile makes dates and timestamps, not {kind}")
        return {}
    made = bounds(given, kind, spot)
    if "every" in given:
        made["every"] = words(given, "every", spot)
        try:
            if parse_duration(made["every"]) <= 0:
                spot.say("must be longer than nothing", "every")
        except ValueError as error:
            spot.say(str(error), "every")
    if "min" not in made or ("max" in made) == ("every" in made):
        spot.say("needs min, and either max or every: the mean time from one row to the next")
    for name, count in _LENGTHS.items():
        if name in given:
            made[name] = _shares(given[name], count, spot, name)
    made["trend"] = _trend(given.get("trend", 0), spot)
    made["ordered"] = given.get("ordered", "every" in given)
    if not isinstance(made["ordered"], bool):
        spot.say(f"must be true or false, not {shown(made['ordered'])}", "ordered")
    return made


def _shares(raw: Any, count: int, spot: Spot, name: str) -> list[int | float]:
    try:
        weights = [plain_number(as_number(value)) for value in (raw if isinstance(raw, (list, tuple)) else ())]
    except ValueError as error:
        spot.say(str(error), name)
        return []
    if len(weights) != count or min(weights) < 0 or not sum(weights) > 0:
        spot.say(f"needs {count} weights from 0 up of which one is above 0, not {len(weights)}", name)
    return weights


def _trend(raw: Any, spot: Spot) -> int | float:
    text = raw[:-1] if (percent := isinstance(raw, str) and raw.endswith("%")) else raw
    try:
        value = Decimal(as_number(text)) / (100 if percent else 1)
    except ValueError as error:
        spot.say(str(error), "trend")
        return 0
    if not -1 < value <= 1000:
        spot.say(f"is the growth in a year, such as 0.2 or 20%, above -1; not {shown(raw)}", "trend")
        return 0
    return plain_number(value) if value != int(value) else int(value)


def correlated(given: Options, kind: DataType, spot: Spot) -> Options:
    """`with` other columns, and the `rule` of this one with its `options`."""
    from .rules import normalised

    rule = given.get("rule")
    if rule not in ("distribution", "uniform"):
        spot.say("a correlated column has a distribution, or min and max", "with")
        return {}
    made: Options = {
        "with": {},
        "rule": rule,
        "options": normalised(rule, given.get("options") or {}, kind, spot) or {},
    }
    raw = given.get("with")
    if not isinstance(raw, dict) or not raw:
        spot.say("needs other columns with their correlations, such as {age: 0.6}", "with")
        return made
    for name, value in raw.items():
        try:
            share = as_number(value)
        except ValueError:
            share = 2
        if not -1 < share < 1:
            spot.say(f"the correlation with {name} is above -1 and below 1, not {shown(value)}", "with", name)
        made["with"][name] = plain_number(share)
    return made


def excerpt(given: Options, kind: DataType, spot: Spot) -> Options:
    if not kind.is_text:
        spot.say(f"an excerpt is text, not {kind}")
    made: Options = {}
    for name, usual in (("min_length", 1), ("max_length", kind.length or 100)):
        made[name] = given.get(name, usual)
        if type(made[name]) is not int or not 1 <= made[name] <= min(kind.length or 10_000, 10_000):
            spot.say(f"must be from 1 to {kind.length or 10_000}, not {shown(made[name])}", name)
    if made["min_length"] > made["max_length"]:
        spot.say(f"min_length {made['min_length']} is above max_length {made['max_length']}", "min_length")
    vocabulary = given.get("words", [])
    fits = isinstance(vocabulary, (list, tuple)) and all(isinstance(word, str) and word.strip() for word in vocabulary)
    if not fits:
        spot.say("must be a list of words", "words")
    elif vocabulary:
        made["words"] = list(vocabulary)
    return made


VALUE_RULES: Mapping[str, tuple[tuple[str, ...], Callable[[Options, DataType, Spot], Options]]] = {
    "template": (("template",), template),
    "depends": (("on", "choices", "default"), depends),
    "person": (("field", "locale", "of"), person),
    "before": (("column", "within", "min"), before),
    "between": (("after", "before", "within", "min"), between),
    "profile": (("min", "max", "every", "weekday", "hour", "month", "trend", "ordered"), profile),
    "correlated": (("with", "rule", "options"), correlated),
    "excerpt": (("min_length", "max_length", "words"), excerpt),
}
