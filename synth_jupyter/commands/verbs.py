"""One function per verb: it makes the one call of the Python API that the words ask for, and its JSON document."""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandError

if TYPE_CHECKING:
    from ..workspace import Experiment, Progress, Workspace

Document = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What a verb may use: `body` is the cell below the words, `parameters` the values of `$name` in SQL."""

    options: Namespace
    open: Callable[[], "Workspace"]
    body: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    workers: int = 0
    on_progress: "Callable[[Progress], None] | None" = None

    @property
    def workspace(self) -> "Workspace":
        return self.open()

    @property
    def experiment(self) -> "Experiment":
        return self.workspace.experiment(self.options.name)


@dataclass(frozen=True)
class Answer:
    """What a verb gave: the Python API's `value`, the exit code, and `text` where a text was asked for.

    `describe` makes its JSON document, with at most so many rows of data when a number is given.
    """

    verb: str
    value: Any
    describe: Callable[[int | None], Document]
    exit_code: int = 0
    text: str | None = None

    @property
    def document(self) -> Document:
        """The whole JSON document."""
        return self.describe(None)

    @classmethod
    def plain(cls, verb: str, value: Any, document: Document, **details: Any) -> "Answer":
        """An answer whose document is short and known."""
        return cls(verb, value, lambda rows: document, **details)


def documented(verb: str, value: Any, **details: Any) -> Answer:
    """An answer whose document is the value's own."""
    return Answer(verb, value, lambda rows: dict(value.to_dict()), **details)


def read_text(call: Call, file: str | None, what: str, where: str) -> str:
    """The text of a cell's body, of standard input for `-`, or of a file; exactly one of them.

    Raises:
        CommandError: there is none, there are two, or the file cannot be read as UTF-8.
    """
    if call.body is not None and call.body.strip():
        if file is not None:
            raise CommandError(f"{what} is given twice: in the words and below them", hint="leave one out")
        return call.body
    if file is None:
        raise CommandError(f"{what} is missing", hint=where)
    try:
        if file == "-":
            return sys.stdin.buffer.read().decode()
        return Path(file).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        source = "from standard input" if file == "-" else repr(file)
        raise CommandError(f"{what} {source} cannot be read: {reason}") from error


def define(call: Call) -> Answer:
    options = call.options
    text = read_text(call, options.file, "the document", "name a file, or - for standard input, or use a cell below")
    made = call.workspace.define(
        text, options.name, dialect=options.dialect, replace=options.replace, check=options.check,
        existing=dict(options.existing),
    )  # fmt: skip
    return documented("define", made)


def list_experiments(call: Call) -> Answer:
    found = call.workspace.list()
    return Answer.plain("list", found, {"experiments": [each.to_dict() for each in found]})


def show(call: Call) -> Answer:
    definition = call.experiment.definition()
    form = call.options.format
    text = None if form is None else definition.text(form, dialect=call.options.dialect)
    return documented("show", definition, text=text)


def preview(call: Call) -> Answer:
    from ..documents import rows_of

    options = call.options
    table = call.experiment.preview(options.table, n=options.limit, offset=options.offset)
    return Answer.plain("preview", table, {"columns": table.column_names, "rows": list(rows_of(table))})


def generate(call: Call) -> Answer:
    options = call.options
    settings: dict[str, Any] = {"rows": dict(options.rows), "scale": options.scale, "seed": options.seed}
    if options.dry_run:
        plan = call.experiment.plan(**settings)
        return Answer.plain("plan", plan, {"experiment": options.name, "seed": plan.seed, "rows": plan.rows,
                                     "partitions": sum(table.partition_count for table in plan.tables)})  # fmt: skip
    workers = call.workers if options.workers is None else options.workers
    run = call.experiment.generate(**settings, workers=workers, load=not options.no_load, on_progress=call.on_progress)
    return _run_answer("generate", run)


def resume(call: Call) -> Answer:
    return _run_answer("resume", call.experiment.resume(on_progress=call.on_progress, workers=call.workers))


def restore(call: Call) -> Answer:
    return _run_answer("restore", call.experiment.restore(on_progress=call.on_progress, workers=call.workers))


def _run_answer(verb: str, run: Any) -> Answer:
    return documented(verb, run, exit_code=0 if run.status == "complete" else 1)


