"""What a document leaves open: a rule from the column's name and type, with the reason for it.

A suggestion always fits the type's length, precision and range, and no clock enters it: years are fixed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from ..datatypes import DataType
from .model import Rule

_EXACT = Context(prec=1000)
_FIRST_DAY, _LAST_DAY = "2020-01-01", "2025-12-31"

# Words of a name -> (provider, characters it needs to look right, what the name looks like). The first that fits wins.
_TEXT_NAMES: tuple[tuple[str, str, int, str], ...] = (
    (r"e_?mail", "email", 20, "an e-mail address"),
    (r"(first|given|fore)_?name", "first_name", 8, "a first name"),
    (r"(last|family)_?name|surname", "last_name", 8, "a last name"),
    (r"user_?name|login|nick_?name", "user_name", 12, "a user name"),
    (r"(company|organi[sz]ation|employer|vendor|supplier|manufacturer)(_?name)?", "company", 20, "a company"),
    (r"(product|item|category|brand|model|part)_?(name)?", "word", 8, "the name of a thing"),
    (r"(host|domain)_?(name)?", "domain_name", 12, "a domain name"),
    (r"file_?name", "file_name", 16, "a file name"),
    (r"city(_?name)?|town", "city", 12, "a city"),
    (r"country_?code|country_?iso", "country_code", 2, "a country code"),
    (r"country(_?name)?|nation(ality)?", "country", 16, "a country"),
    (r"country|nation", "country_code", 2, "a country, and is too short for its name"),
    (r"state_?(code|abbr)|state|province", "state_abbr", 2, "a state"),
    (r"zip(_?code)?|post(al)?_?code", "postcode", 5, "a postal code"),
    (r"street(_?(name|address))?|address_?(line)?_?1?", "street_address", 20, "a street address"),
    (r"address_?(line)?_?2", "secondary_address", 10, "the second line of an address"),
    (r"(phone|telephone|mobile|fax|cell)(_?(number|no))?", "phone_number", 12, "a phone number"),
    (r"job(_?title)?|occupation|profession", "job", 20, "an occupation"),
    (r"currency(_?code)?", "currency_code", 3, "a currency"),
    (r"url|website|web_?site|homepage|link", "url", 20, "a web address"),
    (r"ip(v4)?(_?address)?", "ipv4", 15, "an IP address"),
    (r"colou?r(_?name)?", "color_name", 8, "a colour"),
    (r"slug", "slug", 12, "a slug"),
    (r"isbn(13)?", "isbn13", 17, "an ISBN"),
    (r"iban", "iban", 22, "an IBAN"),
    (r"ssn", "ssn", 11, "a social security number"),
    (r"time_?zone|tz", "timezone", 20, "a time zone"),
    (r"language", "language_name", 12, "a language"),
    (r"title|subject|headline", "words", 16, "a title"),
    (r"(full_?|contact_?|customer_?|person_?)?name", "name", 16, "a name"),
)  # fmt: skip

# Codes of letters and digits, with room for as many different ones as a table may need.
_CODES: tuple[tuple[str, str, int, str], ...] = (
    (r"(.*_)?sku", "[A-Z]{3}-[0-9]{8}", 12, "a stock keeping unit"),
    (r"(.*_)?(ean|gtin|barcode)(_?13)?", "[0-9]{13}", 13, "a bar code"),
    (r"(.*_)?(vat|tax)_?(number|no|id)", "[A-Z]{2}[0-9]{10}", 12, "a tax number"),
    (r"(.*_)?(order|invoice|ticket|account|contract|tracking)_?(number|no|code|ref(erence)?)", "[A-Z]{2}[0-9]{10}", 12,
     "a number on a document"),
    (r"(.*_)?code", "[A-Z]{2}[0-9]{6}", 8, "a code"),
)  # fmt: skip
_LONG_NAMES = re.compile(r"(.*_)?(description|comments?|notes?|text|body|bio|message|content|summary|review|remarks?)")
_LISTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(.*_)?status|(.*_)?state", ("active", "pending", "closed")),
    (r"(.*_)?(gender|sex)", ("female", "male", "other")),
    (r"(.*_)?(tier|level)", ("basic", "silver", "gold")),
    (r"(.*_)?priority", ("low", "medium", "high")),
    (r"payment_?(method|type)", ("card", "transfer", "cash")),
    (r"(.*_)?size", ("S", "M", "L")),
    (r"(.*_)?(type|kind|category|class|group|segment)", ("A", "B", "C")),
)
_NUMBER_NAMES: tuple[tuple[str, str, str, str], ...] = (
    (r"(.*_)?(latitude|lat)", "-90", "90", "a latitude"),
    (r"(.*_)?(longitude|lon|lng)", "-180", "180", "a longitude"),
    (r"(.*_)?(price|amount|cost|fee|total|subtotal|revenue|payment)", "1", "500", "an amount of money"),
    (r"(.*_)?(salary|income|wage)", "20000", "150000", "a salary"),
    (r"(.*_)?(balance|credit|budget)", "0", "10000", "a balance"),
    (r"(.*_)?(discount|rate|ratio|share|probability|tax)", "0", "1", "a share"),
    (r"(.*_)?(percent|percentage|pct)", "0", "100", "a percentage"),
    (r"(.*_)?(quantity|qty)", "1", "10", "a quantity"),
    (r"(.*_)?(rating|stars)", "1", "5", "a rating"),
    (r"(.*_)?score", "0", "100", "a score"),
    (r"(.*_)?age", "18", "90", "an age"),
    (r"(.*_)?year", "2000", "2025", "a year"),
    (r"(.*_)?month", "1", "12", "a month"),
    (r"(.*_)?day", "1", "28", "a day of a month"),
    (r"(.*_)?hour", "0", "23", "an hour"),
    (r"(.*_)?(weight|height|width|length|depth)", "1", "100", "a measure"),
)


def suggest(name: str, kind: DataType, *, unique: bool = False, primary: bool = False) -> Rule:
    """The rule for a column of that name and type, with its reason; it fits the type and can be unique if it must."""
    words = _words(name)
    if kind.is_integer and (primary or unique):
        return Rule("sequence", {"start": 1, "step": 1}, "whole-number key" if primary else "unique whole numbers")
    if kind.is_text:
        return _text(words, kind, unique or primary)
    if kind.is_number or kind.is_temporal or kind.kind == "interval":
        low, high, reason = usual_range(name, kind)
        return Rule("uniform", {"min": low, "max": high}, reason)
    return _OTHERS[kind.kind](kind)


_EARLIER = ("created", "inserted", "opened", "started", "start", "begin", "began", "valid_from", "from", "ordered",
            "issued", "hired", "registered")  # fmt: skip
_LATER = ("updated", "modified", "changed", "closed", "ended", "end", "finish", "finished", "valid_to", "valid_until",
          "to", "until", "shipped", "delivered", "paid", "left", "deleted")  # fmt: skip
_MOMENT_NAME = re.compile(r"(?P<stem>.*?)(?:_(?P<suffix>at|on|date|time|ts|timestamp))?")


def follows(name: str, others: Sequence[str]) -> str | None:
    """Which of the `others` the column of that name comes after, as updated_at after created_at; None if none does."""
    stem, suffix = _moment_name(name)
    if stem not in _LATER:
        return None
    known = {_moment_name(other): other for other in others}
    return next((known[early, suffix] for early in _EARLIER if (early, suffix) in known), None)


def _moment_name(name: str) -> tuple[str, str]:
    match = _MOMENT_NAME.fullmatch(_words(name))
    return (match["stem"], match["suffix"] or "") if match else ("", "")


def usual_range(name: str, kind: DataType, *, low: Any = None, high: Any = None) -> tuple[Any, Any, str]:
    """(min, max, reason) of a numeric, temporal or interval column; a bound that is given stays and moves the other.

    Bounds are in their JSON form: int or decimal text, ISO text, duration text.
    """
    if kind.is_number:
        return _numbers(_words(name), kind, low, high)
    usual_low, usual_high, reason = _moments(_words(name), kind)
    if low is None and high is not None and kind.kind != "interval" and high < usual_low:
        usual_low = _years_from(high, -5)
    if high is None and low is not None and kind.kind != "interval" and low > usual_high:
        usual_high = _years_from(low, 5)
    return usual_low if low is None else low, usual_high if high is None else high, reason


def _years_from(text: str, years: int) -> str:
    """The same moment so many years away, within the years 1 to 9999; the last moment of the day for a time."""
    if text[2] == ":":
        return "23:59:59.999999"
    year = int(text[:4]) + years
    if not 1 <= year <= 9999:
        return ("0001-01-01T00:00:00" if year < 1 else "9999-12-31T23:59:59.999999")[: 10 if len(text) == 10 else 26]
    day = "28" if text[5:10] == "02-29" else text[8:10]
    return f"{year:04}-{text[5:7]}-{day}{text[10:]}"


def _words(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _matches(pattern: str, words: str) -> bool:
    return re.fullmatch(rf"(?:.*_)?(?:{pattern})", words) is not None


def _text(words: str, kind: DataType, distinct: bool) -> Rule:
    length = 10_000 if kind.length is None else kind.length
    if _LONG_NAMES.fullmatch(words) and length >= 20:
        return Rule("text", {"max_length": min(length, 200)}, "name looks like free text")
    choices = None if distinct else _listed(words, length)
    if choices:
        return choices
    for pattern, provider, needed, what in _TEXT_NAMES:
        if needed <= length and _matches(pattern, words) and not (distinct and needed < 12):
            return _faker(provider, f"name looks like {what}")
    if re.fullmatch(r"(.*_)?(uuid|guid)", words) and length >= 36:
        return Rule("uuid", {}, "name looks like a UUID")
    for pattern, form, needed, what in _CODES:
        if needed <= length and re.fullmatch(pattern, words):
            return Rule("pattern", {"pattern": form}, f"name looks like {what}")
    return _unnamed(kind, length, distinct)


def _listed(words: str, length: int) -> Rule | None:
    for pattern, values in _LISTS:
        if re.fullmatch(pattern, words) and max(map(len, values)) <= length:
            return _among(values, "name looks like a short list of values")
    if length == 1 and re.fullmatch(r"(is_|has_)?.*(flag|yn)|is_.*|has_.*", words):
        return _among(("Y", "N"), "name looks like a flag")
    return None


def _unnamed(kind: DataType, length: int, distinct: bool) -> Rule:
    """Any text that fits: codes where the room is short or each must differ, else words or sentences."""
    if distinct or length < 12:
        size = min(length, 12)
        return Rule("pattern", {"pattern": f"[A-Z0-9]{{{size}}}"}, f"{size} letters and digits, as {kind} has room for")
    if length > 255 or kind.kind == "text":
        return Rule("text", {"max_length": min(length, 200)}, f"sentences, as the name says no more than {kind}")
    return _faker("word", f"a word, as the name says no more than {kind}")


def _faker(provider: str, reason: str) -> Rule:
    return Rule("faker", {"provider": provider, "arguments": {}, "locale": "en_US"}, reason)


def _among(values: tuple[Any, ...], reason: str) -> Rule:
    return Rule("choices", {"values": list(values), "weights": [1] * len(values)}, reason)


def _numbers(words: str, kind: DataType, low: Any, high: Any) -> tuple[Any, Any, str]:
    usual = next((row for row in _NUMBER_NAMES if re.fullmatch(row[0], words)), ("", "0", "1000", ""))
    least, most = _limits(kind)
    bottom, top = max(Decimal(usual[1]), least), min(Decimal(usual[2]), most)
    if kind.is_integer and top == 1:
        top = Decimal(100)
    bottom = min(bottom, Decimal(0)) if bottom > top else bottom
    width = _EXACT.subtract(top, bottom)
    if low is not None and high is None and Decimal(low) >= top:
        top = min(_EXACT.add(Decimal(low), width), most)
    if high is not None and low is None and Decimal(high) <= bottom:
        bottom = max(_EXACT.subtract(Decimal(high), width), least)
    reason = f"name looks like {usual[3]}" if usual[3] else f"the usual range of {kind}"
    return _written(bottom) if low is None else low, _written(top) if high is None else high, reason


def _limits(kind: DataType) -> tuple[Decimal, Decimal]:
    if kind.is_integer:
        return Decimal(kind.integer_range[0]), Decimal(kind.integer_range[1])
    if kind.kind == "decimal":
        scale = kind.scale or 0
        most = Decimal("9" * (kind.precision or 38) + f"e-{scale}")
        return -most, most
    most = Decimal(10) ** (38 if kind.kind == "real" else 300)
    return -most, most


def _written(value: Decimal) -> int | str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if "." in text else int(text)


def _moments(words: str, kind: DataType) -> tuple[str, str, str]:
    if kind.kind == "time":
        return "00:00:00", "23:59:59", "the usual range of time"
    if kind.kind == "interval":
        return "0s", "30d", "the usual range of interval"
    first, last, reason = _FIRST_DAY, _LAST_DAY, f"the usual range of {kind}"
    if re.fullmatch(r"(.*_)?(\w+_(at|on)|date|time|timestamp|created|updated|modified|when)|date_.*", words):
        reason = "name looks like a moment of the years 2020 to 2025"
    if re.fullmatch(r"(.*_)?(birth(_?(day|date))?|date_of_birth|dob|born)(_at|_on)?", words):
        first, last, reason = "1950-01-01", "2005-12-31", "name looks like a birthday"
    if kind.kind == "date":
        return first, last, reason
    return f"{first}T00:00:00", f"{last}T23:59:59.999999", reason


_OTHERS: Mapping[str, Callable[[DataType], Rule]] = {
    "boolean": lambda kind: Rule("bernoulli", {"p": 0.5}, "a flag, true and false alike"),
    "uuid": lambda kind: Rule("uuid", {}, "the type says so"),
    "enum": lambda kind: _among(kind.labels, "the labels of the type"),
    "json": lambda kind: Rule("json", {}, "small objects"),
    "binary": lambda kind: Rule("bytes", {}, "a few bytes"),
    "array": lambda kind: _items(kind),
}


def _items(kind: DataType) -> Rule:
    """Up to five items, each as a column of the items' type would be made."""
    assert kind.item is not None
    item = suggest("item", kind.item)
    return Rule(
        "array", {"min_items": 0, "max_items": 5, "item": item.name, "options": dict(item.options)}, "up to five items"
    )
