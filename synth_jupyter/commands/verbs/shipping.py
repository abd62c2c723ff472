"""Runs as images: tag, export, import, inspect, images."""

from pathlib import Path

from .base import Answer, Call, document_of, documented


def tag(call: Call) -> Answer:
    done = call.experiment.tag(call.options.tag)
    return Answer.plain("tag", done, document_of(done, "tagged"))


def export(call: Call) -> Answer:
    return documented("export", call.experiment.export(call.options.output, thin=call.options.thin))


def import_image(call: Call) -> Answer:
    options = call.options
    done = call.workspace.import_image(options.source, name=options.as_name, verify_only=options.verify_only)
    return documented("import", done)


def inspect(call: Call) -> Answer:
    from ...images.load import inspect as look

    return documented("inspect", look(Path(call.options.source).expanduser()))


def images(call: Call) -> Answer:
    found = call.workspace.images()
    return Answer.plain("images", found, {"images": [document_of(each, "image") for each in found]})
