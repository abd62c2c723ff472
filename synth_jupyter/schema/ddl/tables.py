"""CREATE TABLE: its columns and constraints one by one, then what follows its closing bracket."""

from collections.abc import Callable
from copy import deepcopy

from .columns import read_column
from .cursor import Cursor, Unreadable, brief
from .definition import shown
from .facts import Name, Script, TableFact
from .options import MANNERS, conflict_clause, read_references

KINDS = frozenset(
    ("TEMP", "TEMPORARY", "GLOBAL", "LOCAL", "UNLOGGED", "TRANSIENT", "EXTERNAL", "FOREIGN", "VOLATILE", "SHARDED",
     "DUPLICATED", "PRIVATE", "HYBRID", "DYNAMIC", "COLUMN", "ROW")
)  # fmt: skip
_CLAUSES = frozenset(
    ("ENGINE", "DEFAULT", "CHARSET", "CHARACTER", "COLLATE", "COMMENT", "AUTO_INCREMENT", "ROW_FORMAT",
     "PARTITION", "WITH", "WITHOUT", "INHERITS", "TABLESPACE", "DISTSTYLE", "DISTKEY", "SORTKEY", "COMPOUND",
     "INTERLEAVED", "CLUSTER", "ON", "STRICT", "OPTIONS", "LOCATION", "STORED", "USING", "PCTFREE", "STORAGE",
     "ORGANIZATION", "AS", "LIKE", "DATA_RETENTION_TIME_IN_DAYS", "BACKUP", "TEXTIMAGE_ON", "KEY_BLOCK_SIZE",
     "LOGGING", "NOLOGGING", "SERVER", "CHANGE_TRACKING")
)  # fmt: skip
_CONSTRAINTS = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"))
_INDEXES = frozenset(("KEY", "INDEX", "FULLTEXT", "SPATIAL", "EXCLUDE", "PERIOD", "DISTKEY", "SORTKEY"))


def create_table(cursor: Cursor, script: Script, replaces: bool) -> None:
    """Read what follows CREATE ... TABLE.

    Raises:
        Unreadable: no table can be made of it; nothing was added.
    """
    line = cursor.line
    careful = cursor.accept("IF", "NOT", "EXISTS")
    table = TableFact(script.key(cursor.qualified()), line)
    bare = script.dialect == "tsql" or cursor.peek(-1).kind == "word"
    if bare and table.key[-1].startswith("#"):
        script.lose("temporary table", shown(table))
        return
    before = script.find(table.key if table.key[0] else table.key[1:])
    if before is not None and before.key == table.key and not replaces:
        raise Unreadable(
            f"the table {shown(table)!r} is there already" + (", as IF NOT EXISTS foresees" if careful else "")
        )
    if cursor.accept("PARTITION", "OF"):
        _partition(cursor, table, script)
        return
    _copied(cursor, table, script)
    if cursor.accept("CLUSTER", "BY"):  # GET_DDL of Snowflake writes it before the columns
        script.lose(f"CLUSTER BY ({brief(cursor.group().source)})", shown(table))
    if not table.columns:
        if not cursor.sees("("):
            raise Unreadable("its columns are not listed (a table made by a query is not carried)")
        _elements(cursor.group(), table, script)
    _clauses(cursor, table, script)
    if not table.columns:
        raise Unreadable("no column could be read")
    if before is not None and before.key == table.key:
        script.drop(before)
    script.add(table)


def _partition(cursor: Cursor, table: TableFact, script: Script) -> None:
    """A partition has the rows of its parent."""
    parent = script.find(cursor.qualified())
    if parent is None:
        raise Unreadable("its parent is not defined before")
    script.say(f"PARTITION OF: its rows are those of {shown(parent)}", shown(table), "kept")


def _copied(cursor: Cursor, table: TableFact, script: Script) -> None:
    """CREATE TABLE a LIKE b, or CLONE b."""
    if cursor.accept("LIKE") or cursor.accept("CLONE"):
        _copy_columns(cursor, table, script)


def _copy_columns(cursor: Cursor, table: TableFact, script: Script) -> None:
    """The columns of another table; what else INCLUDING would bring is reported."""
    other = script.find(cursor.qualified())
    if other is None:
        raise Unreadable("the table that it is LIKE is not defined before")
    for column in other.columns.values():
        if table.column(column.name) is None:
            table.put(deepcopy(column))
    script.say(f"LIKE: the columns of {shown(other)}", shown(table), "kept")
    rest = cursor.until(lambda one: False)
    if rest.tokens:
        script.lose(brief(rest.source), shown(table))


def _elements(body: Cursor, table: TableFact, script: Script) -> None:
    """Each column and constraint between the brackets; one that cannot be read is reported and loses no other."""
    for part in body.parts():
        try:
            _element(part, table, script)
        except Unreadable as error:
            part.at = 0
            script.lose(f"{brief(part.rest().source)}: {error}", shown(table))


def _element(part: Cursor, table: TableFact, script: Script) -> None:
    key = part.peek().key
    following = part.peek(1)
    if key in _CONSTRAINTS and (following.kind != "word" or _is_constraint(part)):
        table_constraint(part, table, script)
    elif key == "LIKE":
        part.at += 1
        _copy_columns(part, table, script)
    elif key in _INDEXES and _is_index(part):
        script.lose(brief(part.rest().source), shown(table))
    else:
        read_column(part, table, script)


