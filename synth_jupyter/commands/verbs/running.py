"""Runs: generate, resume, restore, cancel, runs, and the verbs that remove."""

from typing import Any

from .base import Answer, Call, Document, document_of, documented


def generate(call: Call) -> Answer:
    options = call.options
    settings: dict[str, Any] = {"rows": dict(options.rows), "scale": options.scale, "seed": options.seed}
    workers = call.workers if options.workers is None else options.workers
    if options.dry_run:
        expected = call.experiment.forecast(**settings, workers=workers)
        return documented("plan", expected, exit_code=0 if expected.fits else 1)
    settings |= {"workers": workers, "load": not options.no_load, "executor": options.executor, "out": options.out}
    if options.background:
        return documented("generate", call.experiment.start(**settings))
    return _run_answer("generate", call.experiment.generate(**settings, on_progress=call.on_progress))


def resume(call: Call) -> Answer:
    settings: dict[str, Any] = {"workers": call.workers, "executor": call.options.executor}
    if call.options.background:
        return documented("resume", call.experiment.start_resume(**settings))
    return _run_answer("resume", call.experiment.resume(call.on_progress, **settings))


def restore(call: Call) -> Answer:
    settings: dict[str, Any] = {"workers": call.workers, "executor": call.options.executor}
    return _run_answer("restore", call.experiment.restore(call.on_progress, **settings))


def _run_answer(verb: str, run: Any) -> Answer:
    return documented(verb, run, exit_code=0 if run.status == "complete" else 1)


def watch(call: Call) -> Answer:
    return _run_answer("watch", call.experiment.watch(on_progress=call.on_progress))


def cancel(call: Call) -> Answer:
    run = call.experiment.cancel()
    return documented("cancel", run)


def runs(call: Call) -> Answer:
    found = call.experiment.runs() if call.options.name else call.workspace.runs()
    return Answer.plain("runs", found, {"runs": [_with_made(call.workspace, run) for run in found]})


def _with_made(workspace: Any, run: Any) -> Document:
    """The run, and how many rows of each table it has by now."""
    return run.to_dict() | {"made": workspace.rows_made(run)}  # type: ignore[no-any-return]


def prune(call: Call) -> Answer:
    done = call.experiment.prune(call.options.keep)
    return Answer.plain("prune", done, document_of(done, "pruned"))


def reset(call: Call) -> Answer:
    experiment = call.experiment
    if call.options.yes:
        return _removed("reset", experiment.reset())
    runs = [run for run in experiment.runs() if run.status != "reset"]
    plan = {"experiment": call.options.name, "runs": [_remaining(run) for run in runs]}
    return _only_planned("reset", plan)


def delete(call: Call) -> Answer:
    if call.options.yes:
        return _removed("delete", call.experiment.delete(loaded=call.options.loaded))
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
