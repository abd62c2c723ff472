"""The keys of a document's tables: primary and unique keys, and foreign keys with what they end at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...datatypes import DataType
from ...errors import did_you_mean
from ..findings import Place, Problems, Spot
from .models import ColumnModel, ForeignKeyModel, TableModel


@dataclass(frozen=True)
class Link:
    """A foreign key that was found; `spot` is where the document has it, the rest how it says to choose parents."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    spot: Spot
    source: ColumnModel | ForeignKeyModel


@dataclass
class Draft:
    """A table while the document is read; each pass fills in the fields that it is named for."""

    name: str
    model: TableModel
    spot: Spot
    namespace: str = ""
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    links: list[Link] = field(default_factory=list)
    types: dict[str, DataType | None] = field(default_factory=dict)

    @property
    def columns(self) -> Mapping[str, ColumnModel]:
        return self.model.columns

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        return ((self.primary_key,) if self.primary_key else ()) + self.unique

    def column(self, name: str) -> Spot:
        """Where a column stands."""
        return self.spot.under("columns", name)

    def without_namespace(self, name: str, declared: Iterable[str]) -> str:
        """`name` without the namespace that all tables are in, unless a table is called so with it."""
        start, folded = f"{self.namespace}.".casefold(), name.casefold()
        if not self.namespace or not folded.startswith(start):
            return name
        called = any(folded == other.casefold() or folded.startswith(f"{other.casefold()}.") for other in declared)
        return name if called else name[len(start) :]

    def owners(self) -> tuple[str, ...]:
        """The columns of the foreign key that `rows: {per: ..}` goes through, once it is known."""
        return self.owner.columns if self.owner else ()

    owner: Link | None = None

    def link_of(self, column: str) -> Link | None:
        """The first foreign key that the column is part of."""
        return next((link for link in self.links if column in link.columns), None)


def find_keys(draft: Draft) -> None:
    """The primary key and unique keys of a table, from its columns and from the table itself."""
    model = draft.model
    marked = [name for name, column in draft.columns.items() if column.primary_key]
    named = [model.primary_key] if isinstance(model.primary_key, str) else model.primary_key
    if len(marked) > 1 and named is None:
        both = ", ".join(marked)
        draft.spot.say(f"{len(marked)} columns say primary_key: true; write primary_key: [{both}] on the table")
    if named is not None:
        known = _known(named, draft.columns, draft.spot.under("primary_key"))
        if marked and set(marked) != set(known):
            draft.spot.say(f"the table says [{', '.join(known)}], its columns say [{', '.join(marked)}]", "primary_key")
        draft.primary_key = known
    else:
        draft.primary_key = tuple(marked[:1])
    on_columns = [(name,) for name, column in draft.columns.items() if column.unique]
    on_table = [_known(names, draft.columns, draft.spot.under("unique", at)) for at, names in enumerate(model.unique)]
    kept = dict.fromkeys([*on_columns, *on_table])
    draft.unique = tuple(key for key in kept if key and key != draft.primary_key)


def _known(names: Sequence[str], columns: Iterable[str], spot: Spot) -> tuple[str, ...]:
    """The columns that `names` mean, in their declared spelling; each at most once."""
    if not names:
        spot.say("names no column")
    found: list[str] = []
    for name in names:
        declared = spelled(name, columns)
        if declared is None:
            spot.say(f"there is no column {name!r}{did_you_mean(name, columns)}")
        elif declared in found:
            spot.say(f"the column {name!r} is listed twice")
        else:
            found.append(declared)
    return tuple(found) if len(found) == len(names) else ()


def spelled(name: str, declared: Iterable[str]) -> str | None:
    """The declared name that `name` means: the same, or the only one that is when letter case is ignored."""
    names = list(declared)
    if name in names:
        return name
    return next((other for other in names if other.casefold() == name.casefold()), None)


def find_links(draft: Draft, drafts: Mapping[str, Draft], problems: Problems) -> None:
    """Every foreign key of a table whose end exists and is a key of its parent."""
    for name, column in draft.columns.items():
        if column.references is not None:
            end = _end(draft.without_namespace(column.references, drafts), draft.column(name), drafts, problems)
            _link(draft, (name,), end, draft.column(name), "references", column, drafts)
    for at, key in enumerate(draft.model.foreign_keys):
        spot = draft.spot.under("foreign_keys", at)
        columns = _known(key.columns, draft.columns, spot.under("columns"))
        table = draft.without_namespace(key.references.table, drafts)
        end = _listed_end(table, key, spot.under("references"), drafts, problems)
        _link(draft, columns, end, spot, "references", key, drafts)


def _end(text: str, spot: Spot, drafts: Mapping[str, Draft], problems: Problems) -> tuple[str, tuple[str, ...]] | None:
    """The parent and its columns that `table.column` names: the longest declared table name that fits."""
    folded = text.casefold()
    fitting = [name for name in drafts if folded == name.casefold() or folded.startswith(f"{name.casefold()}.")]
    if not fitting:
        table, _, column = text.rpartition(".")
        wanted = table or column
        spot.say(f"there is no table {wanted!r}{did_you_mean(wanted, drafts)}", "references")
        return None
    parent = drafts[max(fitting, key=len)]
    rest = text[len(parent.name) + 1 :]
    return _columns_of(parent, [rest] if rest else None, spot, ("references",), problems)