def _is_constraint(part: Cursor) -> bool:
    """Whether the element is a constraint, not a column that is called like the first word of one."""
    return part.peek(1).key in ("KEY", "INDEX", "NOT", "NULLS", "CLUSTERED", "NONCLUSTERED") or (
        part.sees("CONSTRAINT") or (part.sees("UNIQUE") and part.peek(2).key == "(")
    )


def _is_index(part: Cursor) -> bool:
    """Whether it is an index, not a column that is called so: `key varchar(9)` has a number in its bracket."""
    if part.peek(1).key in ("(", "KEY", "INDEX", "USING", "FOR"):
        return True
    named = part.peek(2).key in ("(", "USING", "CLUSTERED", "NONCLUSTERED")
    return named and part.peek(3).kind not in ("number", "text") and part.peek(3).key != "MAX"


def table_constraint(part: Cursor, table: TableFact, script: Script) -> None:
    """One constraint of a table, named or not.

    Raises:
        Unreadable: it is none, or has a bracket that is never closed.
    """
    named = part.name() if part.accept("CONSTRAINT") and part.peek().key not in _CONSTRAINTS else ""
    for words, read in _CONSTRAINT_READERS:
        if part.accept(*words):
            read(part, table, script, named)
            _remainder(part, table, script)
            return
    raise Unreadable("no such constraint is known")


def _remainder(part: Cursor, table: TableFact, script: Script) -> None:
    while not part.done:
        if any(part.accept(*words) for words in MANNERS):
            continue
        if part.accept("WITH") and part.sees("("):
            part.skip_group()
            continue
        rest = part.rest().source
        script.lose(brief(rest) if rest else "WITH", shown(table))


def _key_columns(part: Cursor, script: Script, table: TableFact) -> Name:
    """The columns of a key; an index's name, its kind and its order are passed over."""
    while not part.sees("(") and not part.done:
        part.at += 1
    columns = []
    for one in part.group().parts():
        columns.append(one.name())
        if one.sees("("):
            script.lose(f"the key's length {brief(one.rest().source)}", f"{shown(table)}.{columns[-1]}")
    conflict_clause(part)
    return tuple(columns)


def _primary_key(part: Cursor, table: TableFact, script: Script, named: str) -> None:
    columns = _key_columns(part, script, table)
    if table.primary_key and table.primary_key != columns:
        raise Unreadable("there is a primary key already")
    table.primary_key = columns
    table.constraints[named.casefold()] = ("primary_key", None)


def _unique(part: Cursor, table: TableFact, script: Script, named: str) -> None:
    loose = part.accept("NULLS", "NOT", "DISTINCT")
    key = _key_columns(part, script, table)
    table.unique.append(key)
    table.constraints[named.casefold()] = ("unique", key)
    if loose:
        script.lose("NULLS NOT DISTINCT", shown(table))


def _foreign_key(part: Cursor, table: TableFact, script: Script, named: str) -> None:
    if not part.sees("("):
        part.name()
    columns = part.names()
    if not part.accept("REFERENCES"):
        raise Unreadable("REFERENCES is missing")
    link = read_references(part, columns)
    table.links.append(link)
    table.constraints[named.casefold()] = ("foreign_key", link)


def _check(part: Cursor, table: TableFact, script: Script, named: str) -> None:
    source = part.group().source
    table.checks.append(source)
    table.constraints[named.casefold()] = ("check", source)


_CONSTRAINT_READERS: tuple[tuple[tuple[str, ...], Callable[[Cursor, TableFact, Script, str], None]], ...] = (
    (("PRIMARY", "KEY"), _primary_key), (("UNIQUE",), _unique), (("FOREIGN", "KEY"), _foreign_key),
    (("CHECK", "NOT", "FOR", "REPLICATION"), _check), (("CHECK",), _check),
)  # fmt: skip


def _clauses(cursor: Cursor, table: TableFact, script: Script) -> None:
    """What stands behind the columns: a comment is kept, parents are inherited from, the rest is reported."""
    while not cursor.done:
        start = cursor.at
        if cursor.accept(","):
            continue
        if cursor.accept("COMMENT"):
            cursor.accept("=")
            table.comment = cursor.take().value
            script.say("comment", shown(table), "kept")
        elif cursor.accept("INHERITS"):
            for parent in cursor.group().parts():
                _copy_columns(parent, table, script)
        elif cursor.sees("OPTIONS", "("):
            cursor.at += 1
            table_options(cursor, table, script)
        else:
            cursor.at += 2 if cursor.peek().key in ("DEFAULT", "COMPOUND", "INTERLEAVED") else 1
            cursor.until(lambda one: one.peek().key in _CLAUSES or one.sees(","))
            script.lose(brief(Cursor(cursor.text, cursor.tokens[start : cursor.at]).source), shown(table))


def table_options(cursor: Cursor, table: TableFact, script: Script) -> None:
    """BigQuery's options of a table, of which the description is kept."""
    for part in cursor.group().parts():
        if part.accept("DESCRIPTION", "="):
            table.comment = part.take().value
            script.say("comment", shown(table), "kept")
        else:
            script.lose(f"OPTIONS {brief(part.source)}", shown(table))
