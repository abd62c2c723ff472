"""ALTER TABLE: what it adds to a table or changes in it, each action by itself."""

from collections.abc import Callable

from .columns import read_column
from .cursor import Cursor, Unreadable, brief
from .definition import Definition, shown
from .facts import ColumnFact, Script, TableFact
from .options import read_options
from .sequences import sequence_options, set_default
from .tables import table_constraint, table_options
from .types import read_type

_PASSED = frozenset(("ONLY", "IF", "EXISTS"))
_HARMLESS: tuple[tuple[str, ...], ...] = (
    ("VALIDATE", "CONSTRAINT"), ("CHECK", "CONSTRAINT"), ("ENABLE", "TRIGGER"), ("DISABLE", "TRIGGER"),
)  # fmt: skip


def alter_table(cursor: Cursor, script: Script) -> None:
    """Read what follows ALTER TABLE; an action that cannot be read is reported and loses no other.

    Raises:
        Unreadable: there is no such table.
    """
    while cursor.accept_any(_PASSED):
        pass
    name = cursor.qualified()
    table = script.find(name)
    if table is None:
        raise Unreadable(f"there is no table {'.'.join(name)!r}")
    if cursor.accept("WITH", "CHECK") or cursor.accept("WITH", "NOCHECK") or cursor.accept("*"):
        pass
    adding = False
    for part in cursor.parts():
        try:
            adding = _action(part, table, script, adding)
        except Unreadable as error:
            part.at = 0
            script.lose(f"ALTER TABLE: {brief(part.rest().source)}: {error}", shown(table))


def _action(part: Cursor, table: TableFact, script: Script, adding: bool) -> bool:
    """Whether further parts are additions too: `ADD a int, b int`."""
    for words, act in _ACTIONS:
        if part.accept(*words):
            act(part, table, script)
            return words[0] == "ADD"
    if adding:
        _add(part, table, script)
        return True
    if not any(part.sees(*words) for words in _HARMLESS):
        script.lose(f"ALTER TABLE: {brief(part.rest().source)}", shown(table))
    return False


def _add(part: Cursor, table: TableFact, script: Script) -> None:
    """A constraint, an index, T-SQL's DEFAULT .. FOR, or columns; Oracle brackets them."""
    if part.sees("("):
        for one in part.group().parts():
            _add(one, table, script)
        return
    start = part.at
    if part.accept("CONSTRAINT"):
        part.name()
        if part.accept("DEFAULT"):
            _default_for(part, table, script)
            return
        part.at = start
    elif part.accept("DEFAULT"):
        _default_for(part, table, script)
        return
    if part.peek().key in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        table_constraint(part, table, script)
    elif part.peek().key in ("INDEX", "KEY", "FULLTEXT", "SPATIAL", "PARTITION", "PERIOD"):
        script.lose(brief(part.rest().source), shown(table))
    else:
        part.accept("COLUMN")
        part.accept("IF", "NOT", "EXISTS")
        read_column(part, table, script)


def _default_for(part: Cursor, table: TableFact, script: Script) -> None:
    value = part.until(lambda one: one.sees("FOR")).source
    part.accept("FOR")
    set_default(Definition(part, _column(part, table), table, script), value)


def _column(part: Cursor, table: TableFact) -> ColumnFact:
    name = part.name()
    column = table.column(name)
    if column is None:
        raise Unreadable(f"there is no column {name!r}")
    return column


def _alter_column(part: Cursor, table: TableFact, script: Script) -> None:
    column = _column(part, table)
    definition = Definition(part, column, table, script)
    if part.accept("SET", "NOT", "NULL"):
        column.nullable = False
    elif part.accept("DROP", "NOT", "NULL"):
        column.nullable = True
    elif part.accept("SET", "DEFAULT"):
        set_default(definition, part.rest().source)
    elif part.accept("ADD") or part.sees("SET", "OPTIONS"):
        part.accept("SET")
        read_options(definition)
    elif part.accept("SET", "DATA", "TYPE") or part.accept("TYPE"):
        _retype(definition)
    elif part.peek().key in ("SET", "DROP", "RESET", "RESTART"):
        script.lose(f"ALTER COLUMN: {brief(part.rest().source)}", definition.where)
    else:
        _retype(definition)


def _retype(definition: Definition) -> None:
    kind = read_type(definition.cursor, definition.script)
    definition.column.type = kind
    if kind.lost:
        definition.lose(kind.lost)
    read_options(definition)


def _modify(part: Cursor, table: TableFact, script: Script) -> None:
    """MODIFY a type options; Oracle may bracket it."""
    if part.sees("("):
        for one in part.group().parts():
            _modify(one, table, script)
        return
    part.accept("COLUMN")
    column = _column(part, table)
    definition = Definition(part, column, table, script)
    if part.peek().key not in ("NOT", "NULL", "DEFAULT", "CHECK", "CONSTRAINT"):
        column.nullable = True
        _retype(definition)
        return
    read_options(definition)


def _drop_column(part: Cursor, table: TableFact, script: Script) -> None:
    part.accept("IF", "EXISTS")
    column = _column(part, table)
    used = {name.casefold() for key in (table.primary_key, *table.unique) for name in key}
    used |= {name.casefold() for link in table.links for name in link.columns}
    if column.name.casefold() in used:
        raise Unreadable(f"the column {column.name!r} is part of a key")
    table.take_out(column)
    script.say(f"DROP COLUMN {column.name}", shown(table), "kept")


def _drop_constraint(part: Cursor, table: TableFact, script: Script) -> None:
    part.accept("IF", "EXISTS")
    name = part.name()
    kind, what = table.constraints.pop(name.casefold(), ("", None))
    if not kind:
        raise Unreadable(f"there is no constraint {name!r}")
    if kind == "primary_key":
        table.primary_key = ()
    else:
        held: list[object] = {"unique": table.unique, "foreign_key": table.links, "check": table.checks}[kind]  # type: ignore[assignment]
        held.remove(what)
    script.say(f"DROP CONSTRAINT {name}", shown(table), "kept")


def _attach(part: Cursor, table: TableFact, script: Script) -> None:
    """A partition was a table by itself so far; its rows are those of its parent."""
    child = script.find(part.qualified())
    if child is None:
        raise Unreadable("there is no such table")
    script.drop(child)
    script.say(f"ATTACH PARTITION: its rows are those of {shown(table)}", shown(child), "kept")


def _options(part: Cursor, table: TableFact, script: Script) -> None:
    table_options(part, table, script)


def _comment(part: Cursor, table: TableFact, script: Script) -> None:
    part.accept("=")
    table.comment = part.take().value
    script.say("comment", shown(table), "kept")


_ACTIONS: tuple[tuple[tuple[str, ...], Callable[[Cursor, TableFact, Script], None]], ...] = (
    (("ADD",), _add), (("ALTER", "COLUMN"), _alter_column), (("ATTACH", "PARTITION"), _attach),
    (("MODIFY",), _modify), (("DROP", "COLUMN"), _drop_column), (("DROP", "CONSTRAINT"), _drop_constraint),
    (("COMMENT",), _comment), (("SET", "OPTIONS"), _options), (("ALTER",), _alter_column),
)  # fmt: skip


def create_sequence(cursor: Cursor, script: Script) -> None:
    """CREATE SEQUENCE: where it starts and how it counts."""
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    script.sequences[name[-1].casefold()] = sequence_options(cursor)
