"""What each engine can enforce of a schema, and the SQL that makes its tables: decided here, done by the loader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ..errors import NotFoundError, QueryError
from ..schema.model import Column, ForeignKey, Schema, Table
from ..sql import literal, parse_expression, quote
from .types import LONGEST_NUMERIC, column_type

Broken = Collection[tuple[str, str]]
"""(table, check) of the checks that some row of the data violates."""
_INLINE = ("duckdb", "sqlite")
"""The engines that take constraints in CREATE TABLE alone."""
_NO_INDEX = "DuckDB has no keys of intervals and arrays"


@dataclass(frozen=True)
class TableDesign:
    """One table in one engine: clauses of its CREATE TABLE, clauses added after the data, and what is left out.

    `tree` is a foreign key to the table itself that demands to load parents before their children.
    """

    table: Table
    inline: tuple[str, ...]
    after: tuple[str, ...]
    enforced: tuple[str, ...]
    not_enforced: tuple[str, ...]
    tree: ForeignKey | None = None


@dataclass(frozen=True)
class _Clause:
    kind: str
    sql: str
    refused: str = ""


def design(
    schema: Schema, dialect: str, *, prefix: str = "", broken: Broken = (), trees: Collection[str] = ()
) -> list[TableDesign]:
    """Every table, parents first; `prefix` qualifies names (`"s".`), `trees` names tables whose rows are one tree."""
    placed: set[str] = set()
    designs = []
    for table in schema.parents_first():
        keys = [_key(key, table, dialect) for key in table.keys]
        links = [_link(key, table, dialect, prefix, placed, trees) for key in table.foreign_keys]
        checks = [_check(sql, table, dialect, broken) for sql in table.checks]
        checks += [_labels(column) for column in table.columns if column.type.kind == "enum"]
        designs.append(_designed(table, dialect, [*keys, *links, *checks]))
        placed.add(table.name)
    return designs


def create_table(design: TableDesign, dialect: str, prefix: str = "", name: str = "", *, remarks: bool = False) -> str:
    """The CREATE TABLE of a design, under its own name or another; `remarks` puts comments behind the columns."""
    columns = [
        _column(column, design.table, dialect)
        + (f" COMMENT {literal(column.comment)}" if remarks and column.comment else "")
        for column in design.table.columns
    ]
    body = ",\n  ".join([*columns, *design.inline])
    said = _remark(design.table.comment) if dialect == "sqlite" else ""
    return f"CREATE TABLE {prefix}{quote(name or design.table.name)} ({said}\n  {body}\n)"


def comments(design: TableDesign, prefix: str = "") -> list[str]:
    """The COMMENT ON statements of DuckDB and PostgreSQL for what the schema says of the table and its columns."""
    table = f"{prefix}{quote(design.table.name)}"
    about = [f"COMMENT ON TABLE {table} IS {literal(design.table.comment)}"] if design.table.comment else []
    return about + [
        f"COMMENT ON COLUMN {table}.{quote(column.name)} IS {literal(column.comment)}"
        for column in design.table.columns
        if column.comment
    ]


def _designed(table: Table, dialect: str, clauses: list[_Clause]) -> TableDesign:
    kept = [clause for clause in clauses if not clause.refused]
    sqls = tuple(clause.sql for clause in kept)
    kinds = [clause.kind for clause in kept]
    if any(not column.nullable for column in table.columns):
        kinds.append("not_null")
    selves = [key for key in table.foreign_keys if key.table == table.name]
    enforced_self = bool(selves) and dialect == "duckdb" and any(_self_clause(clause, table) for clause in kept)
    return TableDesign(
        table,
        inline=sqls if dialect in _INLINE else (),
        after=() if dialect in _INLINE else sqls,
        enforced=tuple(dict.fromkeys(kinds)),
        not_enforced=tuple(clause.refused for clause in clauses if clause.refused),
        tree=selves[0] if enforced_self else None,
    )


def _self_clause(clause: _Clause, table: Table) -> bool:
    return clause.kind == "foreign_key" and any(
        clause.sql.startswith(f"FOREIGN KEY ({_list(key.columns)})")
        for key in table.foreign_keys
        if key.table == table.name
    )


def _key(key: tuple[str, ...], table: Table, dialect: str) -> _Clause:
    kind, words = ("primary_key", "PRIMARY KEY") if key == table.primary_key else ("unique", "UNIQUE")
    refused = f"{kind} ({', '.join(key)}): {_NO_INDEX}" if _lacks_index(key, table, dialect) else ""
    return _Clause(kind, f"{words} ({_list(key)})", refused)


def _lacks_index(key: tuple[str, ...], table: Table, dialect: str) -> bool:
    return dialect == "duckdb" and any(table.column(name).type.kind in ("interval", "array") for name in key)


def _link(
    key: ForeignKey, table: Table, dialect: str, prefix: str, placed: Collection[str], trees: Collection[str]
) -> _Clause:
    refused = ""
    if _lacks_index(key.columns, table, dialect):
        refused = f"foreign_key ({key.name}): {_NO_INDEX}"
    elif dialect == "duckdb" and key.table == table.name and table.name not in trees:
        refused = f"foreign_key ({key.name}): DuckDB enforces a self-reference only where the rows are one tree"
    elif dialect == "duckdb" and key.table != table.name and key.table not in placed:
        refused = f"foreign_key ({key.name}): DuckDB has no foreign keys that form a cycle"
    target = f"{prefix}{quote(key.table)} ({_list(key.references)})"
    return _Clause("foreign_key", f"FOREIGN KEY ({_list(key.columns)}) REFERENCES {target}", refused)


def _check(sql: str, table: Table, dialect: str, broken: Broken) -> _Clause:
    if (table.name, sql) in broken:
        return _Clause("check", "", f"check ({sql}): some rows violate it; verify counts them")
    try:
        return _Clause("check", f"CHECK ({check_sql(sql, table, dialect)})")
    except (QueryError, NotFoundError) as error:
        return _Clause("check", "", f"check ({sql}): {error.message}")


def check_sql(sql: str, table: Table, dialect: str) -> str:
    """A check of the schema in the words of an engine.

    Raises:
        QueryError: the engine cannot express it, or would not compare its values as the schema means them.
        NotFoundError: it names no column of the table.
    """
    parsed = parse_expression(sql)
    columns = {path: table.column(path) for path in parsed.columns}
    if dialect == "sqlite" and not (parsed.portable and all(_compares(column) for column in columns.values())):
        raise QueryError("SQLite cannot express it as it is meant")
    return parsed.render({path: column.name for path, column in columns.items()}, dialect, _wider(columns, dialect))


def _wider(columns: Mapping[str, Column], dialect: str) -> dict[str, str]:
    """Integers are reckoned with as wider ones: a smallint times a smallint is no smallint."""
    if dialect not in ("duckdb", "postgres"):
        return {}
    wider = {path: "BIGINT" for path, column in columns.items() if column.type.kind in ("smallint", "int")}
    if dialect == "duckdb" and all(column.type.is_integer for column in columns.values()):
        wider |= {path: "HUGEINT" for path, column in columns.items() if column.type.kind == "bigint"}
    return wider


def _compares(column: Column) -> bool:
    long = column.type.kind == "decimal" and (column.type.precision or 0) > LONGEST_NUMERIC
    return not long and column.type.kind not in ("interval", "array")


def _labels(column: Column) -> _Clause:
    labels = ", ".join(literal(label) for label in column.type.labels)
    return _Clause("check", f"CHECK ({quote(column.name)} IN ({labels}))")


def _column(column: Column, table: Table, dialect: str) -> str:
    required = not column.nullable or column.name in table.primary_key
    said = _remark(column.comment) if dialect == "sqlite" else ""
    return f"{quote(column.name)} {column_type(column.type, dialect)}{' NOT NULL' if required else ''}{said}"


def _remark(comment: str) -> str:
    """SQLite has no comments of its own, but keeps the text of CREATE TABLE."""
    return f" /* {' '.join(comment.split()).replace('*/', '* /')} */" if comment else ""


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(quote(name) for name in columns)
