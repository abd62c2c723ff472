"""Rules that make text: values of pools in one locale or several, patterns, sentences, JSON objects.

The generators are imported where they are asked for: few plans need all of them. Every rule raises ValueError when its
column cannot have such values.
"""

from collections.abc import Mapping

import pyarrow as pa

from ..generators.categorical import Alias, Choices
from ..generators.domains import Domain
from ..generators.protocol import Generator
from ..pools import DEFAULT_LOCALE, Request
from .ranges import Ask, lengths


def faker(ask: Ask) -> Generator:
    """Values of a provider's pool, or drawn anew for each row."""
    from ..generators.people import unique_text
    from ..generators.text import PoolValues

    if not ask.type.is_text:
        raise ValueError(f"faker makes text, not {ask.type}")
    if ask.option("per_row"):
        return _faker_rows(ask)
    if isinstance(locales := ask.option("locale", DEFAULT_LOCALE), Mapping):
        return _mixed(ask, locales)
    if ask.unique:
        arguments, locale = ask.option("arguments", {}), ask.option("locale", DEFAULT_LOCALE)
        return unique_text(_provider(ask), ask.pools, ask.rows, ask.type.length, arguments=arguments, locale=locale)
    pool = ask.pools.pool(_provider(ask), ask.option("arguments", {}), ask.option("locale", DEFAULT_LOCALE))
    return PoolValues.build(pool, ask.type.length)


def _faker_rows(ask: Ask) -> Generator:
    from ..generators.text import FakerRows

    if ask.unique or isinstance(ask.option("locale", DEFAULT_LOCALE), Mapping):
        raise ValueError("faker asked per row makes no unique column, and speaks one locale; leave out per_row")
    arguments = tuple(dict(ask.option("arguments", {})).items())
    return FakerRows(_provider(ask), arguments, ask.option("locale", DEFAULT_LOCALE), ask.type.length)


def _mixed(ask: Ask, locales: Mapping[str, float]) -> Generator:
    """Values of several locales' pools: each locale by its weight, each of its values alike."""
    from ..generators.text import fitting

    if ask.unique:
        raise ValueError("a unique column speaks one locale, not several")
    shares: dict[str, float] = {}
    for locale, weight in locales.items():
        pool = fitting(ask.pools.pool(_provider(ask), ask.option("arguments", {}), locale), ask.type.length)
        for value in pool.values.to_pylist():
            shares[value] = shares.get(value, 0) + weight / len(pool)
    return Choices(pa.array(list(shares), pa.string()), Alias.of(list(shares.values())))


def pool_domain(ask: Ask) -> Domain:
    """The different values of a provider's pool, as many as the rows need."""
    from ..generators.people import distinct

    request = Request.of(_provider(ask), ask.option("arguments", {}), ask.option("locale", DEFAULT_LOCALE))
    return distinct(request, ask.pools, min(ask.rows, 10_000), ask.type.length)


def pattern_domain(ask: Ask) -> Domain:
    """Every text that the pattern matches."""
    from ..generators.patterns import pattern_domain

    return pattern_domain(str(ask.option("pattern")), ask.type.length)


def pattern(ask: Ask) -> Generator:
    """Texts that the pattern matches, each at most once in a unique column."""
    from ..generators.patterns import Pattern, UniquePattern

    maker = UniquePattern if ask.unique else Pattern
    return maker.build(str(ask.option("pattern")), ask.rows, ask.type.length)


def text(ask: Ask) -> Generator:
    """Sentences; in a unique column words, in each row others."""
    from ..generators.people import unique_text
    from ..generators.text import Sentences

    if ask.unique:
        return unique_text("words", ask.pools, ask.rows, ask.type.length)
    least, most = lengths(ask, usual=200)
    return Sentences.build(min(20, most // 2) if least is None else least, most, ask.pools.pool("sentence"))


def json(ask: Ask) -> Generator:
    """Small objects."""
    from ..generators.text import JsonObjects

    if ask.unique:
        raise ValueError("a json column cannot be unique")
    return JsonObjects.build(ask.pools.pool("word"))


def _provider(ask: Ask) -> str:
    return str(ask.option("provider"))
