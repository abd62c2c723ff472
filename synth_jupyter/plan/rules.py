"""Rules become generators: one function a rule, chosen by the rule's name; other names are plug-ins."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ..datatypes import DataType
from ..generators import GENERATORS
from ..generators.categorical import Alias, Choices
from ..generators.collections import ArrayOf, Bytes, EightBytes
from ..generators.derived import Constant, Copy, Expression, Position
from ..generators.distributions import Continuous, Discrete, discrete, quantiles
from ..generators.domains import PERMUTABLE, AnyOf, Domain, EachOnce, Listed, Steps, Uuids
from ..generators.frozen import Frozen, mapped
from ..generators.keys import Sequence
from ..generators.laws import DISCRETE
from ..generators.numeric import EachFloatOnce, UniformFloat
from ..generators.protocol import POSITION, Generator
from ..generators.temporal import DAY, After, parse_duration
from ..schema.model import Column, Rule
from . import texts
from .ranges import SECOND, Ask, check_fits, lengths, limits, steps
from .values import typed, typed_array, units


def generator_for(ask: Ask) -> Generator:
    """The generator of a column's rule.

    Raises:
        ValueError: the rule cannot do what is asked; the message says why.
        SynthError: a plug-in, a pool or an expression is refused.
    """
    rule = ask.column.rule
    maker = RULES.get(rule.name)
    if maker is None:
        return _plugin(rule.name, rule.options)
    return maker(ask)


def domain_for(ask: Ask) -> Domain:
    """The exact domain of a column's rule, for keys that are made of several columns; ValueError if it has none."""
    maker = DOMAINS.get(ask.column.rule.name)
    if maker is None:
        raise ValueError(f"the rule {ask.column.rule} has no finite set of values to choose from without repeating")
    return maker(ask)


def _plugin(name: str, options: Mapping[str, Any]) -> Generator:
    try:
        made = GENERATORS[name](**options)
    except TypeError as error:
        raise ValueError(f"the generator {name!r} does not take these options: {error}") from error
    if not isinstance(made, Generator):
        raise ValueError(f"{name!r} is no generator: it needs `needs` and `generate(rows, stream, inputs)`")
    return made


def _sequence(ask: Ask) -> Generator:
    start, step = units(ask.option("start", 1), ask.type), int(ask.option("step", 1))
    last = start + step * max(ask.rows - 1, 0)
    check_fits(last, ask.type)
    return Sequence(ask.type.arrow, start, step)


def _uniform(ask: Ask) -> Generator:
    if ask.type.kind in ("real", "double"):
        return _uniform_float(ask)
    return _drawn(ask, steps(ask))


def _uniform_float(ask: Ask) -> Generator:
    low, high = float(ask.option("min", 0.0)), float(ask.option("max", 1_000_000.0))
    if low > high:
        raise ValueError(f"min {low} is above max {high}")
    if not ask.unique:
        return UniformFloat(ask.type.arrow, low, high, ask.option("decimals"))
    step = (high - low) / max(ask.rows - 1, 1)
    finest = max(abs(low), abs(high), 1e-300) * (2.0**-22 if ask.type.kind == "real" else 2.0**-50)
    if ask.rows > 1 and step < finest:
        raise ValueError(f"there are fewer than {ask.rows:,} different {ask.type} values between {low} and {high}")
    return EachFloatOnce(ask.type.arrow, low, step, max(ask.rows, 1))


def _drawn(ask: Ask, domain: Domain) -> Generator:
    """Any value of the domain, or each at most once where the column is unique."""
    if not ask.unique:
        return AnyOf(domain)
    if domain.size < ask.rows:
        raise ValueError(f"{ask.rows:,} different values are needed, there are only {domain.size:,}")
    if isinstance(domain, Steps) and domain.size > PERMUTABLE:
        domain = domain.thinned(PERMUTABLE)
    return EachOnce(domain)


def _choices(ask: Ask) -> Generator:
    values = typed_array(list(ask.option("values", [])), ask.type)
    if ask.unique:
        return _drawn(ask, _listed(ask))
    weights = ask.option("weights") or [1] * len(values)
    if len(weights) != len(values):
        raise ValueError(f"there are {len(values)} choices and {len(weights)} weights")
    return Choices(values, Alias.of([float(weight) for weight in weights]))


def _listed(ask: Ask) -> Listed:
    values = typed_array(list(dict.fromkeys(ask.option("values", []))), ask.type)
    if not len(values):
        raise ValueError("there are no choices")
    return Listed(values)


def _bernoulli(ask: Ask) -> Generator:
    share = float(ask.option("p", 0.5))
    if ask.unique:
        return _drawn(ask, _both(ask))
    if not 0 <= share <= 1:
        raise ValueError(f"p is {share}, not a share between 0 and 1")
    return Choices(pa.array([True, False]), Alias.of([share, 1 - share]))


def _both(ask: Ask) -> Listed:
    return Listed(pa.array([False, True]))


def _distribution(ask: Ask) -> Generator:
    if ask.unique:
        raise ValueError("a column with a distribution cannot be unique: its law repeats values")
    law, given = str(ask.option("law")), dict(ask.option("parameters", {}))
    low, high = limits(ask)
    if law in DISCRETE:
        first, alias = discrete(law, given, low, high)
        return Discrete(ask.type.arrow, first, alias)
    scale = ask.type.scale if ask.type.kind == "decimal" else 0 if ask.type.is_integer else ask.option("decimals")
    return Continuous(ask.type.arrow, quantiles(law, given, low, high), scale)


