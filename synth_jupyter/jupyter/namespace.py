"""Values of the notebook in commands: `{{name}}` in words, `$name` bound in SQL; no code is run for either."""

import re
from collections.abc import Mapping
from typing import Any

from ..errors import CommandError, NotFoundError

# The quotes of ['key'] are gone where the words were split, and are there inside a quoted word.
_STEP = r"\.[^\W\d]\w*|\[[^\[\]{}]+\]"
_PLACE = re.compile(rf"\{{\{{\s*([^\W\d]\w*)((?:{_STEP})*)\s*\}}\}}")
_STEPS = re.compile(_STEP)
_SQL_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(\w*)\$.*?\$\1\$ | (?<![\w$])\$([^\W\d]\w*)""",
    re.DOTALL | re.VERBOSE,
)


def fill(word: str, namespace: Mapping[str, Any]) -> str:
    """`word` with each `{{name}}`, `{{name.x}}`, `{{name[0]}}` and `{{name['key']}}` replaced by that value's text.

    Raises:
        CommandError: braces that hold something else.
        NotFoundError: there is no such variable, attribute or item.
    """
    filled = _PLACE.sub(lambda found: str(_value(found[1], found[2], namespace)), word)
    if "{{" in _PLACE.sub("", word):
        raise CommandError(
            f"{word!r} holds braces that are no name",
            hint="write {{name}}, {{name.attribute}}, {{name[0]}} or {{name['key']}}",
        )
    return filled


def bound(sql: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the `$name` parameters of a statement, wherever they are not quoted or commented out.

    Raises:
        NotFoundError: there is no variable of that name.
    """
    names = dict.fromkeys(found[2] for found in _SQL_TOKEN.finditer(sql) if found[2])
    return {name: _variable(name, namespace) for name in names}


def _value(name: str, steps: str, namespace: Mapping[str, Any]) -> Any:
    value = _variable(name, namespace)
    for step in _STEPS.findall(steps):
        value = _attribute(value, step[1:]) if step[0] == "." else _item(value, step[1:-1])
    return value


def _variable(name: str, namespace: Mapping[str, Any]) -> Any:
    if name not in namespace:
        mine = [known for known in namespace if not known.startswith("_")]
        near = NotFoundError.of("variable", name, mine).message
        raise NotFoundError(near if "did you mean" in near else f"there is no variable {name!r}")
    return namespace[name]


def _attribute(value: Any, name: str) -> Any:
    if name.startswith("__") or not hasattr(value, name):
        raise NotFoundError(f"{type(value).__name__} has no attribute {name!r}")
    return getattr(value, name)


def _item(value: Any, key: str) -> Any:
    bare = key[1:-1] if key[0] in "'\"" and key[-1] == key[0] else key
    for wanted in (int(key), bare) if key.isdecimal() else (bare,):
        try:
            return value[wanted]
        except (KeyError, IndexError, TypeError):
            continue
    raise NotFoundError(f"{type(value).__name__} has no item {bare!r}")