def _listed_end(
    table: str, key: ForeignKeyModel, spot: Spot, drafts: Mapping[str, Draft], problems: Problems
) -> tuple[str, tuple[str, ...]] | None:
    name = spelled(table, drafts)
    if name is None:
        spot.say(f"there is no table {table!r}{did_you_mean(table, drafts)}", "table")
        return None
    return _columns_of(drafts[name], key.references.columns, spot, ("columns",), problems)


def _columns_of(
    parent: Draft, names: Sequence[str] | None, spot: Spot, below: Place, problems: Problems
) -> tuple[str, tuple[str, ...]] | None:
    if problems.has_broken((*parent.spot.place, "columns")) and not parent.columns:
        return None
    if names is None:
        if not parent.primary_key:
            spot.say(f"{parent.name!r} has no primary key; name the column, such as {parent.name}.id", *below)
            return None
        return parent.name, parent.primary_key
    found = [spelled(name, parent.columns) for name in names]
    for name, declared in zip(names, found, strict=True):
        if declared is None:
            spot.say(f"{parent.name!r} has no column {name!r}{did_you_mean(name, parent.columns)}", *below)
    return (parent.name, tuple(name for name in found if name)) if all(found) else None


def _link(
    draft: Draft,
    columns: tuple[str, ...],
    end: tuple[str, tuple[str, ...]] | None,
    spot: Spot,
    option: str,
    source: ColumnModel | ForeignKeyModel,
    drafts: Mapping[str, Draft],
) -> None:
    """Add the foreign key if both sides are as long and the parent's side is a key."""
    if end is None or not columns:
        return
    table, references = end
    if len(columns) != len(references):
        spot.say(f"{len(columns)} columns cannot reference {len(references)}, {', '.join(references)}", option)
    elif not any(set(key) == set(references) for key in drafts[table].keys):
        spot.say(_no_key(drafts[table], references), option)
    else:
        draft.links.append(Link(columns, table, references, spot, source))


def _no_key(parent: Draft, references: tuple[str, ...]) -> str:
    what = f"{parent.name}.{references[0]}" if len(references) == 1 else f"{parent.name} ({', '.join(references)})"
    keys = "; ".join(", ".join(key) for key in parent.keys)
    wider = [key for key in parent.keys if set(references) < set(key)]
    way = "make it primary_key or unique" if not wider else f"use foreign_keys with all of ({', '.join(wider[0])})"
    return f"{what} is not a key of its table (keys: {keys or 'none'}); {way}"


def find_types(drafts: Mapping[str, Draft]) -> None:
    """The type of every column: written, or that of the key it references, along any chain."""
    for draft in drafts.values():
        for name, column in draft.columns.items():
            if column.type is not None:
                draft.types[name] = _parsed(column.type, draft.column(name))
    for draft in drafts.values():
        for name in draft.columns:
            draft.types.setdefault(name, _inherited(draft, name, drafts))


def _parsed(text: str, spot: Spot) -> DataType | None:
    try:
        return DataType.parse(text)
    except ValueError as error:
        spot.say(str(error), "type")
        return None


def _inherited(draft: Draft, name: str, drafts: Mapping[str, Draft]) -> DataType | None:
    here, seen = (draft.name, name), set[tuple[str, str]]()
    while here not in seen:
        seen.add(here)
        table = drafts[here[0]]
        if here[1] in table.types:
            return table.types[here[1]]
        link = table.link_of(here[1])
        if link is None:
            if here == (draft.name, name) and table.columns[name].references is None:
                draft.column(name).say("needs a type, or references")
            return None
        here = (link.table, link.references[link.columns.index(here[1])])
    ring = ", ".join(f"{table}.{column}" for table, column in sorted(seen))
    draft.column(name).say(f"its type cannot be taken from what it references, a circle ({ring}); write a type")
    return None


def check_types(drafts: Mapping[str, Draft]) -> None:
    """Every foreign key's column must be able to hold what it references."""
    for draft in drafts.values():
        for link in draft.links:
            for column, reference in zip(link.columns, link.references, strict=True):
                own, theirs = draft.types.get(column), drafts[link.table].types.get(reference)
                if own is not None and theirs is not None and not holds(own, theirs):
                    where = f"{link.table}.{reference}"
                    draft.column(column).say(f"{own} cannot hold the {theirs} of {where}; leave the type out", "type")


def holds(own: DataType, theirs: DataType) -> bool:
    """Whether a foreign key's column of type `own` can hold every value of the type that it references."""
    if own.is_integer and theirs.is_integer:
        return True
    if own.is_text and theirs.is_text:
        return own.length is None or (theirs.length is not None and own.length >= theirs.length)
    if own.kind == theirs.kind == "decimal":
        return own.scale == theirs.scale and (own.precision or 0) >= (theirs.precision or 0)
    return own == theirs or {own.kind, theirs.kind} == {"real", "double"}


def options_of(source: ColumnModel | ForeignKeyModel) -> dict[str, Any]:
    """What a foreign key says about the choice of parents."""
    given = {
        "distribution": source.distribution, "tree": source.tree or None, "nulls": source.nulls, "where": source.where,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}
