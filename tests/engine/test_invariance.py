"""What must not reach a value: partitions, workers, order, neighbours, batch sizes, or the table next door."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.digests import LEAF_ROWS, leaf_digests
from synth_jupyter.engine.batches import evaluate
from synth_jupyter.engine.digest import content_digest, table_digests
from synth_jupyter.engine.execute import execute
from synth_jupyter.engine.executors import LocalExecutor
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import PartitionFile, Plan
from synth_jupyter.schema.document import read

SMALL = """
experiment: small
tables:
  parents:
    rows: 30_000
    columns:
      id: {type: int, primary_key: true}
      code: {type: varchar(8), pattern: "[A-Z]{3}[0-9]{4}", unique: true}
      mail: {type: varchar(60), faker: email, unique: true}
      born: {type: date, min: 1950-01-01, max: 2005-12-31}
      score: {type: double, distribution: {normal: {mean: 10, stddev: 3}}, nulls: 0.2}
      grade: {type: varchar(2), choices: {A: 1, B: 2, C: 3}}
      boss: {references: parents.id, nulls: 0.5}
  children:
    rows: {per: parents, min: 0, max: 9, mean: 4}
    primary_key: [parent, place]
    columns:
      parent: {references: parents.id}
      place: {type: int, position: true}
      met: {type: timestamp, after: parent.born, within: 3y}
      fee: {type: "decimal(9,2)", expr: "place * 1.25 + length(parent.grade)"}
      note: {type: text, when: "place > 2"}
"""
TALL = """
experiment: tall
tables:
  tall:
    rows: 4_194_304
    columns:
      id: {type: bigint, primary_key: true}
      pick: {type: smallint, min: 0, max: 999}
