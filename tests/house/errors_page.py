"""The reference page of errors, written from the code: `make fmt` writes it, a test keeps it true."""

from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path

from synth_jupyter import errors
from synth_jupyter.errors import SynthError
from synth_jupyter.jupyter.server.statuses import status_by_name

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/reference/errors.md"
HEAD = """# Errors

Every error says what is wrong, where, what is kept, and the next command. In Python each is a class of `synth_jupyter.errors` with
`message`, `hint` and `problems`; in a notebook it fails the cell in a few lines; in a shell it is the exit code below; over HTTP it is the
status and the document `{"error": {"type", "message", "hint", "problems"}}`, which `--json` prints too. `make fmt` writes this page.

| error | what it means | exit code | HTTP |
|---|---|---|---|
"""
_EXIT = {"CommandError": 2, "SettingsError": 2, "Interrupted": 130}


def kinds(base: type[SynthError] = SynthError) -> Iterator[type[SynthError]]:
    """The errors of errors.py, each before those that are kinds of it."""
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from kinds(kind)


def page() -> str:
    """The whole page."""
    rows = [
        f"| `{kind.__name__}` | {(getdoc(kind) or '').splitlines()[0]} | {_EXIT.get(kind.__name__, 1)} "
        f"| {status_by_name(kind.__name__)} |"
        for kind in kinds()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
