"""The laws themselves: distribution functions and quantiles of continuous ones, masses of discrete ones.

Formulas from NIST DLMF chapters 7 and 8 and from Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions;
special functions by scipy.special. Used when a plan is made, never at generation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isinf
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], Floats]

CONTINUOUS: Mapping[str, tuple[str, ...]] = {
    "normal": ("mean", "stddev"), "lognormal": ("mean", "sigma"), "exponential": ("lambda",),
    "gamma": ("shape", "scale"), "beta": ("alpha", "beta"), "weibull": ("shape", "scale"),
    "pareto": ("alpha", "minimum"), "triangular": ("low", "mode", "high"), "uniform": ("low", "high"),
    "empirical": ("edges", "weights"),
}  # fmt: skip
DISCRETE: Mapping[str, tuple[str, ...]] = {
    "poisson": ("mean",), "binomial": ("n", "p"), "geometric": ("p",), "zipf": ("exponent", "n"),
}  # fmt: skip
TINY = 1e-12


@dataclass(frozen=True)
class Law:
    """Below and above a value, and back: `cdf`, `sf` = 1 - cdf, and their inverses `ppf` and `isf`."""

    cdf: Function
    sf: Function
    ppf: Function
    isf: Function


def law(name: str, parameters: Mapping[str, Any]) -> Law:
    """The continuous law of that name; parameters as in CONTINUOUS (`beta` also takes `low` and `high`)."""
    if name == "empirical":
        return _empirical(parameters["edges"], parameters["weights"])
    return _LAWS[name]({key: float(value) for key, value in parameters.items()})


def _empirical(edges: Sequence[float], weights: Sequence[float]) -> Law:
    """A histogram: weight i spread evenly from edge i to edge i + 1 (equal edges hold all of it at one value)."""
    at = np.array(edges, dtype=np.float64)
    below = np.concatenate([[0.0], np.cumsum(np.array(weights, dtype=np.float64))])
    below /= below[-1]
    above = np.concatenate([np.cumsum(np.array(weights, dtype=np.float64)[::-1])[::-1], [0.0]])
    above /= above[0]
    return Law(
        lambda x: np.interp(x, at, below), lambda x: np.interp(x, at, above),
        lambda p: np.interp(p, below, at), lambda q: np.interp(q, above[::-1], at[::-1]),
    )  # fmt: skip


def _located(standard: Law, location: float, scale: float) -> Law:
    return Law(
        lambda x: standard.cdf((x - location) / scale),
        lambda x: standard.sf((x - location) / scale),
        lambda p: standard.ppf(p) * scale + location,
        lambda q: standard.isf(q) * scale + location,
    )


def _normal() -> Law:
    from scipy.special import ndtr, ndtri

    return Law(ndtr, lambda x: ndtr(-x), ndtri, lambda q: -ndtri(q))


def _lognormal(p: Mapping[str, float]) -> Law:
    inner = _located(_normal(), p["mean"], p["sigma"])

    def log(x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(x, 0))

    return Law(
        lambda x: inner.cdf(log(x)), lambda x: inner.sf(log(x)),
        lambda q: np.exp(inner.ppf(q)), lambda q: np.exp(inner.isf(q)),
    )  # fmt: skip


def _weibull(shape: float, scale: float) -> Law:
    def hazard(x: Floats) -> Floats:
        return np.power(np.maximum(x, 0) / scale, shape)

    return Law(
        lambda x: -np.expm1(-hazard(x)), lambda x: np.exp(-hazard(x)),
        lambda p: scale * np.power(-np.log1p(-p), 1 / shape), lambda q: scale * np.power(-np.log(q), 1 / shape),
    )  # fmt: skip


def _gamma(p: Mapping[str, float]) -> Law:
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    shape = p["shape"]
    standard = Law(
        lambda x: gammainc(shape, np.maximum(x, 0)), lambda x: gammaincc(shape, np.maximum(x, 0)),
        lambda u: gammaincinv(shape, u), lambda q: gammainccinv(shape, q),
    )  # fmt: skip
    return _located(standard, 0.0, p["scale"])


def _beta(p: Mapping[str, float]) -> Law:
    from scipy.special import betainc, betaincinv

    a, b = p["alpha"], p["beta"]
    low, high = p.get("low", 0.0), p.get("high", 1.0)
    standard = Law(
        lambda x: betainc(a, b, np.clip(x, 0, 1)), lambda x: betainc(b, a, np.clip(1 - x, 0, 1)),
        lambda u: betaincinv(a, b, u), lambda q: 1 - betaincinv(b, a, q),
    )  # fmt: skip
    return _located(standard, low, high - low)


def _pareto(p: Mapping[str, float]) -> Law:
    alpha, least = p["alpha"], p["minimum"]

    def above(x: Floats) -> Floats:
        return np.power(least / np.maximum(x, least), alpha)

    return Law(
        lambda x: 1 - above(x), above,
        lambda u: least * np.power(1 - u, -1 / alpha), lambda q: least * np.power(q, -1 / alpha),
    )  # fmt: skip


def _triangular(p: Mapping[str, float]) -> Law:
    low, mode, high = p["low"], p["mode"], p["high"]
    width, bend = high - low, (mode - low) / (high - low)

    def rise(x: Floats, edge: float, span: float) -> Floats:
        return (x - edge) ** 2 / (width * span) if span else np.zeros_like(x)

    def cdf(x: Floats) -> Floats:
        x = np.clip(x, low, high)
        return np.where(x < mode, rise(x, low, mode - low), 1 - rise(x, high, high - mode))

    def ppf(u: Floats) -> Floats:
        left = low + np.sqrt(u * width * (mode - low))
        return np.where(u < bend, left, high - np.sqrt(np.maximum(1 - u, 0) * width * (high - mode)))

    def isf(q: Floats) -> Floats:
        return np.where(q < 1 - bend, high - np.sqrt(q * width * (high - mode)), ppf(1 - q))

    return Law(cdf, lambda x: 1 - cdf(x), ppf, isf)


def _uniform(p: Mapping[str, float]) -> Law:
    standard = Law(
        lambda x: np.clip(x, 0, 1), lambda x: np.clip(1 - x, 0, 1), lambda u: u, lambda q: 1 - q
    )  # fmt: skip
    return _located(standard, p["low"], p["high"] - p["low"])


_LAWS: Mapping[str, Callable[[Mapping[str, float]], Law]] = {
    "normal": lambda p: _located(_normal(), p["mean"], p["stddev"]), "lognormal": _lognormal, "gamma": _gamma,
    "exponential": lambda p: _weibull(1.0, 1 / p["lambda"]), "beta": _beta,
    "weibull": lambda p: _weibull(p["shape"], p["scale"]), "pareto": _pareto, "triangular": _triangular,
    "uniform": _uniform,
}  # fmt: skip


def masses(name: str, p: Mapping[str, float]) -> tuple[int, list[float]]:
    """(smallest value, mass of it and each next one) of a discrete law; tails below 1e-12 are left out."""
    return _MASSES[name](p)


def _poisson(p: Mapping[str, float]) -> tuple[int, list[float]]:
    mean = p["mean"]
    return _around(int(mean), 0, inf, lambda k: mean / (k + 1))


def _binomial(p: Mapping[str, float]) -> tuple[int, list[float]]:
    n, share = int(p["n"]), p["p"]
    if share >= 1:
        return n, [1.0]
    odds = share / (1 - share)
    return _around(int(n * share), 0, n, lambda k: (n - k) / (k + 1) * odds)


def _geometric(p: Mapping[str, float]) -> tuple[int, list[float]]:
    return _around(1, 1, inf, lambda k: 1 - p["p"])


def _around(mode: int, least: int, most: float, ratio: Callable[[int], float]) -> tuple[int, list[float]]:
    """Relative masses from the mode outwards, by the ratio of each value's mass to that of the one below it."""
    up, at = [1.0], mode
    while at < most and up[-1] > TINY / 100:
        up.append(up[-1] * ratio(at))
        at += 1
    down, at = [], mode
    mass = 1.0
    while at > least and mass > TINY / 100:
        at -= 1
        mass /= ratio(at)
        down.append(mass)
    return mode - len(down), [*reversed(down), *up]


def _zipf(p: Mapping[str, float]) -> tuple[int, list[float]]:
    if isinf(p["n"]) or p["n"] > 1_000_000:
        raise ValueError("zipf needs n, at most 1,000,000")
    return 1, [zipf_mass(rank, rank + 1, p["exponent"]) for rank in range(1, int(p["n"]) + 1)]


def zipf_mass(start: int, end: int, exponent: float) -> float:
    """The mass of ranks start..end-1: exact for one rank, the integral from start - 1/2 to end - 1/2 for more."""
    if end - start == 1:
        return float(start**-exponent)
    low, high = start - 0.5, end - 0.5
    if abs(exponent - 1.0) < 1e-9:
        return float(np.log(high / low))
    return float((low ** (1 - exponent) - high ** (1 - exponent)) / (exponent - 1))


_MASSES: Mapping[str, Callable[[Mapping[str, float]], tuple[int, list[float]]]] = {
    "poisson": _poisson, "binomial": _binomial, "geometric": _geometric, "zipf": _zipf,
}  # fmt: skip
