"""Row counts that nobody gave, from how tables refer to one another; each comes with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ROOT_ROWS = 1_000
"""Rows of a table that refers to no other."""
LOOKUP_ROWS = 100
"""Rows of a small table that others only look things up in."""
PER_PARENT = 3
MOST_ROWS = 10_000
"""Suggested children stay below this, or at the number of their parents."""
_LOOKUP_COLUMNS = 3


@dataclass(frozen=True)
class Linked:
    """One table: its `count` if it is given, the parents of its foreign keys, and what its keys allow.

    `single` are parents that a key allows one child each, `joined` those whose combinations make up a whole key.
    """

    count: int | None
    columns: int
    parents: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    joined: tuple[tuple[str, ...], ...] = field(default=())


def suggested_rows(tables: Mapping[str, Linked]) -> dict[str, tuple[int, str]]:
    """(rows, reason) of every table without a count; parents are settled before their children where they can be."""
    counts = {name: table.count for name, table in tables.items() if table.count is not None}
    used = {parent for table in tables.values() for parent in table.parents}
    found: dict[str, tuple[int, str]] = {}
    waiting = [name for name in tables if name not in counts]
    while waiting:
        ready = [name for name in waiting if set(tables[name].parents) - {name} <= counts.keys()]
        # In a circle the first is settled as if it referred to those alone that are known.
        for name in ready or waiting[:1]:
            found[name] = _suggestion(name, tables[name], counts, name in used)
            counts[name] = found[name][0]
        waiting = [name for name in waiting if name not in counts]
    return found


def _suggestion(name: str, table: Linked, counts: Mapping[str, int], used: bool) -> tuple[int, str]:
    parents = [parent for parent in table.parents if parent != name and parent in counts]
    if not parents:
        if used and table.columns <= _LOOKUP_COLUMNS and not table.parents:
            return LOOKUP_ROWS, "a small table that others look things up in"
        return ROOT_ROWS, "it refers to no other table"
    largest = max(parents, key=lambda parent: counts[parent])
    rows, reason = PER_PARENT * counts[largest], f"{PER_PARENT} for each row of {largest}"
    most = max(MOST_ROWS, counts[largest])
    if rows > most:
        rows, reason = most, f"as many as are suggested at most, for {counts[largest]:,} rows of {largest}"
    singles = [parent for parent in table.single if parent in counts]
    if singles:
        least = min(singles, key=lambda parent: counts[parent])
        if counts[least] < rows:
            rows, reason = counts[least], f"at most one for each row of {least}"
    for group in table.joined:
        if set(group) <= counts.keys():
            product = 1
            for parent in group:
                product *= counts[parent]
            if rows > product // 2:
                rows, reason = product // 2, f"half of all pairs of {' and '.join(group)}"
    return rows, reason
