"""A script, statement by statement: what each one is, and what it adds to the facts or to the report."""

from collections.abc import Callable, Sequence

from .alters import alter_table, create_sequence
from .comments import comment_on, extended_property
from .cursor import Cursor, Unreadable, brief
from .definition import shown
from .facts import Script, TypeFact
from .statements import Statement, statements
from .tables import KINDS, create_table
from .tokens import Token, bounded, tokens, without_data
from .types import enum_text, labels_of, read_type

# Objects of a database that have no meaning for its data.
_OBJECTS = frozenset(
    ("VIEW", "FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE", "EVENT", "EXTENSION", "ROLE", "USER",
     "DATABASE", "RULE", "POLICY", "AGGREGATE", "OPERATOR", "CAST", "COLLATION", "PUBLICATION", "SUBSCRIPTION",
     "STATISTICS", "SYNONYM", "MACRO", "STAGE", "PIPE", "STREAM", "TASK", "WAREHOUSE", "SERVER", "TABLESPACE",
     "LOGIN", "LANGUAGE", "DIRECTORY", "SECRET", "INDEX", "SEQUENCE", "SCHEMA", "TYPE", "DOMAIN", "TABLE",
     "MODEL", "GROUP", "FORMAT")
)  # fmt: skip
_SETTINGS = frozenset(("SET", "PRAGMA", "USE", "BEGIN", "COMMIT", "START", "ROLLBACK", "END", "PRINT", "LOCK", "UNLOCK",
                       "RESET", "CONNECT", "ANALYZE", "VACUUM", "WHENEVER", "PROMPT", "DECLARE"))  # fmt: skip
_DATA = frozenset(
    ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "LOAD", "TRUNCATE", "REPLACE", "SELECT", "WITH", "VALUES")
)


def read_script(text: str, dialect: str) -> tuple[Script, Sequence[Token]]:
    """The facts of a script and its comments; statements that cannot be read, or say nothing of data, are reported."""
    bare, copies = without_data(text)
    script = Script(dialect, bare)
    for line in copies:
        script.lose("data (COPY)", f"line {line}")
    found = list(bounded(tokens(bare, dialect)))
    waiting: list[Statement] = []
    for statement in statements(found, bare):
        if not _read(statement, script):
            waiting.append(statement)
    for statement in waiting:
        _read(statement, script, last=True)
    return script, [token for token in found if token.kind == "comment"]


def _read(statement: Statement, script: Script, last: bool = False) -> bool:
    """Read one statement; False when it names a table that may still come (only until `last`)."""
    cursor = Cursor(script.text, statement.tokens)
    before, script.schema = script.schema, statement.inside or script.schema
    where = f"line {statement.line}"
    reported = len(script.report)
    try:
        bad = next((token for token in statement.tokens if token.kind == "bad"), None)
        if bad is not None:
            raise Unreadable(f"the quote {bad.value} on line {bad.line} is never closed")
        _dispatch(cursor, script, where)
    except Unreadable as error:
        if not last and _may_come(statement):
            del script.report[reported:]
            return False
        script.lose(f"{brief(Cursor(script.text, statement.tokens).source)}: {error}", where)
    finally:
        if statement.inside:
            script.schema = before
    return True


def _may_come(statement: Statement) -> bool:
    """Whether what it speaks of may be defined further down."""
    keys = [token.key for token in statement.tokens[:2]]
    return keys in (["ALTER", "TABLE"], ["COMMENT", "ON"])


def _dispatch(cursor: Cursor, script: Script, where: str) -> None:
    first = cursor.peek()
    if first.kind == "meta":
        script.lose(f"the client's command {brief(first.value)}", where)
    elif cursor.accept("CREATE"):
        _create(cursor, script, where)
    elif cursor.accept("ALTER", "TABLE"):
        alter_table(cursor, script)
    elif cursor.accept("COMMENT", "ON"):
        comment_on(cursor, script)
    elif cursor.accept("DROP", "TABLE"):
        _drop_table(cursor, script, where)
    elif first.key in _SETTINGS:
        _setting(cursor, script, where)
    elif first.key in _DATA:
        script.lose(f"data ({brief(cursor.source)})", where)
    elif (cursor.sees("EXEC") or cursor.sees("EXECUTE")) and extended_property(cursor, script):
        return
    elif cursor.sees("EXEC") or cursor.sees("EXECUTE") or cursor.sees("CALL"):
        script.lose(f"call ({brief(cursor.source)})", where)
    else:
        script.lose(brief(cursor.source), where)


def _create(cursor: Cursor, script: Script, where: str) -> None:
    replaces = cursor.accept("OR", "REPLACE") or cursor.accept("OR", "ALTER")
    kinds = []
    while kind := cursor.accept_any(KINDS):
        kinds.append(kind)
    if cursor.accept("TABLE"):
        create_table(cursor, script, replaces)
        return
    for words, read in _CREATES:
        if cursor.accept(*words):
            read(cursor, script)
            return
    if cursor.accept("SCHEMA"):
        script.say(f"schema {brief(cursor.rest().source)}", where, "kept")
        return
    word = next((token.key for token in cursor.tokens[cursor.at :] if token.key in _OBJECTS), "")
    script.lose(f"{word.lower()} ({brief(cursor.source)})" if word else brief(cursor.source), where)


