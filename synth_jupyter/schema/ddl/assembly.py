"""The facts of a script as the tree of a document: names resolved, types settled, every open question a report line."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...datatypes import DataType
from ...errors import SchemaError
from ..document.keys import holds
from ..document.structure import MAX_CHECKS
from ..findings import Place, ReportLine
from ..wishes import Wish
from .checks import compile_checks, wish_types
from .conditions import parsed, type_of, without_cast, written
from .cursor import Unreadable, brief
from .definition import shown
from .enums import settle_enums
from .facts import ColumnFact, LinkFact, Name, Script, TableFact

Tree = dict[str, Any]


class Assembly:
    """Makes the tree of one script; `tree` and `lines` are filled by `build`, table by table."""

    def __init__(self, script: Script) -> None:
        self.script = script
        several = len({table.key[0] for table in script.tables.values()}) > 1
        self.names = {key: ".".join(filter(None, key)) if several else key[1] for key in script.tables}
        self.tree: Tree = {}
        self.lines: dict[Place, int] = {}
        self.types: dict[Name, dict[str, DataType]] = {}
        self.links: dict[Name, list[LinkFact]] = {}

    def build(self) -> Tree:
        """The tree of a document with every table; SchemaError where there are more checks than can be."""
        if sum(len(table.checks) for table in self.script.tables.values()) > MAX_CHECKS:
            raise SchemaError(f"the script has more than {MAX_CHECKS:,} checks; nothing was stored",
                              hint="make several experiments of it")  # fmt: skip
        for key, table in self.script.tables.items():
            _settle_keys(table, self.script)
            settle_enums(table, self.script)
            self.types[key] = {name: _parsed(column, table, self.script) for name, column in table.columns.items()}
        for key, table in self.script.tables.items():
            resolved = [self._resolved(link, table) for link in table.links]
            self.links[key] = [link for link in dict.fromkeys(resolved) if link]
        self._fit_types()
        for key, table in self.script.tables.items():
            self._table(table, self.names[key])
        return self._whole()

    def _whole(self) -> Tree:
        """The tree, with the schema that all tables are in when it is the only one."""
        schemas = {key[0] for key in self.script.tables}
        alone = schemas.pop() if len(schemas) == 1 else ""
        return {"namespace": alone, "tables": self.tree} if alone else {"tables": self.tree}

    def without(self, unfit: Iterable[tuple[Place, str]]) -> Tree:
        """The tree without checks and computed columns that cannot work, each a line of the report instead."""
        dropped: dict[str, set[str]] = {}
        for place, message in unfit:
            name, part, which = str(place[1]), place[2], place[3]
            table = self.tree[name]
            if part == "checks":
                check = table["checks"][which]
                dropped.setdefault(name, set()).add(check)
                self._lost(f"CHECK ({brief(check, 120)})", name, message)
            elif "expr" in table["columns"][which]:
                sql = table["columns"][which].pop("expr")
                table["columns"][which].pop("reason", None)
                self._lost(f"computed as {brief(sql)}", f"{name}.{which}", message)
        for name, checks in dropped.items():
            self.tree[name]["checks"] = [check for check in self.tree[name]["checks"] if check not in checks]
        return self._whole()

    def _lost(self, construct: str, where: str, message: str) -> None:
        """Turn what was said of a construct into `not carried`, with the reason."""
        spots = {where, *(where.replace(name, shown(self.script.tables[key]), 1) for key, name in self.names.items())}
        self.script.report = [
            line for line in self.script.report
            if line.where not in spots or line.outcome == "not carried" or not _speaks_of(line.construct, construct)
        ]  # fmt: skip
        self.script.lose(f"{construct}: {message}", where)

    def report(self) -> tuple[ReportLine, ...]:
        """The report, in which tables are called as in the schema: without a schema that all of them are in."""
        schemas = {key[0] for key in self.script.tables}
        alone = f"{schemas.pop()}." if len(schemas) == 1 else ""
        return tuple(replace(line, where=line.where.removeprefix(alone)) for line in self.script.report)

    def _resolved(self, link: LinkFact, table: TableFact) -> LinkFact | None:
        """The foreign key in declared names; None, and a report line, when it cannot be kept."""
        construct = f"FOREIGN KEY ({', '.join(link.columns)}) REFERENCES {'.'.join(link.target)}"
        try:
            made = self._end(link, table)
        except Unreadable as error:
            self.script.lose(f"{construct}: {error}", shown(table))
            return None
        self.script.say(construct, shown(table), "kept")
        for action in link.actions:
            self.script.lose(f"{action} of FOREIGN KEY ({', '.join(link.columns)})", shown(table))
        return made

    def _end(self, link: LinkFact, table: TableFact) -> LinkFact:
        parent = self._parent(link, table)
        columns = _declared(link.columns, table)
        references = _declared(link.references, parent) if link.references else parent.primary_key
        if not references:
            raise Unreadable(f"{shown(parent)} has no primary key")
        if len(references) != len(columns):
            raise Unreadable(f"{len(columns)} columns cannot reference {len(references)}")
        keys = [set(key) for key in (parent.primary_key, *parent.unique) if key]
        if set(references) not in keys:
            raise Unreadable(f"{shown(parent)} ({', '.join(references)}) is no key")
        return LinkFact(columns, parent.key, references, link.line)

    def _parent(self, link: LinkFact, table: TableFact) -> TableFact:
        """The table that is meant: one name alone is looked for beside the table first."""
        near = (table.key[0], link.target[0]) if len(link.target) == 1 else link.target
        parent = self.script.find(near) or self.script.find(link.target)
        if parent is None:
            raise Unreadable("there is no such table")
        return parent

    def _fit_types(self) -> None:
        """A foreign key's column takes its parent's type where its own could not hold it, or says too little."""
        for _ in range(len(self.links) + 1):
            changed = [self._fit(key, link) for key, links in self.links.items() for link in links]
            if not any(changed):
                return

    def _fit(self, key: Name, link: LinkFact) -> bool:
        changed = False
        for column, reference in zip(link.columns, link.references, strict=True):
            own, theirs = self.types[key][column], self.types[link.target][reference]
            if not holds(own, theirs):
                self.types[key][column] = theirs
                where = f"{shown(self.script.tables[key])}.{column}"
                self.script.lose(f"type {own}, as what it references is {theirs}", where)
                changed = True
        return changed

    def _table(self, table: TableFact, name: str) -> None:
        self.lines["tables", name] = table.line
        links = self.links[table.key]
        linked = {column for link in links for column in link.columns}
        columns = {one.name: self._column(one, table, linked) for one in table.columns.values()}
        wishes = {one.name.casefold(): self._wish(one, table, linked) for one in table.columns.values()}
        checks = compile_checks(table, wishes, self.script)
        for column in table.columns.values():
            self.lines["tables", name, "columns", column.name] = column.line
            _grant(columns[column.name], column, wishes[column.name.casefold()], table.primary_key == (column.name,))
        made: Tree = {} if table.rows is None else {"rows": table.rows}
        made |= {"comment": table.comment} if table.comment else {}
        made |= {"primary_key": list(table.primary_key)} if table.primary_key else {}
        made |= {"unique": [list(key) for key in table.unique]} if table.unique else {}
        made |= {"checks": checks} if checks else {}
        made["foreign_keys"] = [self._link(link) for link in links]
        for at, link in enumerate(links):
            self.lines["tables", name, "foreign_keys", at] = link.line
        self.tree[name] = made | {"columns": columns}

    def _link(self, link: LinkFact) -> Tree:
        return {"columns": list(link.columns),
                "references": {"table": self.names[link.target], "columns": list(link.references)}}  # fmt: skip

    def _column(self, column: ColumnFact, table: TableFact, linked: Collection[str]) -> Tree:
        """Type, NULL, comment, and where values come from if the definition says so."""
        made: Tree = {"type": str(self.types[table.key][column.name]), "nullable": column.nullable}
        made |= {"comment": column.comment} if column.comment else {}
        if column.name in linked:
            return made
        if column.computed:
            made |= self._expression(column, table)
        elif column.sequence is not None and self._countable(column, table):
            start = self.script.sequences.get(_plain(column.default)) or column.sequence
            made |= {"generator": {"sequence": start}, "reason": column.sequence_reason}
            self.script.say(column.sequence_reason, f"{shown(table)}.{column.name}", "compiled")
        return made

    def _countable(self, column: ColumnFact, table: TableFact) -> bool:
        kind = self.types[table.key][column.name]
        return kind.is_integer or (kind.kind == "decimal" and not kind.scale)

    def _expression(self, column: ColumnFact, table: TableFact) -> Tree:
        construct, where = f"computed as {brief(column.computed)}", f"{shown(table)}.{column.name}"
        try:
            texts = {name.casefold() for name, kind in self.types[table.key].items() if kind.is_text}
            tree = parsed(column.computed, self.script.dialect, texts)
            sql = written(tree if column.type.text else without_cast(tree))
        except Unreadable as error:
            self.script.lose(f"{construct}: {error}", where)
            return {}
        self.script.say(construct, where, "compiled")
        nulls = {"nulls": 0} if column.nullable and column.name not in table.primary_key else {}
        return {"expr": sql, "reason": "a computed column", **nulls}

    def _wish(self, column: ColumnFact, table: TableFact, keys: Collection[str]) -> Wish:
        linked = column.name in keys
        distinct = (column.name,) in (table.primary_key, *table.unique)
        counted = None if linked else column.sequence
        said = bool(column.computed or column.hints.keys() - {"nulls"})
        wish = Wish(
            column.name, self.types[table.key][column.name], not (linked or said or counted is not None),
            column.nullable, distinct, counted,
        )  # fmt: skip
        for key in ("min", "max"):
            if key in column.keys:
                wish.narrow(column.keys[key], key == "min")
        wish.choices = list(column.keys["choices"]) if "choices" in column.keys else None
        wish.pattern = str(column.keys.get("pattern", ""))
        return wish


def _grant(keys: Tree, column: ColumnFact, wish: Wish, primary: bool) -> None:
    """Add the column's rule: a hint's, a check's, or what its type or its default brings."""
    keys["nullable"] = wish.nullable
    rule = {key: value for key, value in column.hints.items() if key != "nulls"}
    if wish.open:
        rule = rule or wish.keys(primary)
        if not rule and column.keys.get("uuid") and _holds_uuid(wish.kind):
            rule = {"generator": "uuid", "reason": "its default is a UUID"}
    keys |= rule
    if "reason" in column.keys and wish.open and ("choices" in rule or "min" in rule):
        keys.setdefault("reason", column.keys["reason"])
    if "nulls" in column.hints:
        keys["nulls"] = column.hints["nulls"]


