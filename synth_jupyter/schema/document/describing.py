"""A Schema as people see it: the `define` document, with what makes each column's values and why."""

from collections.abc import Iterable
from typing import Any

from ..counts import expected_rows
from ..findings import ReportLine
from ..model import DECLARED, Column, Rule, Schema, Table


def definition_document(schema: Schema, report: Iterable[ReportLine] = ()) -> dict[str, Any]:
    """The `define` document: per column its type, whether it may be NULL, its generator and why that was chosen."""
    counts = expected_rows(schema)
    tables = {
        table.name: {
            "rows": counts[table.name],
            "primary_key": list(table.primary_key),
            "unique": [list(key) for key in table.unique],
            "checks": list(table.checks),
            "foreign_keys": [
                {"columns": list(key.columns), "references": {"table": key.table, "columns": list(key.references)}}
                for key in table.foreign_keys
            ],
            "columns": {column.name: _described(column, table) for column in table.columns},
        }
        for table in schema.tables
    }
    return {"experiment": schema.name, "tables": tables, "report": [line.to_dict() for line in report]}


def _described(column: Column, table: Table) -> dict[str, Any]:
    return {
        "type": str(column.type), "nullable": column.nullable, "generator": generator_text(column, table),
        "reason": column.rule.reason or _why_this_parent(column, table) or DECLARED,
    }  # fmt: skip


_CHOICES = {
    "owner_parent": "the owner of the row: rows are counted per {}",
    "uniform_parent": "a foreign key: each row of {} as likely as any other",
    "one_to_one": "a foreign key that is unique: each row of {} at most once",
    "zipf_parent": "a foreign key: a few rows of {} much more often than the rest",
    "weighted_parent": "a foreign key: rows of {} by their weights",
    "tree": "a foreign key: the rows of {} form a tree",
    "graph": "a foreign key: any row of {}, circles among them",
}


def _why_this_parent(column: Column, table: Table) -> str:
    """Where a foreign key leads and how often each row of the parent is meant; nothing for other rules."""
    key = table.foreign_key_of(column.name) if column.rule.name == "reference" else None
    if key is None:
        return ""
    where = f", where {key.rule.options['where']}" if "where" in key.rule.options else ""
    return _CHOICES.get(key.rule.name, "a foreign key to {}").format(key.table) + where


def generator_text(column: Column, table: Table) -> str:
    """How a column's values come about, in one line that begins with the rule's name."""
    key = table.foreign_key_of(column.name) if column.rule.name == "reference" else None
    nulls = key.nulls if key is not None else column.nulls
    text = _rule_text(column.rule)
    if key is not None:
        target = key.references[key.columns.index(column.name)]
        text = f"reference {key.table}.{target} by {key.rule}"
    text += f" when {column.when}" if column.when else ""
    return text + (f", {nulls:.4g} NULL" if nulls else "")


def _rule_text(rule: Rule) -> str:
    options = rule.options
    if rule.name == "choices":
        pairs = zip(options["values"], options["weights"], strict=True)
        shown = [f"{value}: {weight}" for value, weight in pairs]
        return f"choices({', '.join(shown[:8])}{', ...' if len(shown) > 8 else ''})"
    if rule.name == "faker":
        extra = [f"{name}={value}" for name, value in options["arguments"].items()]
        locale = options["locale"]
        extra += [locale if isinstance(locale, str) else "/".join(locale)] if locale != "en_US" else []
        extra += ["per row"] if options.get("per_row") else []
        return f"faker({', '.join([options['provider'], *extra])})"
    if rule.name == "distribution":
        numbers = ", ".join(f"{name}={value}" for name, value in options["parameters"].items())
        bounds = "".join(f", {name}={options[name]}" for name in ("min", "max") if name in options)
        return f"distribution({options['law']}: {numbers}{bounds})"
    if rule.name == "person":
        return f"person({', '.join(str(option) for option in options.values() if option not in ('', 'en_US'))})"
    if rule.name == "depends":
        return f"depends(on {options['on']}, {len(options['choices'])} values)"
    if rule.name == "correlated":
        shares = ", ".join(f"{name}: {share}" for name, share in options["with"].items())
        return f"correlated({shares}; {_rule_text(Rule(options['rule'], options['options']))})"
    return str(rule)
