"""Addresses of databases: what of them no message may show, and those that no driver reads as they are meant."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import WarehouseError

_SECRET_WORDS = ("password", "passwd", "pwd", "sslpassword", "sslkey", "token", "secret", "api_key", "options")
_SIGNS = re.compile(r"[\s/?#@]")


def check_address(url: str, target: str) -> None:
    """Return only when user and password end where they seem to: drivers would show the rest as a host.

    Raises:
        WarehouseError: a sign in them must be written in another way.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme:
        raise WarehouseError(
            f"{target} does not hold a database address", hint="it looks like postgresql://host/database"
        )
    before_query = rest.partition("?")[0]
    owner, at, _ = (before_query if "/" in before_query else rest).rpartition("@")
    if at and not rest.startswith("/") and _SIGNS.search(owner):
        raise WarehouseError(
            f"the address in {target} cannot be read: its user or password has a space or one of / ? # @",
            hint="write them as %20 %2F %3F %23 %40",
        )


def secrets_of(url: str) -> tuple[str, ...]:
    """The parts of an address that no message may show, longest first: itself, its password, secrets of its query."""
    found = {url, *_parts(url)}
    return tuple(
        sorted((secret for part in found for secret in {part, unquote(part)} if secret), key=len, reverse=True)
    )


def _parts(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        yield from url.split("@")[0].split(":")
        return
    yield parts.netloc.rpartition("@")[0].partition(":")[2]
    for key, value in parse_qsl(parts.query):
        if key.lower() in _SECRET_WORDS:
            yield value
            yield from re.findall(r"=(\S+)", value)
