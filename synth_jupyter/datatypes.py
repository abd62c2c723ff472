"""The logical types of columns: their names, limits and Arrow forms."""

import re
from dataclasses import dataclass

import pyarrow as pa

KINDS = (
    "smallint", "int", "bigint", "decimal", "real", "double", "boolean", "char", "varchar", "text",
    "date", "time", "timestamp", "timestamptz", "interval", "uuid", "json", "binary", "enum", "array",
)  # fmt: skip

ALIASES = {
    "int2": "smallint", "tinyint": "smallint", "integer": "int", "int4": "int", "int8": "bigint", "long": "bigint",
    "numeric": "decimal", "number": "decimal", "dec": "decimal", "float4": "real", "float": "double",
    "float8": "double", "double precision": "double", "bool": "boolean", "character": "char", "bpchar": "char",
    "character varying": "varchar", "nvarchar": "varchar", "nchar": "char", "string": "text", "datetime": "timestamp",
    "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
    "time without time zone": "time", "jsonb": "json", "bytea": "binary", "blob": "binary", "bytes": "binary",
    "varbinary": "binary", "duration": "interval",
}  # fmt: skip

INTEGER_BITS = {"smallint": 16, "int": 32, "bigint": 64}
_FORM = re.compile(r"^\s*([A-Za-z][A-Za-z0-9 ]*?)\s*(?:\(\s*(.*?)\s*\))?\s*(\[\s*\])?\s*$", re.S)


@dataclass(frozen=True)
class DataType:
    """A column's logical type; `length` is in characters (bytes for binary), `precision`/`scale` in decimal digits."""

    kind: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    item: "DataType | None" = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown type {self.kind!r}")
        if self.length is not None and self.length < 1:
            raise ValueError(f"the length of {self.kind} must be at least 1, not {self.length}")
        if self.kind == "decimal":
            _check_decimal(self.precision, self.scale)
        if self.kind == "enum" and (not self.labels or len(set(self.labels)) != len(self.labels)):
            raise ValueError("an enum needs labels, each once")
        if self.kind == "array" and self.item is None:
            raise ValueError("an array needs the type of its items")

    @classmethod
    def parse(cls, text: str) -> "DataType":
        """The type named by `text`, such as `decimal(10,2)`, `varchar(40)` or `int[]`.

        Raises:
            ValueError: with a message that names the mistake.
        """
        match = _FORM.match(text)
        if not match:
            raise ValueError(f"{text!r} is not a type; write one such as int, decimal(10,2) or varchar(40)")
        word, arguments, array = " ".join(match[1].lower().split()), match[2], match[3]
        kind = ALIASES.get(word, word)
        if kind not in KINDS:
            from .errors import did_you_mean

            raise ValueError(f"unknown type {match[1]!r}{did_you_mean(word, (*KINDS, *ALIASES))}")
        inner = _with_arguments(kind, arguments, text)
        return cls("array", item=inner) if array else inner

    def __str__(self) -> str:
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.kind == "enum":
            quoted = (label.replace("'", "''") for label in self.labels)
            return "enum(" + ",".join(f"'{label}'" for label in quoted) + ")"
        if self.kind == "array":
            return f"{self.item}[]"
        return f"{self.kind}({self.length})" if self.length is not None else self.kind

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of generated arrays (dictionary coding aside)."""
        if self.kind == "decimal":
            return pa.decimal128(self.precision or 38, self.scale or 0)
        if self.kind == "array":
            assert self.item is not None
            return pa.list_(self.item.arrow)
        return _ARROW[self.kind]

    @property
    def is_integer(self) -> bool:
        return self.kind in INTEGER_BITS

    @property
    def is_number(self) -> bool:
        return self.is_integer or self.kind in ("decimal", "real", "double")

    @property
    def is_text(self) -> bool:
        return self.kind in ("char", "varchar", "text")

    @property
    def is_temporal(self) -> bool:
        return self.kind in ("date", "time", "timestamp", "timestamptz")

    @property
    def integer_range(self) -> tuple[int, int]:
        """The smallest and largest value of an integer type."""
        bits = INTEGER_BITS[self.kind]
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


_ARROW = {
    "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "real": pa.float32(), "double": pa.float64(),
    "boolean": pa.bool_(), "char": pa.string(), "varchar": pa.string(), "text": pa.string(), "date": pa.date32(),
    "time": pa.time64("us"), "timestamp": pa.timestamp("us"), "timestamptz": pa.timestamp("us", "UTC"),
    "interval": pa.duration("us"), "uuid": pa.string(), "json": pa.string(), "binary": pa.binary(),
    "enum": pa.string(),
}  # fmt: skip


def _check_decimal(precision: int | None, scale: int | None) -> None:
    if precision is None or scale is None or not (1 <= precision <= 38 and 0 <= scale <= precision):
        raise ValueError(f"decimal needs 1 <= precision <= 38 and 0 <= scale <= precision, not ({precision},{scale})")


def _with_arguments(kind: str, arguments: str | None, text: str) -> DataType:
    if kind == "enum":
        return DataType("enum", labels=_labels(arguments or "", text))
    try:
        numbers = [int(part) for part in arguments.split(",")] if arguments else []
    except ValueError:
        raise ValueError(f"{text!r}: the arguments of {kind} must be whole numbers") from None
    if kind == "decimal":
        if len(numbers) > 2:
            raise ValueError(f"{text!r}: decimal takes a precision and a scale")
        precision, scale = [*numbers, 0][:2] if numbers else (18, 2)
        return DataType(kind, precision=precision, scale=scale)
    if kind in ("char", "varchar", "text", "binary"):
        if len(numbers) > 1:
            raise ValueError(f"{text!r}: {kind} takes one length")
        return DataType(kind, length=numbers[0] if numbers else (1 if kind == "char" else None))
    if kind in ("timestamp", "timestamptz", "time") and len(numbers) == 1 and 0 <= numbers[0] <= 9:
        return DataType(kind)
    if numbers:
        raise ValueError(f"{text!r}: {kind} takes no arguments")
    return DataType(kind)


def _labels(arguments: str, text: str) -> tuple[str, ...]:
    labels = tuple(part.replace("''", "'") for part in re.findall(r"'((?:[^']|'')*)'", arguments))
    if not labels:
        raise ValueError(f"{text!r}: write the labels of an enum in single quotes, enum('a','b')")
    return labels
