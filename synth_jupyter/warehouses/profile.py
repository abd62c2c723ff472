"""What a table's columns hold, told by SQL over the run's files: counts, bounds, quantiles, top values, histograms."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from ..documents import plain
from ..duck import Connection, Question, sql_type
from ..errors import NotFoundError
from ..plan.model import RunFiles
from ..sql import quote
from .query import open_session

EXACT_ROWS = 2_000_000
"""Rows up to which values are counted one by one; distinct values and quantiles of larger tables are estimates."""

BINS = 20
_TOP, _MANY = 5, 100_000
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bin:
    """How many values are at or above `start` and below `end`; the last bin holds its end, too."""

    start: Any
    end: Any
    count: int


@dataclass(frozen=True)
class ColumnProfile:
    """One column: `count` values that are not NULL, `top` the most frequent, `histogram` of numbers and moments.

    `least`, `most`, `mean` and the quantiles are None where the type has none, or there is no value.
    """

    column: str
    type: str
    count: int
    nulls: int
    distinct: int
    least: Any = None
    most: Any = None
    mean: float | None = None
    quantiles: tuple[Any, ...] = ()
    top: tuple[tuple[Any, int], ...] = ()
    histogram: tuple[Bin, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document of one column."""
        quantiles = dict(zip(map(str, _QUANTILES), self.quantiles, strict=False))
        found = {
            "type": self.type, "count": self.count, "nulls": self.nulls, "distinct": self.distinct, "min": self.least,
            "max": self.most, "mean": self.mean, "quantiles": quantiles,
            "top": [{"value": value, "count": count} for value, count in self.top],
            "histogram": [asdict(each) for each in self.histogram],
        }  # fmt: skip
        return dict(plain(found))


@dataclass(frozen=True)
class Profile:
    """A table's columns; `exact` says whether distinct values and quantiles are counted or estimated."""

    run: str
    table: str
    rows: int
    exact: bool
    columns: tuple[ColumnProfile, ...]

    def to_dict(self) -> dict[str, Any]:
        """The `profile` document."""
        columns = {each.column: each.to_dict() for each in self.columns}
        return {"run": self.run, "table": self.table, "rows": self.rows, "exact": self.exact, "columns": columns}


def profile(files: RunFiles, table: str) -> Profile:
    """Every column of a table of the run, also of one that SQL made. Ctrl-C stops it.

    Raises:
        NotFoundError: the run has no such table.
        QueryError: a value does not fit the engine's arithmetic.
    """
    name = _table_name(files, table)
    with open_session(files) as connection:
        asked = _Asked(connection, quote(name))
        fields = asked.table("SELECT * FROM {table} LIMIT 0").schema
        rows = int(asked.row("SELECT count(*) FROM {table}")[0])
        exact = rows <= EXACT_ROWS
        columns = tuple(_column(asked, field, rows, exact) for field in fields)
    return Profile(files.run, name, rows, exact, columns)


def _table_name(files: RunFiles, table: str) -> str:
    derived = {each.table for each in files.derived}
    try:
        return table if table in derived else files.schema.table(table).name
    except NotFoundError:
        raise NotFoundError.of("table", table, [*(each.name for each in files.schema.tables), *derived]) from None


@dataclass(frozen=True)
class _Asked:
    """Statements about one table; `{table}` and `{column}` stand for quoted names."""

    connection: Connection
    name: str

    def table(self, sql: str, column: str = "") -> pa.Table:
        text = sql.replace("{table}", "\0").replace("{column}", quote(column)).replace("\0", self.name)
        return Question(self.connection, text).table()

    def row(self, sql: str, column: str = "") -> list[Any]:
        return [each[0].as_py() for each in self.table(sql, column).columns]

    def pairs(self, sql: str, column: str) -> list[tuple[Any, Any]]:
        found = self.table(sql, column)
        return list(zip(*(each.to_pylist() for each in found.columns), strict=True))


