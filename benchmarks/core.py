"""Random numbers by row against numpy's sequential generator."""

from collections.abc import Iterator

import numpy as np

from synth_jupyter.streams import Permutation, Stream

from .measure import Figure, Work, compare

BATCH = 65_536


def figures(scale: float) -> Iterator[Figure]:
    """Words, bounded integers and keyed bijections, in batches as a worker makes them."""
    rounds = max(1, int(64 * scale))
    for what, ours, other, name in _pairs():
        yield compare(what, rounds * BATCH, _times(rounds, ours), _times(rounds, other), name)


def _pairs() -> Iterator[tuple[str, Work, Work, str]]:
    rows = np.arange(BATCH, dtype=np.int64)
    stream, numpy = Stream.of(42, "table", "column"), np.random.default_rng(42)
    below = 1_000_003
    large = Permutation.of(stream, 100_000_000)
    peer = "numpy Generator"
    yield "64-bit words by row", lambda: stream.bits(rows), lambda: numpy.integers(0, 1 << 63, BATCH), peer
    yield "uniform floats by row", lambda: stream.uniform(rows), lambda: numpy.random(BATCH), peer
    yield "integers below a bound", lambda: stream.below(rows, below), lambda: numpy.integers(0, below, BATCH), peer
    yield (
        "distinct numbers below 1e8",
        lambda: large.forward(rows),
        lambda: numpy.permutation(BATCH),
        "one batch in numpy",
    )
    yield "rows of given numbers (inverse)", lambda: large.inverse(rows), lambda: large.forward(rows), "forward"


def _times(rounds: int, work: Work) -> Work:
    return lambda: [work() for _ in range(rounds)]
