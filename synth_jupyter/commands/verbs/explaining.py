"""Where a value comes from: trace and explain."""

from ...errors import CommandError
from .base import Answer, Call, documented


def trace(call: Call) -> Answer:
    options, experiment = call.options, call.experiment
    if bool(options.key) == (options.row is not None):
        raise CommandError(
            "say which row: its key, or --row N", hint="trace shop orders 17, or trace shop orders --row 16"
        )
    key = options.key or None
    found = experiment.trace(
        options.table, key, row=options.row, column=options.column, target=options.target, children=options.children
    )
    return documented("trace", found)


def explain(call: Call) -> Answer:
    words = call.options.column
    table, dot, column = words.rpartition(".")
    if not dot or not table:
        raise CommandError(f"{words!r} is not TABLE.COLUMN", hint="explain shop orders.status")
    # Names may hold dots: the longest table that fits is meant, as in `references`.
    names = [one.name for one in call.experiment.schema.tables]
    fitting = [name for name in names if words[: len(name) + 1].casefold() == f"{name}.".casefold()]
    table = max(fitting, key=len, default=table)
    column = words[len(table) + 1 :]
    text = call.experiment.explain(table, column)
    return Answer.plain(
        "explain", text, {"experiment": call.options.name, "table": table, "column": column, "text": text}
    )
