"""Types of all dialects in our words: one table of names, and what arguments and further words change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...datatypes import DataType
from .cursor import Cursor, Unreadable, brief
from .facts import Script, TypeFact

# A name of a type -> ours. What depends on its arguments, or on the dialect, has a function below.
PLAIN: Mapping[str, str] = {
    "BYTEINT": "smallint", "TINYINT": "smallint", "SMALLINT": "smallint", "INT2": "smallint", "INT1": "smallint",
    "UTINYINT": "smallint", "YEAR": "smallint", "MEDIUMINT": "int", "INT": "int", "INTEGER": "int", "INT4": "int",
    "SIGNED": "int", "USMALLINT": "int", "INT3": "int", "BIGINT": "bigint", "INT8": "bigint", "INT64": "bigint",
    "LONG": "bigint", "UINTEGER": "bigint", "UBIGINT": "bigint", "OID": "bigint", "HUGEINT": "decimal(38,0)",
    "UHUGEINT": "decimal(38,0)", "MONEY": "decimal(19,4)", "SMALLMONEY": "decimal(10,4)", "REAL": "real",
    "FLOAT4": "real", "BINARY_FLOAT": "real", "DOUBLE": "double", "DOUBLE PRECISION": "double", "FLOAT8": "double",
    "FLOAT64": "double", "BINARY_DOUBLE": "double", "DECFLOAT": "double", "BOOL": "boolean", "BOOLEAN": "boolean",
    "LOGICAL": "boolean", "TINYTEXT": "varchar(255)", "MEDIUMTEXT": "text", "LONGTEXT": "text", "CLOB": "text",
    "NCLOB": "text", "NTEXT": "text", "CITEXT": "text", "SYSNAME": "varchar(128)", "NAME": "varchar(63)",
    "DATE": "date", "DATE32": "date", "TIME": "time", "TIME WITHOUT TIME ZONE": "time", "DATETIME": "timestamp",
    "DATETIME2": "timestamp", "DATETIME64": "timestamp", "SMALLDATETIME": "timestamp", "TIMESTAMP": "timestamp",
    "TIMESTAMP_NTZ": "timestamp", "TIMESTAMPNTZ": "timestamp", "TIMESTAMP WITHOUT TIME ZONE": "timestamp",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp", "TIMESTAMPTZ": "timestamptz",
    "TIMESTAMP_TZ": "timestamptz", "TIMESTAMP_LTZ": "timestamptz", "TIMESTAMPLTZ": "timestamptz",
    "TIMESTAMP WITH TIME ZONE": "timestamptz", "TIMESTAMP WITH LOCAL TIME ZONE": "timestamptz",
    "DATETIMEOFFSET": "timestamptz", "INTERVAL": "interval", "UUID": "uuid", "UNIQUEIDENTIFIER": "uuid",
    "JSON": "json", "JSONB": "json", "VARIANT": "json", "OBJECT": "json", "SUPER": "json", "BYTEA": "binary",
    "BLOB": "binary", "TINYBLOB": "binary", "MEDIUMBLOB": "binary", "LONGBLOB": "binary", "IMAGE": "binary",
    "BYTES": "binary", "BFILE": "binary", "ROWVERSION": "binary(8)",
    "SERIAL": "int", "SERIAL4": "int", "BIGSERIAL": "bigint", "SERIAL8": "bigint", "SMALLSERIAL": "smallint",
    "SERIAL2": "smallint",
}  # fmt: skip
DIFFERENT: Mapping[str, Mapping[str, str]] = {
    "oracle": {"DATE": "timestamp", "LONG": "text", "INTEGER": "bigint", "INT": "bigint", "SMALLINT": "bigint"},
    "tsql": {"BIT": "boolean", "TIMESTAMP": "binary(8)"},
    "bigquery": {"TIMESTAMP": "timestamptz", "INT": "bigint", "INTEGER": "bigint", "SMALLINT": "bigint",
                 "TINYINT": "bigint", "BYTEINT": "bigint"},
    "mysql": {"SERIAL": "bigint"},
    "sqlite": {"REAL": "double", "INTEGER": "bigint"},
}  # fmt: skip
# Read as another type that holds less of what they mean, which the report says.
NEAREST: Mapping[str, str] = {
    "TIMETZ": "time", "TIME WITH TIME ZONE": "time", "XML": "text", "HSTORE": "json", "GEOGRAPHY": "text",
    "GEOMETRY": "text", "POINT": "text", "POLYGON": "text", "LINESTRING": "text", "INET": "varchar(45)",
    "CIDR": "varchar(49)", "MACADDR": "varchar(17)", "TSVECTOR": "text", "TSQUERY": "text", "INT4RANGE": "text",
    "INT8RANGE": "text", "NUMRANGE": "text", "DATERANGE": "text", "TSRANGE": "text", "TSTZRANGE": "text",
    "SQL_VARIANT": "text", "HIERARCHYID": "text", "ROWID": "varchar(18)", "BOX": "text", "CIRCLE": "text",
    "LINE": "text", "PATH": "text", "PG_LSN": "text", "HLLSKETCH": "text", "VECTOR": "text", "REGCLASS": "text",
    "ROW": "json", "STRUCT": "json", "MAP": "json", "UNION": "json", "RANGE": "text", "ANY": "text",
}  # fmt: skip
_SERIALS = frozenset(("SERIAL", "SERIAL4", "BIGSERIAL", "SERIAL8", "SMALLSERIAL", "SERIAL2"))
_UNSIGNED = {"smallint": "int", "int": "bigint", "bigint": "bigint"}
_TEXTS = {
    "CHAR": "char", "CHARACTER": "char", "NCHAR": "char", "BPCHAR": "char", "VARCHAR": "varchar",
    "VARCHAR2": "varchar", "NVARCHAR": "varchar", "NVARCHAR2": "varchar", "CHARACTER VARYING": "varchar",
    "CHAR VARYING": "varchar", "NATIONAL CHARACTER VARYING": "varchar", "NATIONAL CHARACTER": "char",
    "NATIONAL VARCHAR": "varchar", "STRING": "text", "TEXT": "text",
}  # fmt: skip
_BYTES = ("BINARY", "VARBINARY", "VARBYTE", "RAW", "BINARY VARYING", "LONG RAW")
_DECIMALS = ("DECIMAL", "NUMERIC", "NUMBER", "DEC", "FIXED", "BIGNUMERIC", "BIGDECIMAL")
# Names of several words, the longest first, as they follow their first word.
_FURTHER: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "DOUBLE": (("PRECISION",),), "CHARACTER": (("VARYING",), ("LARGE", "OBJECT")), "CHAR": (("VARYING",),),
    "BIT": (("VARYING",),), "BINARY": (("VARYING",), ("LARGE", "OBJECT")), "LONG": (("RAW",), ("VARCHAR",)),
    "NATIONAL": (("CHARACTER", "VARYING"), ("CHARACTER",), ("CHAR",), ("VARCHAR",)),
}  # fmt: skip
_ZONES = (("WITH", "LOCAL", "TIME", "ZONE"), ("WITH", "TIME", "ZONE"), ("WITHOUT", "TIME", "ZONE"))
_FIELDS = frozenset(("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"))
_LARGE_OBJECTS = {"CHARACTER LARGE OBJECT": "CLOB", "BINARY LARGE OBJECT": "BLOB", "LONG VARCHAR": "CLOB"}


@dataclass(frozen=True)
class _Written:
    """A type as written: its name, what its brackets hold, and whether UNSIGNED follows."""

    name: str
    arguments: Cursor | None
    unsigned: bool
    dialect: str

    @property
    def numbers(self) -> list[int]:
        """The whole numbers among the arguments, with their sign."""
        found: list[int] = []
        for part in self.arguments.parts() if self.arguments else []:
            sign = -1 if part.accept("-") else 1
            if part.peek().kind == "number" and part.peek().value.isdecimal():
                found.append(sign * int(part.peek().value[:9]))
        if self.arguments:
            self.arguments.at = 0
        return found


def read_type(cursor: Cursor, script: Script) -> TypeFact:
    """The type that comes next; Unreadable when there is none. A type that nobody knows is read as text and lost."""
    name = cursor.qualified()
    if len(name) > 1 or name[0].upper() not in _FURTHER:
        own = script.type_named(name)
        if own is not None:
            return _array(cursor, own)
    if len(name) > 1:
        name = name[-1:]
    fact = _generic(cursor, name[0].upper(), script)
    return fact or _array(cursor, _named(_written(cursor, name[0].upper(), script.dialect), script))


def _generic(cursor: Cursor, word: str, script: Script) -> TypeFact | None:
    """ARRAY<t>, STRUCT<..> and the like, and DuckDB's STRUCT(..)."""
    if cursor.sees("<"):
        start = cursor.at
        cursor.skip_angles()
        inner = Cursor(cursor.text, cursor.tokens[start + 1 : cursor.at - 1])
        if word == "ARRAY" and inner.peek().key not in ("STRUCT", "ARRAY"):
            return _as_array(read_type(inner, script))
        return TypeFact("json", lost=f"type {word}<...> as json")
    if word in ("STRUCT", "MAP", "ROW", "UNION") and cursor.sees("("):
        cursor.skip_group()
        return _array(cursor, TypeFact("json", lost=f"type {word}(...) as json"))
    if word == "ARRAY" and cursor.sees("("):
        return _as_array(read_type(cursor.group(), script))
    if word == "ARRAY":
        return TypeFact("json", lost="type ARRAY as json")
    return None


