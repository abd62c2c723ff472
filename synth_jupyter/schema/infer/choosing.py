"""From the figures of a column to the rule that makes such values, with no value that is too rare to be told."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import NormalDist
from typing import Any

from ..model import Column
from .figures import EDGES, MOMENT, Figures, Floor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAME = 0.9
"""Share of the values that the listed ones, or one shape, must cover to stand for all."""
_FEW = 20
"""Distinct numbers or moments that are listed; of more the law is looked for."""
_QUARTER = EDGES[-1]
_STANDARD = NormalDist()
_QUARTILES = 1.349
"""Between the quartiles of a normal law with a deviation of 1."""
_INTEGERS = {"smallint": 2**15 - 1, "int": 2**31 - 1, "bigint": 2**63 - 1}


@dataclass(frozen=True)
class Choice:
    """Keys of the column in a document; `kept` says what was kept to itself."""

    keys: dict[str, Any]
    kept: str = ""


def choose(column: Column, figures: Figures, floor: Floor | None, unique: bool) -> Choice | None:
    """The rule that the figures ask for; None where what the schema says is all there is. No floor tells everything."""
    if not figures.values:
        return None
    measured = column.type.is_number or column.type.is_temporal
    if not unique and figures.top and not (measured and figures.distinct > _FEW and floor is not None):
        listed = _listed(column, figures, floor)
        if listed is not None:
            return listed
    if column.type.is_text:
        return _text(column, figures, floor, unique)
    if unique or not figures.quantiles:
        return None
    if column.type.is_number:
        return _numbers(column, figures, floor)
    return Choice(moments(figures, floor) | {"reason": "the span of most of its dates, widened"})


def _listed(column: Column, figures: Figures, floor: Floor | None) -> Choice | None:
    """The frequent values with their weights, where they are nearly all there are."""
    told = [(value, n) for value, n in figures.top if floor is None or floor.passed(n, figures.rows)]
    covered, withheld = sum(n for _, n in told), figures.distinct - len(told)
    if not told or covered < _SAME * figures.values:
        return None
    whole = sum(n for _, n in figures.top) == figures.values
    reason = f"{len(told)} frequent value{'s' if len(told) > 1 else ''}, by how often they occur"
    kept = "" if whole and len(told) == len(figures.top) else f"{max(withheld, 1):,} rarer values were left out"
    weights = [round(n / covered, 6) or 0.000001 for _, n in told]
    rule = {"choices": {"values": [_plain(value, column) for value, _ in told], "weights": weights}}
    return Choice({"generator": rule, "reason": reason}, kept)


def _plain(value: Any, column: Column) -> Any:
    if column.type.kind == "boolean":
        return bool(value)
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(Decimal(str(value)).normalize().quantize(_unit(column)) if column.type.kind == "decimal" else value)


def _unit(column: Column) -> Decimal:
    return Decimal(1).scaleb(-(column.type.scale or 0))


def _text(column: Column, figures: Figures, floor: Floor | None, unique: bool) -> Choice | None:
    """Dates kept as text, one shape as a pattern, else what the name says, else words of such lengths."""
    shape, count = figures.shapes[0] if figures.shapes else ("", 0)
    looked = min(figures.values, 100_000)
    if count >= _SAME * looked and (floor is None or floor.passed(count, looked)):
        if shape == "9999-99-99" or MOMENT.fullmatch(shape):
            return None
        if any(char.isdecimal() for char in shape) and _room(shape) >= (10 * figures.values if unique else 1):
            return Choice({"pattern": _pattern(shape), "reason": f"{_share(count / looked)} have the shape {shape}"})
    if column.rule.name != "text" or unique:
        return None
    least, most = figures.lengths
    lengths = {"min_length": max(1, least), "max_length": max(1, least, most)}
    return Choice({"generator": {"text": lengths}, "reason": f"words of {least} to {most} characters"})


def _room(shape: str) -> float:
    return math.prod({"9": 10.0, "a": 26.0, "A": 26.0}.get(char, 1.0) for char in shape)


def _pattern(shape: str) -> str:
    """The shape as a pattern: `AAA-9999` is `[A-Z]{3}-[0-9]{4}`."""
    classes = {"9": "[0-9]", "a": "[a-z]", "A": "[A-Z]"}
    return "".join(
        (classes.get(run[0][0]) or re.escape(run[0][0])) + (f"{{{len(run[0])}}}" if len(run[0]) > 1 else "")
        for run in re.finditer(r"(.)\1*", shape, re.S)
    )


def _share(share: float) -> str:
    return f"{share:.0%}"


def _numbers(column: Column, figures: Figures, floor: Floor | None) -> Choice:
    """Uniform, lognormal or normal, whichever the quantiles are nearest to, between widened bounds."""
    first, quarter, middle, third, last = figures.quantiles
    low, high = _bounds(column, figures, floor)
    span, bounds = last - first, _between(low, high, column)
    if span <= 0 or figures.edge >= _QUARTER or _even(figures):
        return Choice({**bounds, "reason": "spread evenly between bounds that are widened"})
    if first > 0 and (last - middle) > 2.5 * (middle - first) and quarter < third:
        return _long_tailed(column, figures, low, high)
    mean, spread = _cut_normal(figures.mean, third - quarter or figures.deviation * _QUARTILES, low, high)
    law = {"normal": {"mean": _brief(mean), "stddev": _brief(spread)}}
    return Choice({"distribution": law, **bounds, "reason": "gathered around its mean"})


def _long_tailed(column: Column, figures: Figures, low: float, high: float) -> Choice:
    """Lognormal, up to where the law itself has one value in a thousand left: sums depend on the tail."""
    _, quarter, middle, third, _ = figures.quantiles
    centre, between = math.log(middle), math.log(third / quarter)
    high = max(high, _rounder(math.exp(min(centre + _STANDARD.inv_cdf(0.999) * between / _QUARTILES, 700.0))))
    mean, sigma = _cut_normal(centre, between, math.log(max(low, 1e-300)), math.log(high))
    law = {"lognormal": {"mean": _brief(mean), "sigma": _brief(sigma)}}
    return Choice({"distribution": law, **_between(low, high, column), "reason": "positive with a long tail"})


def _rounder(value: float) -> float:
    """The next number above of two digits."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / step) * step


