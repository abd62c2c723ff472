"""Between texts, stored schema versions and plans."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import SchemaError, WarehouseError
from ..plan.cuts import Cuts
from ..plan.model import Plan
from ..pools import PoolSource
from ..schema.compiled import compiled, read_compiled
from ..schema.findings import Place, Problems
from ..schema.model import Schema
from ..store import RunRecord, SchemaVersion

if TYPE_CHECKING:
    from .workspace import Workspace


def stored_text(schema: Schema) -> tuple[str, str]:
    """The canonical document of a schema, and its `sha256:` digest."""
    from ..schema.document import canonical

    text = canonical(schema)
    return text, "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def compiled_text(document: str, name: str) -> str:
    """What reading a stored document comes to, to be stored beside it."""
    return compiled(_parsed(document, name, ""))


def schema_of(version: SchemaVersion) -> Schema:
    """The schema of a stored version."""
    return _parsed(version.document, version.experiment, version.compiled)


@lru_cache(maxsize=64)
def _parsed(document: str, name: str, kept: str) -> Schema:
    """A stored document never changes, and reading it takes longer than most questions."""
    found = read_compiled(kept)
    if found is not None:
        return replace(found, name=name)
    from ..schema.document import read

    return read(document, name=name).schema


def refuse_what_cannot_work(schema: Schema, lines: Mapping[Place, int]) -> None:
    """Raise SchemaError for each expression, condition, check and warehouse that could only fail later."""
    from ..schema.binding import unfit_expressions
    from ..warehouses import check_target
    from .loading import OWN_FILES

    problems = Problems(lines)
    for place, message in unfit_expressions(schema):
        problems.add(place, message)
    if schema.warehouse not in ("", *OWN_FILES):
        try:
            check_target(schema.warehouse)
        except WarehouseError as error:
            problems.add(("warehouse",), f"{error.message}; write duckdb or sqlite, or {error.hint}")
    if problems.found:
        raise SchemaError.of(problems.found, "the document")


def drawn_seed() -> int:
    """A seed for those who give none; it is recorded with what it was drawn for."""
    return secrets.randbelow(1 << 32)


def request_of(
    rows: Mapping[str, int] | None, scale: Decimal | float, partition_rows: int | Mapping[str, int] | None
) -> dict[str, Any]:
    """What is asked of a plan beyond schema and seed, as it is recorded."""
    return {"rows": dict(rows or {}), "scale": str(scale), "partition_rows": partition_rows}


def planned(
    workspace: "Workspace", schema: Schema, seed: int, request: Mapping[str, Any], pools: PoolSource | None = None
) -> Plan:
    """The plan of a request; PlanError when the schema cannot be satisfied so."""
    from ..plan.build import build_plan

    size = request["partition_rows"]
    plan = build_plan(
        schema,
        seed,
        rows=request["rows"],
        scale=Decimal(request["scale"]),
        partition_rows=size if isinstance(size, int) else None,
        pools=pools or PoolSource(workspace.folders.pool_folder(request.get("pools"))),
    )
    if not isinstance(size, Mapping):
        return plan
    # A run keeps its own bounds, whatever this version of the planner would choose.
    return replace(plan, tables=tuple(replace(table, cuts=Cuts.from_json(size[table.name])) for table in plan.tables))


def recorded_request(request: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """The request of a run with the bounds of its partitions, so that the same files are made again, and its pools."""
    bounds = {table.name: table.cuts.to_json() for table in plan.tables}
    return {**request, "partition_rows": bounds, "draws_on": [use.to_dict() for use in plan.draws_on]}


def plan_again(workspace: "Workspace", record: RunRecord) -> Plan:
    """The plan of a run, built again from its schema version, seed and request."""
    version = workspace.store.experiments.version(record.experiment, record.schema_version)
    return planned(workspace, schema_of(version), record.seed, record.request)


def render(schema: Schema, form: str, dialect: str | None) -> str:
    """The schema as `yaml` or `json` (a document that `define` reads again), `ddl` in a dialect, or `dbt`'s schema.yml.

    Raises:
        CommandError: there is no such form.
        QueryError: there is no such dialect, or it cannot say one of the statements.
    """
    from ..errors import CommandError
    from ..schema import document

    if form == "json":
        import json

        return json.dumps(document.to_document(schema), ensure_ascii=False, indent=2) + "\n"
    if form == "yaml":
        return document.to_yaml(schema)
    if form == "ddl":
        from ..warehouses.creation import create_script

        return create_script(schema, dialect or "duckdb")
    if form == "dbt":
        return document.to_dbt(schema)
    raise CommandError(f"there is no form {form!r} of a definition", hint="use yaml, json, ddl or dbt")