def _column(asked: _Asked, field: pa.Field, rows: int, exact: bool) -> ColumnProfile:
    name, type = field.name, field.type
    measured = _is_number(type) or _is_moment(type)
    distinct = "count(DISTINCT {column})" if exact else "approx_count_distinct({column})"
    bounds = "min({column}), max({column})" if _is_ordered(type) else "NULL, NULL"
    mean = "avg({column}::DOUBLE)" if _is_number(type) else "NULL"
    sql = f"SELECT count({{column}}), {distinct}, {bounds}, {mean} FROM {{table}}"
    count, different, least, most, average = asked.row(sql, name)
    different = min(int(different), count)
    return ColumnProfile(
        name, _type_name(type), count, rows - count, different, least, most, average,
        _quantiles(asked, name, exact) if measured and count else (),
        _top(asked, name, different, count, exact) if _is_ordered(type) else (),
        _histogram(asked, field) if measured and count else (),
    )  # fmt: skip


def _quantiles(asked: _Asked, column: str, exact: bool) -> tuple[Any, ...]:
    function = "quantile_disc" if exact else "approx_quantile"
    return tuple(asked.row(f"SELECT {function}({{column}}, {list(_QUANTILES)}) FROM {{table}}", column)[0])


def _top(asked: _Asked, column: str, distinct: int, count: int, exact: bool) -> tuple[tuple[Any, int], ...]:
    """The most frequent values; none where each occurs once, or where there are too many to count each."""
    if not 0 < distinct < count or not (exact or distinct <= _MANY):
        return ()
    sql = f"""SELECT {{column}}, count(*) AS n FROM {{table}} WHERE {{column}} IS NOT NULL
              GROUP BY 1 ORDER BY n DESC, 1 LIMIT {_TOP}"""
    return tuple(asked.pairs(sql, column))


def _histogram(asked: _Asked, field: pa.Field) -> tuple[Bin, ...]:
    """Bins of one width from the least to the greatest finite value; whole numbers get bins of whole numbers."""
    number = "epoch({column})" if _is_moment(field.type) else "{column}::DOUBLE"
    finite = f"FROM {{table}} WHERE isfinite({number})"
    least, most = asked.row(f"SELECT min({number}), max({number}) {finite}", field.name)
    if least is None:
        return ()
    whole = pa.types.is_integer(field.type) or pa.types.is_date(field.type)
    width, bins = _bins(least, most, 86_400.0 if pa.types.is_date(field.type) else 1.0 if whole else 0.0)
    place = f"least(floor(({number} - {least!r}) / {width!r}), {bins - 1})::INTEGER"
    counts = dict(asked.pairs(f"SELECT {place} AS bin, count(*) {finite} GROUP BY 1", field.name))
    edges = [_edge(least + at * width, field.type) for at in range(bins + 1)]
    return tuple(Bin(edges[at], edges[at + 1], counts.get(at, 0)) for at in range(bins))


def _bins(least: float, most: float, step: float) -> tuple[float, int]:
    """The width and the number of bins; the width is a multiple of `step` where that is not 0."""
    if step:
        values = (most - least) // step + 1
        width = step * -(-values // BINS)
        return width, int(-(-values * step // width))
    return ((most - least) / BINS, BINS) if most > least else (1.0, 1)


def _edge(number: float, type: pa.DataType) -> Any:
    if pa.types.is_integer(type):
        return int(number)
    if not _is_moment(type):
        return number
    if pa.types.is_time(type):
        return _time_of(number)
    moment = _EPOCH + timedelta(seconds=number)
    if pa.types.is_date(type):
        return moment.date()
    return moment if type.tz else moment.replace(tzinfo=None)


def _time_of(seconds: float) -> time:
    return (_EPOCH + timedelta(seconds=min(seconds, 86_399.999999))).time()


def _is_number(type: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type) or pa.types.is_floating(type) or pa.types.is_decimal(type))


def _is_moment(type: pa.DataType) -> bool:
    return bool(pa.types.is_date(type) or pa.types.is_timestamp(type) or pa.types.is_time(type))


def _is_ordered(type: pa.DataType) -> bool:
    """Whether its least and its most frequent values tell a person something."""
    return not (pa.types.is_nested(type) or pa.types.is_binary(type) or pa.types.is_null(type))


def _type_name(type: pa.DataType) -> str:
    try:
        return sql_type(type).lower()
    except KeyError:
        return str(type)
