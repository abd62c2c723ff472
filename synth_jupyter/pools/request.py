"""What a document asks for, made safe: a provider of the table, arguments in their ranges, a locale."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..documents import canonical_json
from ..errors import SchemaError, did_you_mean
from .providers import ALIASES, PROVIDERS, SHIPPED, UNIVERSAL, Argument

DEFAULT_LOCALE = "en_US"
_FAMILIES = (
    "address", "automotive", "bank", "barcode", "color", "colour", "company", "credit_card", "currency", "emoji",
    "fake", "faker", "file", "finance", "geo", "internet", "isbn", "job", "location", "lorem", "misc", "name",
    "person", "phone", "phone_number", "random", "ssn", "system", "text", "user_agent", "word",
)  # fmt: skip
_WRITTEN = re.compile(r"[A-Za-z][A-Za-z0-9_ .-]{0,63}")


@dataclass(frozen=True)
class Request:
    """A pool asked for, checked: the provider's own name, its arguments, the locale."""

    provider: str
    arguments: Mapping[str, Any]
    locale: str

    @classmethod
    def of(cls, provider: str, arguments: Mapping[str, Any] | None = None, locale: str = DEFAULT_LOCALE) -> "Request":
        """The request that these words make.

        Raises:
            SchemaError: no such provider or argument, or a value out of its range; near misses are named.
        """
        name = provider_named(provider)
        given = dict(arguments or {})
        allowed = PROVIDERS[name].arguments
        for argument, value in given.items():
            if argument not in allowed:
                raise SchemaError(_no_argument(name, argument, allowed))
            if problem := allowed[argument].problem(value):
                raise SchemaError(f"the argument {argument!r} of the provider {name!r} {problem}")
        if not re.fullmatch(r"[A-Za-z]{2,3}(_[A-Za-z]{2,10}){0,2}", locale):
            raise SchemaError(f"{locale!r} is not a locale", hint="write a language and a country, such as de_DE")
        _check_together(name, given)
        universal = name in UNIVERSAL and not given
        return cls(name, MappingProxyType(dict(sorted(given.items()))), DEFAULT_LOCALE if universal else locale)

    @property
    def text(self) -> str:
        """The one text of this request, for seeds and file names."""
        return canonical_json({"provider": self.provider, "arguments": self.arguments, "locale": self.locale})

    @property
    def shipped(self) -> bool:
        """Whether the package holds its pool."""
        return self.locale == DEFAULT_LOCALE and not self.arguments and self.provider in SHIPPED


def provider_named(text: str) -> str:
    """The provider that `text` means: `email`, `Email`, `internet.email`, `username`, `firstName`.

    Raises:
        SchemaError: there is none, or it is not allowed; the nearest allowed one is named.
    """
    if _WRITTEN.fullmatch(text):
        family, _, last = text.rpartition(".")
        if not family or _snake(family) in _FAMILIES:
            name = ALIASES.get(_snake(last), _snake(last))
            if name in PROVIDERS:
                return name
    near = did_you_mean(_snake(text.rpartition(".")[2]), (*PROVIDERS, *ALIASES))
    raise SchemaError(
        f"there is no provider {text[:80]!r} among the allowed ones{near}",
        hint="`pattern`, `choices` and `text` make other values",
    )


def _snake(word: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word)
    return re.sub(r"[ -]", "_", spaced).lower()


def _no_argument(provider: str, argument: str, allowed: Mapping[str, Argument]) -> str:
    if not allowed:
        return f"the provider {provider!r} takes no arguments, so not {argument!r}"
    return f"the provider {provider!r} has no argument {argument!r}{did_you_mean(str(argument), allowed)}"


def _check_together(provider: str, given: Mapping[str, Any]) -> None:
    if provider == "random_int" and given.get("min", 0) > given.get("max", 9999):
        raise SchemaError("the arguments of the provider 'random_int' need min <= max (0 and 9999 when left out)")
    if provider == "password" and not any(
        given.get(kind, True) for kind in PROVIDERS[provider].arguments if kind != "length"
    ):
        raise SchemaError("the provider 'password' needs at least one kind of character")
