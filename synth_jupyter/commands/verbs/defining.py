"""Experiments as documents: define, list, show, preview."""

from ...errors import CommandError
from ...presets import is_preset
from .base import Answer, Call, documented, read_text


def define(call: Call) -> Answer:
    options = call.options
    if options.source is not None:
        return _inferred(call)
    where = "name a file, preset:NAME, or - for standard input, or use a cell below"
    if options.name and set(options.name) & set("./:"):  # no name of an experiment has these
        where = f"the name comes first, then the document: write define NAME {options.name}"
    named = options.file is not None and is_preset(options.file) and not (call.body or "").strip()
    text = options.file if named else read_text(call, options.file, "the document", where)
    made = call.workspace.define(
        text, options.name, dialect=options.dialect, replace=options.replace, check=options.check,
        existing=dict(options.existing),
    )  # fmt: skip
    return documented("define", made)


def _inferred(call: Call) -> Answer:
    """An experiment like what is there already."""
    options = call.options
    if options.name is None:
        raise CommandError("the experiment needs a name", hint="write define shop --from sqlite:shop.sqlite")
    if options.file is not None or (call.body or "").strip() or options.dialect or options.existing:
        raise CommandError("--from takes everything from its source", hint="leave the document and its options out")
    made = call.workspace.define_from(
        options.source, options.name, replace=options.replace, check=options.check, values=options.values
    )
    return documented("define", made)


def list_experiments(call: Call) -> Answer:
    found = call.workspace.list()
    return Answer.plain("list", found, {"experiments": [each.to_dict() for each in found]})


def show(call: Call) -> Answer:
    definition = call.experiment.definition()
    form = call.options.format
    text = None if form is None else definition.text(form, dialect=call.options.dialect)
    return documented("show", definition, text=text)


def diff(call: Call) -> Answer:
    return documented("diff", call.workspace.diff(call.options.old, call.options.new))


def preview(call: Call) -> Answer:
    from ...documents import rows_of

    options = call.options
    table = call.experiment.preview(options.table, n=options.limit, offset=options.offset)
    return Answer.plain("preview", table, {"columns": table.column_names, "rows": list(rows_of(table))})