def _cut_normal(middle: float, between: float, low: float, high: float) -> tuple[float, float]:
    """Mean and deviation of the normal law that, cut to [low, high], has this median and distance of its quartiles.

    The bounds cut the law's tails, often one more than the other, which alone would move what is left. Where no such
    law comes out in some turns, the bounds and not the law decide: then it is the one without the cut.
    """
    mean, spread = plain = middle, between / _QUARTILES
    for _ in range(100):
        law = NormalDist(mean, spread)
        below, kept = law.cdf(low), law.cdf(high) - law.cdf(low)
        if kept < 0.5 or spread > 3 * plain[1]:
            return plain
        quarter, half, third = (_STANDARD.inv_cdf(below + share * kept) for share in (0.25, 0.5, 0.75))
        spread = between / (third - quarter)
        mean = middle - spread * half
    return mean, spread


def _even(figures: Figures) -> bool:
    first, quarter, middle, third, last = figures.quantiles
    span, within = last - first, 1 - 2 * figures.edge
    places = [(value - first) / span for value in (quarter, middle, third)]
    wanted = [(share - figures.edge) / within for share in (0.25, 0.5, 0.75)]
    return all(abs(place - other) < 0.07 for place, other in zip(places, wanted, strict=True))


def _span(figures: Figures) -> tuple[float, float]:
    """The least and the most of all values if the middle ones went on evenly: no value by itself says where it ends."""
    first, last = figures.quantiles[0], figures.quantiles[-1]
    if figures.edge == EDGES[0]:
        return first, last
    beyond = (last - first) * figures.edge / (1 - 2 * figures.edge)
    return first - beyond, last + beyond


def _brief(value: float) -> float:
    return float(f"{value:.4g}")


def _bounds(column: Column, figures: Figures, floor: Floor | None) -> tuple[float, float]:
    """Round numbers outside the span, none of which is a value of the data by itself; of few values, rounder ones."""
    least, (first, last) = figures.quantiles[0], _span(figures)
    if floor is None or last < first:
        return first, last
    digits = 0 if figures.values * EDGES[-1] < floor.rows else 1
    size = max(last - first, abs(last) / 10, 10.0 ** -(column.type.scale or 0), 1 if column.type.is_integer else 0)
    step = 10.0 ** (math.floor(math.log10(size)) - digits) if size > 0 else 1.0
    step = max(step, 1.0) if column.type.is_integer else step
    low, high = (math.ceil(first / step) - 1) * step, (math.floor(last / step) + 1) * step
    return max(low, 0.0) if least >= 0 else low, high


def _between(low: float, high: float, column: Column) -> dict[str, Any]:
    return {"min": _written(low, column), "max": _written(high, column)}


def _written(value: float, column: Column) -> Any:
    if column.type.is_integer:
        widest = _INTEGERS[column.type.kind]
        return max(-widest, min(widest, int(value)))
    if column.type.kind == "decimal":
        unit = _unit(column)
        most = Decimal(10) ** ((column.type.precision or 18) - (column.type.scale or 0)) - unit
        return str(max(-most, min(most, Decimal(repr(value)).quantize(unit))))
    return _brief(value)


def moments(figures: Figures, floor: Floor | None) -> dict[str, Any]:
    """Whole months around the span, or whole years where there are few values."""
    first, last = (_EPOCH + timedelta(microseconds=value) for value in _span(figures))
    if floor is None:
        return {"min": _day(first), "max": _day(last)}
    if figures.values * EDGES[-1] < floor.rows:
        return {"min": f"{first.year:04}-01-01", "max": f"{last.year:04}-12-31"}
    start = (first.replace(day=1) - timedelta(days=1)).replace(day=1)
    end = (last.replace(day=28) + timedelta(days=35)).replace(day=1)
    return {"min": _day(start), "max": _day(end)}


def most_children(most: int, parents: int, floor: Floor | None) -> int:
    """The most children of a parent, of which so many have that many; a rounder number above where too few have."""
    if floor is None or parents >= floor.rows:
        return most
    step: int = 10 ** (len(str(most)) - 1)
    return next(step * times for times in (1, 2, 5, 10) if step * times > most)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
