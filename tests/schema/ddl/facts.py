"""What was understood of a script, as lines that cases can name."""

from collections.abc import Iterator

from synth_jupyter.schema.document import Reading
from synth_jupyter.schema.model import Table


def facts(reading: Reading) -> Iterator[str]:
    """One line for each fact of the schema and each line of the report."""
    yield "tables " + ", ".join(table.name for table in reading.schema.tables)
    for table in reading.schema.tables:
        yield from _of_table(table)
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            yield f"{name} {column.type}"
            yield f"{name} {'null' if column.nullable else 'not null'}"
            yield f"{name} nulls {column.nulls:g}"
            yield f"{name} rule {column.rule}"
            yield f"{name} reason {column.rule.reason}"
            yield f"{name} comment {column.comment}"
    for line in reading.report:
        yield " ".join(f"report {line.outcome} {line.where} {line.construct}".split())


def _of_table(table: Table) -> Iterator[str]:
    yield f"{table.name} rows {table.rows.count}"
    yield f"{table.name} comment {table.comment}"
    yield f"{table.name} pk {','.join(table.primary_key)}"
    for key in table.unique:
        yield f"{table.name} unique {','.join(key)}"
    for link in table.foreign_keys:
        yield f"{table.name} fk {','.join(link.columns)} -> {link.table} {','.join(link.references)}"
    for check in table.checks:
        yield f"{table.name} check {check}"