def _written(cursor: Cursor, word: str, dialect: str) -> _Written:
    further = next((words for words in _FURTHER.get(word, ()) if cursor.accept(*words)), ())
    word = " ".join((word, *further))
    word = _LARGE_OBJECTS.get(word, word)
    arguments = cursor.group() if cursor.sees("(") else None
    zone = next((words for words in _ZONES if cursor.accept(*words)), ())
    if zone and word in ("TIME", "TIMESTAMP"):
        word = " ".join((word, *zone))
    if word == "INTERVAL":
        _interval_fields(cursor)
    unsigned = False
    while modifier := cursor.accept_any(("UNSIGNED", "SIGNED", "ZEROFILL")):
        unsigned = unsigned or modifier != "SIGNED"
    return _Written(word, arguments, unsigned, dialect)


def _interval_fields(cursor: Cursor) -> None:
    while cursor.accept_any(_FIELDS):
        if cursor.sees("("):
            cursor.skip_group()


def _named(written: _Written, script: Script) -> TypeFact:
    name = written.name
    for names, make in _MAKERS:
        if name in names:
            return make(written)
    plain = DIFFERENT.get(written.dialect, {}).get(name) or PLAIN.get(name)
    if plain is not None:
        return _plain(written, plain)
    if name in NEAREST:
        return TypeFact(NEAREST[name], lost=f"type {name.lower()} as {NEAREST[name]}")
    return TypeFact("text", lost=f"type {brief(name.lower())}, which nothing defines, as text")


