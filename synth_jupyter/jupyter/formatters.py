"""Values of the Python API shown as cards wherever a cell ends with one; found by name: nothing is imported early."""

from collections.abc import Callable
from typing import Any

from ..commands.verbs import Answer, documented
from .display import Bundle, bundle_of

_SHOWN = {
    ("synth_jupyter.workspace.results", "Definition"): "define",
    ("synth_jupyter.workspace.results", "Run"): "generate",
    ("synth_jupyter.warehouses.base", "Result"): "sql",
    ("synth_jupyter.warehouses.base", "LoadReport"): "load",
    ("synth_jupyter.verify", "VerifyReport"): "verify",
    ("synth_jupyter.lineage.model", "Graph"): "lineage",
    ("synth_jupyter.lineage.trace", "Trace"): "trace",
    ("synth_jupyter.images.export", "ExportReport"): "export",
}


def is_shown(value: Any) -> bool:
    """Whether a cell that ends with `value` shows it as a card by itself."""
    return _verb_of(value) is not None


def register(shell: Any, rows: Callable[[], int]) -> None:
    """Teach the shell to show our values, with at most `rows()` rows of data."""
    formatter = shell.display_formatter.mimebundle_formatter
    for module, name in _SHOWN:
        formatter.for_type_by_name(module, name, lambda value: bundle_of(_answer(value), rows()))


def _answer(value: Any) -> Answer:
    verb = _verb_of(value)
    assert verb is not None
    return documented(verb, value)


def _verb_of(value: Any) -> str | None:
    return _SHOWN.get((type(value).__module__, type(value).__name__))


__all__ = ["Bundle", "is_shown", "register"]