"""


class Backwards(Executor):
    """Runs everything at once, the last submitted first; a shipped interface, another order."""

    def __init__(self) -> None:
        self.workers = 10_000
        self._pending: list[tuple[Future[object], object, tuple[object, ...]]] = []

    def submit(self, task, /, *arguments, **_):  # type: ignore[no-untyped-def]
        future: Future[object] = Future()
        self._pending.append((future, task, arguments))
        if arguments[1].table == "children" and arguments[1].index == 1:
            while self._pending:
                waiting, job, given = self._pending.pop()
                waiting.set_result(job(*given))  # type: ignore[operator]
        return future


def generated(plan: Plan, out: Path, executor: Executor) -> list[PartitionFile]:
    with executor:
        return [file for file in execute(plan, out, executor, epoch=1) if file]


@pytest.fixture(scope="module")
def small() -> Plan:
    return build_plan(read(SMALL).schema, 7, partition_rows=LEAF_ROWS)


@pytest.fixture(scope="module")
def reference(small: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[PartitionFile]]:
    out = tmp_path_factory.mktemp("reference")
    return out, generated(small, out, ThreadPoolExecutor(1))


def test_the_content_of_a_small_run_is_what_it_was(reference: tuple[Path, list[PartitionFile]], small: Plan) -> None:
    """A change of values is a decision: note it in the changelog (and raise the stream format when the random numbers change)."""
    assert content_digest(small.schema, reference[1]) == GOLDEN


GOLDEN = "sha256:7f390e2892b17415d708e48b83294ce6b701686ce83cf981c9d3a389178bf949"


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_change_no_byte(
    workers: int, small: Plan, reference: tuple[Path, list[PartitionFile]], tmp_path: Path
) -> None:
    files = generated(small, tmp_path, LocalExecutor(workers))
    assert {file.path: file.sha256 for file in files} == {file.path: file.sha256 for file in reference[1]}


def test_the_order_of_partitions_changes_no_byte(
    small: Plan, reference: tuple[Path, list[PartitionFile]], tmp_path: Path
) -> None:
    files = generated(small, tmp_path, Backwards())
    assert {file.path: file.sha256 for file in files} == {file.path: file.sha256 for file in reference[1]}


def test_one_seven_and_sixty_four_partitions_have_the_same_content(tmp_path: Path) -> None:
    schema = read(TALL).schema
    digests = {}
    for leaves in (64, 10, 1):
        plan = build_plan(schema, 3, partition_rows=leaves * LEAF_ROWS)
        files = generated(plan, tmp_path / str(leaves), ThreadPoolExecutor(2))
        digests[len(files)] = content_digest(schema, files)
    assert set(digests) == {1, 7, 64}
    assert len(set(digests.values())) == 1


def test_the_digest_of_a_plan_does_not_know_its_partitions() -> None:
    schema = read(SMALL).schema
    digests = {build_plan(schema, 7, partition_rows=n * LEAF_ROWS).digest for n in (1, 2, 5)}
    assert len(digests) == 1
    assert build_plan(schema, 8).digest not in digests
    assert build_plan(schema, 7, rows={"parents": 29_999}).digest not in digests


@pytest.mark.parametrize("table", ["parents", "children"])
def test_any_rows_alone_equal_the_file(table: str, small: Plan, reference: tuple[Path, list[PartitionFile]]) -> None:
    out, files = reference
    stored = pa.concat_tables(
        pq.read_table(out / f.path) for f in sorted(files, key=lambda f: f.index) if f.table == table
    )
    rows = np.random.default_rng(1).integers(0, small.table(table).rows, 1_000)
    assert evaluate(small, table, rows).to_pylist() == stored.take(rows).to_pylist()
    for row in rows[:20]:
        for column in stored.column_names:
            alone = evaluate(small, table, np.array([row]), [column])[column][0]
            assert alone.as_py() == stored[column][int(row)].as_py(), (row, column)


def edits() -> Iterator[tuple[str, str]]:
    yield "a column is added", SMALL.replace("      grade:", "      extra: {type: int, min: 1, max: 5}\n      grade:")
    yield (
        "a column is removed",
        SMALL.replace('      code: {type: varchar(8), pattern: "[A-Z]{3}[0-9]{4}", unique: true}\n', ""),
    )
    yield "a column is renamed", SMALL.replace("      code:", "      kode:")
    yield (
        "columns are reordered",
        SMALL.replace("      born: {type: date, min: 1950-01-01, max: 2005-12-31}\n", "").replace(
            "      boss:", "      born: {type: date, min: 1950-01-01, max: 2005-12-31}\n      boss:"
        ),
    )
    yield (
        "a table is added",
        SMALL.replace("tables:\n", "tables:\n  before:\n    rows: 3\n    columns: {x: {type: int}}\n"),
    )
    yield "another table is renamed", SMALL.replace("  children:", "  kids:")
    yield "the experiment is renamed", SMALL.replace("experiment: small", "experiment: other")


@pytest.mark.parametrize(("edit", "text"), list(edits()), ids=[name for name, _ in edits()])
def test_an_edit_elsewhere_changes_no_other_column(edit: str, text: str, small: Plan) -> None:
    assert text != SMALL
    changed = build_plan(read(text).schema, 7)
    rows = np.arange(2_000)
    there = {table.name for table in changed.tables}
    assert len(there & {table.name for table in small.tables}) >= len(small.tables) - 1
    for table in (table for table in small.tables if table.name in there):
        kept = [
            column.name
            for column in table.columns
            if column.name in {c.name for c in changed.table(table.name).columns}
        ]
        assert len(kept) >= len(table.columns) - 1
        assert evaluate(changed, table.name, rows, kept).equals(evaluate(small, table.name, rows, kept))


def test_names_of_experiments_are_not_in_the_content(reference: tuple[Path, list[PartitionFile]]) -> None:
    other = read(SMALL.replace("experiment: small", "experiment: other")).schema
    assert content_digest(other, reference[1]) == content_digest(read(SMALL).schema, reference[1])
    assert set(table_digests(other, reference[1])) == {"parents", "children"}


VALUES = [
    pa.array([1, None, 3], pa.int32()), pa.array(["a", None, "ccc"]), pa.array([True, None, False]),
    pa.array([1.5, None, -0.0]), pa.array([b"x", None, b""]), pa.array([[1], None, []], pa.list_(pa.int32())),
    pa.array(["1.20", None, "3.00"]).cast(pa.decimal128(9, 2)), pa.array(["1.2", None, "3"]).cast(pa.decimal128(38, 9)),
    pa.array([5, None, 7], pa.int32()).cast(pa.date32()), pa.array([5, None, 7]).cast(pa.timestamp("us")),
]  # fmt: skip


@pytest.mark.parametrize("values", VALUES, ids=lambda values: str(values.type))
def test_a_leaf_depends_on_values_and_nulls_alone(values: pa.Array) -> None:
    sliced = pa.concat_arrays([values.slice(0, 1), values])[1:]
    assert leaf_digests(sliced) == leaf_digests(values)
    assert leaf_digests(values.take(pa.array([2, 1, 0]))) != leaf_digests(values)
    assert (
        leaf_digests(values.fill_null(values[0])) != leaf_digests(values) if not pa.types.is_list(values.type) else True
    )
    if not pa.types.is_nested(values.type):
        assert leaf_digests(values.dictionary_encode()) == leaf_digests(values)


@pytest.mark.parametrize("words", [["ab", "cd", "ef"], ["a", "bcd", "a"], ["é", "z", "z"], ["", "", ""]])
def test_texts_of_one_width_or_of_several_have_the_leaf_of_the_plain_ones(words: list[str]) -> None:
    plain, other = pa.array(words * 3), pa.array(["x", *words]).dictionary_encode()
    assert leaf_digests(plain.dictionary_encode()) == leaf_digests(plain)
    coded = pa.DictionaryArray.from_arrays(other.indices[1:], other.dictionary)
    assert leaf_digests(coded) == leaf_digests(pa.array(words))
    behind = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["??", "ab", "cd"])[1:])
    assert leaf_digests(behind) == leaf_digests(pa.array(["ab", "cd", "ab"]))


def test_what_lies_under_a_null_does_not_reach_the_leaf() -> None:
    for type in (pa.int64(), pa.decimal128(9, 2), pa.decimal128(30, 2), pa.float64(), pa.date32()):
        width = {pa.decimal128(9, 2): 16, pa.decimal128(30, 2): 16, pa.date32(): 4}.get(type, 8)
        validity = pa.py_buffer(b"\x01")
        arrays = [
            pa.Array.from_buffers(type, 2, [validity, pa.py_buffer(b"\x01" * width + fill * width)])
            for fill in (b"\x00", b"\x07")
        ]
        assert leaf_digests(arrays[0]) == leaf_digests(arrays[1])


def test_negative_zero_and_every_nan_are_one_value() -> None:
    import struct

    other_nan = pa.Array.from_buffers(pa.float64(), 1, [None, pa.py_buffer(struct.pack("<Q", 0x7FF8000000000001))])
    assert leaf_digests(pa.array([-0.0])) == leaf_digests(pa.array([0.0]))
    assert leaf_digests(pa.array([float("nan")])) == leaf_digests(other_nan)
