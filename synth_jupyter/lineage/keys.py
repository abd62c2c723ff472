"""From a key to its row: by inverting the key's generator, else by search in the files, else by making rows again."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..datatypes import DataType
from ..documents import plain
from ..engine.batches import evaluate
from ..errors import CommandError, NotFoundError, StoreError
from ..generators.derived import Copy
from ..generators.protocol import Invertible
from ..generators.references import OwnerParent
from ..plan.model import BoundColumn, Plan, RunFiles, TablePlan
from ..plan.values import typed
from ..schema.model import Table
from ..streams import Rows, Stream

Key = Mapping[str, Any]
SEARCH_ROWS = 131_072
"""Rows made again at a time where a key can be found in no other way."""


def parse_key(table: Table, words: Sequence[Any]) -> dict[str, Any]:
    """`["17"]`, `["17", "2"]` for the primary key in its order, or `["order_id=17", "line_no=2"]`, as typed values.

    Raises:
        CommandError: the words are no key of the table, or a value is not of its column's type.
    """
    pairs = [_pair(table, word) for word in words]
    if pairs and all(name for name, _ in pairs):
        if len({name for name, _ in pairs}) < len(pairs):
            raise CommandError(f"a column of the key of {table.name!r} is given twice")
        return typed_key(table, dict(pairs))
    if not table.primary_key:
        raise CommandError(f"{table.name!r} has no primary key", hint="write COL=VALUE, or --row N")
    if len(words) != len(table.primary_key):
        wanted = " ".join(f"{name}=VALUE" for name in table.primary_key)
        raise CommandError(
            f"the key of {table.name!r} has {len(table.primary_key)} column(s), not {len(words)}",
            hint=f"write {wanted}",
        )
    return typed_key(table, dict(zip(table.primary_key, words, strict=True)))


def _pair(table: Table, word: Any) -> tuple[str, Any]:
    """(column, value) of `COL=VALUE`, where a column's name may hold `=`; ("", word) when it is a bare value."""
    if isinstance(word, str):
        for place in (index for index, char in enumerate(word) if char == "="):
            if any(column.name.casefold() == word[:place].casefold() for column in table.columns):
                return word[:place], word[place + 1 :]
    return "", word


def as_key(table: Table, key: Any) -> dict[str, Any]:
    """A mapping, a sequence of words or one value, as typed values by column; CommandError when it is no key."""
    if isinstance(key, Mapping):
        return typed_key(table, key)
    return parse_key(table, key if isinstance(key, (list, tuple)) else [key])


def typed_key(table: Table, key: Key) -> dict[str, Any]:
    """`key` with its columns' own names and values of their types; it must hold the primary key or a unique one.

    Raises:
        NotFoundError: a column does not exist.
        CommandError: the columns are no key, or a value is not of its column's type.
    """
    columns = [(table.column(name), value) for name, value in key.items()]
    names = {column.name for column, _ in columns}
    if not any(names >= set(wanted) for wanted in table.keys):
        known = "; ".join(", ".join(wanted) for wanted in table.keys)
        raise CommandError(
            f"{', '.join(sorted(names))} is no key of {table.name!r}",
            hint=f"its keys: {known}; or --row N" if known else "it has no key; use --row N",
        )
    return {column.name: _value(table, column.name, column.type, value) for column, value in columns}


def _value(table: Table, name: str, type: DataType, value: Any) -> Any:
    try:
        if value is None:
            raise ValueError("NULL is no key")
        if type.kind == "binary" and isinstance(value, str):
            return base64.b64decode(value, validate=True)
        if type.kind == "interval" and isinstance(value, str) and (known := _ISO_DURATION.fullmatch(value.upper())):
            return _duration(known)
        return typed(value, type)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise CommandError(f"{plain(value)!r} is not a value of {table.name}.{name} ({type}): {error}") from None


_ISO_DURATION = re.compile(r"(?=.*\d)(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,6})?)S)?)?")


