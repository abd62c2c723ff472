"""What changed between two schemas, and which columns' data change with it.

A value depends on the names of its table and column, its rule and its row. So a change reaches exactly the columns
whose name, type, rule, NULLs or keys it touches, and those that read them through a foreign key, `after` or SQL.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import SynthError
from ..sql.expressions import parse_expression
from .document.describing import generator_text
from .model import Column, ForeignKey, Rows, Schema, Table

_Named = TypeVar("_Named", Column, Table)
Cell = tuple[str, str]
"""The names of a table and of one of its columns."""


@dataclass(frozen=True)
class Change:
    """One difference: `kind` (added, removed, renamed, changed), `place` (a dotted path), `what` (from what to what).

    `data` names the columns (`table.column` of the new schema) whose stored values differ between the two, and `why`
    is seed, size, key, relation, domain (of the same rule), rule, rename, column, table, or words (no value follows
    from them).
    """

    kind: str
    place: str
    what: str
    data: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What kind of thing the change is about."""
        last = self.place.rpartition(".")[2]
        if self.kind == "renamed":
            return "rename"
        if self.kind == "changed" and last in _WHY:
            return "domain" if last == "generator" and _is_domain(self.what) else _WHY[last]
        for part in ("foreign_keys", "unique"):
            if f".{part}" in self.place:
                return "relation" if part == "foreign_keys" else "key"
        return "column" if ".columns." in self.place else "table"

    def __str__(self) -> str:
        touched = f"; changes the data of {', '.join(self.data)}" if self.data else "; changes no data"
        return f"{self.kind} {self.place}: {self.what}{touched}"

    def to_dict(self) -> dict[str, Any]:
        """An entry of the `diff` document."""
        return {"kind": self.kind, "place": self.place, "what": self.what, "why": self.why, "data": list(self.data)}


def diff(old: Schema, new: Schema) -> list[Change]:
    """The differences from `old` to `new`, in the order of the new schema, removed tables last.

    The order of tables and columns, the name of the experiment and the reasons of rules are no difference.
    """
    readers = _readers(new)
    before, after = {table.name: table for table in old.tables}, {table.name: table for table in new.tables}
    changes = list(_experiment(old, new))
    renamed = _pairs([before[name] for name in before.keys() - after.keys()],
                     [after[name] for name in after.keys() - before.keys()], _same_table)  # fmt: skip
    for name, table in after.items():
        if name in before:
            changes += _table(before[name], table, readers)
        elif name in renamed:
            what = f"{renamed[name]} -> {name}; values follow from names"
            changes.append(Change("renamed", f"tables.{name}", what, _reached(_cells(table), readers)))
        else:
            changes.append(Change("added", f"tables.{name}", _size(table), _reached(_cells(table), readers)))
    gone = [table for name, table in before.items() if name not in after and name not in renamed.values()]
    return changes + [Change("removed", f"tables.{table.name}", _size(table)) for table in gone]


def _experiment(old: Schema, new: Schema) -> Iterator[Change]:
    if old.seed != new.seed:
        every = [cell for table in new.tables for cell in _cells(table)]
        yield Change("changed", "seed", f"{old.seed} -> {new.seed}", _reached(every, {}))
    for name in ("warehouse", "description", "namespace"):
        if getattr(old, name) != getattr(new, name):
            yield Change("changed", name, f"{getattr(old, name)!r} -> {getattr(new, name)!r}")


def _size(table: Table) -> str:
    return f"{len(table.columns)} column{'s' if len(table.columns) != 1 else ''}"


def _cells(table: Table) -> list[Cell]:
    return [(table.name, column.name) for column in table.columns]


def _table(old: Table, new: Table, readers: Mapping[Cell, set[Cell]]) -> Iterator[Change]:
    place = f"tables.{new.name}"
    if old.rows != new.rows:
        what = f"{_rows(old.rows)} -> {_rows(new.rows)}"
        yield Change("changed", f"{place}.rows", what, _reached([(new.name, "")], readers))
    yield from _keys(old, new, readers)
    yield from _foreign_keys(old, new, readers)
    for name in ("checks", "comment"):
        if getattr(old, name) != getattr(new, name):
            yield Change("changed", f"{place}.{name}", f"{_shown(getattr(old, name))} -> {_shown(getattr(new, name))}")
    yield from _columns(old, new, readers)


