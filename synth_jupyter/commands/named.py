"""A request by names in place of words: what HTTP asks, read from the same table of verbs."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import CommandError, did_you_mean
from .grammar import Request
from .surface import VERBS, Argument

_TRUTH = {"true": True, "false": False}


def named_arguments(verb: str) -> dict[str, Argument]:
    """Each word and option of a verb by its name: `name`, `limit` for `-n, --limit`, `verify_only`."""
    return {name_of(argument): argument for argument in VERBS[verb].arguments}


def name_of(argument: Argument) -> str:
    """The name of a word or option: its longest spelling without dashes."""
    return max(argument.flags, key=len).lstrip("-").replace("-", "_")


def is_switch(argument: Argument) -> bool:
    """Whether it is on or off."""
    return argument.details.get("action") == "store_true"


def is_many(argument: Argument) -> bool:
    """Whether it may be given several times."""
    nargs = argument.details.get("nargs")
    return argument.details.get("action") == "append" or nargs in ("*", "+") or isinstance(nargs, int)


def is_required(argument: Argument) -> bool:
    """Whether a request without it is wrong."""
    if argument.is_option:
        return bool(argument.details.get("required"))
    return argument.details.get("nargs") not in ("?", "*")


def named_request(verb: str, values: Mapping[str, Any]) -> Request:
    """The request that values by name make: texts, numbers, booleans, lists, or `{TABLE: N}` for `TABLE=N`.

    Raises:
        CommandError: an unknown verb or name, a missing value, a value of the wrong form.
    """
    if verb not in VERBS:
        raise CommandError(f"there is no verb {verb!r}{did_you_mean(verb, VERBS)}", hint="`synth help` lists the verbs")
    known = named_arguments(verb)
    for name in values:
        if name not in known:
            raise CommandError(f"{verb} has no parameter {name!r}{did_you_mean(name, known)}")
    options = Namespace(json=True)
    for name, argument in known.items():
        setattr(options, _destination(argument), _value(verb, name, argument, values.get(name)))
    return Request(verb, options, json=True)


def _destination(argument: Argument) -> str:
    long = next((flag for flag in argument.flags if flag.startswith("--")), argument.flags[0])
    return str(argument.details.get("dest") or long.lstrip("-").replace("-", "_"))


def _value(verb: str, name: str, argument: Argument, given: Any) -> Any:
    place = f"{verb}: {name}"
    if given is None:
        if is_required(argument):
            raise CommandError(f"{place} is missing", hint=f"see: synth help {verb}")
        return False if is_switch(argument) else _default(argument)
    if is_switch(argument):
        return _switched(place, given)
    if is_many(argument):
        many = [_one(place, argument, each) for each in _several(given)]
        count = argument.details.get("nargs")
        if isinstance(count, int) and len(many) != count:
            raise CommandError(f"{place} takes {count} values, not {len(many)}")
        return many
    return _one(place, argument, given)


def _default(argument: Argument) -> Any:
    """As argparse has it: `*` gives an empty list, everything else None."""
    return argument.details.get("default", [] if argument.details.get("nargs") == "*" else None)


def _switched(place: str, given: Any) -> bool:
    found = given if isinstance(given, bool) else _TRUTH.get(given) if isinstance(given, str) else None
    if found is None:
        raise CommandError(f"{place} is true or false, not {given!r}")
    return found


def _several(given: Any) -> Iterable[Any]:
    if isinstance(given, Mapping):
        return [f"{name}={value}" for name, value in given.items()]
    return given if isinstance(given, list) else [given]


def _one(place: str, argument: Argument, given: Any) -> Any:
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise CommandError(f"{place} is one text or number, not {type(given).__name__}")
    read: Callable[[str], Any] = argument.details.get("type", str)
    try:
        value = read(str(given))
    except CommandError as error:
        raise CommandError(f"{place}: {error.message}", hint=error.hint) from None
    choices = argument.details.get("choices")
    if choices is not None and value not in choices:
        raise CommandError(f"{place} is one of {', '.join(map(str, choices))}, not {given!r}")
    return value
