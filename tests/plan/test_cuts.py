"""Where tables are cut: everywhere once, at the same rows whatever the row count."""

from hypothesis import given
from hypothesis import strategies as st

from synth_jupyter.digests import LEAF_ROWS
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.cuts import STEPS, Cuts
from synth_jupyter.schema.document import read

CUTS = st.builds(
    lambda leaves, top: Cuts(leaves * LEAF_ROWS, leaves * LEAF_ROWS << top), st.integers(1, 9), st.integers(0, 5)
)


@given(CUTS, st.integers(0, 10**12))
def test_every_row_is_in_the_partition_that_begins_before_it(cuts: Cuts, row: int) -> None:
    index = cuts.index(row)
    assert cuts.start(index) <= row < cuts.start(index + 1)
    assert (cuts.start(index + 1) - cuts.start(index)) % LEAF_ROWS == 0
    assert cuts.count(row + 1) == index + 1


@given(CUTS)
def test_sizes_double_after_eight_and_stay_at_the_largest(cuts: Cuts) -> None:
    sizes = [cuts.start(index + 1) - cuts.start(index) for index in range(STEPS * 8)]
    assert sizes[:STEPS] == [cuts.first] * STEPS
    assert sizes == sorted(sizes)
    assert sizes[-1] == cuts.most
    assert Cuts.covering(sizes) == cuts == Cuts.from_json(cuts.to_json())


@given(CUTS, st.integers(1, 60), st.integers(1, LEAF_ROWS))
def test_the_cuts_of_some_files_are_found_again(cuts: Cuts, count: int, last: int) -> None:
    sizes = [cuts.start(index + 1) - cuts.start(index) for index in range(count - 1)] + [last]
    found = Cuts.covering(sizes)
    assert [found.start(index) for index in range(count)] == [cuts.start(index) for index in range(count)]


def test_a_table_that_grows_keeps_its_partitions() -> None:
    schema = read("experiment: e\ntables: {t: {rows: 1, columns: {id: {type: bigint, primary_key: true}}}}").schema
    small, large = (build_plan(schema, 1, rows={"t": rows}).table("t") for rows in (1_000_000, 1_100_000))
    shared = range(small.partition_count - 1)
    assert [small.partition(index) for index in shared] == [large.partition(index) for index in shared]


def test_an_empty_table_has_one_partition() -> None:
    assert Cuts().count(0) == 1
