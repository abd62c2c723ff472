"""A Schema as the schema.yml of a dbt project: a source, a model for each table, and a test for each constraint."""

from typing import Any

import yaml

from ..model import Column, Schema, Table


def to_dbt(schema: Schema) -> str:
    """The text of a `schema.yml`: not_null, unique, accepted_values and relationships as dbt's own tests.

    Keys of several columns are tests of dbt_utils; checks are its expression_is_true.
    """
    source = {"name": schema.namespace or schema.name, "tables": [_described(table) for table in schema.tables]}
    models = [_model(table) for table in schema.tables]
    document = {"version": 2, "sources": [source], "models": models}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100_000)
    return text


def _described(table: Table) -> dict[str, Any]:
    return {"name": table.name} | ({"description": table.comment} if table.comment else {})


def _model(table: Table) -> dict[str, Any]:
    tests: list[dict[str, Any]] = [
        {"dbt_utils.unique_combination_of_columns": {"combination_of_columns": list(key)}}
        for key in table.keys
        if len(key) > 1
    ]
    tests += [{"dbt_utils.expression_is_true": {"expression": check}} for check in table.checks]
    model = _described(table) | ({"data_tests": tests} if tests else {})
    return model | {"columns": [_column(column, table) for column in table.columns]}


def _column(column: Column, table: Table) -> dict[str, Any]:
    tests: list[Any] = [] if column.nullable else ["not_null"]
    tests += ["unique"] if (column.name,) in table.keys else []
    values = list(column.type.labels) if column.type.kind == "enum" else _choices(column)
    tests += [{"accepted_values": {"values": values}}] if values else []
    tests += [
        {"relationships": {"to": f"ref('{key.table}')", "field": key.references[0]}}
        for key in table.foreign_keys
        if key.columns == (column.name,)
    ]
    described = {"name": column.name} | ({"description": column.comment} if column.comment else {})
    return described | {"data_type": str(column.type)} | ({"data_tests": tests} if tests else {})


def _choices(column: Column) -> list[Any]:
    listed = column.rule.options.get("values", ()) if column.rule.name == "choices" and column.type.is_text else ()
    return [value for value in listed if value is not None]
