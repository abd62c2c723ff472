"""What a column drew from its random stream at one row, as its generator asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..engine.batches import Batch
from ..generators.derived import Copy
from ..plan.model import BoundColumn, Plan, TablePlan
from ..streams import Bits, Rows, Stream

MOST = 8
"""Draws shown of one value; texts and patterns may take hundreds."""


@dataclass(frozen=True)
class _Recorded(Stream):
    """A stream that notes what was asked of it: (what, answer) for the first row. The list is its only state."""

    seen: list[dict[str, Any]] = field(default_factory=list, compare=False, hash=False)
    name: str = ""

    def child(self, name: str) -> "_Recorded":
        return _Recorded(super().child(name).key, self.seen, f"{self.name}/{name}")

    def bits(self, rows: Rows) -> Bits:
        words = super().bits(rows)
        self._note("bits", words)
        return words

    def uniform(self, rows: Rows) -> npt.NDArray[np.float64]:
        numbers = Stream.uniform(Stream(self.key), rows)
        self._note("uniform", numbers)
        return numbers

    def below(self, rows: Rows, n: int | Bits) -> Rows:
        numbers = Stream(self.key).below(rows, n)
        bound = n if isinstance(n, int) else int(np.asarray(n).flat[0]) if len(rows) else 0
        self._note(f"below {bound:,}", numbers)
        return numbers

    def _note(self, what: str, answer: Any) -> None:
        if len(answer):
            stream = {"of": self.name.lstrip("/")} if self.name else {}
            self.seen.append({"draw": what, "value": np.asarray(answer).flat[0].item()} | stream)


def drawn(plan: Plan, table: TablePlan, name: str, row: int) -> tuple[dict[str, Any], ...]:
    """The first draws of the value of a column at a row, in order; a key that follows a parent shows its choice.

    Each is {"draw": "uniform" | "below N" | "bits", "value": number, "of": child stream}; none where nothing is drawn.
    """
    column = table.column(name)
    if isinstance(column.generator, Copy):
        link, _ = table.resolve(column.generator.needs[0])
        column = link.column if link is not None else column
    return _drawn(plan, table, column, row)


def _drawn(plan: Plan, table: TablePlan, column: BoundColumn, row: int) -> tuple[dict[str, Any], ...]:
    rows: Sequence[int] = [row]
    numbers = np.array(rows, dtype=np.int64)
    batch = Batch(plan, table, numbers)
    inputs = {need: batch.column(need) for need in column.generator.needs}
    stream = _Recorded(Stream.of(plan.seed, *column.path).key)
    column.generator.generate(numbers, stream, inputs)
    return tuple(stream.seen[:MOST])