def _duration(known: re.Match[str]) -> timedelta:
    """`P1DT2H3.5S`, the form in which traces and results show an interval."""
    sign, weeks, days, hours, minutes, seconds = known.groups()
    micro = round(Decimal(seconds or 0) * 1_000_000)
    span = timedelta(weeks=int(weeks or 0), days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    return (span + timedelta(microseconds=micro)) * (-1 if sign else 1)


def row_of(plan: Plan, files: RunFiles, table: TablePlan, key: Key) -> int:
    """The row number that holds `key` (typed values).

    Raises:
        NotFoundError: no row does.
    """
    for rows in _places(plan, files, table, key):
        if rows.size:
            return int(rows[0])
    shown = ", ".join(f"{name}={plain(value)}" for name, value in key.items())
    raise NotFoundError(f"no row of {table.name!r} has {shown}", hint=f"{table.name!r} has {table.rows:,} rows")


def _places(plan: Plan, files: RunFiles, table: TablePlan, key: Key) -> Iterator[Rows]:
    yield _inverted(plan, table, key)
    if files.names(table.name):
        yield from _stored(files, table, key)
        return
    for start in range(0, table.rows, SEARCH_ROWS):
        yield _holding(plan, table, key, np.arange(start, min(start + SEARCH_ROWS, table.rows), dtype=np.int64))


def _inverted(plan: Plan, table: TablePlan, key: Key) -> Rows:
    """int64 (n,): the rows that hold the key as far as generators can say; usually one, none when they cannot."""
    for name, value in key.items():
        column = table.column(name)
        candidates = _rows_of(plan, table, column, value)
        inside = candidates[(candidates >= 0) & (candidates < table.rows)]
        if inside.size:
            return _holding(plan, table, key, inside)
    return np.empty(0, dtype=np.int64)


def _rows_of(plan: Plan, table: TablePlan, column: BoundColumn, value: Any) -> Rows:
    if isinstance(column.generator, Invertible):
        values = pa.array([value], column.type.arrow)
        return np.asarray(column.generator.rows_of(values, Stream.of(plan.seed, *column.path)), dtype=np.int64)
    if isinstance(column.generator, Copy):
        return _children(plan, table, column.generator.needs[0], value)
    return np.empty(0, dtype=np.int64)


def _children(plan: Plan, table: TablePlan, need: str, value: Any) -> Rows:
    """The rows that belong to the parent whose column at the end of the path `need` has the value."""
    link, rest = table.resolve(need)
    owner = getattr(link.column.generator, "inner", link.column.generator) if link else None
    if link is None or not isinstance(owner, OwnerParent):
        return np.empty(0, dtype=np.int64)
    parents = _inverted(plan, plan.table(link.foreign_key.table), {rest: value})
    ranges = zip(*owner.children.ranges(parents), strict=True)
    return np.concatenate([np.empty(0, dtype=np.int64), *(np.arange(first, first + n) for first, n in ranges)])


def _holding(plan: Plan, table: TablePlan, key: Key, rows: Rows) -> Rows:
    held: Rows = rows[_equal(evaluate(plan, table.name, rows, list(key)), key, table)]
    return held


def _equal(values: pa.Table, key: Key, table: TablePlan) -> Any:
    """bool (n,): where every column has its value."""
    same = np.ones(values.num_rows, dtype=bool)
    for name, value in key.items():
        type = table.column(name).type.arrow
        column = values[name]
        column = column.cast(type) if column.type != type else column
        equal = pc.equal(column, pa.scalar(value, type)).combine_chunks()
        same &= equal.fill_null(False).to_numpy(zero_copy_only=False)
    return same


def _stored(files: RunFiles, table: TablePlan, key: Key) -> Iterator[Rows]:
    """The rows whose stored values are the key, file by file, row group by row group."""
    for file in (file for file in files.files if file.table == table.name):
        start = table.partition(file.index).start
        try:
            with pq.ParquetFile(files.open(file.path)) as parquet:
                for group in range(parquet.num_row_groups):
                    values = parquet.read_row_group(group, columns=list(key))
                    yield np.flatnonzero(_equal(values, key, table)) + start
                    start += values.num_rows
        except (OSError, pa.ArrowException) as error:
            raise StoreError(
                f"{file.path} of {files.run} cannot be searched: {error}", hint="synth verify says what else is damaged"
            ) from error
