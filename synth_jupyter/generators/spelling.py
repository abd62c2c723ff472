"""Words in plain letters a-z and digits, as they stand in addresses and user names."""

import unicodedata

SPELT = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ä": "ae", "ö": "oe", "ü": "ue",
}  # fmt: skip


def spelled(text: str) -> str:
    """The text in lower-case a-z and 0-9, everything else left out: `Müller-Lüdenscheidt` -> `muellerluedenscheidt`."""
    plain = "".join(SPELT.get(letter, letter) for letter in text.casefold())
    return "".join(letter for letter in unicodedata.normalize("NFKD", plain) if letter.isascii() and letter.isalnum())
