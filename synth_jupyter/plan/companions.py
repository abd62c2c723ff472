"""Hidden columns that visible ones share: the number of a person, the normal scores of correlated columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np

from ..datatypes import DataType
from ..errors import did_you_mean
from ..generators.copula import CorrelatedSteps, CorrelatedValues, Curve, Scores, grid
from ..generators.distributions import Quantiles, quantiles, truncated
from ..generators.laws import DISCRETE, law, masses
from ..generators.protocol import Generator
from ..schema.model import Rule
from .made import PERSON, people_of, person_source
from .model import BoundColumn
from .ranges import Ask, limits, steps

SCORE = "\x1fscore "
"""Begins the name of the hidden column that holds the normal scores of the column it names."""
_STANDARD = {"mean": 0.0, "stddev": 1.0}
BIGINT, DOUBLE = DataType("bigint"), DataType("double")


def companions(asks: Mapping[str, Ask]) -> Iterator[BoundColumn]:
    """The hidden columns that a table's columns (by name) need, each once.

    Raises:
        ValueError: the columns named cannot be correlated so.
    """
    made: set[str] = set()
    for ask in asks.values():
        if ask.column.rule.name == "person" and (source := person_source(ask.column)) not in made:
            made.add(source)
            path = (ask.table.name, "person", source.removeprefix(PERSON))
            yield BoundColumn(source, BIGINT, people_of(ask).numbers, path)
    if any(ask.column.rule.name == "correlated" for ask in asks.values()):
        yield from _Mixing(asks).columns()


@dataclass
class _Mixing:
    """The scores of a table's correlated columns; `parts` grows: each score by the independent draws it is made of."""

    asks: Mapping[str, Ask]
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    made: dict[str, BoundColumn] = field(default_factory=dict)

    def columns(self) -> Iterator[BoundColumn]:
        for name, ask in self.asks.items():
            if ask.column.rule.name == "correlated":
                self._score(name, ())
        yield from self.made.values()

    def _score(self, name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            raise ValueError(f"correlations go in a circle: {' -> '.join([*trail, name])}")
        if name in self.parts:
            return
        ask = self.asks.get(name)
        if ask is None:
            raise ValueError(
                f"{trail[-1]} is correlated with {name!r}, which is no column{did_you_mean(name, self.asks)}"
            )
        others: Mapping[str, float] = ask.option("with", {}) if ask.column.rule.name == "correlated" else {}
        if not others and not _has_score(ask):
            raise ValueError(f"{name} ({ask.column.rule.name}) has no distribution or range to be correlated with")
        for other in others:
            self._score(other, (*trail, name))
        shares, own = self._shares(name, others)
        self.parts[name] = {name: own}
        for other, share in zip(others, shares, strict=True):
            for draw, part in self.parts[other].items():
                self.parts[name][draw] = self.parts[name].get(draw, 0.0) + share * part
        needs = tuple(f"{SCORE}{other}" for other in others)
        scores = Scores(_standard(), own, shares, needs)
        self.made[name] = BoundColumn(f"{SCORE}{name}", DOUBLE, scores, (ask.table.name, name))

    def _shares(self, name: str, others: Mapping[str, float]) -> tuple[tuple[float, ...], float]:
        """The weights of the others' scores and of this column's own draw, to ten digits."""
        if not others:
            return (), 1.0
        wanted = np.array([float(share) for share in others.values()])
        among = np.array([[self._together(one, other) for other in others] for one in others])
        try:
            shares = np.linalg.solve(among, wanted)
        except np.linalg.LinAlgError:
            shares = np.full(len(wanted), 2.0)
        rest = 1 - float(shares @ wanted)
        if not 0 < rest <= 1:
            raise ValueError(f"no numbers have these correlations: {name} with {', '.join(others)}")
        return tuple(float(f"{share:.9e}") for share in shares), float(f"{sqrt(rest):.9e}")

    def _together(self, one: str, other: str) -> float:
        return sum(part * self.parts[other].get(draw, 0.0) for draw, part in self.parts[one].items())


def _has_score(ask: Ask) -> bool:
    """Whether a column's value rises with its draw, so that the draw can be read as a score."""
    rule = ask.column.rule
    numeric = ask.type.is_number or ask.type.is_temporal
    return (
        not ask.unique
        and numeric
        and (rule.name == "uniform" or (rule.name == "distribution" and rule.options.get("law") not in DISCRETE))
    )


def _standard() -> Quantiles:
    return quantiles("normal", _STANDARD, -np.inf, np.inf)


def correlated(ask: Ask) -> Generator:
    """The generator of a correlated column: its own rule, read at its score."""
    inner = replace(ask, column=replace(ask.column, rule=Rule(str(ask.option("rule")), ask.option("options", {}))))
    needs = (f"{SCORE}{ask.column.name}",)
    if ask.unique:
        raise ValueError("a correlated column cannot be unique: its law repeats values")
    if inner.column.rule.name == "uniform" and ask.type.kind not in ("real", "double"):
        domain = steps(inner)
        return CorrelatedSteps(ask.type.arrow, _probability(), domain.low, domain.step, domain.size, needs)
    if inner.column.rule.name == "uniform":
        edges = {"low": float(inner.option("min", 0)), "high": float(inner.option("max", 1_000_000))}
        return CorrelatedValues(ask.type.arrow, _curve("uniform", edges, *limits(inner)), None, needs)
    name, given = str(inner.option("law")), inner.option("parameters", {})
    low, high = limits(inner)
    if name in DISCRETE:
        return _discrete(ask, name, given, low, high, needs)
    scale = ask.type.scale if ask.type.kind == "decimal" else 0 if ask.type.is_integer else None
    return CorrelatedValues(ask.type.arrow, _curve(name, given, low, high), scale, needs)


def _discrete(
    ask: Ask, name: str, given: Mapping[str, float], low: float, high: float, needs: tuple[str, ...]
) -> CorrelatedSteps:
    start, weights = masses(name, {key: float(value) for key, value in given.items()})
    kept = {start + at: weight for at, weight in enumerate(weights) if low <= start + at <= high}
    if not sum(kept.values()) > 0:
        raise ValueError(f"{name} with these parameters has no values between {low} and {high}")
    below = np.cumsum(list(kept.values())) / sum(kept.values())
    factor = 10 ** (ask.type.scale or 0)
    frozen = np.array([float(f"{share:.9e}") for share in below])
    return CorrelatedSteps(ask.type.arrow, _probability(), min(kept) * factor, factor, len(kept), needs, below=frozen)


def _probability() -> Curve:
    return Curve.of(law("normal", _STANDARD).cdf(grid()))


def _curve(name: str, given: Mapping[str, float], low: float, high: float) -> Curve:
    """The law's quantile at the normal share of each score, from the nearer tail."""
    lower, upper = truncated(name, given, low, high)
    scores = grid()
    shares = law("normal", _STANDARD).cdf(-np.abs(scores))
    values = np.where(scores <= 0, lower(shares), upper(shares))
    return Curve.of(np.clip(values, low, high))
