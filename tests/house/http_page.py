"""The OpenAPI file and the reference page of the HTTP API, written from the code: `make fmt` writes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth_jupyter.jupyter.server.openapi import description

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/reference/http.md"
FILE = ROOT / "synth_jupyter/jupyter/server/openapi.json"
HEAD = """# HTTP

The verbs below `/synth/api/` of a Jupyter Server, with the documents that `--json` prints. `make fmt` writes this page
from the OpenAPI file that the server gives at `/synth/api/openapi.json`. [How to use it](../how-to/http.md).
"""


def file() -> str:
    """The OpenAPI file."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def page() -> str:
    """The whole page."""
    paths = description()["paths"]
    return "\n".join([HEAD, *(line for path, methods in paths.items() for line in _section(path, methods))]) + "\n"


def _section(path: str, methods: dict[str, Any]) -> Iterator[str]:
    for method, operation in methods.items():
        yield f"## {method.upper()} {path}\n"
        yield f"{operation['summary'][0].upper()}{operation['summary'][1:]}.\n"
        rows = [*_rows(operation)]
        if rows:
            yield from ("| parameter | form | meaning |", "|---|---|---|", *rows, "")
        done = {code: each for code, each in operation["responses"].items() if code[0] == "2" or code == "428"}
        yield "; ".join(f"{code}: {each['description']}{_schema(each)}" for code, each in done.items()) + ".\n"


def _rows(operation: dict[str, Any]) -> Iterator[str]:
    for each in operation.get("parameters", ()):
        yield _row(each["name"], each["schema"], each.get("description", ""), bool(each.get("required")))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for name, schema in body.get("properties", {}).items():
        yield _row(name, schema, schema["description"], name in body.get("required", ()))


def _row(name: str, schema: dict[str, Any], text: str, required: bool) -> str:
    form = schema.get("type", "")
    form = " or ".join(form) if isinstance(form, list) else form
    safe = text.replace("|", "\\|").replace("<", "\\<")
    return f"| `{name}` | {form}{', required' if required else ''} | {safe} |"


def _schema(response: dict[str, Any]) -> str:
    reference = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    return f" (`{reference.rpartition('/')[2]}`)" if reference else ""


if __name__ == "__main__":
    FILE.write_text(file(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
