"""Generators of rules whose values hang together: templates, dependent choices, persons, spans of time, profiles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..generators.categorical import Alias
from ..generators.dependent import Dependent, Weighted
from ..generators.excerpts import Excerpt
from ..generators.persons import People, PersonText, longest
from ..generators.profiles import HOUR, Arrivals, OrderedArrivals, weights
from ..generators.protocol import Generator
from ..generators.templates import Template
from ..generators.temporal import DAY, Before, Between, parse_duration
from ..schema.model import Column
from .ranges import SECOND, Ask
from .values import typed_array, units

PERSON = "\x1fperson"
"""Begins the names of hidden columns that number persons; a locale and the person's name follow."""
_ENDLESS = 1 << 62


def template(ask: Ask) -> Generator:
    made = Template.build(str(ask.option("template")))
    if ask.unique and not any(_keeps_apart(ask, piece.path, piece.form) for piece in made.pieces):
        raise ValueError("a unique template needs a column that is unique by itself, as it is or filled with zeros")
    for path in made.needs:
        own = next((column for column in ask.table.columns if column.name == path), None)
        if own is not None and own.type.kind in ("real", "double", "binary", "array", "interval"):
            raise ValueError(f"{path} is {own.type}, which is not written in one way; use a decimal or an expression")
    return made


def _keeps_apart(ask: Ask, path: str, form: str) -> bool:
    return (path,) in ask.table.keys and (not form or form.isdecimal())


def depends(ask: Ask) -> Generator:
    if ask.unique:
        raise ValueError("a column of choices that depend on another cannot be unique")
    given: Mapping[str, Mapping[str, Any]] = ask.option("choices", {})
    column, default = str(ask.option("on")), ask.option("default")
    choices = {key: _weighted(ask, one) for key, one in given.items()}
    if default is None:
        _refuse_missing(ask, column, choices)
    return Dependent.build(column, choices, None if default is None else _weighted(ask, default))


def _weighted(ask: Ask, choices: Mapping[str, Any]) -> Weighted:
    return typed_array(list(choices["values"]), ask.type), Alias.of(list(choices["weights"]))


def _refuse_missing(ask: Ask, name: str, choices: Mapping[str, Any]) -> None:
    other = next((column for column in ask.table.columns if column.name == name), None)
    if other is None or other.rule.name not in ("choices", "constant"):
        return
    found = other.rule.options.get("values") or [other.rule.options.get("value")]
    missing = [str(value) for value in found if str(value) not in choices]
    if missing:
        raise ValueError(f"there are no choices for {name} = {missing[0]!r}; add them, or give a default")


def person(ask: Ask) -> Generator:
    people, field = people_of(ask), str(ask.option("field"))
    apart = field == "email" or field == "user_name" or (field == "name" and people.copies == 1)
    if ask.unique and not apart:
        raise ValueError(f"a person's {field} repeats among {ask.rows:,} rows; e-mail and user name do not")
    most = longest(people, field)
    if ask.type.length is not None and most > ask.type.length:
        raise ValueError(f"a person's {field} has up to {most} characters, and the column holds {ask.type.length}")
    return PersonText(people, field, ask.unique, (person_source(ask.column),))


def person_source(column: Column) -> str:
    """The hidden column that a person's column reads: one for each locale and name in `of`."""
    return f"{PERSON} {column.rule.options.get('locale', 'en_US')} {column.rule.options.get('of', '')}".rstrip()


def people_of(ask: Ask) -> People:
    """The people of a person's column."""
    return People.of(ask.pools, str(ask.option("locale", "en_US")), ask.rows)


def before(ask: Ask) -> Generator:
    least, most, step = span(ask)
    return Before(ask.type.arrow, (str(ask.option("column")),), least, most, step)


def between(ask: Ask) -> Generator:
    ends = (str(ask.option("after")), str(ask.option("before")))
    if ask.option("within") is None:
        least, _, step = span(replace(ask, column=replace(ask.column)), within=ask.option("min", "0s"))
        return Between(ask.type.arrow, ends, least, _ENDLESS, step)
    least, most, step = span(ask)
    return Between(ask.type.arrow, ends, least, most, step)


def span(ask: Ask, within: str | None = None) -> tuple[int, int, int]:
    """(least, most, step) in microseconds of the options `min` and `within`; whole days for dates."""
    least = parse_duration(str(ask.option("min", "0s")))
    most = parse_duration(str(within or ask.option("within", "30d")))
    if ask.type.kind == "date":
        least, most = -(-least // DAY) * DAY, most // DAY * DAY
    if least > most and within is None:
        raise ValueError(f"min {ask.option('min')} is more than within {ask.option('within')}")
    return least, most, SECOND if most - least >= SECOND or within else 1


def profile(ask: Ask) -> Generator:
    is_date = ask.type.kind == "date"
    slot, unit = (DAY, DAY) if is_date else (HOUR, 1)
    first = units(ask.option("min"), ask.type) * unit
    if ask.option("every") is not None:
        last = first + max(ask.rows, 1) * parse_duration(str(ask.option("every"))) - 1
    else:
        last = units(ask.option("max"), ask.type) * unit + (DAY - 1 if is_date else 0)
    shapes: dict[str, Sequence[float]] = {name: ask.option(name) for name in ("weekday", "hour", "month")}
    made = weights(first, last, slot, {name: shape for name, shape in shapes.items() if shape}, ask.option("trend", 0))
    if ask.unique:
        raise ValueError("moments of a profile may repeat, so the column cannot be unique")
    if ask.option("ordered"):
        below = np.array([float(f"{value:.12e}") for value in np.concatenate([[0.0], np.cumsum(made)])])
        return OrderedArrivals(ask.type.arrow, first, last, slot, below, max(ask.rows, 1))
    return Arrivals(ask.type.arrow, first, last, slot, Alias.of(made.tolist()))


def excerpt(ask: Ask) -> Generator:
    if ask.unique:
        raise ValueError("excerpts repeat now and then, so the column cannot be unique")
    words = tuple(ask.option("words", ())) or tuple(ask.pools.pool("word").values.to_pylist())
    return Excerpt.build(ask.option("min_length", 1), ask.option("max_length", 100), words)


MADE: Mapping[str, Callable[[Ask], Generator]] = {
    "template": template, "depends": depends, "person": person, "before": before, "between": between,
    "profile": profile, "excerpt": excerpt,
}  # fmt: skip