def _bytes(ask: Ask) -> Generator:
    longest = ask.type.length or 16
    if ask.unique:
        if longest < 8:
            raise ValueError(f"unique binary values are 8 bytes long and do not fit {ask.type}")
        return _drawn(ask, EightBytes())
    least, most = lengths(ask, usual=longest)
    return Bytes(min(8, most) if least is None else least, most)


def _frozen(ask: Ask) -> Generator:
    digest = str(ask.option("data"))
    path = str(ask.pools.column_path(digest))
    if ask.rows > (held := len(mapped(path))):
        raise ValueError(f"{ask.rows:,} rows are asked for, and only {held:,} exist")
    return Frozen(digest, ask.type.arrow, path)


def _array(ask: Ask) -> Generator:
    item = ask.type.item
    if item is None or ask.unique:
        raise ValueError("an array cannot be unique" if item else f"array makes arrays, not {ask.type}")
    rule = Rule(str(ask.option("item", "uniform")), ask.option("options", {}))
    inner = generator_for(replace(ask, column=Column(ask.column.name, item, rule), unique=False))
    if inner.needs:
        raise ValueError(f"the items of an array cannot be made by {rule.name}: it reads other columns")
    least, most = int(ask.option("min_items", 0)), int(ask.option("max_items", 5))
    if not 0 <= least <= most:
        raise ValueError(f"min_items {least} and max_items {most} are no range")
    return ArrayOf(inner, item.arrow, least, most)


def _uuid(ask: Ask) -> Generator:
    return EachOnce(Uuids())


def _expression(ask: Ask) -> Generator:
    return expression(str(ask.option("sql")), ask.type)


def expression(sql: str, type: DataType) -> Expression:
    """A SQL expression over columns of this row or of parents as a generator of `type`."""
    from ..sql.arithmetic import program_of
    from ..sql.expressions import parse_expression  # the parser takes as long to import as all of this room
    from ..sql.labels import labels_of, numbered

    parsed = parse_expression(sql)
    names = {path: f"c{number}" for number, path in enumerate(parsed.columns)}
    labels = labels_of(parsed) if type.arrow == pa.string() else ()
    places = numbered(parsed, labels) if labels else parsed
    coded = places.render(names) if labels else ""
    program = program_of(places.root) if len(labels) < 1 << 7 else None
    sql = parsed.render(names)
    return Expression(sql, type.arrow, tuple(names.values()), parsed.columns, labels, coded, program)


def _after(ask: Ask) -> Generator:
    least, most = parse_duration(str(ask.option("min", "0s"))), parse_duration(str(ask.option("within", "30d")))
    if ask.type.kind == "date":
        least, most = -(-least // DAY) * DAY, most // DAY * DAY
    if least > most:
        raise ValueError(f"min {ask.option('min')} is more than within {ask.option('within')}")
    step = SECOND if most - least >= SECOND else 1
    return After(ask.type.arrow, (str(ask.option("column")),), least, most, step)


def _position(ask: Ask) -> Generator:
    via = ",".join(ask.table.rows.via)
    return Position(ask.type.arrow, (f"{via}.{POSITION}",), int(ask.option("start", 1)))


def _reference(ask: Ask) -> Generator:
    key = ask.decider
    if key is None:
        raise ValueError("it follows no foreign key")
    target = key.references[key.columns.index(ask.column.name)]
    return Copy((f"{key.name}.{target}",))


def _constant(ask: Ask) -> Generator:
    if ask.unique and ask.rows > 1:
        raise ValueError(f"a constant cannot be unique in {ask.rows:,} rows")
    return Constant(pa.scalar(typed(ask.option("value"), ask.type), ask.type.arrow))


def _correlated(ask: Ask) -> Generator:
    from .companions import correlated

    return correlated(ask)


def _made(ask: Ask) -> Generator:
    from .made import MADE  # with what makes persons, profiles and excerpts, which few plans need

    return MADE[ask.column.rule.name](ask)


RULES: Mapping[str, Callable[[Ask], Generator]] = {
    "sequence": _sequence, "uniform": _uniform, "choices": _choices, "bernoulli": _bernoulli,
    "distribution": _distribution, "faker": texts.faker, "pattern": texts.pattern, "text": texts.text, "uuid": _uuid,
    "expression": _expression, "after": _after, "position": _position, "reference": _reference,
    "constant": _constant, "bytes": _bytes, "json": texts.json, "array": _array, "frozen": _frozen,
    "correlated": _correlated,
    **dict.fromkeys(("template", "depends", "person", "before", "between", "profile", "excerpt"), _made),
}  # fmt: skip

DOMAINS: Mapping[str, Callable[[Ask], Domain]] = {
    "sequence": lambda ask: Steps(int(ask.option("start", 1)), max(ask.rows, 1), ask.type.arrow),
    "uniform": steps, "choices": _listed, "bernoulli": _both, "faker": texts.pool_domain,
    "pattern": texts.pattern_domain, "uuid": lambda ask: Uuids(),
}  # fmt: skip
