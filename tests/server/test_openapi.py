"""The description is valid, is what the code says, and has every verb and parameter that HTTP offers."""

import json
from typing import Any

import pytest
from http_page import FILE, PAGE, file, page
from openapi_spec_validator import validate

from synth_jupyter.commands.named import named_arguments
from synth_jupyter.commands.surface import VERBS
from synth_jupyter.jupyter.server.documents import DOCUMENTS
from synth_jupyter.jupyter.server.extension import routes
from synth_jupyter.jupyter.server.routes import ROUTES, kind_of
from synth_jupyter.jupyter.server.service import SynthServer

pytestmark = pytest.mark.xdist_group("server")

CLOSED = {
    ("define", "from"),
    ("define", "values"),
    ("restore", "executor"),
    ("generate", "background"),
    ("generate", "out"),
    ("generate", "executor"),
    ("resume", "executor"),
    ("resume", "background"),
    ("lineage", "send"),
    ("queries", "remove"),
}


def test_the_file_is_valid_openapi() -> None:
    validate(json.loads(file()))


def test_the_shipped_file_and_the_page_are_what_the_code_says() -> None:
    assert FILE.read_text(encoding="utf-8") == file(), "write it: PYTHONPATH=. python tests/house/http_page.py"
    assert PAGE.read_text(encoding="utf-8") == page(), "write it: PYTHONPATH=. python tests/house/http_page.py"


def test_the_server_gives_the_shipped_file(server: Any) -> None:
    assert server.get("openapi.json") == json.loads(file())


@pytest.mark.parametrize("verb", [verb for verb, about in VERBS.items() if not about.notebook])
def test_every_verb_has_a_route_and_a_document(verb: str) -> None:
    assert verb in ROUTES, f"give {verb} a row in jupyter/server/routes.py"
    assert verb in DOCUMENTS, f"give {verb} a document in jupyter/server/documents.py"


def test_only_what_was_judged_is_closed() -> None:
    closed = {(verb, name) for verb in ROUTES if verb in VERBS for name, argument in named_arguments(verb).items()
              if kind_of(verb, name, argument) == "closed"}  # fmt: skip
    assert closed <= CLOSED, "say in jupyter/server/routes.py how these are kept below the server's folder"


def test_every_route_is_described_and_nothing_else() -> None:
    described = {(path, method.upper()) for path, methods in json.loads(file())["paths"].items() for method in methods}
    served = set()
    for spec in routes("/", SynthServer()):
        path = spec.regex.pattern.rstrip("$").replace("([^/]+)", "{id}").replace("\\", "")
        if "verb" in spec.kwargs:
            served.add((path, ROUTES[spec.kwargs["verb"]].method))
        elif "(.*)" not in path:
            served |= {(path, name.upper()) for name in ("get", "post", "delete") if name in vars(spec.handler_class)}
    assert described == served
