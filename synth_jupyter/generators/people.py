"""Distinct texts that look real: e-mail addresses, user names, names, and any pool's values with a number."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from string import ascii_uppercase
from typing import Any

from ..pools import DEFAULT_LOCALE, Pool, PoolSource, Request
from .assembly import Digits, Place, Slot, assemble
from .domains import Domain, EachOnce
from .patterns import distinct_pattern
from .products import Joined
from .spelling import SPELT

EMAIL_DOMAINS = ("example.com", "example.net", "example.org")
"""Domains that are reserved for examples, so that no generated address can belong to anybody."""

_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "building_number": (r"[1-9]\d{2,4}", r"[1-9]\d{2,7}"),
    "credit_card_number": (r"4\d{15}",),
    "hex_color": (r"#[0-9a-f]{6}",),
    "iban": (r"GB\d{2}[A-Z]{4}\d{14}",),
    "ipv4": (r"(1\d\d|[1-9]\d|[1-9])(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)){3}",),
    "isbn13": (r"978-\d-\d{3}-\d{5}-\d", r"978-\d{2}-\d{4}-\d{3}-\d"),
    "license_plate": (r"[A-Z]{3}-\d{4}", r"[A-Z]{3}-[A-Z]\d{3}[A-Z]"),
    "mac_address": (r"([0-9a-f]{2}:){5}[0-9a-f]{2}",),
    "md5": (r"[0-9a-f]{32}",),
    "phone_number": (r"\([2-9]\d{2}\) [2-9]\d{2}-\d{4}", r"[2-9]\d{2}-[2-9]\d{2}-\d{4}", r"[2-9]\d{9}", r"[2-9]\d{6}"),
    "postcode": (r"\d{5}", r"\d{5}-\d{4}"),
    "sha1": (r"[0-9a-f]{40}",),
    "sha256": (r"[0-9a-f]{64}",),
    "ssn": (r"\d{3}-\d{2}-\d{4}",),
    "uuid4": (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",),
}
"""Providers whose distinct values follow a form (check digits are not computed); the first that suffices is used."""


def unique_text(
    provider: str,
    pools: PoolSource,
    rows: int,
    length: int | None,
    *,
    arguments: Mapping[str, Any] | None = None,
    locale: str = DEFAULT_LOCALE,
) -> EachOnce:
    """A generator of `rows` distinct values in the manner of a provider, none over `length` characters; invertible.

    Raises:
        SchemaError: no such provider, argument or locale.
        PlanError: how many distinct values there are, and how many are needed.
    """
    return EachOnce(distinct(Request.of(provider, arguments, locale), pools, rows, length))


def distinct(request: Request, pools: PoolSource, rows: int, length: int | None) -> Domain:
    """The domain behind `unique_text`."""
    provider = request.provider
    if provider in _PEOPLE:
        return _PEOPLE[provider](request, pools, rows, length)
    if provider in _PATTERNS and not request.arguments and request.locale == DEFAULT_LOCALE:
        return distinct_pattern(f"the provider {provider!r}", _PATTERNS[provider], rows, length)
    pool = pools.pool(provider, request.arguments, request.locale)
    return numbered(pool, rows, length, split="." if provider in _SPLIT else "")


def emails(request: Request, pools: PoolSource, rows: int, length: int | None) -> Joined:
    """`first.last@example.com`, `first.last12@example.com`, or `flast12@example.com` where that is too long."""
    first, last = _latin(pools, "first_name", request.locale), _latin(pools, "last_name", request.locale)
    domain = request.arguments.get("domain")
    places = Slot.of([domain] if domain else EMAIL_DOMAINS)
    long: list[Place] = [Slot.of(first), Slot.of("."), Slot.of(last), Digits(), Slot.of("@"), places]
    short: list[Place] = [_initials(first), Slot.of(last), Digits(), Slot.of("@"), places]
    return assemble("e-mail addresses", [long, short], rows, length)


def user_names(request: Request, pools: PoolSource, rows: int, length: int | None) -> Joined:
    """`jsmith`, `jsmith12`: an initial, a last name, a number when they run out."""
    first, last = _latin(pools, "first_name", request.locale), _latin(pools, "last_name", request.locale)
    return assemble("user names", [[_initials(first), Slot.of(last), Digits()]], rows, length)


def names(request: Request, pools: PoolSource, rows: int, length: int | None) -> Joined:
    """`First Last`; with initials, then a suffix, when there are more rows than pairs of names."""
    first = pools.pool(_FIRST_NAMES[request.provider], {}, request.locale).values.to_pylist()
    last = pools.pool("last_name", {}, request.locale).values.to_pylist()
    one = [f" {letter}. " for letter in ascii_uppercase]
    two = [f" {letter}.{other}" for letter in ascii_uppercase for other in one]
    places: list[Place] = [
        Slot.of(name for name in first if " " not in name),
        Slot.of([" ", *one, *two], grows=True),
        Slot.of(last),
        Slot.of(["", " Jr.", " Sr.", " II", " III", " IV", " V"], grows=True),
    ]
    return assemble("names", [places], rows, length)


def numbered(pool: Pool, rows: int, length: int | None, *, split: str = "") -> Joined:
    """The values of a pool, each also with a number behind it when there are more rows than values.

    With `split`, values are taken apart at its last place (`report.pdf`), and the number goes between. Where no value
    leaves room for a number, all are cut.
    """
    values: list[str] = pool.values.to_pylist()
    room = (length or 0) - len(str(rows)) - 2
    if room >= 1 and min(map(len, values)) > room:
        values = [value[:room].rstrip() for value in values]
    if split and all(split in value for value in values):
        stems = Slot.of(value.rpartition(split)[0] for value in values)
        ends = Slot.of(split + value.rpartition(split)[2] for value in values)
        return assemble(f"the provider {pool.name!r}", [[stems, Digits(), ends]], rows, length)
    return assemble(f"the provider {pool.name!r}", [[Slot.of(values), Digits(_before(values))]], rows, length)


def _before(values: list[str]) -> str:
    """What sets a number off from these values."""
    spaced = any(" " in value for value in values)
    if any(value[-1:].isdigit() for value in values):
        return " #" if spaced else "-"
    return " " if spaced else ""


def _latin(pools: PoolSource, provider: str, locale: str) -> list[str]:
    """A pool in lower-case a-z; the en_US one for a locale that is written in another script."""
    spelt = (_ascii(value) for value in pools.pool(provider, {}, locale).values.to_pylist())
    return [value for value in spelt if value] or _latin(pools, provider, DEFAULT_LOCALE)


def _ascii(value: str) -> str:
    """Letters a-z that spell the value, or nothing when they cannot."""
    plain = "".join(SPELT.get(letter, letter) for letter in value.casefold())
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    kept = "".join(letter for letter in letters if letter not in " -'.’")
    return kept if kept.isascii() and kept.isalpha() else ""


_SPLIT = ("domain_name", "file_name", "hostname")
_FIRST_NAMES = {"name": "first_name", "name_female": "first_name_female", "name_male": "first_name_male"}
_PEOPLE: Mapping[str, Callable[[Request, PoolSource, int, int | None], Joined]] = {
    **dict.fromkeys(("email", "safe_email", "free_email", "company_email"), emails),
    "user_name": user_names,
    **dict.fromkeys(_FIRST_NAMES, names),
}


def _initials(names: Iterable[str]) -> Slot:
    return Slot.of(sorted({name[0] for name in names}))
