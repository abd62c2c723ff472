"""A Schema as documents that `read` accepts again: as a dictionary, as YAML, and as the one text that is stored."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

from ...documents import to_json
from ..model import Column, ForeignKey, Rows, Rule, Schema, Table
from ..syntax import resolve
from ..values import compact


def to_document(schema: Schema) -> dict[str, Any]:
    """The complete document: plain JSON values, every rule explicit; `read` makes an equal Schema of it."""
    document: dict[str, Any] = {"experiment": schema.name}
    for key in ("description", "seed", "warehouse", "namespace"):
        value = getattr(schema, key)
        if value not in ("", None):
            document[key] = value
    return document | {"tables": {table.name: _table(table) for table in schema.tables}}


def canonical(schema: Schema) -> str:
    """The one JSON text of a schema, for storing and for digests; the order of tables and columns is part of it."""
    return to_json(to_document(schema))


def to_yaml(schema: Schema) -> str:
    """The complete document as YAML that people like to read: one line a column."""
    document = to_document(schema)
    for table in document["tables"].values():
        table["columns"] = {name: _Line(_with_plain_bounds(keys)) for name, keys in table["columns"].items()}
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100_000
    )
    return text


class _Line(dict[str, Any]):
    """A map that is written on one line."""


def _with_plain_bounds(keys: dict[str, Any]) -> dict[str, Any]:
    """Fractions as bounds without quotes; `read` takes them exactly."""
    return {
        key: Decimal(value) if key in ("min", "max") and isinstance(_resolved(str(value)), Decimal) else value
        for key, value in keys.items()
    }


def _table(table: Table) -> dict[str, Any]:
    links_on_columns = _foreign_keys_in_column_order(table)
    uniques_on_columns = _uniques_in_column_order(table)
    links = {} if not links_on_columns else {key.columns[0]: key for key in table.foreign_keys if len(key.columns) == 1}
    single = {key[0] for key in table.unique if len(key) == 1} if uniques_on_columns else set()
    written: dict[str, Any] = {"rows": _rows(table.rows)}
    if table.comment:
        written["comment"] = table.comment
    if len(table.primary_key) > 1:
        written["primary_key"] = list(table.primary_key)
    unique = [list(key) for key in table.unique if not (uniques_on_columns and len(key) == 1)]
    keys = [key for key in table.foreign_keys if key not in links.values()]
    for name, value in (
        ("unique", unique),
        ("foreign_keys", [_foreign_key(key, table) for key in keys]),
        ("checks", list(table.checks)),
    ):
        if value:
            written[name] = value
    written["columns"] = {
        column.name: _column(column, table, links.get(column.name), column.name in single) for column in table.columns
    }
    return written


def _foreign_keys_in_column_order(table: Table) -> bool:
    """Whether those of one column come first, in the order of the columns, one a column: then columns can say them."""
    single = [key for key in table.foreign_keys if len(key.columns) == 1]
    order = [column.name for column in table.columns]
    places = [order.index(key.columns[0]) for key in single]
    return places == sorted(set(places)) and list(table.foreign_keys[: len(single)]) == single


def _uniques_in_column_order(table: Table) -> bool:
    single = [key for key in table.unique if len(key) == 1]
    order = [column.name for column in table.columns]
    places = [order.index(key[0]) for key in single]
    return places == sorted(places) and list(table.unique[: len(single)]) == single


def _rows(rows: Rows) -> Any:
    if not rows.per:
        return {"fixed": rows.count} if rows.fixed else rows.count
    written: dict[str, Any] = {"per": rows.per}
    if rows.via:
        written["via"] = rows.via[0] if len(rows.via) == 1 else list(rows.via)
    written |= {"min": rows.min, "max": rows.max}
    for name, value in (("mean", rows.mean), ("total", rows.total), ("childless", rows.childless)):
        if value is not None:
            written[name] = compact(value) if isinstance(value, Decimal) else value
    return written


def _foreign_key(key: ForeignKey, table: Table) -> dict[str, Any]:
    written: dict[str, Any] = {
        "columns": list(key.columns), "references": {"table": key.table, "columns": list(key.references)},
    }  # fmt: skip
    return written | _choice(key, table) | ({"nulls": key.nulls} if key.nulls else {})


def _choice(key: ForeignKey, table: Table) -> dict[str, Any]:
    """How the parent is chosen, in the document's words; what goes by itself is left out."""
    where = key.rule.options.get("where")
    return _law(key, table) | ({"where": where} if where else {})


