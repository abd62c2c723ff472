"""Every generator keeps the contract that plug-in authors inherit; so does a ten-line one from a notebook cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest

import synth_jupyter
from synth_jupyter.engine.batches import evaluate
from synth_jupyter.engine.execute import execute
from synth_jupyter.engine.executors import InlineExecutor
from synth_jupyter.errors import GenerationError, PlanError, PluginError, SynthError
from synth_jupyter.generators.categorical import Alias, Choices
from synth_jupyter.generators.children import Children
from synth_jupyter.generators.collections import ArrayOf, Bytes, EightBytes
from synth_jupyter.generators.copula import CorrelatedSteps, CorrelatedValues, Curve, Scores, grid
from synth_jupyter.generators.dependent import Dependent
from synth_jupyter.generators.derived import Constant, Copy, Expression, Position
from synth_jupyter.generators.distributions import Continuous, Discrete, discrete, quantiles
from synth_jupyter.generators.domains import AnyOf, EachOnce, Listed, Steps, Uuids
from synth_jupyter.generators.excerpts import Excerpt
from synth_jupyter.generators.frozen import Frozen
from synth_jupyter.generators.keys import KeyDigit, Sequence, ShiftedDigit, SumDigit, WithinOwner
from synth_jupyter.generators.nulls import When, WithNulls
from synth_jupyter.generators.numeric import EachFloatOnce, UniformFloat
from synth_jupyter.generators.patterns import Pattern, UniquePattern
from synth_jupyter.generators.people import unique_text
from synth_jupyter.generators.persons import People, PersonText
from synth_jupyter.generators.profiles import HOUR, Arrivals, OrderedArrivals
from synth_jupyter.generators.references import (
    AmongChildren,
    AmongListed,
    AnyOther,
    EarlierRow,
    OneToOne,
    OwnerParent,
    Suitable,
    Tree,
    UniformParent,
    WeightedParent,
    ZipfParent,
)
from synth_jupyter.generators.templates import Template
from synth_jupyter.generators.temporal import DAY, After, Before, Between
from synth_jupyter.generators.text import FakerRows, JsonObjects, PoolValues, Sentences
from synth_jupyter.plan.build import build_plan
from synth_jupyter.pools import PoolSource
from synth_jupyter.pools.frozen import column_path, keep_column
from synth_jupyter.schema.document import read
from synth_jupyter.streams import Rows, Stream
from synth_jupyter.testing import ROWS, GeneratorContract

POOLS = PoolSource(None)
CHILDREN = Children.plan(300, 1, 9, ROWS, Stream.of(1, "children"))
NUMBERS = pa.array(np.arange(ROWS, dtype=np.int64) * 37 % 900)
MOMENTS = pa.array(np.arange(ROWS) * 1_000_000_000).cast(pa.timestamp("us"))
BIG, TEXT = pa.int64(), pa.string()
ALL, STREAM = np.arange(ROWS, dtype=np.int64), Stream.of(1, "inputs")
WORDS = pa.DictionaryArray.from_arrays(pa.array(np.arange(ROWS) % 2), pa.array(["né", "o"]))
LATER = pa.array(np.arange(ROWS) * 1_000_000_000 + 5_000_000_000).cast(pa.timestamp("us"))
PEOPLE = People.of(POOLS, "en_US", 2_000_000)
NORMAL = quantiles("normal", {"mean": 0, "stddev": 1}, -np.inf, np.inf)
SCORES = Scores(NORMAL).generate(ALL, STREAM, {})
SMALL_STEPS = Steps(0, 50, pa.int32())
STORED = TemporaryDirectory()
DIGEST = keep_column(Path(STORED.name), pa.array(np.arange(ROWS, dtype=np.int64) * 3))

CASES: dict[str, tuple[object, pa.DataType, Mapping[str, pa.Array]]] = {
    "AnyOf": (AnyOf(Steps(-5, 1000, pa.decimal128(9, 2))), pa.decimal128(9, 2), {}),
    "EachOnce": (EachOnce(Steps(-5, 5000, pa.date32())), pa.date32(), {}),
    "Listed": (AnyOf(Listed(pa.array(["a", "b"]))), TEXT, {}),
    "Uuids": (EachOnce(Uuids()), TEXT, {}),
    "Sequence": (Sequence(BIG, 10, 3), BIG, {}),
    "KeyDigit": (KeyDigit(("n",), 7, 50, SMALL_STEPS), pa.int32(), {"n": NUMBERS}),
    "ShiftedDigit": (ShiftedDigit(("n",), 30, 40), BIG, {"n": NUMBERS}),
    "SumDigit": (SumDigit(("n",), 30, 40), BIG, {"n": NUMBERS}),
    "WithinOwner": (WithinOwner(12, ("o", "p")), BIG, {"o": NUMBERS, "p": pa.array(np.arange(ROWS) % 12)}),
    "UniformFloat": (UniformFloat(pa.float32(), 0, 1, 2), pa.float32(), {}),
    "EachFloatOnce": (EachFloatOnce(pa.float64(), 0, 0.5, ROWS), pa.float64(), {}),
    "Choices": (Choices(pa.array(["x", "y"]), Alias.of([1, 2])), TEXT, {}),
    "Continuous": (Continuous(pa.float64(), quantiles("normal", {"mean": 0, "stddev": 1}, -3, 3)), pa.float64(), {}),
    "Discrete": (Discrete(pa.int32(), *discrete("poisson", {"mean": 3}, 0, 99)), pa.int32(), {}),
    "After": (After(pa.timestamp("us"), ("m",), 0, DAY), pa.timestamp("us"), {"m": MOMENTS}),
    "Copy": (Copy(("n",)), BIG, {"n": NUMBERS}),
    "Position": (Position(pa.int16(), ("n",)), pa.int16(), {"n": NUMBERS}),
    "Constant": (Constant(pa.scalar("k")), TEXT, {}),
    "Expression": (Expression('"c0" * 2 + 1', pa.int32(), ("c0",), ("n",)), pa.int32(), {"n": NUMBERS}),
    "WithNulls": (WithNulls(EachOnce(Steps(0, 5000, BIG)), 0.3), BIG, {}),
    "When": (When(Sequence(BIG), Choices(pa.array([True, False]), Alias.of([1, 1]))), BIG, {}),
    "UniformParent": (UniformParent(70), BIG, {}),
    "WeightedParent": (WeightedParent(Alias.of([1, 2, 3])), BIG, {}),
    "ZipfParent": (ZipfParent.of(100_000, 1.1), BIG, {}),
    "Frozen": (Frozen(DIGEST, BIG, str(column_path(Path(STORED.name), DIGEST))), BIG, {}),
    "OwnerParent": (OwnerParent(CHILDREN), BIG, {}),
    "OneToOne": (OneToOne(2_000), BIG, {}),
    "Suitable": (Suitable(WithNulls(UniformParent(70), 0.2), Expression("true", pa.bool_(), (), ())), BIG, {}),
    "EarlierRow": (EarlierRow(rooted=True), BIG, {}),
    "Tree": (Tree.of(ROWS, 2, 5, rooted=False), BIG, {}),
    "AnyOther": (AnyOther(ROWS), BIG, {}),
    "AmongChildren": (AmongChildren(CHILDREN, ("o",)), BIG, {"o": pa.array(np.arange(ROWS) % 300)}),
    "AmongListed": (
        AmongListed(np.arange(10), np.array([0, 4, 10]), ("o",)), BIG, {"o": pa.array(np.arange(ROWS) % 2)}
    ),
    "ArrayOf": (ArrayOf(AnyOf(SMALL_STEPS), pa.int32(), 0, 4), pa.list_(pa.int32()), {}),
    "Bytes": (Bytes(0, 13), pa.binary(), {}),
    "EightBytes": (EachOnce(EightBytes()), pa.binary(), {}),
    "PoolValues": (PoolValues.build(POOLS.pool("city"), 20), TEXT, {}),
    "Sentences": (Sentences.build(10, 90), TEXT, {}),
    "JsonObjects": (JsonObjects.build(), TEXT, {}),
    "Pattern": (Pattern.build("[A-Z]{2}-[0-9]{4}", ROWS, 10), TEXT, {}),
    "UniquePattern": (UniquePattern.build("[A-Z]{2}-[0-9]{4}", ROWS, 10), TEXT, {}),
    "Template": (Template.build("N-{n:05}-{w:upper}{w:slug}{w:initial}{{}}"), TEXT, {"n": NUMBERS, "w": WORDS}),
    "Dependent": (
        Dependent.build("w", {"né": (pa.array(["x", "y"]), Alias.of([1, 2])), "o": (pa.array(["z"]), Alias.of([1]))}),
        TEXT, {"w": WORDS},
    ),
    "PersonText": (PersonText(PEOPLE, "email", True, ("p",)), TEXT, {"p": PEOPLE.numbers.generate(ALL, STREAM, {})}),
    "Before": (Before(pa.date32(), ("m",), DAY, 9 * DAY), pa.date32(), {"m": MOMENTS}),
    "Between": (
        Between(pa.timestamp("us"), ("m", "l"), 0, DAY), pa.timestamp("us"), {"m": MOMENTS, "l": LATER}
    ),
    "Arrivals": (
        Arrivals(pa.timestamp("us"), 0, 5 * HOUR - 7, HOUR, Alias.of([1, 2, 0, 4, 3])), pa.timestamp("us"), {}
    ),
    "OrderedArrivals": (
        OrderedArrivals(pa.date32(), 0, 3 * DAY - 1, DAY, np.array([0.0, 1, 3, 4]), ROWS), pa.date32(), {}
    ),
    "Scores": (Scores(NORMAL, 0.8, (0.6,), ("s",)), pa.float64(), {"s": SCORES}),
    "CorrelatedValues": (CorrelatedValues(pa.decimal128(9, 2), Curve.of(grid() * 3), 2, ("s",)), pa.decimal128(9, 2), {"s": SCORES}),
    "CorrelatedSteps": (
        CorrelatedSteps(BIG, Curve.of((grid() + 8) / 16), 5, 1, 3, ("s",), np.array([0.4, 0.5, 1])), BIG, {"s": SCORES}
    ),
    "Excerpt": (Excerpt.build(10, 43, ("quick", "brown fox", "a")), TEXT, {}),
    "FakerRows": (FakerRows("name", (), "en_US", 30), TEXT, {}),
    "unique email": (unique_text("email", POOLS, ROWS, 60), TEXT, {}),
    "unique name": (unique_text("name", POOLS, ROWS, 60), TEXT, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
class TestBuiltIn(GeneratorContract):
    @pytest.fixture(autouse=True)
    def _chosen(self, case: str) -> None:
        self.generator, self.type, self.inputs = CASES[case]  # type: ignore[misc, assignment]


def test_every_generator_of_the_package_is_under_contract() -> None:
    from importlib import import_module
    from pkgutil import iter_modules

    import synth_jupyter.generators as room

    modules = [import_module(f"{room.__name__}.{found.name}") for found in iter_modules(room.__path__)]
    classes = {
        thing for module in modules for thing in vars(module).values()
        if isinstance(thing, type) and hasattr(thing, "generate") and thing.__module__ == module.__name__
    } - {vars(import_module("synth_jupyter.generators.protocol"))["Generator"]}  # fmt: skip
    assert {thing.__name__ for thing in classes} - {type(case[0]).__name__ for case in CASES.values()} == set()


@synth_jupyter.generator("dice")
@dataclass(frozen=True)
class Dice:
    sides: int = 6
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array(stream.below(rows, self.sides) + 1)


class TestDice(GeneratorContract):
    generator = Dice(20)
    type = pa.int64()


DOCUMENT = "experiment: game\ntables:\n  throws:\n    rows: 500\n    columns:\n      eyes: {type: int, generator: %s}\n"


def test_a_document_uses_a_generator_registered_in_a_cell() -> None:
    plan = build_plan(read(DOCUMENT % "{dice: {sides: 3}}").schema, 1)
    assert set(evaluate(plan, "throws", np.arange(500))["eyes"].to_pylist()) == {1, 2, 3}


@pytest.mark.parametrize(
    ("rule", "fragment"), [("{dice: {edges: 3}}", "does not take these options"), ("dyce", "'dice'")]
)
def test_a_plug_in_that_is_missing_or_misused_is_named(rule: str, fragment: str) -> None:
    with pytest.raises(PlanError) as error:
        build_plan(read(DOCUMENT % rule).schema, 1)
    assert fragment in str(error.value.problems[0])


@synth_jupyter.generator("short")
@dataclass(frozen=True)
class Short:
    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        return pa.array([1])


def test_a_plug_in_that_breaks_its_contract_is_refused_at_once() -> None:
    plan = build_plan(read(DOCUMENT % "short").schema, 1)
    with pytest.raises(PluginError, match="must return an Arrow array of 5 values"):
        evaluate(plan, "throws", np.arange(5))


def broken(rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
    raise ZeroDivisionError("one dice short")


def bare(rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
    return rows * 2


@pytest.mark.parametrize("make", [broken, bare])
@pytest.mark.parametrize("more", ["", ", nulls: 0.5"])
def test_a_plug_in_that_fails_is_named_with_its_column(make: Callable[..., pa.Array], more: str) -> None:
    synth_jupyter.generator("made")(
        dataclass(frozen=True)(type("Made", (), {"needs": (), "generate": staticmethod(make)}))
    )
    plan = build_plan(read(DOCUMENT % f"made{more}").schema, 1)
    with pytest.raises(SynthError, match=r"the generator 'made' of throws\.eyes"):
        evaluate(plan, "throws", np.arange(5))


def test_a_null_in_a_column_that_is_not_null_is_refused() -> None:
    document = DOCUMENT.replace("generator: %s", 'expr: "nullif(eye, 3)"').replace(
        "    columns:\n", "    columns:\n      eye: {type: int, min: 1, max: 6}\n"
    )
    plan = build_plan(read(document).schema, 1)
    with pytest.raises(GenerationError, match=r"throws\.eyes made NULL"):
        evaluate(plan, "throws", np.arange(500))


def test_a_class_that_no_worker_can_be_given_is_named(tmp_path: Path) -> None:
    @synth_jupyter.generator("local")
    @dataclass(frozen=True)
    class Local:
        needs: tuple[str, ...] = ()

        def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
            return pa.array(rows)

    plan = build_plan(read(DOCUMENT % "local").schema, 1)
    with pytest.raises(PluginError, match="cannot be handed to a worker") as caught:
        list(execute(plan, tmp_path, InlineExecutor(), epoch=1))
    assert "top of a cell" in caught.value.hint


def test_a_document_uses_a_generator_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coins.py").write_text(
        "from dataclasses import dataclass\n"
        "import pyarrow as pa\n\n"
        "@dataclass(frozen=True)\n"
        "class Coin:\n"
        "    needs: tuple = ()\n\n"
        "    def generate(self, rows, stream, inputs):\n"
        "        return pa.array(stream.below(rows, 2))\n"
    )
    about = tmp_path / "coins-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: coins\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[synth_jupyter.generators]\ncoin = coins:Coin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    plan = build_plan(read(DOCUMENT % "coin").schema, 1)
    assert set(evaluate(plan, "throws", np.arange(500))["eyes"].to_pylist()) == {0, 1}
