"""A plain tree as a document's models: every wrong, unknown or missing key with its place, in words."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ...errors import did_you_mean
from ..findings import Place, Problems
from ..values import shown
from .models import (
    ColumnModel,
    DocumentModel,
    FakerModel,
    ForeignKeyModel,
    ReferencesModel,
    RowsModel,
    Strict,
    TableModel,
    TreeModel,
)

_FORMS = {
    "rows": "a whole number, or a map such as {per: customers, min: 0, max: 5}",
    "primary_key": "true or false on a column, a list of columns such as [a, b] on a table",
    "unique": "true or false on a column, a list of lists of columns such as [[a, b]] on a table",
    "foreign_keys": "a list of maps such as {columns: [a], references: {table: t, columns: [b]}}",
    "checks": "a list of SQL conditions", "columns": "a map of names to columns", "tables": "a map of names to tables",
    "nullable": "true or false", "position": "true or false", "tree": "true or a map such as {roots: 5, depth: 4}",
    "nulls": "a share such as 0.05 or 5%", "childless": "a share such as 0.2 or 20%", "mean": "a number",
    "references": "table.column, such as customers.customer_id",
    "distribution": "a name or a map such as {normal: {mean: 10, stddev: 2}}",
    "min": "a number, a date or a time", "max": "a number, a date or a time",
    "choices": "a list of values, or a map of values to weights",
    "depends": "a map such as {on: country, choices: {France: [Paris, Lyon]}}",
    "person": "a field such as email, or a map such as {field: email, locale: de_DE}",
    "profile": "a map such as {weekday: [5, 5, 5, 5, 4, 1, 1], trend: 20%}",
    "correlated": "a map of columns to correlations such as {age: 0.6}", "fixed": "a whole number",
    "locale": "a locale such as de_DE, a list of them, or a map of them to weights", "per_row": "true or false",
    "faker": "the name of a provider, or a map such as {provider: email, locale: de_DE}",
    "generator": "a name, or a map of one name to its options", "within": "a duration such as 10d, 2y or 90s",
    "total": "a whole number", "seed": "a whole number", "roots": "a whole number", "depth": "a whole number",
    "via": "the column of a foreign key, or a list of its columns", "arguments": "a map",
    "type": "text such as int, varchar(40) or \"decimal(10,2)\"",
}  # fmt: skip
_OTHER_WORDS = {
    "not_null": "nullable", "notnull": "nullable", "required": "nullable", "null": "nullable", "pk": "primary_key",
    "key": "primary_key", "fk": "references", "foreign_key": "references", "ref": "references", "default": "constant",
    "data_type": "type", "faker_rule": "faker", "provider": "faker", "values": "choices", "enum": "choices",
    "regex": "pattern", "expression": "expr", "sql": "expr", "is_unique": "unique", "minimum": "min", "maximum": "max",
    "min_value": "min", "max_value": "max", "null_rate": "nulls", "count": "rows", "target_rows": "rows",
    "name": "experiment", "check": "checks", "uniques": "unique",
}  # fmt: skip
_BY_PARENT: Mapping[str, type[Strict]] = {"rows": RowsModel, "tree": TreeModel, "references": ReferencesModel}


MAX_COLUMNS = 5_000
MAX_CHECKS = 10_000
_SUGGESTED = 100
"""Problems of one document that get a suggestion; nobody reads on, and finding what is near takes long."""


def structured(tree: Any, problems: Problems) -> DocumentModel | None:
    """The document, of which wrong parts were noted and left out; None when nothing is left to check."""
    if not isinstance(tree, dict):
        problems.add((), f"the document must be a map with experiment and tables, not {shown(tree)}")
        return None
    if _too_much(tree, problems):
        return None
    _quoted_types(tree, problems)
    for _ in range(20):
        try:
            return DocumentModel.model_validate(tree)
        except ValidationError as error:
            if not _note(error, tree, problems):
                return None
    return None


def _too_much(tree: dict[str, Any], problems: Problems) -> bool:
    """Whether there are more columns, or more checks, than any schema needs; counted before they cost time."""
    given = tree.get("tables")
    tables = [table for table in given.values() if isinstance(table, dict)] if isinstance(given, dict) else []
    for key, most in (("columns", MAX_COLUMNS), ("checks", MAX_CHECKS)):
        count = sum(len(table[key]) for table in tables if isinstance(table.get(key), (dict, list)))
        if count > most:
            problems.add(("tables",), f"there are {count:,} {key}; at most {most:,} are read")
            return True
    return False


def _quoted_types(tree: dict[str, Any], problems: Problems) -> None:
    """Mend `{type: decimal(10,2)}`, which YAML reads as `type: "decimal(10"` and a key `2)`, and say what happened."""
    tables = tree.get("tables")
    for name, table in tables.items() if isinstance(tables, dict) else ():
        columns = table.get("columns") if isinstance(table, dict) else None
        for column, keys in columns.items() if isinstance(columns, dict) else ():
            if isinstance(keys, dict):
                _quoted_type(keys, ("tables", name, "columns", column), problems)


def _quoted_type(keys: dict[str, Any], place: Place, problems: Problems) -> None:
    kind = keys.get("type")
    if not isinstance(kind, str) or kind.count("(") <= kind.count(")"):
        return
    parts, names = [kind], list(keys)
    for name in names[names.index("type") + 1 :]:
        if keys[name] is not None:
            break
        parts.append(name)
        del keys[name]
        if name.endswith(")"):
            break
    if len(parts) > 1:
        keys["type"] = ",".join(parts)
        problems.add((*place, "type"), f'quote it, since a comma ends a value in {{ }}: write type: "{keys["type"]}"')


def _note(error: ValidationError, tree: dict[str, Any], problems: Problems) -> bool:
    """Note every problem once, remove what is wrong from the tree; False when the document itself cannot be mended."""
    found: dict[Place, tuple[str, str]] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        place, value = _place(detail["loc"], tree, detail["type"])
        known = found.get(place)
        if known is None or known[0] not in ("missing", "extra_forbidden"):
            near = len(found) < _SUGGESTED
            found[place] = (detail["type"], _message(detail["type"], place, value, str(detail["loc"][-1]), near=near))
    # The other branches of a choice of forms complain above a more exact problem.
    above = {place[:length] for place in found for length in range(len(place))}
    kept = {place: said for place, said in found.items() if said[0] == "missing" or place not in above}
    for place, (_, message) in kept.items():
        problems.add(place, message)
    problems.give_up(kept)
    removed = [_remove(place, kind, tree) for place, (kind, _) in kept.items()]
    return all(removed)


def _place(location: tuple[int | str, ...], tree: Any, kind: str) -> tuple[Place, Any]:
    """The part of pydantic's location that the document has, and the value there (pydantic adds names of branches)."""
    place: list[int | str] = []
    node = tree
    for part in location:
        if (isinstance(node, dict) and part in node) or (isinstance(node, list) and isinstance(part, int)):
            place.append(part)
            node = node[part]  # type: ignore[index]
    return tuple(place), node


