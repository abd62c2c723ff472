"""Every key and relation in batches of 65,536 rows, against numpy drawing as many random integers."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from synth_jupyter.generators import Generator
from synth_jupyter.generators.categorical import Alias
from synth_jupyter.generators.children import Children
from synth_jupyter.generators.domains import EachOnce, Steps, Uuids
from synth_jupyter.generators.keys import KeyDigit, Sequence, ShiftedDigit, SumDigit, WithinOwner
from synth_jupyter.generators.patterns import UniquePattern
from synth_jupyter.generators.people import unique_text
from synth_jupyter.generators.references import (
    AmongChildren,
    AnyOther,
    EarlierRow,
    OneToOne,
    OwnerParent,
    Tree,
    UniformParent,
    WeightedParent,
    ZipfParent,
)
from synth_jupyter.pools import PoolSource
from synth_jupyter.streams import Stream

from .measure import Figure, Work, compare

BATCH = 65_536
MANY = 3_000_000


def figures(scale: float) -> Iterator[Figure]:
    """Nanoseconds a value; contiguous rows as a worker asks for them."""
    rounds = max(1, int(16 * scale))
    stream, peer = Stream.of(1, "t", "c"), np.random.default_rng(1)
    rows = np.arange(MANY, MANY + BATCH, dtype=np.int64)
    inputs = {
        "n": pa.array(np.random.default_rng(2).integers(0, MANY, BATCH)),
        "o": pa.array(rows // 4),
        "p": pa.array(rows % 4),
    }
    for what, generator in _generators():
        work = _times(rounds, lambda made=generator: made.generate(rows, stream, inputs))  # type: ignore[misc]
        other = _times(rounds, lambda: peer.integers(0, MANY, BATCH))
        yield compare(what, rounds * BATCH, work, other, "numpy integers")
    children = Children.plan(MANY, 0, 20, 3 * MANY, stream)
    parents = rows % MANY
    yield Figure("children of given parents", BATCH * rounds, _median(lambda: children.ranges(parents), rounds))


def _generators() -> Iterator[tuple[str, Generator]]:
    pools = PoolSource(None)
    children = Children.plan(MANY, 0, 20, 3 * MANY, Stream.of(1, "children"))
    yield "sequence", Sequence(pa.int64())
    yield "unique integers", EachOnce(Steps(0, 10 * MANY, pa.int64()))
    yield "unique decimals", EachOnce(Steps(0, 10 * MANY, pa.decimal128(12, 2)))
    yield "unique dates and times", EachOnce(Steps(0, 10 * MANY, pa.timestamp("us"), 1_000_000))
    yield "unique UUIDs", EachOnce(Uuids())
    yield "unique codes [A-Z]{3}-[0-9]{5}", UniquePattern.build("[A-Z]{3}-[0-9]{5}", 2 * MANY, 12)
    yield "unique e-mails", unique_text("email", pools, 2 * MANY, 60)
    yield "unique names", unique_text("name", pools, 2 * MANY, 80)
    yield "composite key, one digit", KeyDigit(("n",), 1_000, 3_000)
    yield "overlapping keys, shifted digit", ShiftedDigit(("n",), 1_000, 3_000)
    yield "overlapping keys, sum digit", SumDigit(("n",), 1_000, 3_000)
    yield "many to many, without duplicates", WithinOwner(1_000_000, ("o", "p"))
    yield "foreign key, uniform", UniformParent(MANY)
    yield "foreign key, zipf 1.1", ZipfParent.of(MANY, 1.1)
    yield "foreign key, 1,000 weights", WeightedParent(Alias.of(list(range(1, 1_001))))
    yield "foreign key, owner (exact children)", OwnerParent(children)
    yield "foreign key, one to one", OneToOne(3 * MANY)
    yield "foreign key, tenant pattern", AmongChildren(Children.plan(MANY, 1, 9, 5 * MANY, Stream.of(1, "x")), ("o",))
    yield "self-reference, earlier row", EarlierRow(rooted=False)
    yield "self-reference, tree of 7 levels", Tree.of(3 * MANY, 10, 7, rooted=False)
    yield "self-reference, free graph", AnyOther(3 * MANY)


def _times(rounds: int, work: Work) -> Work:
    return lambda: [work() for _ in range(rounds)]


def _median(work: Work, rounds: int) -> float:
    from .measure import seconds

    return seconds(_times(rounds, work))