def _plain(written: _Written, ours: str) -> TypeFact:
    if written.name == "TINYINT" and written.dialect == "mysql" and written.numbers == [1]:
        return TypeFact("boolean")
    if written.unsigned and ours in _UNSIGNED:
        bounds = {"least": 0}
        return TypeFact(_UNSIGNED[ours] if written.name != "TINYINT" else "smallint", bounds)
    if written.name == "YEAR":
        return TypeFact(ours, {"min": 1990, "max": 2030, "reason": "the type is a year"})
    return TypeFact(ours, serial=written.name in _SERIALS)


def _text(written: _Written) -> TypeFact:
    ours, numbers = _TEXTS[written.name], written.numbers
    if numbers and numbers[0] > 0:
        return TypeFact(f"{'varchar' if ours == 'text' else ours}({numbers[0]})")
    unbounded = written.name == "BPCHAR" or (written.arguments is not None and written.arguments.sees("MAX"))
    return TypeFact("text" if unbounded or ours != "char" else "char(1)")


def _bytes(written: _Written) -> TypeFact:
    numbers = written.numbers
    return TypeFact(f"binary({numbers[0]})" if numbers and numbers[0] > 0 else "binary")


def _decimal(written: _Written) -> TypeFact:
    numbers = written.numbers
    if not numbers:
        return _bare_decimal(written)
    precision, scale = [*numbers, 0][:2]
    if written.name == "NUMBER" and scale == 0 and (precision <= 18 or precision == 38):
        return TypeFact("smallint" if precision <= 4 else "int" if precision <= 9 else "bigint")
    return _bounded_decimal(written.name, precision, scale)


