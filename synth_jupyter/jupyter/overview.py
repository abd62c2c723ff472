"""What `%synth` alone and `%synth?` say: where one is, what there is, and how to learn more."""

import textwrap
from typing import Any

from .. import __version__
from ..commands import VERBS, help_text
from ..commands.cards import counted
from ..commands.text import safe

_SHOWN = 6
_WIDTH = 100


def overview(workspace: Any) -> str:
    """At most 15 lines: the workspace, its newest experiments, the verbs."""
    found = workspace.list()
    lines = [f"synth_jupyter {__version__}: {counted(len(found), 'experiment')} in {workspace.home}"]
    lines += [f"  {_experiment(each)}" for each in found[-_SHOWN:]]
    lines += [f"  … and {len(found) - _SHOWN} more: %synth list"] if len(found) > _SHOWN else []
    lines += textwrap.wrap(f"verbs: {', '.join(VERBS)}", _WIDTH, subsequent_indent="       ")
    lines.append("%synth help VERB (or %synth VERB --help) explains one; %synth help lists them all")
    return "\n".join(map(safe, lines))


def documentation() -> str:
    """The text behind `%synth?`."""
    return (
        "%synth VERB WORDS..., or %%synth VERB WORDS... with a document, a statement or other text below.\n\n"
        f"{help_text()}\n\n"
        "-o NAME keeps the result in a variable, as NAME = %synth ... does; --quiet shows nothing; --json prints the\n"
        "document. {{name}} in a word is replaced by the value of a variable; $name in SQL is bound as a parameter.\n"
        "%config Synth lists the settings."
    )


def _experiment(summary: Any) -> str:
    about = f"{summary.name}: {counted(summary.tables, 'table')}"
    run = summary.latest
    return f"{about}, {run.address} {run.status}" if run else f"{about}, no run yet"
