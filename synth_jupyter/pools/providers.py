"""The table of providers that may be asked for, and nothing else: arguments with their ranges, sizes, aliases.

A provider that is not in the table does not exist: there is no look-up by attribute, so no word in a document
reaches the rest of Faker. A provider says how many values are drawn for its pool; a row count never does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Argument:
    """What one argument may be: `kind` is int, float, bool or str; numbers and text lengths lie in [low, high].

    `accepts` is a pattern that the whole of a text must match.
    """

    kind: type
    low: float = 0
    high: float = 0
    accepts: str = ""

    def problem(self, value: Any) -> str:
        """What is wrong with `value`, or nothing."""
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not self.kind:
            return f"must be {_WORDS[self.kind]}, not {value!r}"
        if isinstance(value, str):
            return self._text_problem(value)
        if isinstance(value, (int, float)) and self.kind is not bool and not self.low <= value <= self.high:
            return f"must be from {self.low} to {self.high}, not {value}"
        return ""

    def _text_problem(self, value: str) -> str:
        if not self.low <= len(value) <= self.high:
            return f"must have {self.low} to {self.high} characters, not {len(value)}"
        if self.accepts and not re.fullmatch(self.accepts, value):
            return f"must look like {self.accepts}, not {value!r}"
        return ""


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


@dataclass(frozen=True)
class Provider:
    """One allowed provider: how often it is drawn, and its arguments.

    `weighted` keeps the source's own frequencies of formats and values while drawing, else draws are even;
    `closed` means that every value there is will be met, and the pool is sorted.
    """

    draws: int
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    weighted: bool = False
    closed: bool = False


def _list(draws: int) -> Provider:
    return Provider(draws, closed=True)


def _count(high: int, low: int = 1) -> Argument:
    return Argument(int, low, high)


_FLAG = Argument(bool)
_TEMPLATE = MappingProxyType({"text": Argument(str, 1, 64)})
_DOMAIN = Argument(str, 1, 100, r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_PASSWORD = {"length": _count(64, 4)} | dict.fromkeys(("special_chars", "digits", "upper_case", "lower_case"), _FLAG)
_INTEGER = Argument(int, -(10**12), 10**12)

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    # Open-ended values: as many draws as make a varied column.
    {
        "name": Provider(5_000, weighted=True),
        "name_female": Provider(5_000, weighted=True),
        "name_male": Provider(5_000, weighted=True),
        "email": Provider(5_000, {"domain": _DOMAIN, "safe": _FLAG}, weighted=True),
        "safe_email": Provider(5_000, weighted=True),
        "free_email": Provider(5_000, weighted=True),
        "company_email": Provider(5_000, weighted=True),
        "user_name": Provider(4_000, weighted=True),
        "phone_number": Provider(4_000, weighted=True),
        "company": Provider(4_000, weighted=True),
        "catch_phrase": Provider(3_000),
        "bs": Provider(3_000),
        "address": Provider(3_000, weighted=True),
        "street_address": Provider(4_000, weighted=True),
        "street_name": Provider(3_000, weighted=True),
        "secondary_address": Provider(2_000),
        "building_number": Provider(2_000),
        "city": Provider(3_000, weighted=True),
        "postcode": Provider(4_000, weighted=True),
        "sentence": Provider(2_000, {"nb_words": _count(50), "variable_nb_words": _FLAG}),
        "sentences": Provider(1_000, {"nb": _count(20)}),
        "paragraph": Provider(600, {"nb_sentences": _count(20), "variable_nb_sentences": _FLAG}),
        "paragraphs": Provider(300, {"nb": _count(10)}),
        "text": Provider(600, {"max_nb_chars": _count(2_000, 5)}),
        "words": Provider(3_000, {"nb": _count(20)}),
        "slug": Provider(2_000),
        "url": Provider(2_000, weighted=True),
        "uri": Provider(2_000, weighted=True),
        "uri_path": Provider(1_000),
        "domain_name": Provider(3_000, {"levels": _count(4)}, weighted=True),
        "domain_word": Provider(3_000, weighted=True),
        "hostname": Provider(2_000, weighted=True),
        "ipv4": Provider(4_000, {"private": _FLAG}),
        "ipv4_private": Provider(3_000),
        "ipv4_public": Provider(3_000),
        "ipv6": Provider(2_000),
        "mac_address": Provider(3_000),
        "port_number": Provider(5_000),
        "user_agent": Provider(800),
        "file_name": Provider(3_000, {"extension": Argument(str, 1, 10, r"[a-z0-9]+")}),
        "file_path": Provider(2_000, {"depth": _count(6)}),
        "license_plate": Provider(4_000),
        "vin": Provider(2_000),
        "isbn10": Provider(3_000),
        "isbn13": Provider(3_000),
        "ean13": Provider(3_000),
        "ean8": Provider(3_000),
        "iban": Provider(3_000),
        "bban": Provider(3_000),
        "swift": Provider(3_000),
        "credit_card_number": Provider(3_000),
        "credit_card_security_code": Provider(3_000),
        "ssn": Provider(4_000),
        "password": Provider(3_000, _PASSWORD),
        "md5": Provider(2_000),
        "sha1": Provider(2_000),
        "sha256": Provider(1_500),
        "uuid4": Provider(3_000),
        "hex_color": Provider(3_000),
        "rgb_color": Provider(3_000),
        "latitude": Provider(4_000),
        "longitude": Provider(4_000),
        "numerify": Provider(4_000, _TEMPLATE),
        "lexify": Provider(4_000, _TEMPLATE),
        "bothify": Provider(4_000, _TEMPLATE),
        "hexify": Provider(4_000, _TEMPLATE),
        "random_int": Provider(5_000, {"min": _INTEGER, "max": _INTEGER, "step": _count(10**9)}),
        "random_number": Provider(5_000, {"digits": _count(15)}),
    }
    # Closed lists: enough even draws to meet every member; sorted, so that the order of draws does not matter.
    | {
        "first_name": _list(20_000),
        "first_name_female": _list(10_000),
        "first_name_male": _list(10_000),
        "last_name": _list(20_000),
        "prefix": _list(500),
        "suffix": _list(500),
        "job": _list(10_000),
        "company_suffix": _list(500),
        "country": _list(5_000),
        "country_code": _list(5_000),
        "current_country": _list(10),
        "current_country_code": _list(10),
        "state": _list(2_000),
        "state_abbr": _list(2_000),
        "city_prefix": _list(500),
        "city_suffix": _list(1_000),
        "street_suffix": _list(4_000),
        "word": _list(20_000),
        "tld": _list(500),
        "mime_type": _list(2_000),
        "file_extension": _list(2_000),
        "http_method": _list(500),
        "http_status_code": _list(2_000),
        "color_name": _list(4_000),
        "safe_color_name": _list(500),
        "currency_code": _list(4_000),
        "currency_name": _list(4_000),
        "currency_symbol": _list(2_000),
        "cryptocurrency_code": _list(4_000),
        "cryptocurrency_name": _list(4_000),
        "credit_card_provider": _list(500),
        "bank_country": _list(50),
        "language_name": _list(5_000),
        "language_code": _list(5_000),
        "locale": _list(5_000),
        "timezone": _list(8_000),
        "month_name": _list(500),
        "month": _list(500),
        "day_of_week": _list(200),
        "day_of_month": _list(1_000),
        "am_pm": _list(50),
        "emoji": _list(8_000),
        "random_digit": _list(200),
        "random_letter": _list(1_000),
        "random_lowercase_letter": _list(500),
        "random_uppercase_letter": _list(500),
    }
)

SHIPPED = (
    "address", "bs", "building_number", "catch_phrase", "city", "color_name", "company", "company_suffix", "country",
    "country_code", "credit_card_provider", "currency_code", "currency_name", "day_of_week", "domain_name", "email",
    "file_extension", "file_name", "first_name", "first_name_female", "first_name_male", "hex_color", "http_method",
    "iban", "ipv4", "isbn13", "job", "language_name", "last_name", "license_plate", "mac_address", "mime_type",
    "month_name", "name", "paragraph", "phone_number", "postcode", "prefix", "secondary_address", "sentence", "slug",
    "ssn", "state", "state_abbr", "street_address", "street_name", "suffix", "text", "timezone", "tld", "url",
    "user_agent", "user_name", "word", "words",
)  # fmt: skip
"""The providers whose en_US pools come with the package."""

UNIVERSAL = (
    "color_name", "credit_card_provider", "currency_code", "file_extension", "hex_color", "http_method", "ipv4",
    "isbn13", "mac_address", "mime_type", "timezone", "user_agent",
)  # fmt: skip
"""Shipped providers whose values are the same everywhere: any locale gets the shipped pool."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "full_name": "name", "person": "name", "person_name": "name", "given_name": "first_name",
        "forename": "first_name", "surname": "last_name", "family_name": "last_name", "username": "user_name",
        "login": "user_name", "nickname": "user_name", "mail": "email", "e_mail": "email", "email_address": "email",
        "phone": "phone_number", "telephone": "phone_number", "mobile": "phone_number", "tel": "phone_number",
        "zip_code": "postcode", "zipcode": "postcode", "zip": "postcode", "postal_code": "postcode",
        "postalcode": "postcode", "street": "street_name", "province": "state", "state_code": "state_abbr",
        "iso_country": "country_code", "town": "city", "company_name": "company", "organization": "company",
        "occupation": "job", "profession": "job", "job_title": "job", "slogan": "catch_phrase",
        "website": "url", "link": "url", "domain": "domain_name", "ip": "ipv4", "ip_address": "ipv4",
        "mac": "mac_address", "color": "color_name", "colour": "color_name", "currency": "currency_code",
        "language": "language_name", "time_zone": "timezone", "filename": "file_name", "mime": "mime_type",
        "plate": "license_plate", "isbn": "isbn13", "ean": "ean13", "uuid": "uuid4", "lat": "latitude",
        "lon": "longitude", "lng": "longitude", "lorem": "text", "useragent": "user_agent", "swift_code": "swift",
        "bic": "swift", "credit_card": "credit_card_number", "card_type": "credit_card_provider",
        "social_security_number": "ssn", "weekday": "day_of_week",
    }
)  # fmt: skip
