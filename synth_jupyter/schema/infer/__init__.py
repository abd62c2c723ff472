"""A schema inferred from what is there: tables and keys by reflection, rules from figures, no rare value told."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...documents import to_json
from ...sql import quote
from ..ddl import read as read_ddl
from ..document import Reading, read, to_document
from ..findings import ReportLine
from ..model import Column, ForeignKey, Table
from .choosing import Choice, choose, moments, most_children
from .figures import Figures, Floor, figures_of, moment_shape
from .sources import Source, source_of

__all__ = ["Floor", "Source", "infer", "source_of"]

_RULES = ("generator", "faker", "pattern", "choices", "constant", "distribution", "min", "max", "expr", "reason",
          "after", "within", "position")  # fmt: skip


def infer(source: Source, name: str, floor: Floor | None = Floor()) -> Reading:  # noqa: B008  # a frozen value
    """The schema of a place, its rows counted and its columns profiled; without a `floor` every value may be told.

    Raises:
        SchemaError: there is no table, or the place cannot be asked.
    """
    script = source.script()
    reflected = read_ddl(script, name=name, dialect=source.dialect)
    drafts = {table.name: figures_of(source, table, floor) for table in reflected.schema.tables}
    tree = to_document(reflected.schema)
    lines: list[ReportLine] = [line for line in reflected.report if "row count" not in line.construct]
    for table in reflected.schema.tables:
        lines += _profiled(tree["tables"][table.name], table, drafts[table.name], floor, source)
    for table in reflected.schema.tables:
        lines += _related(tree["tables"][table.name], table, floor, source)
    return Reading(read(to_json(tree), name=name).schema, tuple(lines), "inferred")


def _profiled(
    tree: dict[str, Any], table: Table, figures: Mapping[str, Figures], floor: Floor | None, source: Source
) -> Iterator[ReportLine]:
    """Write what the figures say into the table's tree."""
    tree["rows"] = next(iter(figures.values())).rows
    yield ReportLine(f"{tree['rows']:,} rows", table.name, "kept")
    key = _key_of(table, figures, source)
    if key:
        _replace(tree["columns"][key], {"primary_key": True, "nullable": False})
        tree["columns"][key].pop("nulls", None)
        yield ReportLine(f"primary key ({key}): every value is another", table.name, "kept")
    for column in table.columns:
        found, keys = figures[column.name], tree["columns"][column.name]
        if column.name == key or table.foreign_key_of(column.name) or column.rule.name in ("expression", "sequence"):
            continue
        if column.nullable and found.rows:
            keys["nulls"] = round(found.nulls / found.rows, 4)
        if column.type.is_text and source.dialect == "sqlite" and (kind := moment_shape(found.shapes)):
            keys["type"] = kind
            _replace(keys, moments(found, floor) | {"reason": f"every text is a {kind}"})
            yield ReportLine(f"type {column.type} as {kind}", f"{table.name}.{column.name}", "compiled")
            continue
        unique = (column.name,) in table.keys
        choice = choose(column, found, floor, unique)
        if choice is not None:
            _replace(keys, _within_checks(choice, column, table))
            yield ReportLine(choice.keys["reason"], f"{table.name}.{column.name}", "compiled")
            if choice.kept:
                yield ReportLine(choice.kept, f"{table.name}.{column.name}", "not carried")


def _replace(keys: dict[str, Any], rule: dict[str, Any]) -> None:
    for name in _RULES:
        keys.pop(name, None)
    keys |= rule


def _within_checks(choice: Choice, column: Column, table: Table) -> dict[str, Any]:
    """The rule inside bounds that a check of the column asks for."""
    asked = column.rule.options if any(column.name in check for check in table.checks) else {}
    keys = dict(choice.keys)
    if column.type.is_number and "min" in keys:
        for name, outer in (("min", max), ("max", min)):
            if asked.get(name) is not None:
                keys[name] = outer((keys[name], asked[name]), key=lambda value: float(str(value)))
    return keys


