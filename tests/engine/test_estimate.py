"""What a run will take, before it begins: sizes from samples, workers from what the machine has."""

from decimal import Decimal
from pathlib import Path

import pytest

from synth_jupyter.engine.estimate import estimate, most_bytes
from synth_jupyter.engine.execute import execute
from synth_jupyter.engine.executors import InlineExecutor
from synth_jupyter.engine.resources import cores, free_memory, worker_bytes, workers_for
from synth_jupyter.errors import GenerationError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan
from synth_jupyter.schema.document import read
from synth_jupyter.workspace.forecast import forecast, refuse_without_room

DOCUMENT = """
experiment: small
tables:
  people:
    rows: 100_000
    columns:
      id: {type: bigint, primary_key: true}
      name: {type: varchar(60), faker: name}
      born: {type: date, min: 1950-01-01, max: 2005-12-31}
      tier: {type: varchar(10), choices: {gold: 1, basic: 9}}
  visits:
    rows: {per: people, min: 0, max: 9}
    columns:
      id: {type: bigint, primary_key: true}
      person_id: {references: people.id}
      price: {type: "decimal(10,2)", min: 1, max: 500}
  notes:
    rows: 500
    columns:
      id: {type: bigint, primary_key: true}
"""


def plan_of(scale: int | Decimal = 1) -> Plan:
    return build_plan(read(DOCUMENT).schema, 1, scale=Decimal(scale))


def test_the_estimate_is_near_the_files_and_exact_where_the_sample_is_the_table(tmp_path: Path) -> None:
    plan = plan_of()
    expected = estimate(plan).bytes_by_table
    made: dict[str, int] = {}
    for file in execute(plan, tmp_path, InlineExecutor(), epoch=1):
        if file is not None:
            made[file.table] = made.get(file.table, 0) + file.bytes
    assert expected["notes"] == made["notes"]
    for table in ("people", "visits"):
        assert 0.8 < expected[table] / made[table] < 1.25


def test_sixteen_billion_rows_are_planned_and_estimated_like_a_few(tmp_path: Path) -> None:
    large = forecast("small", plan_of(30_000), tmp_path)
    assert sum(large.plan.rows.values()) > 16 * 10**9
    ratio = large.estimate.bytes / (30_000 * estimate(plan_of()).bytes)
    assert 0.8 < ratio < 1.25


def test_a_run_that_no_disk_holds_is_refused_before_it_begins(tmp_path: Path) -> None:
    plan = plan_of(10**6)
    assert not forecast("small", plan, tmp_path).fits
    with pytest.raises(GenerationError, match=r"GB are free; nothing was written"):
        refuse_without_room(plan, tmp_path / "not" / "yet")
    refuse_without_room(plan_of(), tmp_path)


def test_the_bound_without_a_sample_is_no_less_than_the_estimate() -> None:
    plan = plan_of()
    assert most_bytes(plan) >= estimate(plan).bytes


@pytest.mark.parametrize(("files", "expected"), [
    ({"cpu.max": "100000 100000"}, 1),
    ({"cpu.max": "50000 100000"}, 1),
    ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
])  # fmt: skip
def test_the_quota_of_a_container_counts(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cores(tmp_path) == expected


def test_no_quota_leaves_every_core(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000")
    assert cores(tmp_path) == cores(tmp_path / "nothing") >= 1


def test_little_memory_means_fewer_workers_but_never_none(tmp_path: Path) -> None:
    plan = plan_of()
    (tmp_path / "memory.current").write_text("0")
    (tmp_path / "memory.max").write_text(str(worker_bytes(plan) + 1))
    assert free_memory(tmp_path) <= worker_bytes(plan) + 1
    assert workers_for(plan, tmp_path) == 1
    (tmp_path / "memory.max").write_text("1000")
    assert workers_for(plan, tmp_path) == 1
