"""`%synth VERB ...` and `%%synth VERB ...`: parse, one call, show."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Int, Unicode, observe

from ..commands import VERBS, Request, answer, parse, split
from ..commands.text import safe
from ..commands.verbs import Answer
from ..errors import CommandError, QueryError, SynthError
from ..settings import PROGRESS_MODES, Settings
from .display import Shown
from .formatters import Cards
from .namespace import bound, fill
from .overview import documentation, overview
from .progress import cell_reporting

_OTHER_VARIABLE = re.compile(r"(?<![\w{])(?:\{([^\W\d]\w*)\}|\$([^\W\d]\w*))(?![\w}])")
_COMMAND = re.compile(r"(`|see: |write )synth ")
"""A command in a message, which is a line magic in a notebook."""
_CONFIGURED = ("home", "progress", "workers", "display_rows", "debug")


def load(shell: InteractiveShell) -> None:
    """`%load_ext synth_jupyter`: the magic, its completion and the display of our values.

    Raises:
        SettingsError: a setting has a wrong value.
    """
    from .completion import install

    with short_errors(debug=False):
        magics = Synth(shell)
    # `%config Synth` finds its target by name: of an extension loaded twice, the newer one.
    configurables: list[Any] = shell.configurables
    configurables[:] = [each for each in configurables if type(each).__name__ != "Synth" or each is magics]
    shell.register_magics(magics)
    install(shell, magics.workspace)
    magics.cards.register(shell)


@magics_class
class Synth(Magics):
    """Synthetic relational data in a notebook; `%synth help` lists the verbs.

    State: the open workspace, replaced when the settings name another folder, and the settings that `%config` or a
    configuration of IPython gave; both used by the main thread alone.
    """

    home = Unicode("", help="the folder of the workspace").tag(config=True)
    progress = Enum(PROGRESS_MODES, "auto", help="how progress is shown").tag(config=True)
    workers = Int(0, min=0, help="worker processes; 0 is one for each core").tag(config=True)
    display_rows = Int(20, min=0, help="rows of data shown of a result").tag(config=True)
    debug = Bool(False, help="show the whole traceback of an error").tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        self._given: dict[str, Any] = {}
        self._opened: tuple[Any, Any] = (None, None)
        super().__init__(shell)
        self.cards = Cards(lambda: self._settings().display_rows)
        self._show_settings()

    @observe(*_CONFIGURED)
    def _keep(self, change: Any) -> None:
        self._given[change.name] = change.new

    @no_var_expand
    @line_cell_magic
    def synth(self, line: str, cell: str | None = None) -> Any:
        with short_errors(self.debug, lambda error: self._advice(error, line, cell or "")):
            if cell is None and not line.strip():
                text = overview(self.workspace())
                return Shown(text, {"text/plain": text})
            request = self._parsed(line, cell)
            if request.verb == "panel":
                from .widgets import show_panel

                return self._kept(show_panel(self.workspace(), request.options.name), request)
            return self._given_back(self._answered(request, cell), request)

    synth.__doc__ = documentation()

    def workspace(self) -> Any:
        """The workspace that the settings name."""
        from ..workspace import Workspace

        home = self._settings().home
        if self._opened[0] != home or not home.exists():
            self._opened = (home, Workspace.open(home))
        return self._opened[1]

    def _settings(self) -> Settings:
        return Settings.from_environment(given=self._given)

    def _show_settings(self) -> None:
        """What the environment and the files say stands in the traits, so that `%config Synth` shows it."""
        found, given = self._settings(), dict(self._given)
        for name in _CONFIGURED:
            value = getattr(found, name)
            setattr(self, name, str(value) if name == "home" else value)
        self._given = given

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

    def _advice(self, error: SynthError, line: str, cell: str) -> str:
        """How a variable is written, where one was perhaps meant; it is shown, and no part of the error."""
        if isinstance(error, QueryError) and "{{" in line + cell:
            return "in SQL a variable is written $name, and its value is bound; {{name}} is for the words before it"
        found = _OTHER_VARIABLE.search(line) if isinstance(error, CommandError) and "{{" not in line else None
        name = next(filter(None, found.groups()), "") if found else ""
        return f"for the value of the variable {name} write {{{{{name}}}}}" if name in self._namespace else ""

    def _answered(self, request: Request, cell: str | None) -> Answer:
        settings = self._settings()
        statement = (request.options.sql or cell or "") if request.verb == "sql" else ""
        # IPython ends every cell with a line break, which is no part of the statement.
        body = cell.removesuffix("\n") if cell and request.verb == "sql" else cell
        rich = hasattr(self.shell, "kernel")
        with cell_reporting(settings.progress, rich=rich) as on_progress:
            return answer(
                request, self.workspace, body=body, parameters=bound(statement, self._namespace),
                workers=settings.workers, on_progress=on_progress,
            )  # fmt: skip

    def _given_back(self, given: Answer, request: Request) -> Any:
        value = self._kept(self.cards.shown(given), request)
        if request.json:
            from ..documents import to_json

            print(to_json(given.document))
            return None
        return None if getattr(request.options, "quiet", False) else value

    def _kept(self, value: Any, request: Request) -> Any:
        name = getattr(request.options, "assign", None)
        if name is not None:
            self._namespace[_variable(name)] = value
        return value


@contextmanager
def short_errors(debug: bool, advice: Callable[[SynthError], str] | None = None) -> Iterator[None]:
    """Errors of ours fail the cell with their own few lines in place of a traceback; `advice` replaces their hint."""
    try:
        yield
    except SynthError as error:
        if not debug:
            better = advice(error) if advice else ""
            lines = [line for line in error.lines() if not (better and line.startswith("Hint: "))]
            lines += [f"Hint: {better}"] if better else []
            _shorten(error, [_COMMAND.sub(r"\1%synth ", line) for line in lines])
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