def _speaks_of(one: str, other: str) -> bool:
    """Whether two constructs are the same but for spelling: letters and digits alone are compared."""
    return _bare(one) == _bare(other)


def _bare(construct: str) -> str:
    return "".join(char for char in construct.casefold() if char.isalnum())


def _holds_uuid(kind: DataType) -> bool:
    return kind.kind == "uuid" or (kind.is_text and (kind.length is None or kind.length >= 36))


def _settle_keys(table: TableFact, script: Script) -> None:
    """The table's keys in declared names; a key of a column that is not there is reported."""
    for what, key in [("PRIMARY KEY", table.primary_key), *(("UNIQUE", key) for key in table.unique)]:
        try:
            _declared(key, table)
        except Unreadable as error:
            script.lose(f"{what} ({', '.join(key)}): {error}", shown(table))
        else:
            if key:
                script.say(f"{what} ({', '.join(key)})", shown(table), "kept")
    table.primary_key = _known(table.primary_key, table)
    kept = (_known(key, table) for key in table.unique)
    table.unique = [key for key in dict.fromkeys(kept) if key and key != table.primary_key]
    for name in table.primary_key:
        table.columns[name].nullable = False


def _known(key: Name, table: TableFact) -> Name:
    try:
        return _declared(key, table)
    except Unreadable:
        return ()


