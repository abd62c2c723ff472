"""One grammar for the notebook, the command line and HTTP: words -> one call -> a value and its JSON document."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .grammar import Request, flags_of, help_text, parse
from .surface import VERBS
from .verbs import Answer, Call, perform
from .words import Line, split

if TYPE_CHECKING:
    from ..workspace import Progress, Workspace

__all__ = ["VERBS", "Answer", "Line", "Request", "answer", "flags_of", "help_text", "parse", "run", "split"]


def run(
    workspace: "Workspace",
    words: Sequence[str],
    *,
    body: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    workers: int = 0,
    on_progress: "Callable[[Progress], None] | None" = None,
) -> Answer:
    """What `words` ask of `workspace`; `body` is a cell or request body, `parameters` the values of `$name` in SQL,
    `workers` how many processes generate where the words do not say (0: one per core).

    Raises:
        SynthError: the words are wrong, or the call failed.
    """
    request = parse(words)
    return answer(
        request, lambda: workspace, body=body, parameters=parameters, workers=workers, on_progress=on_progress
    )


def answer(
    request: Request,
    open_workspace: "Callable[[], Workspace]",
    *,
    body: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    workers: int = 0,
    on_progress: "Callable[[Progress], None] | None" = None,
) -> Answer:
    """What a parsed request asks; the workspace is opened only by a verb that needs it.

    Raises:
        SynthError: the call failed.
    """
    call = Call(request.options, open_workspace, body, parameters or {}, workers, on_progress)
    return perform(request.verb, call)