def _create_type(cursor: Cursor, script: Script) -> None:
    """CREATE TYPE x AS ENUM (..), AS (..), FROM base; another kind is read as text where it is used."""
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    cursor.accept("AS")
    if cursor.accept("ENUM"):
        _define(script, name, TypeFact(enum_text(labels_of(cursor.group()))))
    elif cursor.sees("(") or cursor.accept("STRUCT") or cursor.accept("OBJECT"):
        _define(script, name, TypeFact("json", lost=f"type {name[-1]} of several fields as json"))
    elif cursor.accept("TABLE") or cursor.accept("RANGE") or cursor.accept("TABLE", "OF"):
        raise Unreadable("types of tables and ranges are not carried")
    else:
        cursor.accept("FROM")
        _alias(cursor, script, name)


def _create_domain(cursor: Cursor, script: Script) -> None:
    name = cursor.qualified()
    cursor.accept("AS")
    _alias(cursor, script, name)


def _alias(cursor: Cursor, script: Script, name: tuple[str, ...]) -> None:
    """A type that is another one with conditions."""
    base = read_type(cursor, script)
    checks, required = list(base.checks), base.required
    while not cursor.done:
        start = cursor.at
        if cursor.accept("NOT", "NULL"):
            required = True
        elif cursor.accept("CHECK"):
            checks.append(cursor.group().source)
        elif cursor.accept("CONSTRAINT"):
            cursor.name()
        elif not cursor.accept("NULL"):
            cursor.at += 1
            cursor.until(lambda one: one.peek().key in ("NOT", "CHECK", "CONSTRAINT"))
            script.lose(brief(Cursor(cursor.text, cursor.tokens[start : cursor.at]).source), f"domain {name[-1]}")
    _define(script, name, TypeFact(base.text, base.keys, tuple(checks), required, base.serial, base.lost))


def _define(script: Script, name: tuple[str, ...], fact: TypeFact) -> None:
    script.types[".".join(name).casefold()] = script.types[name[-1].casefold()] = fact
    script.say("type", ".".join(name), "kept")


def _create_index(cursor: Cursor, script: Script) -> None:
    _lose_index(cursor, script, "index")


def _create_unique_index(cursor: Cursor, script: Script) -> None:
    """A unique index on plain columns is a key; one on expressions, or on some rows, is not."""
    for word in ("CLUSTERED", "NONCLUSTERED"):
        cursor.accept(word)
    if not cursor.accept("INDEX"):
        raise Unreadable("INDEX is missing")
    start = cursor.at
    cursor.until(lambda one: one.sees("ON"))
    cursor.accept("ON")
    cursor.accept("ONLY")
    table = script.find(cursor.qualified())
    if cursor.accept("USING"):
        cursor.take()
    parts = cursor.group().parts() if table is not None else []
    plain = bool(parts) and all(len(part.tokens) == 1 or part.peek(1).key in ("ASC", "DESC") for part in parts)
    columns = tuple(part.peek().value for part in parts)
    known = table is not None and all(table.column(name) is not None for name in columns)
    if table is None or not plain or not known or cursor.sees("WHERE"):
        cursor.at = start
        _lose_index(cursor, script, "unique index")
        return
    table.unique.append(columns)
    script.say(f"unique index ({', '.join(columns)})", shown(table), "kept")


def _lose_index(cursor: Cursor, script: Script, what: str) -> None:
    line = cursor.line
    script.lose(f"{what} ({brief(cursor.rest().source)})", f"line {line}")


_CREATES: tuple[tuple[tuple[str, ...], Callable[[Cursor, Script], None]], ...] = (
    (("TYPE",), _create_type), (("DOMAIN",), _create_domain), (("SEQUENCE",), create_sequence),
    (("UNIQUE",), _create_unique_index), (("INDEX",), _create_index),
)  # fmt: skip


def _drop_table(cursor: Cursor, script: Script, where: str) -> None:
    """A table that was made before is gone; the usual DROP before CREATE changes nothing."""
    cursor.accept("IF", "EXISTS")
    for part in cursor.parts():
        table = script.find(part.qualified())
        if table is not None:
            script.drop(table)
        script.say(f"DROP TABLE {brief(part.tokens[0].value)}", where, "kept")


def _setting(cursor: Cursor, script: Script, where: str) -> None:
    """A setting of the session; the schema that names belong to is kept, the rest has no meaning for data."""
    source = brief(cursor.source)
    if (
        cursor.accept("SET", "SEARCH_PATH")
        or (script.dialect == "mysql" and cursor.accept("USE"))
        or (cursor.accept("USE", "SCHEMA"))
    ):
        cursor.accept_any(("TO", "="))
        token = cursor.take()
        script.schema = "" if token.value in ("public", "") else token.value
        script.say(source, where, "kept")
        return
    script.lose(f"setting ({source})", where)
