"""Secrets taken out of whatever is logged or answered: passwords in addresses and values of telling names."""

import re

_NAMES = r"pass(?:word|wd)?|pwd|sslpassword|sslkey|secret|token|api_?key|authorization|cookie|_xsrf"
_RULES = (
    (re.compile(r"(\w[\w+.-]*(?::|%3A)(?://|%2F%2F))[^\s/@'\"]*(?:@|%40)", re.I), r"\1[secret]@"),
    (re.compile(rf"(\b\w*(?:{_NAMES})\w*[\"']?\s*(?:=|%3D|:)\s*[\"']?)[^\s&,;'\"}}]+", re.I), r"\1[secret]"),
)


def redacted(text: str) -> str:
    """`text` without the user part of any address and without values named like a secret."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text
