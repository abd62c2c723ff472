"""The OpenAPI 3.1 description of the HTTP API, written from the verbs' own table, the routes and the documents."""

from typing import Any

from ... import __version__
from ...commands.named import is_many, is_required, is_switch
from ...commands.surface import VERBS, Argument, factor, table_names
from .documents import ANY, DOCUMENTS, ERROR, JOB, NAMES, OBJECT, PROGRESS, TEXT, TRUTH, WHOLE, Schema, by_name, some
from .documents import having as object_of
from .routes import EXTRAS, Route, kind_of, open_parameters, served

_BASE = "/synth/api/"
_ABOUT = """The verbs of `synth` below `/synth/api/` of a Jupyter Server, with the documents that `--json` prints.
Paths are relative to the folder that the server shows; `upload:ID` names an uploaded file in place of one, and
`download:NAME` a file that comes back."""
_STATUSES = {
    "400": "the words or values are wrong",
    "403": "the token or the XSRF header is missing or wrong, or the authorizer says no",
    "404": "there is nothing of that name",
    "409": "it exists already, or somebody uses it",
    "413": "the request is too large",
    "415": "the body is no JSON",
    "422": "the document, the statement, the target or the image was refused",
    "429": "too many jobs are under way",
    "500": "something went wrong; the log has it under the request_id",
    "503": "the workspace's own files cannot be used",
}
_KINDS = {
    "read": "a path below the server's folder, or upload:ID",
    "write": "a new file below the server's folder, or download:NAME",
    "target": "duckdb:FILE or sqlite:FILE below the server's folder, or env:VARIABLE",
}


def description() -> dict[str, Any]:
    """The whole OpenAPI document."""
    paths = {f"{_BASE}{verb}": {route.method.lower(): _operation(verb, route)} for verb, route in served().items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "synth_jupyter", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths | _beside(),
        "components": {
            "schemas": {_name(verb): DOCUMENTS[verb] for verb in served()} | _SHARED,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`token TOKEN`"}
            },
            "responses": {code: _response(text, "error") for code, text in _STATUSES.items()},
        },
    }


_SHARED: dict[str, Schema] = {
    "error": ERROR,
    "job": JOB,
    "jobs": object_of(jobs=some({"$ref": "#/components/schemas/job"})),
    "progress": object_of(job=TEXT, status=TEXT, events=some(PROGRESS), next=WHOLE),
    "history": object_of(events=some(object_of(id=WHOLE, at=TEXT, experiment=TEXT, kind=TEXT)), next=WHOLE),
    "upload": object_of(upload=TEXT, bytes=WHOLE, sha256=TEXT),
    "removed": object_of(upload=TEXT, done=TRUTH),
    "index": object_of(synth_jupyter=TEXT, openapi=TEXT, verbs=by_name(OBJECT)),
    "description": OBJECT,
}


def _name(verb: str) -> str:
    return f"{verb}_document"


