"""One function per verb: it makes the one call of the Python API that the words ask for, and its JSON document."""

from collections.abc import Callable

from . import asking, defining, explaining, running, shipping
from .base import Answer, Call, Document

__all__ = ["Answer", "Call", "Document", "perform"]


def doctor(call: Call) -> Answer:
    from ..doctor import examine

    found = examine(call.open)
    return Answer.plain("doctor", found, found, exit_code=0 if found["ok"] else 1)


def help_verb(call: Call) -> Answer:
    from ..grammar import help_text

    text = help_text(call.options.topic)
    return Answer.plain("help", text, {"text": text}, text=text)


def lineage(call: Call) -> Answer:
    from ..drawing import lineage as drawn

    return drawn(call)


def perform(verb: str, call: Call) -> Answer:
    """Do what was asked.

    Raises:
        SynthError: whatever the call raises.
    """
    return _CALLS[verb](call)


_CALLS: dict[str, Callable[[Call], Answer]] = {
    "define": defining.define,
    "list": defining.list_experiments,
    "show": defining.show,
    "preview": defining.preview,
    "diff": defining.diff,
    "generate": running.generate,
    "resume": running.resume,
    "restore": running.restore,
    "cancel": running.cancel,
    "watch": running.watch,
    "runs": running.runs,
    "prune": running.prune,
    "reset": running.reset,
    "delete": running.delete,
    "sql": asking.sql,
    "queries": asking.queries,
    "load": asking.load,
    "verify": asking.verify,
    "profile": asking.profile,
    "lineage": lineage,
    "trace": explaining.trace,
    "explain": explaining.explain,
    "tag": shipping.tag,
    "export": shipping.export,
    "import": shipping.import_image,
    "push": shipping.push,
    "pull": shipping.pull,
    "inspect": shipping.inspect,
    "images": shipping.images,
    "doctor": doctor,
    "help": help_verb,
}
