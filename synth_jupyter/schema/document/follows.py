"""Columns that follow another in time: the other exists, is a date or timestamp, and nothing follows itself."""

from collections.abc import Mapping

from ...errors import did_you_mean
from ..findings import Spot
from ..model import Column, Schema, Table
from .keys import Draft, spelled


def settle_follows(schema: Schema, drafts: Mapping[str, Draft]) -> dict[tuple[str, str], str]:
    """By (table, column): the followed column's path in declared spelling. What cannot be followed is said."""
    paths: dict[tuple[str, str], str] = {}
    for table in schema.tables:
        for column in table.columns:
            if column.rule.name == "after":
                spot = drafts[table.name].column(column.name)
                path = _path(schema, table, str(column.rule.options["column"]), spot)
                paths[table.name, column.name] = path or str(column.rule.options["column"])
    for table in schema.tables:
        _say_circles(table, paths, drafts[table.name])
    return paths


def _path(schema: Schema, table: Table, text: str, spot: Spot) -> str | None:
    """`column` of the same row, or `key column.column` of a parent, or of its parent in turn."""
    names = [column.name for column in table.columns]
    if (own := spelled(text, names)) is not None:
        return own if _is_moment(table.column(own), text, spot) else None
    for cut in (at for at, char in enumerate(text) if char == "."):
        key = next((key for key in table.foreign_keys if key.name.casefold() == text[:cut].casefold()), None)
        if key is None:
            continue
        parent = schema.table(key.table)
        rest = text[cut + 1 :]
        found = spelled(rest, [column.name for column in parent.columns])
        if found is None and any(rest.casefold().startswith(f"{one.name.casefold()}.") for one in parent.foreign_keys):
            path = _path(schema, parent, rest, spot)
            return path and f"{key.name}.{path}"
        if found is not None:
            return f"{key.name}.{found}" if _is_moment(parent.column(found), text, spot) else None
        near = did_you_mean(text[cut + 1 :], (column.name for column in parent.columns))
        spot.say(f"{parent.name!r} has no column {text[cut + 1 :]!r}{near}", "after")
        return None
    spot.say(f"there is no column {text!r} to follow{did_you_mean(text, names)}", "after")
    return None


def _is_moment(column: Column, text: str, spot: Spot) -> bool:
    known = column.type.kind in ("date", "timestamp", "timestamptz") or column.rule.name == "unknown"
    if not known:
        spot.say(f"{text!r} is {column.type}; only a date or timestamp can be followed", "after")
    return known


def _say_circles(table: Table, paths: Mapping[tuple[str, str], str], draft: Draft) -> None:
    for column in table.columns:
        seen, here = [column.name], paths.get((table.name, column.name))
        while here is not None and here not in seen:
            seen.append(here)
            here = paths.get((table.name, here))
        if here == column.name:
            ring = " after ".join([*seen, column.name])
            draft.column(column.name).say(f"these follow one another in a circle: {ring}", "after")