def _response(text: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": text, "content": content}


def _attachment(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/octet-stream": {}}}


def _refusals(*extra: str) -> dict[str, Any]:
    codes = {"400", "403", "404", "500", "503", *extra}
    return {code: {"$ref": f"#/components/responses/{code}"} for code in sorted(codes)}


def _operation(verb: str, route: Route) -> dict[str, Any]:
    about = VERBS[verb]
    operation: dict[str, Any] = {"operationId": verb, "summary": about.summary, "responses": _responses(verb, route)}
    if route.method == "POST":
        operation["requestBody"] = {"content": {"application/json": {"schema": _body(verb)}}, "required": True}
    else:
        operation["parameters"] = [_in_query(verb, name, each) for name, each in open_parameters(verb).items()]
    return operation


def _responses(verb: str, route: Route) -> dict[str, Any]:
    if route.manner == "job":
        done = {"202": _response(f"under way; its `document` will be {_name(verb)}", "job")}
        return done | _refusals("409", "413", "415", "422", "429")
    answer = _response("the document", _name(verb))
    if {"format", "export"} & set(open_parameters(verb)):
        answer["content"] |= _attachment("")["content"]
    found = {"200": answer} | _refusals("409", "413", "422", *(["415"] if route.method == "POST" else []))
    if route.method == "DELETE":
        found["428"] = _response("nothing was done: this would go, with `yes`", _name(verb))
    return found


def _body(verb: str) -> Schema:
    known = open_parameters(verb)
    properties = {name: _schema(verb, name, each) for name, each in known.items()}
    for name, text in EXTRAS.get(verb, {}).items():
        properties[name] = {"type": "object" if name == "parameters" else "string", "description": text}
    needed = [name for name, each in known.items() if is_required(each) and (verb, name) != ("export", "output")]
    needed += ["sql"] if verb == "sql" else []
    return {
        "type": "object", "additionalProperties": False, "properties": properties,
        **({"required": needed} if needed else {}),
    }  # fmt: skip


def _in_query(verb: str, name: str, argument: Argument) -> dict[str, Any]:
    schema = _schema(verb, name, argument)
    text = schema.pop("description")
    return {"name": name, "in": "query", "required": is_required(argument), "description": text, "schema": schema}


def _schema(verb: str, name: str, argument: Argument) -> Schema:
    details = argument.details
    kind = kind_of(verb, name, argument)
    text = details.get("help", "") + (f"; {_KINDS[kind]}" if kind in _KINDS else "")
    if is_switch(argument):
        return {**TRUTH, "description": text}
    if kind == "existing" or argument.names == "table=":
        return {**by_name(WHOLE if name == "rows" else TEXT), "description": text}
    if is_many(argument):
        return {**(NAMES if argument.names != "column=" else some(ANY)), "description": text}
    if "choices" in details:
        return {**TEXT, "enum": list(details["choices"]), "description": text}
    if details.get("type") is factor:
        return {"type": ["number", "string"], "description": text}
    is_text = details.get("type", table_names) is table_names
    return {**(TEXT if is_text else WHOLE), "description": text}


def _beside() -> dict[str, Any]:
    """The addresses that are no verbs."""
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}
    since = {"name": "since", "in": "query", "schema": WHOLE, "description": "only events after this number"}
    wait = {"name": "wait", "in": "query", "schema": WHOLE, "description": "wait so many seconds for one, at most 30"}

    def asked(name: str, text: str, schema: str, *parameters: Any, code: str = "200", **more: Any) -> dict[str, Any]:
        answers = {code: _response(text, schema)} | _refusals("409", "413")
        extra = {"parameters": list(parameters)} if parameters else {}
        return {"operationId": name, "summary": text, **extra, **more, "responses": answers}

    octets = {"content": {"application/octet-stream": {}}, "required": True}
    file = asked("job_file", "the file that a job made", "error", key)
    file["responses"]["200"] = _attachment("the file")
    return {
        _BASE: {"get": asked("index", "what answers here", "index")},
        f"{_BASE}openapi.json": {"get": asked("openapi", "this description", "description")},
        f"{_BASE}events": {"get": asked("events", "what happened in the workspace", "history", since)},
        f"{_BASE}jobs": {"get": asked("jobs", "the jobs, oldest first", "jobs")},
        f"{_BASE}jobs/{{id}}": {"get": asked("job", "how far a job is, and what it gave", "job", key)},
        f"{_BASE}jobs/{{id}}/cancel": {"post": asked("job_cancel", "stop a job", "job", key, code="202")},
        f"{_BASE}jobs/{{id}}/events": {
            "get": asked("job_events", "the progress of a job", "progress", key, since, wait)
        },
        f"{_BASE}jobs/{{id}}/file": {"get": file},
        f"{_BASE}uploads": {"post": asked("upload", "send a file", "upload", code="201", requestBody=octets)},
        f"{_BASE}uploads/{{id}}": {"delete": asked("upload_remove", "remove an upload", "removed", key)},
    }
