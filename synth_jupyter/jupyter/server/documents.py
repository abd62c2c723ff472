"""The JSON documents of the verbs as JSON Schema, for the OpenAPI file: what each always has, and of which type.

A document may have more than is written here; what is written here does not go away.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
ANY: Schema = {}
NAMES: Schema = {"type": "array", "items": TEXT}
COUNTS: Schema = {"type": "object", "additionalProperties": WHOLE}
OBJECT: Schema = {"type": "object"}


def maybe(schema: Schema) -> Schema:
    """It, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def some(schema: Schema) -> Schema:
    """A list of it."""
    return {"type": "array", "items": schema}


def by_name(schema: Schema) -> Schema:
    """An object of it by name."""
    return {"type": "object", "additionalProperties": schema}


def having(**properties: Schema) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def one_of(*texts: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(texts)}


STATUS = one_of("running", "partial", "complete", "failed", "reset")
_ROWS = some(some(ANY))
_COLUMN = having(type=TEXT, nullable=TRUTH, generator=TEXT, reason=TEXT)
_REFERENCE = having(table=TEXT, columns=NAMES)
_TABLE = having(
    rows=ANY, primary_key=NAMES, unique=some(NAMES), checks=NAMES,
    foreign_keys=some(having(columns=NAMES, references=_REFERENCE)), columns=by_name(_COLUMN),
)  # fmt: skip
_OUTCOME = one_of("kept", "compiled", "verified", "not carried")
_REPORT = some(having(construct=TEXT, where=TEXT, outcome=_OUTCOME))
DEFINITION = having(experiment=TEXT, tables=by_name(_TABLE), report=_REPORT)
RUN = having(
    run=TEXT, status=STATUS, seed=WHOLE, rows=COUNTS, seconds=maybe(NUMBER), content_digest=maybe(TEXT)
)  # fmt: skip
_RUNS = some(having(
    run=TEXT, status=STATUS, reason=maybe(TEXT), seed=WHOLE, rows=COUNTS, made=COUNTS, content_digest=maybe(TEXT)
))  # fmt: skip
_CHECKED = one_of(
    "row_count", "primary_key", "unique", "foreign_key", "not_null", "check", "range", "length", "children",
    "distribution",
)  # fmt: skip
_CHECK = having(table=TEXT, kind=_CHECKED, columns=NAMES, violations=WHOLE, examples=some(ANY))
_LOADED = having(rows=WHOLE, enforced=NAMES, not_enforced=some(ANY))
_VERDICT = one_of("native", "rewritten")
_PROFILED = having(
    type=TEXT, count=WHOLE, nulls=WHOLE, distinct=WHOLE, min=ANY, max=ANY, mean=maybe(NUMBER), quantiles=OBJECT,
    top=some(having(value=ANY, count=WHOLE)), histogram=some(having(start=ANY, end=ANY, count=WHOLE)),
)  # fmt: skip
_REMOVAL = having(experiment=TEXT, done=TRUTH)
_PROBLEM = having(place=TEXT, message=TEXT)

ERROR = having(error=having(type=TEXT, message=TEXT, hint=TEXT, problems=some(_PROBLEM)))
PROGRESS = having(
    id=WHOLE, run=TEXT, rows=COUNTS, totals=COUNTS, partitions=WHOLE, partition_total=WHOLE, seconds=NUMBER,
    finished=TRUTH, message=TEXT,
)  # fmt: skip
JOB = having(
    job=TEXT, verb=TEXT, status=one_of("running", "done", "failed", "lost"), run=maybe(TEXT), created_at=TEXT,
    progress=maybe(PROGRESS), exit_code=maybe(WHOLE), document=maybe(OBJECT), error=maybe(OBJECT), file=maybe(TEXT),
)  # fmt: skip

DOCUMENTS: dict[str, Schema] = {
    "define": DEFINITION,
    "show": DEFINITION,
    "list": having(experiments=some(having(experiment=TEXT, version=WHOLE, tables=WHOLE, runs=WHOLE))),
    "preview": having(columns=NAMES, rows=_ROWS),
    "diff": having(
        old=TEXT, new=TEXT, changes=some(having(kind=TEXT, place=TEXT, what=TEXT, why=TEXT, data=NAMES)),
        tables=by_name(having(rows=WHOLE, regenerated=WHOLE, changed=NAMES, kept=NAMES)), regenerated=WHOLE, kept=WHOLE,
    ),
    "generate": RUN,
    "resume": RUN,
    "restore": RUN,
    "import": RUN,
    "pull": RUN,
    "cancel": RUN,
    "watch": RUN,
    "runs": having(runs=_RUNS),
    "prune": having(experiment=TEXT, kept=NAMES, pruned=NAMES),
    "sql": {"anyOf": [
        having(columns=NAMES, rows=_ROWS, row_count=WHOLE, truncated=TRUTH, verdict=_VERDICT),
        having(verdict=_VERDICT, sql=TEXT, plan=ANY),
        having(table=TEXT),
        having(file=TEXT, rows=WHOLE, bytes=WHOLE),
    ]},
    "queries": having(queries=some(OBJECT)),
    "load": having(run=TEXT, target=TEXT, tables=by_name(_LOADED), seconds=NUMBER),
    "verify": having(ok=TRUTH, checks=some(_CHECK)),
    "profile": having(run=TEXT, table=TEXT, rows=WHOLE, exact=TRUTH, columns=by_name(_PROFILED)),
    "lineage": {"anyOf": [
        having(level=TEXT, nodes=some(OBJECT), edges=some(OBJECT)),
        having(experiment=TEXT, events=some(having(number=WHOLE, at=TEXT, event=TEXT))),
    ]},
    "trace": having(
        run=TEXT, table=TEXT, row=WHOLE, partition=maybe(WHOLE), file=maybe(TEXT),
        columns=by_name(having(generator=TEXT)),
        parents=some(having(table=TEXT)),
    ),
    "explain": having(experiment=TEXT, table=TEXT, column=TEXT, text=TEXT),
    "tag": OBJECT,
    "export": having(file=TEXT, bytes=WHOLE, content_digest=TEXT, layers=some(having(digest=TEXT, bytes=WHOLE))),
    "push": having(
        reference=TEXT, digest=TEXT, bytes=WHOLE, sent=WHOLE, content_digest=TEXT,
        layers=some(having(digest=TEXT, bytes=WHOLE, reused=TRUTH)),
    ),
    "inspect": OBJECT,
    "images": having(images=some(having(image=TEXT, at=TEXT, experiment=TEXT))),
    "reset": _REMOVAL,
    "delete": _REMOVAL,
    "doctor": having(ok=TRUTH, checks=some(having(what=TEXT, found=TEXT, ok=TRUTH, hint=TEXT))),
    "help": having(text=TEXT),
}  # fmt: skip
