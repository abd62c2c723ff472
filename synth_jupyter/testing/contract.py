"""Contracts that the authors of plug-ins inherit: a test class for each extension point.

    class TestDice(GeneratorContract):
        generator = Dice(sides=6)
        type = pa.int32()

The tests use plain asserts and need nothing but a runner that collects classes named Test..., such as pytest.
"""

from collections.abc import Mapping
from multiprocessing.reduction import ForkingPickler
from typing import ClassVar

import numpy as np
import pyarrow as pa

from ..engine.batches import decoded
from ..generators import Generator, Invertible
from ..streams import Rows, Stream

ROWS = 1_000


class GeneratorContract:
    """What every generator promises; set `generator`, `type`, and `inputs` (by need, ROWS values) if it reads any."""

    generator: ClassVar[Generator]
    type: ClassVar[pa.DataType]
    inputs: ClassVar[Mapping[str, pa.Array]] = {}

    @property
    def stream(self) -> Stream:
        """The stream that the tests use."""
        return Stream.of(1, "contract", type(self.generator).__name__)

    def values(self, rows: Rows) -> pa.Array:
        """The generator's values at `rows`, plain."""
        inputs = {need: values.take(pa.array(rows)) for need, values in self.inputs.items()}
        return decoded(self.generator.generate(rows, self.stream, inputs))

    def test_it_is_a_generator_and_names_what_it_reads(self) -> None:
        assert isinstance(self.generator, Generator)
        assert set(self.generator.needs) == set(self.inputs)

    def test_it_makes_one_value_of_its_type_for_each_row(self) -> None:
        for count in (0, 1, ROWS):
            made = self.values(np.arange(count, dtype=np.int64))
            assert len(made) == count
            assert made.type == self.type

    def test_a_value_does_not_depend_on_the_rows_it_is_made_with(self) -> None:
        together = self.values(np.arange(ROWS, dtype=np.int64)).to_pylist()
        order = np.random.default_rng(1).permutation(ROWS)
        assert self.values(order).to_pylist() == [together[row] for row in order]
        halves = [self.values(np.arange(*ends)).to_pylist() for ends in ((0, ROWS // 3), (ROWS // 3, ROWS))]
        assert halves[0] + halves[1] == together
        assert [self.values(np.array([row]))[0].as_py() for row in range(5)] == together[:5]

    def test_it_repeats_itself(self) -> None:
        rows = np.array([7, 7, 3, 7], dtype=np.int64)
        first, second, _, third = self.values(rows).to_pylist()
        assert first == second == third
        assert self.values(rows).equals(self.values(rows))

    def test_it_is_the_same_in_another_process(self) -> None:
        rows = np.arange(ROWS, dtype=np.int64)
        copied = ForkingPickler.loads(ForkingPickler.dumps(self.generator))
        inputs = {need: values.take(pa.array(rows)) for need, values in self.inputs.items()}
        assert decoded(copied.generate(rows, self.stream, inputs)).equals(self.values(rows))

    def test_its_inverse_finds_the_rows(self) -> None:
        if isinstance(self.generator, Invertible):
            rows = np.arange(ROWS, dtype=np.int64)
            made = self.generator.generate(rows, self.stream, self.inputs)
            found = self.generator.rows_of(decoded(made), self.stream)
            valid = np.asarray(decoded(made).is_valid())
            assert np.array_equal(found[valid], rows[valid])
