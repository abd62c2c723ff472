"""Reading and writing experiment documents: YAML or JSON to a Schema with every problem at once, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import SchemaError
from .. import reference_json
from ..findings import Place, Problems, ReportLine
from ..model import Schema
from ..syntax import parse
from .build import build
from .dbt import to_dbt
from .describing import definition_document, generator_text
from .models import DocumentModel
from .structure import structured
from .writing import canonical, to_document, to_yaml

__all__ = [
    "Reading", "ReportLine", "canonical", "definition_document", "generator_text", "json_schema", "read",
    "schema_of", "to_dbt", "to_document", "to_yaml",
]  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What was read: its schema, the report, its format (yaml, json, reference or ddl), and the line of each place."""

    schema: Schema
    report: tuple[ReportLine, ...]
    format: str
    lines: Mapping[Place, int] = field(default_factory=dict, compare=False, repr=False)


def read(text: str, *, name: str | None = None) -> Reading:
    """The schema of a YAML or JSON document; `name` wins over the document's own.

    Raises:
        SchemaError: with every problem of the document, its place and its line.
    """
    parsed = parse(text)
    tree, form = parsed.value, parsed.format
    report: tuple[ReportLine, ...] = ()
    problems = Problems(parsed.lines, list(parsed.problems))
    if reference_json.recognised(tree):
        translated = reference_json.translate(tree, problems)
        tree, report, form = translated.tree, translated.report, "reference"
        problems.lines = translated.lines
    schema, checks = _built(tree, problems, name, "the document", compiled=False)
    return Reading(schema, (*report, *checks), form, problems.lines)


def schema_of(
    tree: Any, problems: Problems, name: str | None = None, what: str = "the document"
) -> tuple[Schema, tuple[ReportLine, ...]]:
    """The schema of a plain tree whose checks are compiled already, and a report of its rows.

    `problems` knows the lines and what is wrong.

    Raises:
        SchemaError: with every problem.
    """
    return _built(tree, problems, name, what, compiled=True)


def _built(
    tree: Any, problems: Problems, name: str | None, what: str, *, compiled: bool
) -> tuple[Schema, tuple[ReportLine, ...]]:
    model = structured(tree, problems)
    built = build(model, name, problems, compiled=compiled) if model is not None else None
    if problems.found or built is None:
        raise SchemaError.of(problems.found, what)
    return built


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a document, for completion in editors."""
    schema = DocumentModel.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "synth_jupyter experiment"}
