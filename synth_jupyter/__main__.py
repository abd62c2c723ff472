"""The command line: `synth VERB ...`, also `python -m synth_jupyter VERB ...`.

Standard output holds the answer alone; progress and errors go to standard error. Exit codes: 0 done, 1 failed,
2 wrong words, 130 interrupted. SYNTH_DEBUG=1 shows the traceback of an error.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from . import __version__
from .commands.grammar import Request, parse
from .errors import CommandError, Interrupted, SettingsError, SynthError

if TYPE_CHECKING:
    from .commands.verbs import Answer
    from .settings import Settings
    from .workspace import Progress, Workspace

_SHOWN_ROWS = 1000
"""Rows of one table that are printed; --json prints all."""
_WITH_PROGRESS = ("generate", "resume", "restore", "watch", "sql", "export", "push", "pull")


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words ask; returns the exit code and raises nothing."""
    said = list(sys.argv[1:] if words is None else words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a value that the terminal's encoding lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(said, alone=words is None)
    except KeyboardInterrupt:
        kept = "`synth runs` shows what is kept and `synth resume` finishes it"
        print("interrupted; " + ("nothing was changed" if said[:1] == ["sql"] else kept), file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SynthError as error:
        return _failed(error, "--json" in said)
    except Exception as error:  # noqa: BLE001  # the outermost edge: said in one line, with the way to see it all
        hint = "this is a mistake of the program: SYNTH_DEBUG=1 shows where it happened"
        return _failed(SynthError(f"{type(error).__name__}: {error}", hint=hint), "--json" in said)


def _run(words: Sequence[str], alone: bool) -> int:
    if list(words) == ["--version"]:
        print(f"synth_jupyter {__version__}")
        return 0
    request = parse(words)
    if request.verb == "panel":
        raise CommandError("a panel needs a notebook", hint="in a cell: %synth panel NAME")
    from .commands import answer
    from .settings import Settings

    settings = Settings.from_environment()
    with _progress(request, settings) as on_progress:
        given = answer(request, _opener(settings, alone), workers=settings.workers, on_progress=on_progress)
    _print(given, request.json)
    return given.exit_code


def _opener(settings: "Settings", alone: bool) -> "Callable[[], Workspace]":
    """Opens the workspace; in a process that runs nothing but this program (`alone`), without pandas."""

    def open_workspace() -> "Workspace":
        from .engine.frugal import leave_pandas_out
        from .registry import plugged_in
        from .workspace import Workspace

        if alone and not plugged_in():
            leave_pandas_out()
        return Workspace.open(settings.home)

    return open_workspace


def _progress(request: Request, settings: "Settings") -> "AbstractContextManager[Callable[[Progress], None] | None]":
    if request.verb not in _WITH_PROGRESS:
        return nullcontext()
    from .progress import reporting

    return reporting(settings.progress)


def _print(given: "Answer", as_json: bool) -> None:
    if as_json:
        text = _json(given.document)
    elif given.text is not None:
        text = given.text.rstrip("\n")
    else:
        from .commands.cards import card_of
        from .commands.text import render

        text = render(card_of(given.verb, given.document).head(_SHOWN_ROWS))
    print(text)
    sys.stdout.flush()


def _json(document: dict[str, Any]) -> str:
    from .documents import to_json

    return to_json(document)


def _failed(error: SynthError, as_json: bool) -> int:
    if os.environ.get("SYNTH_DEBUG") == "1":
        traceback.print_exc()
    if as_json:
        print(_json(error.to_dict()))
    else:
        from .commands.text import safe

        print("\n".join(map(safe, error.lines())), file=sys.stderr)
    if isinstance(error, Interrupted):
        return 130
    return 2 if isinstance(error, CommandError | SettingsError) else 1


if __name__ == "__main__":
    sys.exit(main())
