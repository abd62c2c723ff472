"""One schema's tables bound to generators: keys numbered, foreign keys chosen, columns made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from ..datatypes import DataType
from ..errors import Problem, SynthError
from ..generators.categorical import Choices
from ..generators.children import Children
from ..generators.derived import Constant, Copy
from ..generators.domains import AnyOf, Listed
from ..generators.keys import KeyDigit
from ..generators.nulls import When, WithNulls
from ..generators.protocol import Generator
from ..generators.references import Suitable
from ..pools import NotedPools, PoolSource, PoolUse
from ..schema.counts import childless_parents
from ..schema.model import Column, ForeignKey, Schema, Table
from ..streams import Stream
from . import links, rules
from .keys import Digit, Key, Numbering, Parts, number, open_keys
from .model import BoundColumn, Link, TablePlan
from .ranges import Ask
from .sharing import Role, agreement, deciding, roles

BIGINT, BOOLEAN = DataType("bigint"), DataType("boolean")


@dataclass
class Binder:
    """Binds table by table.

    `problems` collects what cannot be done, `_plans` the children plans made so far, `_drawn` the pools asked for.
    """

    schema: Schema
    seed: int
    counts: Mapping[str, int]
    pools: PoolSource

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self._plans: dict[str, Children] = {}
        self._drawn: dict[str, PoolUse] = {}

    @property
    def draws_on(self) -> tuple[PoolUse, ...]:
        """The pools and existing columns that the tables bound so far draw on, sorted."""
        return tuple(sorted(self._drawn.values(), key=lambda use: (use.label, use.digest)))

    def table(self, place: int, table: Table) -> TablePlan:
        """The table's links and columns; a stand-in for each one that has a problem."""
        try:
            order = roles(table)
        except ValueError as error:
            self._problem(f"tables.{table.name}.foreign_keys", error)
            order = ()
        numbering = self._numbering(table)
        hidden = tuple(BoundColumn(name, BIGINT, maker, path) for name, (path, maker) in numbering.hidden.items())
        hidden += self._companions(table)
        made = tuple(self._link(table, role, numbering.digits.get(role.key.name)) for role in order)
        columns = tuple(self._column(table, column, numbering.digits.get(column.name)) for column in table.columns)
        return TablePlan(table.name, place, self.counts[table.name], columns, made, hidden)

    def _companions(self, table: Table) -> tuple[BoundColumn, ...]:
        """Hidden columns that several columns share."""
        if not any(column.rule.name in ("person", "correlated") for column in table.columns):
            return ()
        from .companions import companions

        asks = {column.name: self._ask(table, column, unique=(column.name,) in table.keys) for column in table.columns}
        try:
            return tuple(companions(asks))
        except (ValueError, SynthError) as error:
            self._problem(f"tables.{table.name}.columns", error)
            return ()

    def _numbering(self, table: Table) -> Numbering:
        """What makes the table's composite keys unique; nothing when there are none left to care for."""
        try:
            named = {column: key.name for column, key in deciding(table).items()}
            keys = tuple(open_keys(table, named))
            if not keys:
                return Numbering()
            return number(table.name, self._parts(table, keys, set(named.values())))
        except (ValueError, SynthError) as error:
            self._problem(f"tables.{table.name}.keys", error)
            return Numbering()

    def _parts(self, table: Table, keys: tuple[Key, ...], links: set[str]) -> Parts:
        owner = ",".join(table.rows.via)
        sizes = {}
        for part in sorted(frozenset.union(*keys)):
            if part in links:
                key = next(key for key in table.foreign_keys if key.name == part)
                sizes[part] = self.counts[key.table]
            else:
                sizes[part] = rules.domain_for(self._ask(table, table.column(part), unique=False)).size
        most = self.children(table.name).high if owner else 0
        return Parts(keys, sizes, self.counts[table.name], owner, most)

    def children(self, name: str) -> Children:
        """The exact children counts of a table with rows `per` parent.

        Raises:
            ValueError: the total cannot be shared among the parents.
        """
        if name not in self._plans:
            table = self.schema.table(name)
            parents = self.counts[table.rows.per]
            stream = Stream.of(self.seed, name, *table.rows.via).child("children")
            childless = childless_parents(table.rows, parents)
            low, high = table.rows.min, table.rows.max
            self._plans[name] = Children.plan(parents, low, high, self.counts[name], stream, childless)
        return self._plans[name]

    def _link(self, table: Table, role: Role, digit: Digit | None) -> Link:
        key = role.key
        try:
            maker = self._choice(table, role, digit)
        except (ValueError, SynthError) as error:
            self._problem(f"tables.{table.name}.columns.{key.columns[0]}", error)
            maker = Constant(pa.scalar(None, pa.int64()))
        if key.nulls:
            maker = WithNulls(maker, key.nulls)
        if where := key.rule.options.get("where"):
            maker = Suitable(maker, rules.expression(str(where), BOOLEAN))
        column = BoundColumn(key.name, BIGINT, maker, (table.name, *key.columns), nullable=True, rule=key.rule)
        return Link(key, column)

    def _choice(self, table: Table, role: Role, digit: Digit | None) -> Generator:
        key = role.key
        if key.rule.options.get("where") and (why := _decided(table, role, digit)):
            raise ValueError(f"where cannot be given here: {why}")
        if role.decider:
            if digit:
                raise ValueError(f"({key.name}) must agree with ({role.decider.name}) and cannot be part of a key too")
            return self._agreeing(table, role)
        if digit and key.columns != table.rows.via:
            if self.counts[table.name] and not self.counts[key.table]:
                raise ValueError(f"{key.table!r} has no rows")
            return KeyDigit((digit.source,), digit.divisor, digit.size)
        nullable = any(table.column(name).nullable for name in key.columns)
        unique = key.columns in table.keys
        return links.choice_for(
            links.Ask(table, key, self.counts[table.name], self.counts[key.table], unique, nullable, self.children)
        )

    def _agreeing(self, table: Table, role: Role) -> Generator:
        agreed = agreement(self.schema, role)
        if agreed.through is None:
            return Copy((agreed.path,))
        other = self.schema.table(role.key.table)
        if agreed.through.columns == other.rows.via:
            return links.among_children(self.children(other.name), agreed.path)
        through = self._link(other, Role(agreed.through), None).column
        if isinstance(through.generator, Suitable):
            raise ValueError("the rows to choose from have a condition (where); make them belong with `per`")
        return links.among_listed(
            through.generator,
            Stream.of(self.seed, *through.path),
            self.counts[other.name],
            self.counts[agreed.through.table],
            agreed.path,
        )

    def _ask(self, table: Table, column: Column, *, unique: bool, decider: ForeignKey | None = None) -> Ask:
        pools = NotedPools(self.pools.folder, self.pools, (table.name, column.name), self._drawn)
        return Ask(table, column, self.counts[table.name], unique, pools, decider)

    def _column(self, table: Table, column: Column, digit: Digit | None) -> BoundColumn:
        try:
            decider = deciding(table).get(column.name)
            self._check_nulls(column, decider)
            ask = self._ask(table, column, unique=(column.name,) in table.keys, decider=decider)
            if digit and not decider:
                generator: Generator = KeyDigit((digit.source,), digit.divisor, digit.size, rules.domain_for(ask))
            else:
                generator = rules.generator_for(ask)
            generator = _wrapped(generator, column)
        except (ValueError, SynthError) as error:
            self._problem(f"tables.{table.name}.columns.{column.name}", error)
            generator = Constant(pa.scalar(None, column.type.arrow))
        path = (table.name, column.name)
        return BoundColumn(
            column.name, column.type, generator, path, column.nullable, distinct_values(generator), column.rule
        )

    def _check_nulls(self, column: Column, decider: ForeignKey | None) -> None:
        """ValueError when a column that is NOT NULL follows one that has NULLs."""
        if decider is None or column.nullable:
            return
        parent = self.schema.table(decider.table)
        target = parent.column(decider.references[decider.columns.index(column.name)])
        if target.nulls or target.when or any(key.nulls for key in parent.foreign_keys if target.name in key.columns):
            raise ValueError(f"{parent.name}.{target.name} has NULLs, and this column is NOT NULL; allow NULLs in it")

    def _problem(self, place: str, error: Exception) -> None:
        inner = error.problems if isinstance(error, SynthError) else ()
        self.problems += [replace(one, place=place) for one in inner] or [Problem(place, str(error))]


def _decided(table: Table, role: Role, digit: Digit | None) -> str:
    """Why a key's parents are not drawn one by one, so that no condition can have another one drawn; or nothing."""
    if role.key.table == table.name:
        return "the table references itself"
    if role.decider:
        return f"({role.key.name}) must agree with ({role.decider.name})"
    if digit or role.key.columns in table.keys:
        return f"({role.key.name}) is unique or part of a key, whose combinations are counted through"
    return ""


def _wrapped(generator: Generator, column: Column) -> Generator:
    if column.nulls and column.rule.name != "reference":
        generator = WithNulls(generator, column.nulls)
    return When(generator, rules.expression(column.when, BOOLEAN)) if column.when else generator


def distinct_values(generator: Generator) -> int | None:
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
