"""Values of the Python API shown as cards wherever a cell ends with one; found by name: nothing is imported early."""

import weakref
from collections.abc import Callable
from typing import Any

from ..commands.verbs import Answer
from ..commands.verbs.base import documented
from .display import Bundle, Shown, bundle_of

_SHOWN = {
    ("synth_jupyter.workspace.results", "Definition"): "define",
    ("synth_jupyter.workspace.results", "Run"): "generate",
    ("synth_jupyter.warehouses.result", "Result"): "sql",
    ("synth_jupyter.warehouses.profile", "Profile"): "profile",
    ("synth_jupyter.warehouses.base", "LoadReport"): "load",
    ("synth_jupyter.verify", "VerifyReport"): "verify",
    ("synth_jupyter.lineage.model", "Graph"): "lineage",
    ("synth_jupyter.lineage.trace", "Trace"): "trace",
    ("synth_jupyter.lineage.base_rows", "DerivedTrace"): "trace",
    ("synth_jupyter.workspace.transforming", "Derived"): "derived",
    ("synth_jupyter.workspace.graphs", "History"): "history",
    ("synth_jupyter.images.export", "ExportReport"): "export",
    ("synth_jupyter.images.pushing", "PushReport"): "push",
}


class Cards:
    """How values are shown in one shell. State: the last answer's card, so that a query is not run twice for it."""

    def __init__(self, rows: Callable[[], int]) -> None:
        self._rows = rows
        self._last: tuple[Callable[[], Any], Bundle] = (lambda: None, {})

    def register(self, shell: Any) -> None:
        """Teach the shell to show our values."""
        for module, name in _SHOWN:
            shell.display_formatter.mimebundle_formatter.for_type_by_name(module, name, self.bundle)

    def shown(self, answer: Answer) -> Any:
        """The answer's value, which shows itself as a card; made now, so that what fails fails the cell that asked."""
        bundle = bundle_of(answer, self._rows())
        if answer.text is not None or _verb_of(answer.value) is None:
            return Shown(answer.value, bundle)
        self._last = (weakref.ref(answer.value), bundle)
        return answer.value

    def bundle(self, value: Any) -> Bundle:
        """The MIME bundle of one of our values."""
        last, bundle = self._last
        if last() is value:
            return bundle
        verb = _verb_of(value)
        assert verb is not None
        answer = Answer(verb, value, value.to_dict) if verb == "sql" else documented(verb, value)
        return bundle_of(answer, self._rows())


def _verb_of(value: Any) -> str | None:
    return _SHOWN.get((type(value).__module__, type(value).__name__))