def _message(kind: str, place: Place, value: Any, last: str, *, near: bool) -> str:
    if kind == "missing":
        return f"needs {last!r}"
    if kind == "extra_forbidden":
        return f"unknown key {last!r}{_instead(last, _model_at(place[:-1])) if near else ''}"
    return f"must be {_form(place)}, not {shown(value)}"


def _model_at(place: Place) -> type[Strict]:
    if not place:
        return DocumentModel
    if len(place) == 2 or (len(place) == 4 and place[2] == "columns"):
        return TableModel if len(place) == 2 else ColumnModel
    if isinstance(place[-1], int):
        return ForeignKeyModel
    return _BY_PARENT.get(str(place[-1]), FakerModel)


def _instead(word: str, model: type[Strict]) -> str:
    other = _OTHER_WORDS.get(word.casefold(), "")
    if other in model.model_fields:
        return f"; did you mean {other!r}?"
    said = did_you_mean(word, model.model_fields)
    if not said and model is ColumnModel and (key := other or word) in TableModel.model_fields:
        return f"; {key!r} is a key of the table, beside columns"
    return said


def _form(place: Place) -> str:
    if len(place) == 2 and place[0] == "tables":
        return "a table: a map with rows and columns"
    if len(place) == 4 and place[2] == "columns":
        return "a column: a map such as {type: int}"
    if isinstance(place[-1], int):
        inside = [part for part in place if isinstance(part, str)][-1]
        nested = inside == "unique" and isinstance(place[-2], str)
        return "a list of columns such as [a, b]" if nested else "a map" if inside == "foreign_keys" else "text"
    if place[-1] in ("min", "max") and len(place) == 4:
        return "a whole number"
    if place[-1] in ("primary_key", "unique") and len(place) in (3, 5):
        on_column, on_table = re.split(", ", _FORMS[place[-1]], maxsplit=1)
        return (on_column if len(place) == 5 else on_table).removesuffix(" on a column").removesuffix(" on a table")
    if place[-1] == "columns" and len(place) != 3:
        return "a list of columns such as [a, b]"
    if place[-1] == "references" and len(place) == 5 and place[2] == "foreign_keys":
        return "a map such as {table: customers, columns: [customer_id]}"
    return _FORMS.get(place[-1], "text")


def _remove(place: Place, kind: str, tree: dict[str, Any]) -> bool:
    """Take what is wrong out of the tree, as much of it as belongs together; False at the top."""
    if not place or place == ("tables",):
        return False
    if len(place) == 2 and kind == "missing":
        _at(tree, place)["columns"] = {}
        return True
    is_column = len(place) == 4 and place[2] == "columns"
    if (len(place) == 2 or is_column) and place[0] == "tables":
        _at(tree, place[:-1])[place[-1]] = {"columns": {}} if len(place) == 2 else {}
        return True
    cut = next((at for at, part in enumerate(place) if isinstance(part, int)), len(place))
    node = _at(tree, place[: cut - 1])
    node.pop(place[cut - 1], None)
    return True


def _at(tree: Any, place: Place) -> Any:
    for part in place:
        tree = tree[part] if isinstance(part, int) or part in tree else {}
    return tree
