"""A generator that ends its worker at one row: a module of its own, so that workers can import it."""

import os
import signal
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from synth_jupyter.generators import GENERATORS

DOCUMENT = """
experiment: doomed
tables:
  t:
    rows: 262_144
    columns:
      a: {type: bigint, generator: {deadly: {at: 70_000}}}
"""


@GENERATORS.register("deadly")
@dataclass(frozen=True)
class Deadly:
    """The row numbers; whoever makes row `at` is killed."""

    at: int
    needs: tuple[str, ...] = ()

    def generate(self, rows: Any, stream: Any, inputs: Any) -> pa.Array:
        if len(rows) and rows[0] <= self.at <= rows[-1]:
            os.kill(os.getpid(), signal.SIGKILL)
        return pa.array(rows)
