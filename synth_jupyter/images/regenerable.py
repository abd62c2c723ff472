"""Which columns a thin image could not bring back on another machine."""

from collections.abc import Iterator

from ..errors import ImageError
from ..schema.model import Column, Schema, Table
from ..sql import parse_expression


def refuse_unsure(schema: Schema) -> None:
    """ImageError for a schema with values that another machine may make differently; it names each such column."""
    unsure = [
        f"{table.name}.{column.name} ({why})" for table in schema.tables for column in table.columns
        for why in _reasons(column, table)
    ]  # fmt: skip
    if unsure:
        more = f" and {len(unsure) - 5} more" if len(unsure) > 5 else ""
        raise ImageError(
            f"a thin image holds no rows, and other machines may make other ones here: {', '.join(unsure[:5])}{more}; "
            "nothing was written",
            hint="export it without --thin, or change these columns and generate again",
        )


def _reasons(column: Column, table: Table) -> Iterator[str]:
    options = column.rule.options
    conditions = [key.rule.options.get("where", "") for key in table.foreign_keys if column.name in key.columns]
    if column.rule.name == "faker" and options.get("per_row"):
        yield "Faker is asked for every row, and each version of it answers differently"
    for sql in (options.get("sql") if column.rule.name == "expression" else "", column.when, *conditions):
        if sql and not parse_expression(str(sql)).exact:
            yield f"the last digit of {str(sql)[:40]} depends on the processor"
