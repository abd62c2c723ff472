"""The options of a column, one by one: every one is understood, or reported."""

from collections.abc import Callable

from .cursor import Cursor, Unreadable, brief
from .definition import Definition
from .facts import LinkFact, Name
from .sequences import counted, identity, set_default

_STORAGE = frozenset(("STORED", "VIRTUAL", "PERSISTED", "MATERIALIZED", "PERSISTENT"))
# Words that begin an option; the expression of a DEFAULT ends before them.
BEGIN = frozenset(
    ("CONSTRAINT", "NOT", "NULL", "PRIMARY", "UNIQUE", "KEY", "REFERENCES", "FOREIGN", "CHECK", "DEFAULT", "GENERATED",
     "AS", "IDENTITY", "AUTO_INCREMENT", "AUTOINCREMENT", "COMMENT", "COLLATE", "CHARSET", "ENCODE",
     "DISTKEY", "SORTKEY", "ON", "OPTIONS", "MASKING", "WITH", "STORAGE", "COMPRESSION", "SPARSE", "ROWGUIDCOL",
     "INVISIBLE", "VISIBLE", "ENABLE", "DISABLE", "DEFERRABLE", "INITIALLY", "ENFORCED", "HIDDEN", "TAG",
     *_STORAGE)
)  # fmt: skip
# Words that say how a constraint is watched, not what it means; nothing is lost with them.
MANNERS: tuple[tuple[str, ...], ...] = (
    ("NOT", "DEFERRABLE"), ("DEFERRABLE",), ("INITIALLY", "DEFERRED"), ("INITIALLY", "IMMEDIATE"), ("NOT", "ENFORCED"),
    ("ENFORCED",), ("NOT", "VALID"), ("ENABLE", "VALIDATE"), ("ENABLE", "NOVALIDATE"), ("ENABLE",), ("NOVALIDATE",),
    ("VALIDATE",), ("NORELY",), ("RELY",), ("CLUSTERED",), ("NONCLUSTERED",), ("NOT", "FOR", "REPLICATION"),
    ("NULLS", "DISTINCT"), ("NO", "INHERIT"), ("VISIBLE",), ("ASC",), ("DESC",), ("USING", "BTREE"), ("USING", "HASH"),
)  # fmt: skip
_WEIGHTY: tuple[tuple[str, ...], ...] = (("DISABLE",), ("NULLS", "NOT", "DISTINCT"), ("EXCEPTIONS",))


def begins(cursor: Cursor) -> bool:
    """Whether an option begins here."""
    return cursor.peek().key in BEGIN or cursor.sees("CHARACTER", "SET")


def read_options(definition: Definition) -> None:
    """Every option up to the end of the definition."""
    cursor = definition.cursor
    while not cursor.done:
        if any(cursor.accept(*words) for words in MANNERS):
            continue
        reader = next((reader for words, reader in _READERS if cursor.accept(*words)), None)
        if reader is not None:
            reader(definition)
            continue
        start = cursor.at
        cursor.at += 1
        unknown = cursor.until(begins)
        definition.lose(brief(Cursor(cursor.text, cursor.tokens[start : start + 1 + len(unknown.tokens)]).source))


def _constraint(definition: Definition) -> None:
    definition.named = definition.cursor.name()


def _not_null(definition: Definition) -> None:
    definition.column.nullable = False


def _null(definition: Definition) -> None:
    definition.column.nullable = True


def _primary(definition: Definition) -> None:
    cursor = definition.cursor
    cursor.accept("KEY")
    definition.table.primary_key = (*definition.table.primary_key, definition.column.name)
    definition.table.constraints[definition.named.casefold()] = ("primary_key", None)
    definition.column.nullable = False
    conflict_clause(cursor)


def _unique(definition: Definition) -> None:
    definition.cursor.accept("KEY")
    key = (definition.column.name,)
    definition.table.unique.append(key)
    definition.table.constraints[definition.named.casefold()] = ("unique", key)
    conflict_clause(definition.cursor)


def conflict_clause(cursor: Cursor) -> None:
    """SQLite's ON CONFLICT, which says what an INSERT does."""
    if cursor.accept("ON", "CONFLICT"):
        cursor.take()


def _references(definition: Definition) -> None:
    link = read_references(definition.cursor, (definition.column.name,))
    definition.table.links.append(link)
    definition.table.constraints[definition.named.casefold()] = ("foreign_key", link)


def read_references(cursor: Cursor, columns: Name) -> LinkFact:
    """What follows REFERENCES, with what is to happen when the parent goes: nothing is ever deleted here."""
    line = cursor.line
    target = cursor.qualified()
    references = cursor.names() if cursor.sees("(") else ()
    actions = []
    while not cursor.done:
        start = cursor.at
        if cursor.accept("ON", "DELETE") or cursor.accept("ON", "UPDATE"):
            _action(cursor)
            actions.append(brief(Cursor(cursor.text, cursor.tokens[start : cursor.at]).source))
        elif cursor.accept("MATCH"):
            cursor.take()
        else:
            break
    return LinkFact(columns, target, references, line, tuple(actions))


