"""Names of experiments, tables and columns: one portable rule, and no two that collide."""

import unicodedata
from collections.abc import Iterable

from ..findings import Place, Problems

MAX_NAME_BYTES = 63
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def name_problem(name: str) -> str:
    """What is wrong with the name of a table or column, or nothing."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return f"the name {name!a} holds half a character"
    if not name.strip():
        return "a name must not be empty"
    if size > MAX_NAME_BYTES:
        return f"the name {name[:20]!r}... has {size} bytes; at most {MAX_NAME_BYTES} are portable"
    if any(unicodedata.category(char) == "Cc" or char in "\u2028\u2029" for char in name):
        return f"the name {name!a} holds a control character"
    if any(char in _BIDIRECTIONAL for char in name):
        return f"the name {name!a} holds a character that changes the reading direction"
    if unicodedata.normalize("NFC", name) != name:
        return f"the name {name!r} is not in Unicode's composed form (NFC); write {_composed(name)!a}"
    return ""


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def experiment_problem(name: str) -> str:
    """What is wrong with the name of an experiment, or nothing."""
    if not name.isidentifier():
        return f"the experiment's name {name[:70]!r} must be an identifier: letters, digits and _, no digit first"
    return name_problem(name)


def check_names(names: Iterable[str], place: Place, what: str, problems: Problems) -> None:
    """Say which names are wrong and which collide when letter case is ignored."""
    seen: dict[str, str] = {}
    for name in names:
        if wrong := name_problem(name):
            problems.add((*place, name), wrong)
            continue
        first = seen.setdefault(_composed(name.casefold()), name)
        if first is not name:
            problems.add((*place, name), f"the {what} {name!r} collides with {first!r}: letter case tells none apart")