def _declared(names: Name, table: TableFact) -> Name:
    """The names as the table spells them; Unreadable when one is not there or is there twice."""
    found = []
    for name in names:
        column = table.column(name)
        if column is None:
            raise Unreadable(f"{shown(table)} has no column {name!r}")
        if column.name in found:
            raise Unreadable(f"the column {name!r} is listed twice")
        found.append(column.name)
    return tuple(found)


def _parsed(column: ColumnFact, table: TableFact, script: Script) -> DataType:
    """The column's type; of a computed column without one, what its expression gives."""
    text = column.type.text or _computed_type(column, table, script)
    if column.type.keys.get("bare_number") and (column.sequence or _in_a_key(column, table)):
        text = "bigint"
    try:
        return DataType.parse(text)
    except ValueError as error:
        script.lose(f"type {brief(text)} as text: {error}", f"{shown(table)}.{column.name}")
        return DataType("text")


def _in_a_key(column: ColumnFact, table: TableFact) -> bool:
    keys = (table.primary_key, *table.unique, *(link.columns for link in table.links))
    return any(column.name.casefold() == name.casefold() for key in keys for name in key)


def _computed_type(column: ColumnFact, table: TableFact, script: Script) -> str:
    kinds: Mapping[str, DataType] = {
        one.name: DataType.parse(one.type.text) for one in table.columns.values() if one.type.text
    }
    try:
        return type_of(parsed(column.computed, script.dialect), wish_types(kinds))
    except Unreadable:
        return "text"


def _plain(name: str) -> str:
    return name.rpartition(".")[2].strip('"`[]').casefold()
