"""A run asked and loaded: sql, load, verify, profile."""

from ...errors import CommandError
from .base import Answer, Call, documented, read_text

_FIRST_WORDS = ("select", "with", "from", "values", "describe", "summarize", "show")
"""Of statements; where one stands in the place of the experiment, the experiment was forgotten."""


def sql(call: Call) -> Answer:
    options = call.options
    if options.name.casefold() in _FIRST_WORDS:
        _refuse_statement_alone(call)
    statement = options.sql
    if statement in (None, "-"):
        statement = read_text(call, statement, "the statement", "write it behind the name, or in a cell below")
    elif call.body is not None and call.body.strip():
        raise CommandError("the statement is given twice: in the words and below them", hint="leave one out")
    if options.into is not None or _creates(statement):
        return _transformed(call, statement)
    if options.replace and not (options.save or options.export):
        raise CommandError(
            "--replace belongs to --into, --save or --export", hint="sql shop --into daily_sales --replace SELECT ..."
        )
    if options.explain and options.export:
        raise CommandError("--explain runs nothing, so there is nothing to export", hint="leave one of them out")
    return _asked(call, statement)


def _refuse_statement_alone(call: Call) -> None:
    """Raise CommandError unless there is an experiment of that name."""
    known = [each.name for each in call.workspace.list()]
    if call.options.name.casefold() not in map(str.casefold, known):
        example = f"synth sql {known[-1] if known else 'NAME'} {call.options.name} ..."
        raise CommandError("the experiment is missing: its name comes before the statement", hint=f"write `{example}`")


def _asked(call: Call, statement: str) -> Answer:
    """The result, or what else is to become of it; a statement is kept only when it passed the gate."""
    from ...workspace.asking import check_query_name, explained, export, statement_of

    options, experiment = call.options, call.experiment
    name = options.save and check_query_name(options.save)
    # What a file or a plan is made of is not fetched first.
    limit = None if options.explain or (options.export and options.limit is None) else options.limit
    result = experiment.sql(statement, dialect=options.dialect, limit=limit, parameters=dict(call.parameters) or None)
    if name:
        words, dialect = statement_of(experiment, statement, options.dialect)
        saved = (experiment.name, name, words, dialect or "duckdb")
        call.workspace.store.queries.save(*saved, replace=options.replace)
    if options.explain:
        found = explained(result)
        return documented("explained", found, text=found.text())
    if options.export:
        report = export(experiment, result, options.export, replace=options.replace, listen=call.on_progress)
        said = f"{report.file}: {report.rows:,} rows, {report.bytes:,} bytes"
        document = report.to_dict() | {"verdict": result.verdict}
        return Answer.plain("exported", report, document, text=said)
    return Answer("sql", result, result.to_dict)


def queries(call: Call) -> Answer:
    """The saved statements, or those left when one is removed."""
    experiment = call.experiment
    if call.options.remove:
        call.workspace.store.queries.remove(experiment.name, call.options.remove)
    found = experiment.queries()
    return Answer.plain("queries", found, {"queries": [each.to_dict() for each in found]})


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
    more = {"provenance": options.provenance, "format": options.format}
    report = call.experiment.load(options.into, schema=options.schema, replace=options.replace, **more)
    return documented("load", report)


def verify(call: Call) -> Answer:
    report = call.experiment.verify(call.options.target)
    return documented("verify", report, exit_code=0 if report.ok else 1)


def profile(call: Call) -> Answer:
    return documented("profile", call.experiment.profile(call.options.table))
