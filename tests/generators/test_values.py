"""Numbers, choices, laws, NULLs and moments."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from synth_jupyter.generators.categorical import Alias, Choices
from synth_jupyter.generators.derived import Constant
from synth_jupyter.generators.distributions import Continuous, discrete, quantiles
from synth_jupyter.generators.domains import AnyOf, EachOnce, Steps
from synth_jupyter.generators.keys import Sequence
from synth_jupyter.generators.nulls import When, WithNulls, mask_out
from synth_jupyter.generators.numeric import EachFloatOnce, UniformFloat
from synth_jupyter.generators.temporal import DAY, After, parse_duration
from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema.document import read
from synth_jupyter.streams import Stream

STREAM = Stream.of(2, "t", "c")
ROWS = np.arange(100_000, dtype=np.int64)
EVERYWHERE = (-np.inf, np.inf)
LAWS = {
    "normal": ({"mean": 5, "stddev": 2}, stats.norm(5, 2)),
    "lognormal": ({"mean": 4, "sigma": 1}, stats.lognorm(1, scale=np.exp(4))),
    "exponential": ({"lambda": 0.5}, stats.expon(scale=2)),
    "gamma": ({"shape": 2.5, "scale": 3}, stats.gamma(2.5, scale=3)),
    "beta": ({"alpha": 2, "beta": 5}, stats.beta(2, 5)),
    "weibull": ({"shape": 1.5, "scale": 2}, stats.weibull_min(1.5, scale=2)),
    "pareto": ({"alpha": 2.5, "minimum": 1}, stats.pareto(2.5)),
    "triangular": ({"low": 0, "mode": 3, "high": 10}, stats.triang(0.3, scale=10)),
    "uniform": ({"low": 2, "high": 5}, stats.uniform(2, 3)),
}


@pytest.mark.parametrize("name", LAWS)
def test_a_continuous_law_passes_kolmogorov_smirnov(name: str) -> None:
    parameters, law = LAWS[name]
    drawn = quantiles(name, parameters, *EVERYWHERE).at(ROWS, STREAM)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", LAWS)
def test_a_truncated_law_is_the_law_given_the_bounds_and_not_a_clamped_one(name: str) -> None:
    parameters, law = LAWS[name]
    low, high = law.ppf(0.3), law.ppf(0.9)
    drawn = quantiles(name, parameters, low, high).at(ROWS, STREAM)
    assert low <= drawn.min() <= drawn.max() <= high
    assert stats.kstest(drawn, lambda x: (law.cdf(x) - 0.3) / 0.6).pvalue > 1e-3
    assert max(np.mean(drawn == low), np.mean(drawn == high)) < 0.001


def test_a_law_without_mass_between_its_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="no values between"):
        quantiles("uniform", {"low": 0, "high": 1}, 2, 3)
    with pytest.raises(ValueError, match="no values between"):
        discrete("binomial", {"n": 5, "p": 0.5}, 6, 9)


@pytest.mark.parametrize(
    ("name", "parameters", "law"),
    [
        ("poisson", {"mean": 3.5}, stats.poisson(3.5)),
        ("poisson", {"mean": 10_000}, stats.poisson(10_000)),
        ("binomial", {"n": 20, "p": 0.3}, stats.binom(20, 0.3)),
        ("geometric", {"p": 0.2}, stats.geom(0.2)),
    ],
)
def test_a_discrete_law_has_its_masses(name: str, parameters: dict[str, float], law: object) -> None:
    low, alias = discrete(name, parameters, *EVERYWHERE)
    drawn = alias.draw(ROWS, STREAM) + low
    values = np.arange(drawn.min(), drawn.max() + 1)
    expected = law.pmf(values) * len(ROWS)  # type: ignore[attr-defined]
    seen = np.bincount(drawn - drawn.min(), minlength=len(values))
    common = expected > 10
    assert ((seen - expected)[common] ** 2 / expected[common]).sum() < 2 * common.sum() + 60


def test_decimals_of_a_law_are_on_their_grid() -> None:
    type = pa.decimal128(10, 2)
    values = Continuous(type, quantiles("normal", {"mean": 0, "stddev": 50}, -100, 100), 2).generate(ROWS, STREAM, {})
    assert values.type == type
    assert pa.compute.max(values).as_py() <= 100


LIMITS = [
    ("decimal(38,2)", "normal: {mean: 1.0e30, stddev: 1.0e29}", "", (2 * 10**29, 2 * 10**30)),
    ("decimal(38,10)", "pareto: {alpha: 0.1, minimum: 1}", "", (1, 10**28 - 1)),
    ("decimal(12,2)", "pareto: {alpha: 0.01, minimum: 1}", "", (1, 10**10 - 1)),
    ("bigint", "pareto: {alpha: 0.01, minimum: 1}", "", (1, 2**63 - 1)),
    ("bigint", "normal: {mean: 9.0e18, stddev: 1.0e18}", ", max: 9_100_000_000_000_000_001", (10**18, 91 * 10**17 + 1)),
    ("decimal(38,20)", "poisson: {mean: 1000}", "", (500, 1500)),
]  # fmt: skip


@pytest.mark.parametrize(("type", "law", "more", "limits"), LIMITS)
def test_laws_reach_the_limits_of_their_types_and_no_further(
    type: str, law: str, more: str, limits: tuple[int, int]
) -> None:
    column = f'{{type: "{type}", distribution: {{{law}}}{more}}}'
    plan = build_plan(read(f"experiment: e\ntables:\n  t:\n    rows: 9\n    columns:\n      v: {column}\n").schema, 1)
    values = plan.table("t").column("v").generator.generate(ROWS[:20_000], STREAM, {}).to_pylist()
    assert limits[0] <= min(values) <= max(values) <= limits[1]
    assert len(set(values)) > 100


def test_choices_keep_their_weights_and_one_dictionary() -> None:
    generator = Choices(pa.array(["gold", "silver", "basic"]), Alias.of([1, 3, 6]))
    values = generator.generate(ROWS, STREAM, {})
    assert isinstance(values, pa.DictionaryArray)
    shares = np.bincount(values.indices.to_numpy(), minlength=3) / len(ROWS)
    assert np.abs(shares - [0.1, 0.3, 0.6]).max() < 0.006
    assert values.dictionary.equals(generator.generate(ROWS[:1], STREAM, {}).dictionary)


def test_nulls_come_from_a_stream_of_their_own() -> None:
    plain = AnyOf(Steps(0, 1000, pa.int32()))
    some = WithNulls(plain, 0.25).generate(ROWS, STREAM, {})
    assert abs(some.null_count / len(ROWS) - 0.25) < 0.006
    kept = pa.compute.is_valid(some)
    assert some.filter(kept).equals(plain.generate(ROWS, STREAM, {}).filter(kept))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_extreme_null_shares_are_exact(share: float) -> None:
    assert WithNulls(Sequence(pa.int64()), share).generate(ROWS, STREAM, {}).null_count == share * len(ROWS)


def test_a_null_row_cannot_be_found_by_its_value() -> None:
    generator = WithNulls(EachOnce(Steps(0, 1000, pa.int64())), 0.5)
    values = generator.generate(ROWS[:1000], STREAM, {})
    rows = generator.rows_of(EachOnce(Steps(0, 1000, pa.int64())).generate(ROWS[:1000], STREAM, {}), STREAM)
    assert np.array_equal(rows >= 0, values.is_valid().to_numpy(zero_copy_only=False))


def test_when_keeps_values_only_where_the_condition_holds() -> None:
    condition = Choices(pa.array([True, False, None]), Alias.of([1, 1, 1]))
    values = When(Sequence(pa.int64()), condition).generate(ROWS[:999], STREAM, {})
    held = condition.generate(ROWS[:999], STREAM.child("when"), {}).fill_null(False)
    assert values.is_valid().equals(held)


@pytest.mark.parametrize("values", [pa.array([1, 2]), pa.array(["a", "b"]).dictionary_encode(), pa.array([[1], [2]])])
def test_masking_works_on_plain_dictionary_and_list_arrays(values: pa.Array) -> None:
    masked = mask_out(values, np.array([True, False]))
    assert masked.type == values.type
    assert masked.to_pylist() == [None, values.to_pylist()[1]]


def test_sequences_count_and_find_their_rows() -> None:
    generator = Sequence(pa.decimal128(12, 2), 100, 25)
    values = generator.generate(ROWS[:10], STREAM, {})
    assert [str(value) for value in values.to_pylist()[:3]] == ["1.00", "1.25", "1.50"]
    assert generator.rows_of(values, STREAM).tolist() == list(range(10))


def test_floats_stay_in_their_range_and_unique_ones_are_distinct() -> None:
    drawn = UniformFloat(pa.float64(), -1.5, 2.5, 2).generate(ROWS, STREAM, {}).to_numpy()
    assert -1.5 <= drawn.min() <= drawn.max() <= 2.5
    assert np.allclose(drawn * 100, np.rint(drawn * 100))
    once = EachFloatOnce(pa.float64(), 0.0, 0.001, len(ROWS))
    values = once.generate(ROWS, STREAM, {})
    assert len(values.unique()) == len(ROWS)
    assert np.array_equal(once.rows_of(values, STREAM), ROWS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10d", 10 * DAY), ("2y", 730 * DAY), ("1h30m", 5_400_000_000), ("90 s", 90_000_000), ("250ms", 250_000)],
)
def test_durations_are_read(text: str, expected: int) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "10", "d", "10x", "-5d", "1.5d", "10d and more"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("base", [pa.date32(), pa.timestamp("us")])
@pytest.mark.parametrize("type", [pa.date32(), pa.timestamp("us")])
def test_a_later_moment_is_never_before_its_base(base: pa.DataType, type: pa.DataType) -> None:
    start = AnyOf(Steps(0, 1000, base, 1 if base == pa.date32() else 7_777_777_777)).generate(
        ROWS, STREAM.child("b"), {}
    )
    later = After(type, ("b",), 0, 3 * DAY).generate(ROWS, STREAM, {"b": start})
    microseconds = pa.timestamp("us")
    gap = later.cast(microseconds).cast(pa.int64()).to_numpy() - start.cast(microseconds).cast(pa.int64()).to_numpy()
    assert gap.min() >= 0
    assert gap.max() <= 4 * DAY


def test_a_later_moment_of_nothing_is_nothing() -> None:
    base = pa.array([None, 5], pa.timestamp("us"))
    assert After(pa.date32(), ("b",), 0, DAY).generate(ROWS[:2], STREAM, {"b": base}).is_null().to_pylist() == [
        True,
        False,
    ]


def test_a_constant_is_everywhere() -> None:
    assert Constant(pa.scalar("x")).generate(ROWS[:3], STREAM, {}).to_pylist() == ["x"] * 3
