"""`%synth VERB ...` and `%%synth VERB ...`: parse, one call, show."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Int

from ..commands import VERBS, Request, answer, parse, split
from ..commands.text import safe
from ..commands.verbs import Answer
from ..errors import CommandError, SynthError
from ..settings import PROGRESS_MODES, Settings
from .formatters import Cards
from .namespace import bound, fill
from .progress import cell_reporting


def load(shell: InteractiveShell) -> None:
    """`%load_ext synth_jupyter`: the magic, its completion and the display of our values."""
    from .completion import install

    magics = Synth(shell)
    shell.register_magics(magics)
    install(shell, magics.workspace)
    magics.cards.register(shell)


@magics_class
class Synth(Magics):
    """Synthetic relational data in a notebook; `%synth help` lists the verbs.

    State: the open workspace, replaced when SYNTH_HOME names another folder; used by the main thread alone.
    """

    display_rows = Int(20, min=1, help="rows of data shown of a result").tag(config=True)
    progress = Enum(("", *PROGRESS_MODES), "", help="how progress is shown; empty: as SYNTH_PROGRESS says").tag(
        config=True
    )
    debug = Bool(False, help="show the whole traceback of an error").tag(config=True)

    _opened: ClassVar[dict[Any, Any]] = {}

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.cards = Cards(lambda: self.display_rows)
        self.display_rows = Settings.from_environment().display_rows or 20

    @no_var_expand
    @line_cell_magic
    def synth(self, line: str, cell: str | None = None) -> Any:
        """Do what the words ask; returns what the Python API returns, shown as a card."""
        with self._short_errors():
            request = self._parsed(line, cell)
            if request.verb == "panel":
                from .widgets.panel import show_panel

                return show_panel(self.workspace(), request.options.name)
            return self._given(self._answered(request, cell), request)

    def workspace(self) -> Any:
        """The workspace of SYNTH_HOME."""
        from ..workspace import Workspace

        home = Settings.from_environment().home
        if home not in self._opened or not home.exists():
            self._opened.clear()
            self._opened[home] = Workspace.open(home)
        return self._opened[home]

    @property
    def _namespace(self) -> dict[str, Any]:
        assert self.shell is not None
        namespace: dict[str, Any] = self.shell.user_ns
        return namespace

    def _parsed(self, line: str, cell: str | None) -> Request:
        said = split(line)
        words = [fill(word, self._namespace) for word in said.words]
        request = parse(words, sql=said.sql, notebook=True)
        if cell is not None and request.verb != "help" and not VERBS[request.verb].body:
            raise CommandError(
                f"{request.verb} takes no lines below it",
                hint=f"write %synth {request.verb} with one % in a line of its own",
            )
        return request

    def _answered(self, request: Request, cell: str | None) -> Answer:
        settings = Settings.from_environment()
        statement = (request.options.sql or cell or "") if request.verb == "sql" else ""
        rich = hasattr(self.shell, "kernel")
        with cell_reporting(self.progress or settings.progress, rich=rich) as on_progress:
            return answer(
                request, self.workspace, body=cell, parameters=bound(statement, self._namespace),
                workers=settings.workers, on_progress=on_progress,
            )  # fmt: skip

    def _given(self, given: Answer, request: Request) -> Any:
        if request.json:
            from ..documents import to_json

            print(to_json(given.document))
            return None
        value = self.cards.shown(given)
        if getattr(request.options, "assign", None):
            self._namespace[_variable(request.options.assign)] = value
        return None if request.options.quiet else value

    @contextmanager
    def _short_errors(self) -> Iterator[None]:
        """Errors of ours fail the cell with their own few lines in place of a traceback."""
        try:
            yield
        except SynthError as error:
            if not (self.debug or os.environ.get("SYNTH_DEBUG") == "1"):
                _shorten(error, error.lines())
            raise
        except KeyboardInterrupt as stop:
            _shorten(stop, ["interrupted; nothing was changed"])
            raise


def _shorten(error: BaseException, lines: list[str]) -> None:
    shown = [safe(line) for line in lines]

    def render() -> list[str]:
        return shown

    setattr(error, "_render_traceback_", render)  # noqa: B010  # IPython asks the exception itself


def _variable(name: str) -> str:
    if not name.isidentifier():
        raise CommandError(f"-o {name!r} is no name of a variable", hint="use letters, digits and _")
    return name
