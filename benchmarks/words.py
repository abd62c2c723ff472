"""Raw words of the streams on standard output, for a statistical test suite that reads them.

python -m benchmarks.words rows    | dieharder -a -g 200    one stream, row after row
python -m benchmarks.words columns | dieharder -a -g 200    256 columns of one table, the same row of each in turn
python -m benchmarks.words scattered | dieharder -a -g 200  one stream at the rows that a bijection scatters
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np

from synth_jupyter.streams import Bits, Permutation, Stream

BLOCK = 65_536
COLUMNS = 256


def rows(seed: int) -> Iterator[Bits]:
    stream, start = Stream.of(seed, "orders", "price"), 0
    while True:
        yield stream.bits(np.arange(start, start + BLOCK, dtype=np.int64))
        start += BLOCK


def columns(seed: int) -> Iterator[Bits]:
    streams, start = [Stream.of(seed, "orders", f"c{number}") for number in range(COLUMNS)], 0
    while True:
        block = np.arange(start, start + BLOCK // COLUMNS, dtype=np.int64)
        yield np.stack([stream.bits(block) for stream in streams], axis=1).ravel()
        start += BLOCK // COLUMNS


def scattered(seed: int) -> Iterator[Bits]:
    stream, start = Stream.of(seed, "orders", "price"), 0
    order = Permutation.of(Stream.of(seed, "orders", "customer_id"), 1 << 40)
    while True:
        yield stream.bits(order.forward(np.arange(start, start + BLOCK, dtype=np.int64)))
        start += BLOCK


SOURCES: dict[str, Callable[[int], Iterator[Bits]]] = {"rows": rows, "columns": columns, "scattered": scattered}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in SOURCES:
        sys.exit(f"usage: python -m benchmarks.words {'|'.join(SOURCES)} [SEED]")
    try:
        for words in SOURCES[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 42):
            sys.stdout.buffer.write(words.tobytes())
    except BrokenPipeError:
        sys.exit(0)
