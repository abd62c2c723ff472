"""The built-in rules: each one's options checked against the column's type and put into their one form."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..datatypes import DataType
from ..errors import SchemaError, did_you_mean
from ..pools import Request
from .findings import Spot
from .laws import LAWS, parameters
from .options import MOMENTS, Options, bounds, lengths, span, weights_of, whole, words
from .value_rules import VALUE_RULES
from .values import as_number, bound, literal, plain_number, plain_tree, shown


def normalised(name: str, options: Mapping[str, Any], kind: DataType, spot: Spot) -> Options | None:
    """The options of the rule in their one JSON form; None when problems were said at `spot`.

    A name that is not built in is a plug-in's: its options are passed on.
    """
    if name not in RULES:
        return plain_tree(dict(sorted(options.items())))  # type: ignore[no-any-return]
    allowed, make = RULES[name]
    before = len(spot.problems.found)
    for key in options:
        if key not in allowed:
            spot.say(f"{name} has no option {key!r}{did_you_mean(key, allowed)}", key)
    made = make({key: value for key, value in options.items() if key in allowed and value is not None}, kind, spot)
    return made if len(spot.problems.found) == before else None


def _sequence(given: Options, kind: DataType, spot: Spot) -> Options:
    if not (kind.is_integer or kind.kind == "decimal"):
        spot.say(f"a sequence counts whole numbers or decimals, not {kind}")
        return {}
    made = {"start": _start(given, kind, spot), "step": whole(given, "step", spot, 1)}
    if made["step"] == 0:
        spot.say("must not be 0", "step")
    return made


def _start(given: Options, kind: DataType, spot: Spot) -> Any:
    try:
        return bound(kind, given.get("start", 1))
    except ValueError as error:
        spot.say(str(error), "start")
        return 1


def _uniform(given: Options, kind: DataType, spot: Spot) -> Options:
    made = bounds(given, kind, spot)
    for missing in {"min", "max"} - set(given):
        spot.say(f"uniform needs {missing!r}")
    return made


def _choices(given: Options, kind: DataType, spot: Spot) -> Options:
    raw = given.get("values")
    if not isinstance(raw, (list, tuple)) or not raw:
        spot.say("choices needs at least one value", "values")
        return {}
    values = [_literal(value, kind, spot, position) for position, value in enumerate(raw)]
    seen: set[str] = set()
    for position, value in enumerate(values):
        if value is not None and repr(value) in seen:
            spot.say(f"the choice {shown(value)} is listed twice", "values", position)
        seen.add(repr(value))
    return {"values": values, "weights": _weights(given.get("weights"), len(values), spot)}


def _literal(value: Any, kind: DataType, spot: Spot, position: int) -> Any:
    try:
        return literal(kind, value)
    except ValueError as error:
        spot.say(str(error), "values", position)
        return None


def _weights(raw: Any, count: int, spot: Spot) -> list[int | float]:
    if raw is None:
        return [1] * count
    weights = weights_of(raw, spot, "weights")
    if weights is not None and len(weights) != count:
        spot.say(f"there are {count} choices and {len(weights)} weights", "weights")
    return weights or []


def _distribution(given: Options, kind: DataType, spot: Spot) -> Options:
    law = given.get("law")
    if not kind.is_number:
        spot.say(f"a distribution is for numbers, not for {kind}", "law")
        return {}
    if law not in LAWS:
        spot.say(f"there is no distribution {shown(law)}{did_you_mean(str(law), LAWS)}", "law")
        return {}
    made = bounds(given, kind, spot)
    at = spot.under(*spot.names.get("parameters", ("parameters",)))
    found = parameters(str(law), given.get("parameters"), made, at)
    return {"law": law, "parameters": found or {}, **made}


def _faker(given: Options, kind: DataType, spot: Spot) -> Options:
    if not kind.is_text:
        spot.say(f"faker makes text, not {kind}", "provider")
    provider, arguments, locale = given.get("provider"), given.get("arguments") or {}, given.get("locale", "en_US")
    mixed = _locales(locale, spot)
    if not isinstance(provider, str) or not isinstance(arguments, dict) or not mixed:
        spot.say("faker needs the name of a provider, such as email, or a map {provider: .., locale: ..}", "provider")
        return {}
    try:
        requests = [Request.of(provider, plain_tree(arguments), name) for name in mixed]
    except SchemaError as error:
        spot.say(error.message, "provider")
        return {}
    request, per_row = requests[0], given.get("per_row", False)
    made: Options = {"provider": request.provider, "arguments": dict(request.arguments), "locale": request.locale}
    if per_row not in (True, False):
        spot.say(f"must be true or false, not {shown(per_row)}", "per_row")
    if per_row:
        made["per_row"] = True
    return made if len(mixed) == 1 else {**made, "locale": mixed}


def _locales(raw: Any, spot: Spot) -> dict[str, int | float]:
    """Weights by locale; nothing when problems were said."""
    if isinstance(raw, str):
        return {raw: 1}
    if isinstance(raw, (list, tuple)) and raw and all(isinstance(name, str) for name in raw):
        return dict.fromkeys(raw, 1)
    if not isinstance(raw, dict) or not raw:
        return {}
    weights = weights_of(list(raw.values()), spot, "locale") or []
    return dict(zip(raw, weights, strict=False))


def _pattern(given: Options, kind: DataType, spot: Spot) -> Options:
    if not kind.is_text:
        spot.say(f"a pattern makes text, not {kind}", "pattern")
    return {"pattern": words(given, "pattern", spot)}


def _expression(given: Options, kind: DataType, spot: Spot) -> Options:
    return {"sql": words(given, "sql", spot)}


def _after(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.kind not in MOMENTS:
        spot.say(f"after makes dates and timestamps, not {kind}", "column")
    return {"column": words(given, "column", spot), **span(given, spot)}


def _position(given: Options, kind: DataType, spot: Spot) -> Options:
    if not kind.is_integer:
        spot.say(f"position counts 1, 2, 3 ..., which {kind} cannot hold")
    return {}


def _reference(given: Options, kind: DataType, spot: Spot) -> Options:
    return {}


def _constant(given: Options, kind: DataType, spot: Spot) -> Options:
    if "value" not in given:
        spot.say("a constant needs a value; for NULL alone write nulls: 100%", "value")
        return {}
    return {"value": _fitting(given, "value", kind, spot, None)}


def _bernoulli(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.kind != "boolean":
        spot.say(f"bernoulli makes true and false, not {kind}")
    try:
        share = plain_number(as_number(given.get("p", "0.5")))
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        spot.say(f"must be a share from 0 to 1, not {shown(given.get('p'))}", "p")
    return {"p": share}


def _text(given: Options, kind: DataType, spot: Spot) -> Options:
    if not kind.is_text:
        spot.say(f"text is not for {kind}")
    return lengths(given, kind, spot)


def _uuid(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.kind != "uuid" and not (kind.is_text and (kind.length is None or kind.length >= 36)):
        spot.say(f"a UUID has 36 characters, which {kind} cannot hold")
    return {}


def _bytes(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.kind != "binary":
        spot.say(f"bytes are not for {kind}")
    return lengths(given, kind, spot)


def _json(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.kind != "json" and not kind.is_text:
        spot.say(f"json is not for {kind}")
    return {}


def _frozen(given: Options, kind: DataType, spot: Spot) -> Options:
    data = words(given, "data", spot)
    if data and not re.fullmatch(r"sha256:[0-9a-f]{64}", data):
        spot.say("must be the digest that `define` gave existing data, sha256:...", "data")
    return {"data": data}


def _array(given: Options, kind: DataType, spot: Spot) -> Options:
    if kind.item is None:
        spot.say(f"array makes arrays, not {kind}")
        return {}
    made = {"min_items": whole(given, "min_items", spot, 0), "max_items": whole(given, "max_items", spot, 5)}
    if not 0 <= made["min_items"] <= made["max_items"]:
        spot.say(f"min_items {made['min_items']} and max_items {made['max_items']} are no range", "min_items")
    name = str(given.get("item", "uniform"))
    options = normalised(name, given.get("options") or {}, kind.item, spot.under("options"))
    return {**made, "item": name, "options": options or {}}


def _fitting(given: Options, name: str, kind: DataType, spot: Spot, default: Any) -> Any:
    try:
        return literal(kind, given[name]) if name in given else default
    except ValueError as error:
        spot.say(str(error), name)
        return default


RULES: Mapping[str, tuple[tuple[str, ...], Callable[[Options, DataType, Spot], Options]]] = {
    "sequence": (("start", "step"), _sequence),
    "uniform": (("min", "max"), _uniform),
    "choices": (("values", "weights"), _choices),
    "distribution": (("law", "parameters", "min", "max"), _distribution),
    "faker": (("provider", "arguments", "locale", "per_row"), _faker),
    "pattern": (("pattern",), _pattern),
    "expression": (("sql",), _expression),
    "after": (("column", "within", "min"), _after),
    "position": ((), _position),
    "reference": ((), _reference),
    "constant": (("value",), _constant),
    "bernoulli": (("p",), _bernoulli),
    "text": (("min_length", "max_length"), _text),
    "uuid": ((), _uuid),
    "bytes": (("min_length", "max_length"), _bytes),
    "json": ((), _json),
    "frozen": (("data",), _frozen),
    "array": (("min_items", "max_items", "item", "options"), _array),
    **VALUE_RULES,
}