def cancel(call: Call) -> Answer:
    run = call.experiment.cancel()
    return documented("cancel", run)


def runs(call: Call) -> Answer:
    workspace = call.workspace
    name = call.options.name
    experiments = (
        [workspace.experiment(name)] if name else [workspace.experiment(each.name) for each in workspace.list()]
    )
    found = [run for experiment in experiments for run in experiment.runs()]
    return Answer.plain("runs", found, {"runs": [run.to_dict() for run in found]})


def prune(call: Call) -> Answer:
    done = call.experiment.prune(call.options.keep)
    return Answer.plain("prune", done, _document(done, "pruned"))


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


def trace(call: Call) -> Answer:
    options = call.options
    if bool(options.key) == (options.row is not None):
        raise CommandError(
            "say which row: its key, or --row N", hint="trace shop orders 17, or trace shop orders --row 16"
        )
    key = options.key or None
    return documented("trace", call.experiment.trace(options.table, key, row=options.row, column=options.column))


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


def tag(call: Call) -> Answer:
    done = call.experiment.tag(call.options.tag)
    return Answer.plain("tag", done, _document(done, "tagged"))


def export(call: Call) -> Answer:
    return documented("export", call.experiment.export(call.options.output, thin=call.options.thin))


def import_image(call: Call) -> Answer:
    options = call.options
    done = call.workspace.import_image(options.source, name=options.as_name, verify_only=options.verify_only)
    return documented("import", done)


def inspect(call: Call) -> Answer:
    from ..images.load import inspect as look

    return documented("inspect", look(Path(call.options.source).expanduser()))


def images(call: Call) -> Answer:
    found = call.workspace.images()
    return Answer.plain("images", found, {"images": [_document(each, "image") for each in found]})


def reset(call: Call) -> Answer:
    experiment = call.experiment
    if call.options.yes:
        return _removed("reset", experiment.reset())
    runs = [run for run in experiment.runs() if run.status != "reset"]
    plan = {"experiment": call.options.name, "runs": [_remaining(run) for run in runs]}
    return _only_planned("reset", plan)


def delete(call: Call) -> Answer:
    if call.options.yes:
        return _removed("delete", call.experiment.delete())
    return _only_planned("delete", call.experiment.deletion_plan())


def _removed(verb: str, done: Document) -> Answer:
    return Answer.plain(verb, done, {**done, "done": True})


def _only_planned(verb: str, plan: Document) -> Answer:
    """What would go; a failure, so that no script goes on as if it were done."""
    said = f"nothing was done; {verb} {plan['experiment']} --yes removes this"
    document = {**plan, "done": False, "message": said}
    return Answer.plain(verb, document, document, exit_code=1)


def _remaining(run: Any) -> Document:
    return {"run": run.address, "status": run.status, "rows": run.rows}


def doctor(call: Call) -> Answer:
    from .doctor import examine

    found = examine(call.open)
    return Answer.plain("doctor", found, found, exit_code=0 if found["ok"] else 1)


def help_verb(call: Call) -> Answer:
    from .grammar import help_text

    text = help_text(call.options.topic)
    return Answer.plain("help", text, {"text": text}, text=text)


def _document(value: Any, what: str) -> Document:
    """The value's own document, its fields, the value itself when it is a mapping, or the one fact that it is."""
    if hasattr(value, "to_dict"):
        return dict(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else {what: value}


def perform(verb: str, call: Call) -> Answer:
    """Do what was asked.

    Raises:
        SynthError: whatever the call raises.
    """
    if verb == "lineage":
        from .drawing import lineage

        return lineage(call)
    return _CALLS[verb](call)


_CALLS: dict[str, Callable[[Call], Answer]] = {
    "define": define, "list": list_experiments, "show": show, "preview": preview, "generate": generate,
    "resume": resume, "cancel": cancel, "runs": runs, "prune": prune, "sql": sql, "load": load, "verify": verify,
    "trace": trace, "explain": explain, "tag": tag, "export": export, "import": import_image, "inspect": inspect,
    "images": images, "reset": reset, "restore": restore, "delete": delete, "doctor": doctor, "help": help_verb,
}  # fmt: skip