def _rows(rows: Rows) -> str:
    if not rows.per:
        return f"{rows.count:,}"
    extra = [f"{name} {value}" for name in ("mean", "total", "childless") if (value := getattr(rows, name)) is not None]
    return ", ".join([f"{rows.min} to {rows.max} per {rows.per} through {', '.join(rows.via)}", *extra])


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or "none"
    return repr(value)


def _keys(old: Table, new: Table, readers: Mapping[Cell, set[Cell]]) -> Iterator[Change]:
    """Primary and unique keys; a column's values change when it begins or ceases to be distinct."""
    here = {column.name for column in new.columns}
    if old.primary_key != new.primary_key:
        touched = _redrawn([old.primary_key], [new.primary_key], old, new) & here
        what = f"({', '.join(old.primary_key)}) -> ({', '.join(new.primary_key)})"
        yield Change("changed", f"tables.{new.name}.primary_key", what, _reached(_of(new, touched), readers))
    for kind, keys, others in (("added", new.unique, old.unique), ("removed", old.unique, new.unique)):
        for key in keys:
            if key not in others:
                touched = _redrawn(old.unique, new.unique, old, new) & set(key) & here
                what = f"({', '.join(key)})"
                yield Change(kind, f"tables.{new.name}.unique", what, _reached(_of(new, touched), readers))


def _redrawn(was: Iterable[tuple[str, ...]], now: Iterable[tuple[str, ...]], old: Table, new: Table) -> set[str]:
    """Columns of keys that one side has and the other has not, under whatever name (primary or unique)."""
    changed = set(was) ^ set(now)
    kept = set(old.keys) & set(new.keys)
    return {column for key in changed - kept for column in key}


def _of(table: Table, names: Iterable[str]) -> list[Cell]:
    return [(table.name, name) for name in names]


def _foreign_keys(old: Table, new: Table, readers: Mapping[Cell, set[Cell]]) -> Iterator[Change]:
    before = {(key.columns, key.table, key.references): key for key in old.foreign_keys}
    after = {(key.columns, key.table, key.references): key for key in new.foreign_keys}
    for ends, key in after.items():
        was = before.get(ends)
        if was is None:
            yield _foreign_key("added", new, key, _end(key), readers)
        elif (was.rule.name, was.rule.options, was.nulls) != (key.rule.name, key.rule.options, key.nulls):
            yield _foreign_key("changed", new, key, f"{_choice(was)} -> {_choice(key)}", readers)
    for ends, key in before.items():
        if ends not in after:
            yield _foreign_key("removed", new, key, _end(key), readers)


def _foreign_key(kind: str, table: Table, key: ForeignKey, what: str, readers: Mapping[Cell, set[Cell]]) -> Change:
    names = {column.name for column in table.columns}
    touched = [(table.name, column) for column in key.columns if column in names]
    return Change(kind, f"tables.{table.name}.foreign_keys.{key.name}", what, _reached(touched, readers))


def _end(key: ForeignKey) -> str:
    return f"references {key.table} ({', '.join(key.references)}) by {key.rule}"


def _choice(key: ForeignKey) -> str:
    return f"{key.rule}{f', {key.nulls:.4g} NULL' if key.nulls else ''}"


def _columns(old: Table, new: Table, readers: Mapping[Cell, set[Cell]]) -> Iterator[Change]:
    before = {column.name: column for column in old.columns}
    kept = before.keys() & {column.name for column in new.columns}
    renamed = _pairs([one for one in old.columns if one.name not in kept],
                     [one for one in new.columns if one.name not in kept], _same_column)  # fmt: skip
    for column in new.columns:
        place, was = f"tables.{new.name}.columns.{column.name}", before.pop(column.name, None)
        reached = _reached([(new.name, column.name)], readers)
        if column.name in renamed:
            del before[renamed[column.name]]
            what = f"{renamed[column.name]} -> {column.name}; values follow from names"
            yield Change("renamed", place, what, reached)
            continue
        if was is None:
            yield Change("added", place, f"{column.type}, {generator_text(column, new)}", reached)
            continue
        if was.type != column.type:
            yield Change("changed", f"{place}.type", f"{was.type} -> {column.type}", reached)
        if _values(was) != _values(column):
            what = f"{generator_text(was, old)} -> {generator_text(column, new)}"
            yield Change("changed", f"{place}.generator", what, reached)
        for name in ("nullable", "comment"):
            if getattr(was, name) != getattr(column, name):
                yield Change("changed", f"{place}.{name}", f"{getattr(was, name)} -> {getattr(column, name)}")
    for column in before.values():
        yield Change("removed", f"tables.{new.name}.columns.{column.name}", str(column.type))