def _key_of(table: Table, figures: Mapping[str, Figures], source: Source) -> str:
    """A column that can be the key of a table without one: first or called so, never NULL, every value another."""
    if table.primary_key or table.keys:
        return ""
    for at, column in enumerate(table.columns):
        found, name = figures[column.name], column.name.casefold()
        called = name in ("id", "key", "uuid") or name.removesuffix("_id") in _singulars(table.name)
        if not (called or (at == 0 and name.endswith(("id", "key", "no", "number")))) or found.nulls or not found.rows:
            continue
        if column.type.is_integer or column.type.is_text or column.type.kind == "uuid":
            counted = source.ask(f"SELECT count(DISTINCT {quote(column.name)}) FROM {source.place(table.name)}")
            if int(counted[0][0]) == found.rows:
                return column.name
    return ""


def _singulars(name: str) -> set[str]:
    plain = name.casefold().rpartition(".")[2]
    return {plain, plain.removesuffix("s"), plain.removesuffix("es"), plain.removesuffix("ies") + "y"}


def _related(tree: dict[str, Any], table: Table, floor: Floor | None, source: Source) -> Iterator[ReportLine]:
    """Children per parent through the key that owns the rows; shares of NULLs of the others."""
    owner = _owner(table)
    for key in table.foreign_keys:
        if len(key.columns) != 1:
            continue
        column, where = key.columns[0], f"{table.name}.{key.columns[0]}"
        counts = f"SELECT count({quote(column)}) AS n FROM {source.place(table.name)} GROUP BY {quote(column)}"
        answer = source.ask(f"SELECT count(*), min(n), max(n), sum(n) FROM ({counts}) AS counted WHERE n > 0")[0]
        parents, least, most, total = (int(value or 0) for value in answer)
        everyone = int(source.ask(f"SELECT count(*) FROM {source.place(key.table)}")[0][0])
        keys = tree["columns"][column]
        if table.column(column).nullable and tree["rows"] and isinstance(tree["rows"], int):
            keys["nulls"] = round(1 - total / tree["rows"], 4)
        if key == owner and total and everyone:
            busiest = source.ask(f"SELECT count(*) FROM ({counts}) AS counted WHERE n = {most}")[0][0]
            least = least if parents == everyone else 0
            tree["rows"] = {"per": key.table, "via": column, "min": least,
                            "max": most_children(most, int(busiest), floor), "total": total}  # fmt: skip
            _number_lines(tree, table, column, most, source)
            yield ReportLine(
                f"{least} to {tree['rows']['max']} rows for each of {everyone:,} {key.table}", where, "compiled"
            )
        elif parents and most > 4 * total / parents + 10 and _is_plain(key):
            keys["distribution"] = {"zipf": 1.0 if most < 20 * total / parents else 1.2}
            yield ReportLine(f"some of {key.table} have many more rows than others", where, "compiled")


def _number_lines(tree: dict[str, Any], table: Table, owner: str, most: int, source: Source) -> None:
    """The other column of a key (owner, line) counts the lines of each owner, where it is no larger than that."""
    others = [name for name in table.primary_key if name != owner]
    if len(others) != 1 or len(table.primary_key) != 2 or table.foreign_key_of(others[0]):
        return
    if table.column(others[0]).type.is_integer:
        asked = f"SELECT min({quote(others[0])}), max({quote(others[0])}) FROM {source.place(table.name)}"
        if tuple(source.ask(asked)[0]) == (1, most):
            _replace(tree["columns"][others[0]], {"position": True, "reason": f"counts the rows of each {owner}"})


def _is_plain(key: ForeignKey) -> bool:
    return key.rule.name == "uniform_parent"


def _owner(table: Table) -> ForeignKey | None:
    """The key whose parent owns the rows: in the primary key with others, or the only one that is never NULL."""
    single = [key for key in table.foreign_keys if len(key.columns) == 1 and key.table != table.name]
    single = [key for key in single if not table.column(key.columns[0]).nullable and key.columns not in table.keys]
    own = [key for key in single if key.columns[0] in table.primary_key]
    if len(own) == 1:
        return own[0]
    return single[0] if len(single) == 1 and not own and len(table.foreign_keys) == 1 else None
