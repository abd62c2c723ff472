"""Runs as images: tag, export, import, push, pull, inspect, images."""

from typing import Any

from .base import Answer, Call, document_of, documented


def tag(call: Call) -> Answer:
    done = call.experiment.tag(call.options.tag, force=call.options.force)
    return Answer.plain("tag", done, document_of(done, "tagged"))


def export(call: Call) -> Answer:
    options = call.options
    how = {"thin": options.thin, "dump": options.dump, "replace": options.replace, "on_progress": call.on_progress}
    return documented("export", call.experiment.export(options.output, **how, **_base(call)))


def import_image(call: Call) -> Answer:
    options = call.options
    how = {"name": options.as_name, "verify_only": options.verify_only, "check": not options.no_check}
    done = call.workspace.import_image(options.source, **how, tables=options.tables)
    return documented("import", done)


def push(call: Call) -> Answer:
    options = call.options
    how = {"thin": options.thin, "force": options.force, "on_progress": call.on_progress}
    return documented("push", call.experiment.push(options.reference, **how, **_base(call)))


def _base(call: Call) -> dict[str, Any]:
    options = call.options
    return {"base": options.base, "init": options.init, "platform": options.platform}


def pull(call: Call) -> Answer:
    options = call.options
    how = {"name": options.as_name, "verify_only": options.verify_only, "check": not options.no_check}
    how |= {"tables": options.tables, "on_progress": call.on_progress}
    return documented("pull", call.workspace.pull(options.reference, **how))


def inspect(call: Call) -> Answer:
    from ...images.comparison import compare
    from ...images.load import inspect as look
    from ...workspace.shipping import image_path

    found = look(image_path(call.options.source))
    if call.options.diff is None:
        return documented("inspect", found)
    return documented("image_diff", compare(found, look(image_path(call.options.diff))))


def images(call: Call) -> Answer:
    found = call.workspace.images()
    return Answer.plain("images", found, {"images": [document_of(each, "image") for each in found]})