def _pairs(gone: Sequence[_Named], new: Sequence[_Named], alike: Callable[[_Named, _Named], bool]) -> dict[str, str]:
    """By new name the old one, where exactly one thing that is gone is like exactly one that is new."""
    found = {}
    for one in new:
        twins = [other for other in gone if alike(other, one)]
        if len(twins) == 1 and sum(alike(twins[0], other) for other in new) == 1:
            found[one.name] = twins[0].name
    return found


def _same_column(one: Column, other: Column) -> bool:
    return (one.type, one.nullable, *_values(one)) == (other.type, other.nullable, *_values(other))


def _same_table(one: Table, other: Table) -> bool:
    columns = [{column.name: (column.type, *_values(column)) for column in table.columns} for table in (one, other)]
    return columns[0] == columns[1]


def _is_domain(what: str) -> bool:
    """Whether the rule before and after is the same, so that its options alone differ."""
    old, arrow, new = what.partition(" -> ")
    return bool(arrow) and old.partition("(")[0].split()[:1] == new.partition("(")[0].split()[:1]


_WHY = {
    "seed": "seed", "rows": "size", "primary_key": "key", "type": "domain", "generator": "rule", "checks": "words",
    "comment": "words", "nullable": "words", "warehouse": "words", "description": "words", "namespace": "words",
}  # fmt: skip


def _values(column: Column) -> tuple[Any, ...]:
    return column.rule.name, column.rule.options, column.nulls, column.when


def _reached(cells: Iterable[Cell], readers: Mapping[Cell, set[Cell]]) -> tuple[str, ...]:
    """The cells and all that read them, at any distance, as sorted `table.column`."""
    reached: set[Cell] = set()
    waiting = list(cells)
    while waiting:
        cell = waiting.pop()
        if cell not in reached:
            reached.add(cell)
            waiting += readers.get(cell, ())
    return tuple(sorted(f"{table}.{column}" for table, column in reached if column))


def _readers(schema: Schema) -> dict[Cell, set[Cell]]:
    """By cell: the cells that are made from it. `(table, "")` stands for the number of the table's rows."""
    readers: dict[Cell, set[Cell]] = {}
    for table in schema.tables:
        readers.setdefault((table.name, ""), set()).update(_cells(table))
        if table.rows.per:
            readers.setdefault((table.rows.per, ""), set()).add((table.name, ""))
        for key in table.foreign_keys:
            for own, theirs in zip(key.columns, key.references, strict=True):
                readers.setdefault((key.table, theirs), set()).add((table.name, own))
                readers.setdefault((key.table, ""), set()).add((table.name, own))
        for column in table.columns:
            for read in _read_by(column, table):
                readers.setdefault(read, set()).add((table.name, column.name))
    return readers


def _read_by(column: Column, table: Table) -> Iterator[Cell]:
    """The cells that a column's rule and condition read; through a foreign key also the key's own columns."""
    paths = [str(column.rule.options["column"])] if column.rule.name == "after" else []
    for sql in (column.rule.options.get("sql") if column.rule.name == "expression" else None, column.when):
        paths += _paths(sql) if sql else []
    for decider in (key for key in table.foreign_keys if column.name in key.columns):
        paths += _paths(str(decider.rule.options.get("where", "")))
    names = {one.name.casefold(): one.name for one in table.columns}
    for path in paths:
        start = path.casefold()
        key = next((key for key in table.foreign_keys if start.startswith(f"{key.name.casefold()}.")), None)
        if start in names:
            yield table.name, names[start]
        elif key is not None:
            yield key.table, path[len(key.name) + 1 :]
            yield from _of(table, key.columns)


def _paths(sql: str) -> tuple[str, ...]:
    """The columns that an SQL expression reads; none when it cannot be parsed, which planning reports."""
    try:
        return tuple(parse_expression(sql).columns)
    except SynthError:
        return ()