def _bare_decimal(written: _Written) -> TypeFact:
    if written.name == "NUMBER" and written.dialect == "snowflake":
        return TypeFact("bigint")
    if written.name == "NUMBER":
        return TypeFact("decimal(18,2)", {"bare_number": True})
    return TypeFact("decimal(10,0)" if written.dialect == "mysql" else "decimal(18,2)")


def _bounded_decimal(name: str, precision: int, scale: int) -> TypeFact:
    kept = min(max(precision, scale, 1), 38), min(max(scale, 0), 38)
    ours = f"decimal({kept[0]},{kept[1]})"
    lost = "" if kept == (precision, scale) else f"type {name.lower()}({precision},{scale}) as {ours}"
    return TypeFact(ours, lost=lost)


def _float(written: _Written) -> TypeFact:
    numbers = written.numbers
    if numbers:
        return TypeFact("real" if numbers[0] <= 24 and written.dialect != "oracle" else "double")
    return TypeFact("real" if written.dialect in ("mysql", "duckdb") else "double")


def _bit(written: _Written) -> TypeFact:
    numbers = written.numbers or [1]
    if written.dialect == "duckdb":
        return TypeFact("text", lost="type bit as text")
    if written.dialect in ("tsql", "mysql", "") and numbers[0] <= 1:
        return TypeFact("boolean")
    return TypeFact(f"varchar({max(numbers[0], 1)})", {"pattern": f"[01]{{{max(numbers[0], 1)}}}"})


def _enum(written: _Written) -> TypeFact:
    labels = labels_of(written.arguments)
    if written.name == "ENUM":
        return TypeFact(enum_text(labels))
    choices: dict[str, Any] = {"choices": list(labels), "reason": "the members of the SET, one at a time"}
    return TypeFact(f"varchar({len(','.join(labels))})", choices, lost="type SET: one member at a time")


def labels_of(arguments: Cursor | None) -> tuple[str, ...]:
    """The labels in the brackets of an enum, each once."""
    found = [part.take().value for part in arguments.parts()] if arguments else []
    if not found:
        raise Unreadable("an enum needs labels")
    return tuple(dict.fromkeys(found))


def enum_text(labels: tuple[str, ...]) -> str:
    """An enum in our words."""
    return str(DataType("enum", labels=labels))


_MAKERS: tuple[tuple[tuple[str, ...], Callable[[_Written], TypeFact]], ...] = (
    (tuple(_TEXTS), _text), (_BYTES, _bytes), (_DECIMALS, _decimal), (("FLOAT",), _float),
    (("BIT", "BIT VARYING", "VARBIT"), _bit), (("ENUM", "SET"), _enum),
)  # fmt: skip


def _array(cursor: Cursor, item: TypeFact) -> TypeFact:
    """The type with the array brackets that follow it."""
    dimensions = 0
    while cursor.sees("[") or cursor.sees("ARRAY"):
        if not cursor.accept("ARRAY") or cursor.sees("["):
            cursor.skip_group()
        dimensions += 1
    if dimensions > 1:
        return TypeFact("json", lost=f"type {item.text} in {dimensions} dimensions as json")
    return _as_array(item) if dimensions else item


def _as_array(item: TypeFact) -> TypeFact:
    if item.text.endswith("]") or item.text == "json":
        return TypeFact("json", lost="an array of arrays or documents as json")
    return TypeFact(f"{item.text}[]", lost=item.lost)