def _law(key: ForeignKey, table: Table) -> dict[str, Any]:
    """By which law the parents are chosen."""
    rule = key.rule
    distinct = any(set(one) == set(key.columns) for one in table.keys)
    if rule.name == "owner_parent" or rule.name == ("one_to_one" if distinct else "uniform_parent"):
        return {}
    if rule.name == "tree":
        return {"tree": dict(rule.options) or True}
    if rule.name == "zipf_parent":
        return {"distribution": {"zipf": rule.options["exponent"]}}
    if rule.name == "weighted_parent":
        return {"distribution": {"weights": list(rule.options["weights"])}}
    return {"distribution": {"uniform_parent": "uniform"}.get(rule.name, rule.name)}


def _column(column: Column, table: Table, key: ForeignKey | None, unique: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"type": str(column.type)}
    if table.primary_key == (column.name,):
        written["primary_key"] = True
    if unique:
        written["unique"] = True
    if key is not None:
        written["references"] = f"{key.table}.{key.references[0]}"
        written |= _choice(key, table)
    if column.rule.name != "reference":
        written |= rule_keys(column.rule, column)
    if column.nullable:
        written |= {"nullable": True, "nulls": key.nulls if key is not None else column.nulls}
    if column.when:
        written["when"] = column.when
    for name, value in (("comment", column.comment), ("reason", column.rule.reason)):
        if value:
            written[name] = value
    return _tree_has_no_nulls(written)


def _tree_has_no_nulls(written: dict[str, Any]) -> dict[str, Any]:
    """A tree's roots are its NULLs, so it takes no share."""
    return {name: value for name, value in written.items() if not (name == "nulls" and "tree" in written)}


def rule_keys(rule: Rule, column: Column) -> dict[str, Any]:
    """The document's keys for a rule: the short ones where they mean exactly the same, else `generator`."""
    options = dict(rule.options)
    if rule.name == "uniform" and set(options) == {"min", "max"}:
        return options
    if rule.name == "choices" and column.type.kind not in ("array", "json"):
        return {"choices": _choices(options)}
    if rule.name == "distribution":
        bounds = {name: options[name] for name in ("min", "max") if name in options}
        return {"distribution": {options["law"]: dict(options["parameters"])}} | bounds
    if rule.name == "faker":
        plain = not options["arguments"] and options["locale"] == "en_US" and "per_row" not in options
        return {"faker": options["provider"] if plain else options}
    if rule.name == "after":
        return {"after": options["column"], "within": options["within"], "min": options["min"]}
    short = {"pattern": "pattern", "expression": "expr", "constant": "constant"}.get(rule.name)
    if short:
        return {short: next(iter(options.values()))}
    if rule.name == "position":
        return {"position": True}
    return {"generator": {rule.name: options} if options else rule.name}


def _choices(options: Mapping[str, Any]) -> Any:
    if all(type(weight) is int and weight == 1 for weight in options["weights"]):
        return list(options["values"])
    return dict(zip(map(_key, options["values"]), options["weights"], strict=True))


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Dumper(yaml.SafeDumper):
    """Quotes exactly what our own reading of plain scalars would take for something else."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML's own name and form)

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """The tag that a plain scalar of this text has when `read` meets it."""
        if kind is not yaml.ScalarNode or not implicit[0]:
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        tags = {bool: "bool", int: "int", Decimal: "float", type(None): "null"}
        return f"tag:yaml.org,2002:{tags.get(type(_resolved(value)), 'str')}"

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out: `read` takes no aliases."""
        return True


def _resolved(text: str) -> Any:
    try:
        return resolve(text)
    except ValueError:
        return 0


_Dumper.add_representer(_Line, lambda dumper, keys: dumper.represent_mapping("tag:yaml.org,2002:map", keys, True))
_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", str(value)))
