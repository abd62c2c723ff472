"""A run asked and loaded: sql, load, verify."""

from ...errors import CommandError
from .base import Answer, Call, documented, read_text


def sql(call: Call) -> Answer:
    options = call.options
    statement = options.sql
    if statement in (None, "-"):
        statement = read_text(call, statement, "the statement", "write it behind the name, or in a cell below")
    elif call.body is not None and call.body.strip():
        raise CommandError("the statement is given twice: in the words and below them", hint="leave one out")
    result = call.experiment.sql(
        statement, dialect=options.dialect, limit=options.limit, parameters=dict(call.parameters) or None
    )
    return Answer("sql", result, result.to_dict)


def load(call: Call) -> Answer:
    options = call.options
    return documented("load", call.experiment.load(options.into, schema=options.schema, replace=options.replace))


def verify(call: Call) -> Answer:
    report = call.experiment.verify(call.options.target)
    return documented("verify", report, exit_code=0 if report.ok else 1)
