"""From a request to a verb's values: strict JSON or query parameters, each kept in its bounds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ...commands.named import is_many, name_of
from ...commands.surface import VERBS
from ...errors import CommandError, did_you_mean
from .places import Places
from .routes import EXTRAS, kind_of, open_parameters

_OF_JUPYTER = frozenset(("token", "_xsrf", "no_track_activity"))


@dataclass(frozen=True)
class Wanted:
    """What a request asks of a verb: values by name for the grammar, the body that a cell would have, `$` values."""

    values: dict[str, Any]
    body: str | None = None
    parameters: dict[str, Any] | None = None


def read_json(body: bytes) -> dict[str, Any]:
    """The object that a body holds; an empty body is an empty object.

    Raises:
        CommandError: it is no JSON object, repeats a name, or holds NaN.
    """
    if not body.strip():
        return {}
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise CommandError(f"the body is no JSON: {reason}") from None
    if not isinstance(found, dict):
        raise CommandError("the body is no JSON object", hint='write one such as {"name": "shop"}')
    return found


def read_query(verb: str, arguments: Mapping[str, list[bytes]]) -> dict[str, Any]:
    """The values of query parameters; those that may be given several times are lists.

    Raises:
        CommandError: one is repeated, or is no UTF-8.
    """
    many = {name for name, each in open_parameters(verb).items() if is_many(each)}
    found: dict[str, Any] = {}
    for name, values in arguments.items():
        if name in _OF_JUPYTER:
            continue
        try:
            texts = [value.decode() for value in values]
        except UnicodeDecodeError:
            raise CommandError(f"{verb}: {name} is no UTF-8") from None
        if len(texts) > 1 and name not in many:
            raise CommandError(f"{verb}: {name} is given {len(texts)} times")
        found[name] = texts if name in many else texts[0]
    return found


def wanted(verb: str, given: Mapping[str, Any], places: Places, *, rows: int) -> Wanted:
    """What the values ask, every path below the server's folder, at most `rows` rows of data.

    Raises:
        CommandError: HTTP has no such parameter, or a value leaves its bounds.
        NotFoundError: a file is missing.
    """
    known = open_parameters(verb)
    extras = EXTRAS.get(verb, {})
    for name in given:
        if name not in known and name not in extras:
            offered = [*known, *extras]
            raise CommandError(f"{verb} has no parameter {name!r}{did_you_mean(name, offered)}")
    values = {name: value for name, value in given.items() if name in known and value is not None}
    _complete(verb, values, rows)
    for name, value in values.items():
        values[name] = _bounded(verb, name, value, places)
    body = given.get("document")
    if body is not None and not isinstance(body, str):
        raise CommandError(f"{verb}: document is one text", hint="send YAML, JSON or DDL as it stands in a file")
    parameters = given.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise CommandError(f"{verb}: parameters is an object of values by name")
    return Wanted(values, body, parameters)


def _complete(verb: str, values: dict[str, Any], rows: int) -> None:
    """What a shell gives and a request may leave out; more rows than a request gets are refused, not cut."""
    if "limit" in open_parameters(verb):
        if str(values.get("limit", 0)).isdecimal() and int(values.get("limit", 0)) > rows:
            raise CommandError(f"{verb}: a request gets at most {rows:,} rows", hint="ask for parts of it")
        if verb == "sql" and not {"export", "into", "explain"} & set(values):
            values.setdefault("limit", rows)
    name = str(values.get("name", "synth")).replace(":", "-")
    if verb == "export":
        values.setdefault("output", f"download:{name}.tar")
    if verb == "lineage" and "format" in values:
        values.setdefault("output", f"download:{name}.{values['format']}")
    for standard_input in ("sql", "file"):
        if values.get(standard_input) == "-":
            raise CommandError(f"{verb}: {standard_input} is -, and a request has no standard input")
    if verb == "sql" and "sql" not in values:
        raise CommandError("sql: sql is missing", hint='send {"name": "shop", "sql": "SELECT ..."}')


def _bounded(verb: str, name: str, value: Any, places: Places) -> Any:
    argument = next(each for each in VERBS[verb].arguments if name_of(each) == name)
    kind = kind_of(verb, name, argument)
    if kind == "plain":
        return value
    if kind == "existing":
        return places.existing(value)
    if not isinstance(value, str):
        raise CommandError(f"{verb}: {name} is one text, not {type(value).__name__}")
    if kind in ("read", "schema"):
        return places.reading(value) if kind == "read" else places.schema(value)
    return places.writing(value) if kind == "write" else places.target(value)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is repeated in an object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
