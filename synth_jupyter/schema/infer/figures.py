"""What SQL tells of a table: row counts, NULLs, distinct values, quantiles, lengths, frequent values and shapes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...sql import literal, quote
from ..model import Column, Table
from .sources import Source

EDGES = (0.01, 0.05, 0.25)
"""Where the span of a column may be looked for: at the first share that enough values lie beyond."""
_MIDDLE = (0.25, 0.5, 0.75)
_ASKED = (0.01, 0.05, *_MIDDLE, 0.95, 0.99)
"""The quantiles that DuckDB is asked for, which tells all of them in one go."""
MANY = 200
"""Distinct values above which nobody asks for the most frequent ones."""
SOME = 20
"""Distinct texts above which their shapes are looked at."""
_SHAPED = 100_000
"""Rows whose shapes are looked at."""
MOMENT = re.compile(r"9999-99-99[ A]99:99(:99(\.9+)?)?")
LISTED = 100
"""Values of a column that are listed at most."""


@dataclass(frozen=True)
class Floor:
    """How often a value must occur to be told: in so many rows, and in such a share of them."""

    rows: int = 20
    share: float = 0.01

    def passed(self, count: int, rows: int) -> bool:
        """Whether a value with so many rows of all may be told."""
        return count >= self.rows and count >= self.share * rows


@dataclass(frozen=True)
class Figures:
    """One column in numbers.

    `quantiles` are those of `edge`, a quarter, a half, three quarters and 1 - `edge`: floats of numbers, microseconds
    of moments, or nothing.
    """

    rows: int
    nulls: int
    distinct: int
    quantiles: tuple[float, ...] = ()
    mean: float = 0.0
    deviation: float = 0.0
    lengths: tuple[int, int] = (0, 0)
    top: tuple[tuple[Any, int], ...] = ()
    shapes: tuple[tuple[str, int], ...] = ()
    edge: float = EDGES[0]

    @property
    def values(self) -> int:
        """How many values are not NULL."""
        return self.rows - self.nulls


def edge_of(count: int, floor: Floor | None) -> float:
    """The share of so many values beyond which lie as many of them as may be told."""
    if floor is None:
        return EDGES[0]
    return next((share for share in EDGES if share * count >= floor.rows), EDGES[-1])


def figures_of(source: Source, table: Table, floor: Floor | None = None) -> dict[str, Figures]:
    """Every column of a table in numbers, by name; no figure is one of fewer values than the floor allows."""
    place = source.place(table.name)
    asked = [(column, _questions(column, source.dialect)) for column in table.columns]
    listed = ", ".join(["count(*)", *(sql for _, each in asked for sql in each)])
    answers = list(source.ask(f"SELECT {listed} FROM {place}")[0])
    rows, at, found = int(answers[0]), 1, {}
    for column, each in asked:
        found[column.name] = _figures(source, place, column, rows, answers[at : at + len(each)], floor)
        at += len(each)
    return found


def _questions(column: Column, dialect: str) -> list[str]:
    """Aggregates of one column: how many, how many distinct, then what its type lets ask."""
    name, duck = quote(column.name), dialect == "duckdb"
    distinct = "approx_count_distinct" if duck else "count(DISTINCT "
    asked = [f"count({name})", f"{distinct}({name})" if duck else f"{distinct}{_hashed(name, column, dialect)})"]
    if column.type.is_number:
        number = f"CAST({name} AS DOUBLE PRECISION)" if not duck else f"{name}::DOUBLE"
        spread = f"stddev_pop({number})" if duck else f"avg({number} * {number})"
        asked += [f"avg({number})", spread] + ([_duck_quantiles(number)] if duck else [])
    elif _is_moment(column) and duck:
        asked.append(_duck_quantiles(f"epoch_us({name}::TIMESTAMP)"))
    elif column.type.is_text:
        asked += [f"min(length({name}))", f"max(length({name}))"]
    return asked


def _hashed(name: str, column: Column, dialect: str) -> str:
    """PostgreSQL cannot tell json values apart, but their texts."""
    return f"CAST({name} AS TEXT)" if column.type.kind in ("json", "array") and dialect == "postgres" else name


def _duck_quantiles(sql: str) -> str:
    return f"approx_quantile({sql}, [{', '.join(map(str, _ASKED))}])"


def _is_moment(column: Column) -> bool:
    return column.type.kind in ("date", "timestamp", "timestamptz")


def _figures(
    source: Source, place: str, column: Column, rows: int, answer: Sequence[Any], floor: Floor | None
) -> Figures:
    count, distinct = int(answer[0]), int(answer[1])
    edge = edge_of(count, floor)
    duck, mean, deviation, lengths = source.dialect == "duckdb", 0.0, 0.0, (0, 0)
    quantiles: tuple[float, ...] = ()
    if column.type.is_number and count:
        mean = float(answer[2])
        deviation = float(answer[3]) if duck else max(float(answer[3]) - mean * mean, 0.0) ** 0.5
        quantiles = _picked(answer[4], edge) if duck else _quantiles(source, place, column, count, edge)
    elif _is_moment(column) and count:
        quantiles = _picked(answer[2], edge) if duck else _quantiles(source, place, column, count, edge)
    elif column.type.is_text and count:
        lengths = int(answer[2]), int(answer[3])
    top = _top(source, place, column) if 0 < distinct <= MANY * 1.1 and column.type.kind not in _WHOLE else ()
    shapes = _shapes(source, place, column) if column.type.is_text and distinct > SOME else ()
    if source.dialect == "sqlite" and moment_shape(shapes):
        quantiles = _quantiles(source, place, column, count, edge)
    return Figures(rows, rows - count, distinct, quantiles, mean, deviation, lengths, top, shapes, edge)


def _picked(answer: Sequence[float], edge: float) -> tuple[float, ...]:
    """Of the quantiles that were asked for, those from edge to edge."""
    at = dict(zip(_ASKED, map(float, answer), strict=True))
    return tuple(at[share] for share in _shares(edge))


def _shares(edge: float) -> tuple[float, ...]:
    return (edge, *_MIDDLE, 1 - edge)


def moment_shape(shapes: Sequence[tuple[str, int]]) -> str:
    """`date` or `timestamp` for texts that are all moments; nothing otherwise."""
    shape = shapes[0][0] if len(shapes) == 1 else ""
    if shape == "9999-99-99":
        return "date"
    return "timestamp" if MOMENT.fullmatch(shape) else ""


_WHOLE = ("json", "array", "binary", "interval", "uuid")
"""Types whose values are not listed."""


def _quantiles(source: Source, place: str, column: Column, count: int, edge: float) -> tuple[float, ...]:
    name = quote(column.name)
    found = []
    for share in _shares(edge):
        offset = min(int(share * count), count - 1)
        row = source.ask(f"SELECT {name} FROM {place} WHERE {name} IS NOT NULL ORDER BY {name} LIMIT 1 OFFSET {offset}")
        found.append(_number(row[0][0]))
    return tuple(found)


def _number(value: Any) -> float:
    from datetime import UTC, date, datetime

    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1e6
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1e6
    return float(value)


def _top(source: Source, place: str, column: Column) -> tuple[tuple[Any, int], ...]:
    name = quote(column.name)
    asked = (f"SELECT {name}, count(*) AS n FROM {place} WHERE {name} IS NOT NULL GROUP BY {name} "
             f"ORDER BY n DESC LIMIT {LISTED}")  # fmt: skip
    return tuple((value, int(count)) for value, count in source.ask(asked))


def _shapes(source: Source, place: str, column: Column) -> tuple[tuple[str, int], ...]:
    """The most frequent shapes: every digit as 9, letters as a and A."""
    if source.dialect not in ("duckdb", "postgres", "sqlite"):
        return ()
    shape = f"CAST({quote(column.name)} AS VARCHAR)"
    for letters, by in (("[0-9]", "9"), ("[A-Z]", "A"), ("[a-z]", "a")):
        shape = f"regexp_replace({shape}, {literal(letters)}, {literal(by)}, 'g')"
    inside = f"SELECT {shape} AS shape FROM {place} WHERE length({quote(column.name)}) <= 40"
    asked = (
        f"SELECT shape, count(*) AS n FROM ({inside} LIMIT {_SHAPED}) AS shapes GROUP BY shape ORDER BY n DESC LIMIT 3"
    )
    return tuple((text, int(count)) for text, count in source.ask(asked))
