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
    if options.into is not None or _creates(statement):
        return _transformed(call, statement)
    if options.replace:
        raise CommandError("--replace belongs to --into", hint="sql shop --into daily_sales --replace SELECT ...")
    result = call.experiment.sql(
        statement, dialect=options.dialect, limit=options.limit, parameters=dict(call.parameters) or None
    )
    return Answer("sql", result, result.to_dict)


def _creates(statement: str) -> bool:
    if "create" not in statement.casefold():
        return False
    from ...sql.creation import is_creation

    return is_creation(statement)


def _transformed(call: Call, statement: str) -> Answer:
    """A table of the run; its statement is run again after a restore, when no variable has the same value."""
    options = call.options
    if call.parameters:
        raise CommandError(
            f"${next(iter(call.parameters))} has no place in a statement that makes a table, which may be run again",
            hint="write the value into the statement",
        )
    made = call.experiment.transform(statement, options.into, dialect=options.dialect, replace=options.replace)
    return documented("derived", made)


def load(call: Call) -> Answer:
    options = call.options
    return documented("load", call.experiment.load(options.into, schema=options.schema, replace=options.replace))


def verify(call: Call) -> Answer:
    report = call.experiment.verify(call.options.target)
    return documented("verify", report, exit_code=0 if report.ok else 1)
