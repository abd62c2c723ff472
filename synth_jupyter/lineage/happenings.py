"""What happened to a run as OpenLineage events of runs, jobs and datasets: made, transformed, loaded, verified."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..plan.model import RunFiles
from ..store.records import DerivedRecord, Event, LoadRecord, RunRecord
from .graph import column_graph
from .model import column_id
from .openlineage import NAMESPACE, dataset, dataset_name, envelope, facet, job_type, run_event


def run_events(
    run: RunRecord,
    files: RunFiles,
    derived: Sequence[DerivedRecord] = (),
    loads: Sequence[LoadRecord] = (),
    verified: Sequence[Event] = (),
) -> list[dict[str, Any]]:
    """The job, its datasets, the run's start and end, then each transformation, load and check of it."""
    made = run_event(run, files)
    started = made | {"eventType": "START", "eventTime": run.created_at, "outputs": []}
    events = [
        _job_event(run, made),
        *_dataset_events(run, files),
        *([started] if run.status != "running" else []),
        made,
    ]
    events += [_derived_event(run, files, each) for each in derived]
    events += [_load_event(run, files, each) for each in loads]
    events += [_verified_event(run, files, each) for each in verified]
    return events


def _job_event(run: RunRecord, made: Mapping[str, Any]) -> dict[str, Any]:
    names = [{"namespace": each["namespace"], "name": each["name"]} for each in made["outputs"]]
    return envelope("JobEvent", run.created_at) | {"job": made["job"], "inputs": [], "outputs": names}


def _dataset_events(run: RunRecord, files: RunFiles) -> Iterator[dict[str, Any]]:
    columns = column_graph(files.schema)
    for table in files.schema.tables:
        yield envelope("DatasetEvent", run.created_at) | {"dataset": dataset(files, table, columns)}


def _finished(run: RunRecord, time: str, what: str, job: str, facets: Mapping[str, Any]) -> dict[str, Any]:
    """The head of a COMPLETE event of a job that worked on a run; its id follows from what it is."""
    id = uuid.uuid5(uuid.UUID(hex=run.key), f"{what} {time}")
    parent = {"runId": str(uuid.UUID(hex=run.key))}
    about = {"parent": facet("parent", run=parent, job={"namespace": NAMESPACE, "name": f"{run.experiment}.generate"})}
    return envelope("RunEvent", time) | {
        "eventType": "COMPLETE",
        "run": {"runId": str(id), "facets": about | dict(facets)},
        "job": {"namespace": NAMESPACE, "name": job, "facets": {"jobType": job_type()}},
    }


def _derived_event(run: RunRecord, files: RunFiles, each: DerivedRecord) -> dict[str, Any]:
    name, _, version = each.engine.partition(" ")
    event = _finished(run, each.created_at, f"derived {each.name}", dataset_name(files.schema, each.name),
                      {"processing_engine": facet("processing_engine", version=version, name=name)})  # fmt: skip
    event["job"]["facets"]["sql"] = facet("sql", query=each.sql, dialect=each.dialect)
    fields = {
        column["name"]: {"inputFields": [_input_field(files, origin) for origin in column["from"]]}
        for column in each.columns
        if column["from"]
    }
    shape = [{"name": column["name"], "type": column["type"]} for column in each.columns]
    facets = {"schema": facet("schema", fields=shape), "version": facet("version", datasetVersion=each.digest)}
    facets |= {"columnLineage": facet("columnLineage", fields=fields)} if fields else {}
    statistics = facet("outputStatistics", rowCount=each.rows, size=each.bytes)
    output = _named(files, each.name) | {"facets": facets, "outputFacets": {"outputStatistics": statistics}}
    versions = {table: facet("version", datasetVersion=digest) for table, digest in each.inputs.items()}
    inputs = [_named(files, table) | {"facets": {"version": version}} for table, version in versions.items()]
    return event | {"inputs": inputs, "outputs": [output]}


def _input_field(files: RunFiles, origin: Mapping[str, str]) -> dict[str, Any]:
    subtype = {"identity": "IDENTITY", "aggregate": "AGGREGATION"}.get(origin["how"], "TRANSFORMATION")
    how = {"type": "DIRECT", "subtype": subtype, "description": origin["how"], "masking": False}
    return _named(files, origin["table"]) | {"field": origin["column"], "transformations": [how]}


def _load_event(run: RunRecord, files: RunFiles, load: LoadRecord) -> dict[str, Any]:
    event = _finished(run, load.created_at, f"load {load.target}", f"{run.experiment}.load", {})
    outputs = [
        {"namespace": load.target, "name": table,
         "outputFacets": {"outputStatistics": facet("outputStatistics", rowCount=rows)}}
        for table, rows in load.tables.items()
    ]  # fmt: skip
    return event | {"inputs": [_named(files, table) for table in load.tables], "outputs": outputs}


def _verified_event(run: RunRecord, files: RunFiles, verified: Event) -> dict[str, Any]:
    event = _finished(run, verified.at, "verify", f"{run.experiment}.verify", {})
    checks: dict[str, list[dict[str, Any]]] = {}
    for check in verified.details["checks"]:
        columns = ", ".join(check["columns"])
        found = {"assertion": check["kind"], "success": not check["violations"], "actual": str(check["violations"]),
                 "expected": "0", "description": f"violations of {check['kind']} ({columns})"}  # fmt: skip
        checks.setdefault(check["table"], []).append(
            found | ({"column": columns} if len(check["columns"]) == 1 else {})
        )
    inputs = [
        _named(files, table)
        | {"inputFacets": {"dataQualityAssertions": facet("dataQualityAssertions", assertions=found)}}
        for table, found in checks.items()
    ]
    return event | {"inputs": inputs, "outputs": []}


def _named(files: RunFiles, table: str) -> dict[str, str]:
    return {"namespace": NAMESPACE, "name": column_id(files.schema.name, table)}