def _action(cursor: Cursor) -> None:
    if cursor.accept("NO", "ACTION") or cursor.accept("CASCADE") or cursor.accept("RESTRICT"):
        return
    if cursor.accept("SET"):
        cursor.take()
        if cursor.sees("("):
            cursor.skip_group()
        return
    cursor.take()


def _check(definition: Definition) -> None:
    definition.cursor.accept("NOT", "FOR", "REPLICATION")
    source = definition.cursor.group().source
    definition.table.checks.append(source)
    definition.table.constraints[definition.named.casefold()] = ("check", source)


def _default(definition: Definition) -> None:
    cursor = definition.cursor
    cursor.accept("ON", "NULL")
    start = cursor.at
    if cursor.sees("("):
        cursor.skip_group()
    else:
        cursor.take()
    cursor.until(begins)
    set_default(definition, Cursor(cursor.text, cursor.tokens[start : cursor.at]).source)


def _generated(definition: Definition) -> None:
    cursor = definition.cursor
    if not cursor.accept("ALWAYS"):
        cursor.accept("BY", "DEFAULT")
        cursor.accept("ON", "NULL")
    cursor.accept("AS")
    if cursor.accept("IDENTITY"):
        identity(definition)
    elif cursor.accept("ROW"):
        definition.lose("GENERATED ALWAYS AS ROW " + cursor.take().value)
    else:
        _computed(definition)


def _computed(definition: Definition) -> None:
    cursor = definition.cursor
    if cursor.accept("IDENTITY"):
        identity(definition)
        return
    definition.column.computed = _expression(cursor)
    cursor.accept_any(_STORAGE)


def _expression(cursor: Cursor) -> str:
    """An expression in its bracket, or without one up to the next option, as T-SQL has it."""
    start = cursor.at
    if cursor.sees("("):
        bracketed = cursor.group()
        if cursor.done or cursor.peek().kind != "mark":
            return bracketed.source
    elif cursor.done or begins(cursor):
        raise Unreadable("the expression is missing")
    cursor.at += 1 if cursor.at == start else 0
    cursor.until(begins)
    return Cursor(cursor.text, cursor.tokens[start : cursor.at]).source


def _comment(definition: Definition) -> None:
    definition.cursor.accept("=")
    definition.column.comment = _text(definition.cursor)
    definition.script.say("comment", definition.where, "kept")


def _text(cursor: Cursor) -> str:
    token = cursor.take()
    if token.kind not in ("text", "name"):
        raise Unreadable(f"a text should stand where {token.value[:40]!r} is")
    return token.value


def _options(definition: Definition) -> None:
    for part in definition.cursor.group().parts():
        key = part.name()
        part.accept("=")
        if key.lower() == "description":
            definition.column.comment = _text(part)
            definition.script.say("comment", definition.where, "kept")
        else:
            definition.lose(f"OPTIONS {brief(part.source)}")


def _words_lost(*words: str, value: bool) -> Callable[[Definition], None]:
    def lose(definition: Definition) -> None:
        cursor = definition.cursor
        start = cursor.at
        if value:
            cursor.accept("=")
            cursor.qualified() if cursor.peek().kind in ("word", "name") else cursor.take()
        said = Cursor(cursor.text, cursor.tokens[start : cursor.at]).source
        definition.lose(" ".join((*words, said)).strip())

    return lose


def _keep(construct: str) -> Callable[[Definition], None]:
    def keep(definition: Definition) -> None:
        definition.lose(construct)

    return keep


def _on_update(definition: Definition) -> None:
    value = definition.cursor.until(begins)
    definition.lose(f"ON UPDATE {brief(value.source)}")


_READERS: tuple[tuple[tuple[str, ...], Callable[[Definition], None]], ...] = (
    *((words, _keep(" ".join(words))) for words in _WEIGHTY),
    (("CONSTRAINT",), _constraint), (("NOT", "NULL"), _not_null), (("NULL",), _null), (("PRIMARY",), _primary),
    (("UNIQUE",), _unique), (("KEY",), _primary), (("FOREIGN", "KEY", "REFERENCES"), _references),
    (("REFERENCES",), _references), (("CHECK",), _check), (("DEFAULT",), _default), (("GENERATED",), _generated),
    (("AS",), _computed), (("IDENTITY",), identity), (("AUTO_INCREMENT",), counted), (("AUTOINCREMENT",), counted),
    (("COMMENT",), _comment), (("OPTIONS",), _options), (("ON", "UPDATE"), _on_update),
    (("COLLATE",), _words_lost("COLLATE", value=True)), (("ENCODE",), _words_lost("ENCODE", value=True)),
    (("CHARACTER", "SET"), _words_lost("CHARACTER SET", value=True)),
    (("CHARSET",), _words_lost("CHARSET", value=True)), (("STORAGE",), _words_lost("STORAGE", value=True)),
    (("COMPRESSION",), _words_lost("COMPRESSION", value=True)), (("DISTKEY",), _words_lost("DISTKEY", value=False)),
    (("SORTKEY",), _words_lost("SORTKEY", value=False)),
)  # fmt: skip
