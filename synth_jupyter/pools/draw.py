"""Drawing a pool from Faker: once, seeded by the request itself, a fixed number of times."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import PluginError, SchemaError, did_you_mean
from .model import Pool
from .providers import PROVIDERS
from .request import Request


def draw(request: Request) -> Pool:
    """The pool of a request, the same for the same version of Faker.

    Raises:
        SchemaError: the locale does not exist, or these arguments make no value.
        PluginError: Faker is not installed, or its provider is not what the table says.
    """
    provider = PROVIDERS[request.provider]
    make = _maker(request, provider.weighted)
    try:
        values = [_line(make(**request.arguments)) for _ in range(provider.draws)]
        return Pool.of(request.provider, sorted(values) if provider.closed else values)
    except (TypeError, AttributeError) as error:
        raise PluginError(f"the installed Faker cannot make {request.text}: {error}") from error
    except ValueError as error:
        raise SchemaError(f"the provider {request.provider!r} makes no value of {request.text}: {error}") from error


def draw_rows(request: Request, seeds: Sequence[int], length: int | None) -> list[str]:
    """One value for each seed, asked of Faker anew, within `length` characters (the first of ten that fits, else cut).

    Raises:
        SchemaError, PluginError: as `draw`.
    """
    source, make = _source(request, weighted=True)
    found = []
    for seed in seeds:
        source.seed_instance(seed)
        tries = (_line(make(**request.arguments)) for _ in range(10 if length else 1))
        value = next((text for text in tries if length is None or len(text) <= length), None)
        if value is None:
            source.seed_instance(seed)
            value = _line(make(**request.arguments))[:length]
        found.append(value)
    return found


def faker_version() -> str:
    """The version of the installed Faker, for the record of a drawn pool."""
    return str(_faker().VERSION)


def _faker() -> Any:
    try:
        import faker
    except ImportError as error:
        raise PluginError("this pool has to be drawn, and Faker is not installed", hint="pip install Faker") from error
    return faker


def _maker(request: Request, weighted: bool) -> Callable[..., object]:
    source, made = _source(request, weighted)
    source.seed_instance(int.from_bytes(hashlib.sha256(request.text.encode()).digest()[:8], "little"))
    return made


def _source(request: Request, weighted: bool) -> tuple[Any, Callable[..., object]]:
    """An instance of Faker, and its method for the request."""
    faker = _faker()
    from faker.config import AVAILABLE_LOCALES

    if request.locale not in AVAILABLE_LOCALES:
        near = did_you_mean(request.locale, AVAILABLE_LOCALES)
        raise SchemaError(f"there is no locale {request.locale!r}{near}", hint="write one such as de_DE or ja_JP")
    source = faker.Faker(request.locale, use_weighting=weighted)
    made: Callable[..., object] = getattr(source, request.provider)  # a name of the table, never a user's word
    return source, made


def _line(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(str(item) for item in value)
    # Addresses come in lines; a pool's value is one line.
    return ", ".join(str(value).splitlines())
