"""A run as an OpenLineage event: one JSON document with the job, the run, and the tables as output datasets."""

import uuid
from collections.abc import Mapping
from typing import Any

from ..documents import plain
from ..plan.model import RunFiles
from ..schema.model import Schema, Table
from ..store.records import RunRecord
from .graph import Graph, column_graph, column_id

NAMESPACE = "synth"
PRODUCER = "pkg:pypi/synth-jupyter"
_SPECIFICATION = "https://openlineage.io/spec"
_EVENT = "2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "schema": "facets/1-1-1/SchemaDatasetFacet.json",
    "columnLineage": "facets/1-2-0/ColumnLineageDatasetFacet.json",
    "version": "facets/1-0-1/DatasetVersionDatasetFacet.json",
    "outputStatistics": "facets/1-0-2/OutputStatisticsOutputDatasetFacet.json",
    "jobType": "facets/2-0-3/JobTypeJobFacet.json",
    "errorMessage": "facets/1-0-1/ErrorMessageRunFacet.json",
    "synth_run": "2-0-2/OpenLineage.json#/$defs/RunFacet",
}
_EVENT_TYPES = {"complete": "COMPLETE", "reset": "COMPLETE", "failed": "FAIL", "partial": "ABORT", "running": "START"}


def run_event(run: RunRecord, files: RunFiles) -> dict[str, Any]:
    """The event of the run's present state.

    A run reads no data, so `inputs` is empty; a column that follows a key or is derived names, in the
    `columnLineage` of its table, the columns of this same run that it was computed from.
    """
    columns = column_graph(files.schema)
    return {
        "eventType": _EVENT_TYPES.get(run.status, "OTHER"),
        "eventTime": run.finished_at or run.created_at,
        "producer": PRODUCER,
        "schemaURL": f"{_SPECIFICATION}/{_EVENT}",
        "run": {"runId": str(uuid.UUID(hex=run.key)), "facets": _run_facets(run)},
        "job": {
            "namespace": NAMESPACE,
            "name": f"{run.experiment}.generate",
            "facets": {"jobType": _facet("jobType", processingType="BATCH", integration="SYNTH", jobType="JOB")},
        },
        "inputs": [],
        "outputs": [_output(run, files, table, columns) for table in files.schema.tables],
    }


def _facet(name: str, **content: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPECIFICATION}/{_FACETS[name]}"} | dict(plain(content))


def _run_facets(run: RunRecord) -> dict[str, Any]:
    facets = {
        "synth_run": _facet(
            "synth_run", address=run.address, seed=run.seed, planDigest=run.plan_digest, status=run.status,
            schemaVersion=run.schema_version, contentDigest=run.content_digest,
        )
    }  # fmt: skip
    if run.status == "failed":
        facets["errorMessage"] = _facet("errorMessage", message=run.reason or "failed", programmingLanguage="Python")
    return facets


def _output(run: RunRecord, files: RunFiles, table: Table, columns: Graph) -> dict[str, Any]:
    mine = [file for file in files.files if file.table == table.name]
    rows = sum(file.rows for file in mine) if mine else run.rows.get(table.name, 0)
    fields = [_field(table, column.name) for column in table.columns]
    facets = {
        "schema": _facet("schema", fields=fields),
        "version": _facet("version", datasetVersion=run.content_digest or run.address),
    }
    lineage = _column_lineage(files.schema, table, columns)
    if lineage:
        facets["columnLineage"] = _facet("columnLineage", fields=lineage)
    statistics = _facet("outputStatistics", rowCount=rows, size=sum(file.bytes for file in mine))
    return {
        "namespace": NAMESPACE,
        "name": dataset_name(files.schema, table.name),
        "facets": facets,
        "outputFacets": {"outputStatistics": statistics},
    }


def dataset_name(schema: Schema, table: str) -> str:
    """`shop.orders`; a part that holds a dot or a quote stands in double quotes."""
    return column_id(schema.name, table)


def _field(table: Table, name: str) -> dict[str, Any]:
    column = table.column(name)
    described = {"name": name, "type": str(column.type)}
    return described | ({"description": column.comment} if column.comment else {})


def _column_lineage(schema: Schema, table: Table, columns: Graph) -> Mapping[str, Any]:
    lineage: dict[str, dict[str, Any]] = {}
    for edge in columns.edges:
        target, origin = columns.node(edge.target), columns.node(edge.source)
        if target.group != table.name:
            continue
        described = {
            "namespace": NAMESPACE,
            "name": dataset_name(schema, origin.group),
            "field": origin.label,
            "transformations": [_transformation(edge.kind, edge.label, str(edge.details.get("sql", "")))],
        }
        lineage.setdefault(target.label, {"inputFields": []})["inputFields"].append(described)
    return lineage


def _transformation(kind: str, how: str, text: str) -> dict[str, Any]:
    if kind == "foreign_key":
        return {"type": "DIRECT", "subtype": "IDENTITY", "description": "foreign key", "masking": False}
    if how == "when":
        return {"type": "INDIRECT", "subtype": "CONDITIONAL", "description": f"when {text}", "masking": False}
    return {"type": "DIRECT", "subtype": "TRANSFORMATION", "description": f"{how} {text}".strip(), "masking": False}
