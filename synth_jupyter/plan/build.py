"""A schema becomes a plan: row counts, foreign keys as choices, columns as generators, partitions.

Building reads pools and evaluates laws into tables; it writes nothing. All that cannot be satisfied is one PlanError.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa

from ..datatypes import DataType
from ..digests import LEAF_ROWS
from ..errors import PlanError, Problem, SynthError
from ..generators.categorical import Choices
from ..generators.derived import Constant
from ..generators.domains import AnyOf, EachOnce, Listed, Steps
from ..generators.keys import KeyDigit
from ..generators.nulls import When, WithNulls
from ..generators.protocol import Generator
from ..pools import PoolSource
from ..schema.model import Column, ForeignKey, Schema, Table
from ..streams import STREAM_FORMAT, Stream
from . import links, rules
from .counts import row_counts
from .fingerprint import fingerprint
from .keys import Digit, Part, composite_keys, digits
from .model import BoundColumn, Link, Plan, TablePlan
from .paths import check_paths

PARTITION_BYTES = 32 << 20
MOST_PARTITION_ROWS = 16 * LEAF_ROWS
BIGINT = DataType("bigint")


def build_plan(
    schema: Schema,
    seed: int,
    *,
    rows: Mapping[str, int] | None = None,
    scale: Decimal | float = 1,
    partition_rows: int | None = None,
    pools: PoolSource | None = None,
) -> Plan:
    """The plan of one generation; `rows` overrides counts by table, `partition_rows` is a multiple of 65,536.

    Raises:
        PlanError: with every place that cannot be satisfied.
    """
    counts = row_counts(schema, rows or {}, Decimal(str(scale)))
    binder = _Binder(schema, seed, counts, pools or PoolSource(None))
    tables = tuple(
        replace(
            binder.table(number, table), partition_rows=partition_rows or _partition_rows(table, counts[table.name])
        )
        for number, table in enumerate(schema.tables, start=1)
    )
    plan = Plan(schema, seed, tables, "")
    problems = binder.problems or check_paths(plan)
    if problems:
        raise PlanError.of(problems)
    return replace(plan, digest=_digest(plan))


def _digest(plan: Plan) -> str:
    """`sha256:...` of the stream format, the seed, and all tables with their generators (not of any partitioning)."""
    tables = [replace(table, partition_rows=LEAF_ROWS) for table in plan.tables]
    return "sha256:" + fingerprint([STREAM_FORMAT, plan.seed, tables]).hex()


def _partition_rows(table: Table, rows: int) -> int:
    """A multiple of the leaf: about 32 MiB of raw values, and eight partitions or more where there are rows for it."""
    width = sum(_width(column.type) for column in table.columns)
    by_bytes = min(MOST_PARTITION_ROWS, PARTITION_BYTES // width)
    wanted = min(by_bytes, rows // 8)
    return max(1, -(-wanted // LEAF_ROWS)) * LEAF_ROWS


def _width(type: DataType) -> int:
    """Typical bytes of one value."""
    if type.is_text or type.kind in ("json", "binary", "array"):
        return min(type.length or 40, 80)
    return {"decimal": 16, "uuid": 36, "smallint": 2, "int": 4, "boolean": 1, "date": 4, "real": 4}.get(type.kind, 8)


@dataclass
class _Binder:
    """Binds table by table; `problems` collects what cannot be done and is the only thing that changes."""

    schema: Schema
    seed: int
    counts: Mapping[str, int]
    pools: PoolSource

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []

    def table(self, number: int, table: Table) -> TablePlan:
        """The table's links and columns; a stand-in for each one that has a problem."""
        hidden, places = self._composite(table)
        made = tuple(self._link(table, key, places.get(key.name)) for key in table.foreign_keys)
        columns = tuple(self._column(table, column, places.get(column.name)) for column in table.columns)
        return TablePlan(table.name, number, self.counts[table.name], columns, made, hidden)

    def _composite(self, table: Table) -> tuple[tuple[BoundColumn, ...], dict[str, Digit]]:
        """Hidden columns that number the combinations of composite keys, and each part's digit of them."""
        hidden: list[BoundColumn] = []
        places: dict[str, Digit] = {}
        for number, key in enumerate(composite_keys(table)):
            name = f"\x1fkey{number}"
            try:
                parts = self._parts(table, key)
                found = digits(name, parts, self.counts[table.name])
            except (ValueError, SynthError) as error:
                self._problem(f"tables.{table.name}.keys[{', '.join(key)}]", error)
                continue
            if set(found) & set(places):
                shared = ", ".join(sorted(set(found) & set(places)))
                self._problem(f"tables.{table.name}.unique", ValueError(f"several composite keys share {shared}"))
            whole = max(digit.divisor * digit.size for digit in found.values())
            maker = EachOnce(Steps(0, whole, pa.int64()))
            hidden.append(BoundColumn(name, BIGINT, maker, (table.name, *key, "\x1fkey")))
            places |= found
        return tuple(hidden), places

    def _parts(self, table: Table, key: tuple[str, ...]) -> list[Part]:
        """The parts of a composite key in a fixed order: foreign keys inside it as one part each, then columns."""
        inside = [foreign for foreign in table.foreign_keys if set(foreign.columns) <= set(key)]
        covered = {column for foreign in inside for column in foreign.columns}
        parts = [Part(foreign.name, foreign, self.counts[foreign.table]) for foreign in inside]
        for name in key:
            if name not in covered:
                domain = rules.domain_for(self._ask(table, table.column(name), unique=False))
                parts.append(Part(name, None, domain.size))
        return parts

    def _ask(self, table: Table, column: Column, *, unique: bool) -> rules.Ask:
        return rules.Ask(table, column, self.counts[table.name], unique, self.pools)

    def _link(self, table: Table, key: ForeignKey, digit: Digit | None) -> Link:
        path = (table.name, *key.columns)
        nullable = all(table.column(name).nullable for name in key.columns)
        ask = links.Ask(
            table, key, self.counts[table.name], self.counts[key.table], key.columns in table.keys, nullable,
            Stream.of(self.seed, *path),
        )  # fmt: skip
        try:
            maker: Generator = KeyDigit((digit.source,), digit.divisor, digit.size) if digit else links.choice_for(ask)
        except (ValueError, SynthError) as error:
            self._problem(f"tables.{table.name}.columns.{key.columns[0]}", error)
            maker = Constant(pa.scalar(None, pa.int64()))
        if key.nulls:
            maker = WithNulls(maker, key.nulls)
        return Link(key, BoundColumn(key.name, BIGINT, maker, path, nullable=True, rule=key.rule))

    def _column(self, table: Table, column: Column, digit: Digit | None) -> BoundColumn:
        unique = (column.name,) in table.keys
        try:
            ask = self._ask(table, column, unique=unique)
            maker = KeyDigit((digit.source,), digit.divisor, digit.size, rules.domain_for(ask)) if digit else None
            generator = self._wrapped(maker or rules.generator_for(ask), column)
        except (ValueError, SynthError) as error:
            self._problem(f"tables.{table.name}.columns.{column.name}", error)
            generator = Constant(pa.scalar(None, column.type.arrow))
        path = (table.name, column.name)
        return BoundColumn(
            column.name, column.type, generator, path, column.nullable, _distinct(generator), column.rule
        )

    def _wrapped(self, generator: Generator, column: Column) -> Generator:
        if column.nulls and column.rule.name != "reference":
            generator = WithNulls(generator, column.nulls)
        return When(generator, rules.expression(column.when, DataType("boolean"))) if column.when else generator

    def _problem(self, place: str, error: Exception) -> None:
        inner = error.problems if isinstance(error, SynthError) and error.problems else ()
        self.problems += [replace(one, place=place) for one in inner] or [Problem(place, str(error))]


def _distinct(generator: Generator) -> int | None:
    """How many different values the generator can make, when it says so."""
    while isinstance(generator, (WithNulls, When)):
        generator = generator.inner
    if isinstance(generator, Choices):
        return len(generator.values)
    if isinstance(generator, (AnyOf, KeyDigit)) and isinstance(generator.domain, Listed):
        return generator.domain.size
    if isinstance(generator, Constant):
        return 1
    return getattr(generator, "distinct", None)
