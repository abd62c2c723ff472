"""A run as an OpenLineage event: one JSON document with the job, the run, and the tables as output datasets.

`happenings` adds what followed: SQL transformations, loads and checks.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..documents import plain
from ..plan.model import RunFiles
from ..schema.model import Schema, Table
from ..store.records import RunRecord
from .graph import column_graph
from .model import Graph, column_id

NAMESPACE = "synth"
PRODUCER = "pkg:pypi/synth-jupyter"
_SPECIFICATION = "https://openlineage.io/spec"
_KIND = "2-0-2/OpenLineage.json#/$defs/"
_FACETS = {
    "schema": "facets/1-1-1/SchemaDatasetFacet.json",
    "columnLineage": "facets/1-2-0/ColumnLineageDatasetFacet.json",
    "version": "facets/1-0-1/DatasetVersionDatasetFacet.json",
    "outputStatistics": "facets/1-0-2/OutputStatisticsOutputDatasetFacet.json",
    "jobType": "facets/2-0-3/JobTypeJobFacet.json",
    "errorMessage": "facets/1-0-1/ErrorMessageRunFacet.json",
    "sql": "facets/1-1-0/SQLJobFacet.json",
    "processing_engine": "facets/1-1-1/ProcessingEngineRunFacet.json",
    "parent": "facets/1-2-0/ParentRunFacet.json",
    "dataQualityMetrics": "facets/1-0-1/DataQualityMetricsDatasetFacet.json",
    "dataQualityAssertions": "facets/1-1-0/DataQualityAssertionsDatasetFacet.json",
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
        "schemaURL": f"{_SPECIFICATION}/{_KIND}RunEvent",
        "run": {"runId": str(uuid.UUID(hex=run.key)), "facets": _run_facets(run)},
        "job": {
            "namespace": NAMESPACE,
            "name": f"{run.experiment}.generate",
            "facets": {"jobType": job_type()},
        },
        "inputs": [],
        "outputs": [_output(run, files, table, columns) for table in files.schema.tables],
    }


def envelope(kind: str, time: str) -> dict[str, Any]:
    """The head of a RunEvent, JobEvent or DatasetEvent."""
    return {"eventTime": time, "producer": PRODUCER, "schemaURL": f"{_SPECIFICATION}/{_KIND}{kind}"}


def job_type() -> dict[str, Any]:
    """The facet that says what kind of job each of ours is."""
    return facet("jobType", processingType="BATCH", integration="SYNTH", jobType="JOB")


def facet(name: str, /, **content: Any) -> dict[str, Any]:
    """A facet with its producer and schema."""
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPECIFICATION}/{_FACETS[name]}"} | dict(plain(content))


def _run_facets(run: RunRecord) -> dict[str, Any]:
    facets = {
        "synth_run": facet(
            "synth_run", address=run.address, seed=run.seed, planDigest=run.plan_digest, status=run.status,
            schemaVersion=run.schema_version, contentDigest=run.content_digest,
        )
    }  # fmt: skip
    if run.status == "failed":
        facets["errorMessage"] = facet("errorMessage", message=run.reason or "failed", programmingLanguage="Python")
    return facets


def dataset(files: RunFiles, table: Table, columns: Graph) -> dict[str, Any]:
    """The table as a dataset, whatever runs made it."""
    facets = {"schema": facet("schema", fields=[_field(table, column.name) for column in table.columns])}
    lineage = _column_lineage(files.schema, table, columns)
    if lineage:
        facets["columnLineage"] = facet("columnLineage", fields=lineage)
    return {"namespace": NAMESPACE, "name": dataset_name(files.schema, table.name), "facets": facets}


def _output(run: RunRecord, files: RunFiles, table: Table, columns: Graph) -> dict[str, Any]:
    mine = [file for file in files.files if file.table == table.name]
    rows = sum(file.rows for file in mine) if mine else run.rows.get(table.name, 0)
    described = dataset(files, table, columns)
    described["facets"]["version"] = facet("version", datasetVersion=run.content_digest or run.address)
    metrics = _null_counts(files, table)
    if metrics:
        size = sum(file.bytes for file in mine)
        counted = {"rowCount": rows, "bytes": size, "fileCount": len(mine)}
        described["facets"]["dataQualityMetrics"] = facet("dataQualityMetrics", columnMetrics=metrics, **counted)
    statistics = facet("outputStatistics", rowCount=rows, size=sum(file.bytes for file in mine))
    return described | {"outputFacets": {"outputStatistics": statistics}}


def _null_counts(files: RunFiles, table: Table) -> dict[str, dict[str, int]]:
    """How many NULLs and values each column has, from the footers of its files; nothing where one cannot be read."""
    try:
        footers = [pq.read_metadata(path) for path in files.paths(table.name)]
    except (OSError, pa.ArrowException):
        return {}
    counts: dict[str, dict[str, int]] = {}
    for footer in footers:
        for group in range(footer.num_row_groups):
            for place in range(footer.num_columns):
                chunk = footer.row_group(group).column(place)
                nulls = _nulls(chunk, table)
                if nulls is None:
                    continue
                mine = counts.setdefault(chunk.path_in_schema, {"nullCount": 0, "count": 0})
                mine["nullCount"] += nulls
                mine["count"] += chunk.num_values - nulls
    return counts


def _nulls(chunk: pq.ColumnChunkMetaData, table: Table) -> int | None:
    """How many NULLs a column has in a row group; None where the footer does not say. Long texts have no statistics."""
    if "." in chunk.path_in_schema:
        return None
    if chunk.statistics is not None and chunk.statistics.has_null_count:
        return int(chunk.statistics.null_count)
    return None if table.column(chunk.path_in_schema).nullable else 0


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
