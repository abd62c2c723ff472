"""The reference page of the verbs, written from the grammar itself: `make fmt` writes it, a test keeps it true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth_jupyter.commands.surface import EVERYWHERE, IN_NOTEBOOKS, VERBS, Argument, Verb

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/reference/commands.md"
HEAD = """# Commands

`synth VERB ...` in a shell and `%synth VERB ...` in a notebook take the same words. `make fmt` writes this page from
the grammar.

An experiment is addressed as `NAME` (its latest completed run), `NAME@3` (run 3) or `NAME:v1` (a tag). Progress and
messages go to standard error. Exit codes: 0 done, 1 failed (also `verify` with violations), 2 wrong words,
130 interrupted.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, "Every verb takes:\n", *_table(EVERYWHERE), "\nIn a notebook also:\n", *_table(IN_NOTEBOOKS)]
    for name, verb in VERBS.items():
        parts += _section(name, verb)
    return "\n".join(parts).rstrip() + "\n"


def _section(name: str, verb: Verb) -> Iterator[str]:
    yield f"\n## synth {name}\n"
    yield f"{verb.summary[0].upper()}{verb.summary[1:]}.{' In a notebook only.' if verb.notebook else ''}\n"
    if verb.arguments:
        yield from _table(verb.arguments)
        yield ""
    if verb.body:
        yield f"The lines of a `%%synth {name}` cell are {verb.body}.\n"
    if verb.example:
        yield f"```sh\nsynth {verb.example}\n```"


def _table(arguments: tuple[Argument, ...]) -> Iterator[str]:
    yield "| word | meaning |"
    yield "|---|---|"
    for argument in arguments:
        yield f"| `{_shown(argument, argument.details)}` | {_meaning(argument.details)} |"


def _shown(argument: Argument, details: dict[str, Any]) -> str:
    value = details.get("metavar") or (",".join(map(str, details["choices"])) if "choices" in details else "")
    text = f"{', '.join(argument.flags)} {value}".strip() if argument.is_option else str(value)
    optional = details.get("nargs") in ("?", "*") or (argument.is_option and not details.get("required"))
    return f"[{text}]" if optional else text


def _meaning(details: dict[str, Any]) -> str:
    return re.sub(r"([|<>])", r"\\\1", str(details.get("help", "")))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
