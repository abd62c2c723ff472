"""One row, back to its file, its rules and its parents."""

import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.engine.parquet import write_partition
from synth_jupyter.errors import CommandError, NotFoundError, StoreError
from synth_jupyter.lineage.trace import Trace, trace
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan, RunFiles
from synth_jupyter.schema.document import read

TABLES = ("products", "customers", "orders", "order_items")


def stored(files: RunFiles, table: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in files.paths(table)], promote_options="permissive")


def bare(plan: Plan) -> RunFiles:
    """The run after a reset."""
    return RunFiles("shop@1", plan.schema, Path("/nowhere"), ())


def values(found: Trace) -> dict[str, Any]:
    return {name: column.value for name, column in found.columns.items()}


@pytest.mark.parametrize("table", TABLES)
def test_random_rows_are_found_by_their_keys_and_equal_what_is_stored(plan: Plan, files: RunFiles, table: str) -> None:
    everything = stored(files, table)
    keys = plan.schema.table(table).primary_key
    chosen = random.Random(table).sample(range(everything.num_rows), min(200, everything.num_rows))
    for row in chosen:
        held = everything.slice(row, 1).to_pylist()[0]
        found = trace(plan, files, table, {name: held[name] for name in keys})
        assert found.row == row
        assert values(found) == held == {name: column.stored for name, column in found.columns.items()}
        assert found.differing == ()
        assert all(column.equal for column in found.columns.values())


def test_partition_file_and_place_in_it_are_those_of_the_row(plan: Plan, files: RunFiles) -> None:
    bound = plan.table("order_items")
    assert bound.partition_count == 2, "the case needs two partitions"
    found = trace(plan, files, "order_items", row=bound.cuts.start(1) + 5)
    assert (found.partition, found.row_in_file) == (1, 5)
    assert files.root / str(found.file) == files.paths("order_items")[1]


def test_a_unique_key_leads_to_the_row_too(plan: Plan, files: RunFiles) -> None:
    code = stored(files, "customers")["code"][4321].as_py()
    assert trace(plan, files, "customers", {"code": str(code)}).row == 4321


def test_parents_are_the_rows_that_the_keys_point_at(plan: Plan, files: RunFiles) -> None:
    tables = {table: stored(files, table).to_pylist() for table in TABLES}
    for row in range(0, 2000, 97):
        found = trace(plan, files, "order_items", row=row)
        assert {parent.table for parent in found.parents} == {"orders", "products"}
        for parent in found.parents:
            held = tables[parent.table][parent.row]
            assert held[plan.schema.table(parent.table).primary_key[0]] == parent.key
            assert tables["order_items"][row][parent.foreign_key[0]] == parent.key


def test_no_parent_is_named_where_the_key_is_null(plan: Plan, files: RunFiles) -> None:
    referred = stored(files, "customers")["referred_by"].to_pylist()
    without, within = referred.index(None), next(row for row, value in enumerate(referred) if value is not None)
    assert trace(plan, files, "customers", row=without).parents == ()
    assert [parent.key for parent in trace(plan, files, "customers", row=within).parents] == [referred[within]]


@pytest.mark.parametrize(
    ("table", "words"), [("orders", ["17"]), ("order_items", ["order_id=17", "line_no=1"]), ("order_items", [17, 1])]
)
def test_keys_are_found_without_any_file(plan: Plan, files: RunFiles, table: str, words: list[Any]) -> None:
    found = trace(plan, bare(plan), table, words)
    assert found.row == trace(plan, files, table, words).row
    assert found.file is None
    assert "reset" in found.note
    assert {column.stored for column in found.columns.values()} == {None}
    assert {column.equal for column in found.columns.values()} == {None}


def test_a_key_that_no_generator_inverts_is_found_by_making_rows_again(plan: Plan, files: RunFiles) -> None:
    """A unique key on a column whose generator cannot be inverted."""
    items = plan.schema.table("order_items")
    with_key = replace(items, unique=(("product_id", "price", "discount"),))
    tables = tuple(with_key if table is items else table for table in plan.schema.tables)
    changed = replace(plan, schema=replace(plan.schema, tables=tables))
    wanted = stored(files, "order_items").slice(70_000, 1).to_pylist()[0]
    key = {name: wanted[name] for name in ("product_id", "price", "discount")}
    for held in (files, bare(changed)):
        found = trace(changed, held, "order_items", key)
        assert {name: found.columns[name].value for name in key} == key


@pytest.mark.parametrize(
    ("table", "key"),
    [("orders", 10**12), ("orders", 0), ("customers", 1001), ("order_items", [17, 99]), ("customers", {"code": 2}),
     ("orders", -1)],
)  # fmt: skip
@pytest.mark.parametrize("with_files", [True, False])
def test_a_key_of_no_row_is_not_found(plan: Plan, files: RunFiles, table: str, key: Any, with_files: bool) -> None:
    with pytest.raises(NotFoundError, match="no row"):
        trace(plan, files if with_files else bare(plan), table, key)


@pytest.fixture
def own_files(files: RunFiles, tmp_path: Path) -> RunFiles:
    """A copy that a test may damage."""
    for file in files.files:
        (tmp_path / file.path).write_bytes((files.root / file.path).read_bytes())
    return replace(files, root=tmp_path)


def altered(files: RunFiles, table: str, row: int, column: str, value: Any, *, partition: int = 0) -> None:
    """Overwrite one stored value; the file gets row groups of 100 rows."""
    path = files.paths(table)[partition]
    data = pq.read_table(path)
    cells = data[column].to_pylist()
    cells[row] = value
    place = data.column_names.index(column)
    pq.write_table(
        data.set_column(place, data.schema.field(column), pa.array(cells, data[column].type)), path, row_group_size=100
    )


EVERY_TYPE = (
    "smallint", "bigint", "decimal(38,10)", "real", "double", "boolean", "varchar(9)", "date", "time", "timestamp",
    "timestamptz", "interval", "uuid", "json", "binary", "enum('a','b')", "int[]", "interval[]",
)  # fmt: skip


def test_a_value_of_every_type_equals_what_is_stored(tmp_path: Path) -> None:
    columns = "".join(f'      c{at}: {{type: "{kind}", nulls: 0.2}}\n' for at, kind in enumerate(EVERY_TYPE))
    plan = build_plan(read(f"experiment: e\ntables:\n  t:\n    rows: 9\n    columns:\n{columns}").schema, 1)
    (partition,) = plan.partitions()
    file = write_partition(plan, partition, tmp_path / "t.parquet", "t.parquet")
    files = RunFiles("e@1", plan.schema, tmp_path, (file,), "sha256:0", 1)
    for row in range(9):
        found = trace(plan, files, "t", row=row)
        assert found.differing == ()
        assert not found.note
        assert {type(value.stored) for value in found.columns.values()} == {
            type(value.value) for value in found.columns.values()
        }


def test_a_flipped_value_is_seen(plan: Plan, own_files: RunFiles) -> None:
    before = trace(plan, own_files, "orders", 17)
    flipped = {"paid": "open", "open": "paid"}[before.columns["status"].stored]
    altered(own_files, "orders", before.row, "status", flipped)
    found = trace(plan, own_files, "orders", 17)
    assert found.differing == ("status",)
    assert (found.columns["status"].value, found.columns["status"].stored) == (before.columns["status"].value, flipped)


def test_a_flipped_key_is_found_where_it_stands(plan: Plan, own_files: RunFiles) -> None:
    altered(own_files, "orders", 16, "order_id", 987654321)
    found = trace(plan, own_files, "orders", 987654321)
    assert (found.row, found.columns["order_id"].value, found.differing) == (16, 17, ("order_id",))


def test_a_flipped_key_is_found_in_a_later_row_group_of_a_later_file(plan: Plan, own_files: RunFiles) -> None:
    altered(own_files, "order_items", 300, "order_id", 987654321, partition=1)
    row = plan.table("order_items").cuts.start(1) + 300
    line = trace(plan, own_files, "order_items", row=row).columns["line_no"].value
    found = trace(plan, own_files, "order_items", [987654321, line])
    assert (found.row, found.partition, found.row_in_file, found.differing) == (row, 1, 300, ("order_id",))


def test_a_missing_file_is_said_and_the_values_are_made_again(plan: Plan, own_files: RunFiles) -> None:
    own_files.paths("orders")[0].unlink()
    found = trace(plan, own_files, "orders", 17)
    assert "cannot be read" in found.note
    assert found.columns["order_id"].value == 17
    assert found.columns["order_id"].stored is None


def test_a_damaged_file_cannot_be_searched(plan: Plan, own_files: RunFiles) -> None:
    own_files.paths("orders")[0].write_bytes(b"PAR1 not at all")
    with pytest.raises(StoreError, match="cannot be searched"):
        trace(plan, own_files, "orders", 10**12)


def test_a_partition_that_was_not_written_yet_is_said(plan: Plan, files: RunFiles) -> None:
    partial = replace(files, files=tuple(file for file in files.files if file.index == 0))
    found = trace(plan, partial, "order_items", row=plan.table("order_items").rows - 1)
    assert (found.file, found.partition) == (None, 1)
    assert "not stored" in found.note


def test_one_column_alone(plan: Plan, files: RunFiles) -> None:
    assert list(trace(plan, files, "Orders", 17, column="STATUS").columns) == ["status"]


def test_names_that_do_not_exist_are_suggested(plan: Plan, files: RunFiles) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'orders'"):
        trace(plan, files, "order", 17)
    with pytest.raises(NotFoundError, match="did you mean 'status'"):
        trace(plan, files, "orders", 17, column="state")


@pytest.mark.parametrize(("key", "row"), [(None, None), (17, 16)])
def test_a_row_has_one_name(plan: Plan, files: RunFiles, key: Any, row: int | None) -> None:
    with pytest.raises(CommandError, match="one of them"):
        trace(plan, files, "orders", key, row=row)


@pytest.mark.parametrize("row", [-1, 10**12])
def test_a_row_outside_the_table_is_not_found(plan: Plan, files: RunFiles, row: int) -> None:
    with pytest.raises(NotFoundError, match="no row"):
        trace(plan, files, "orders", row=row)


def test_the_document_is_the_surface_of_trace(plan: Plan, files: RunFiles) -> None:
    document = json.loads(json.dumps(trace(plan, files, "order_items", [17, 1]).to_dict(), allow_nan=False))
    assert (document["run"], document["table"], document["partition"]) == ("shop@1", "order_items", 0)
    price = document["columns"]["price"]
    assert price["value"] == price["stored"]
    assert Decimal(price["value"]) > 0
    assert price["generator"] == "expression"
    assert price["options"] == {"sql": "product_id.price * (1 - discount)"}
    assert price["equal"] is True
    assert {"table": "orders", "row": 16, "key": 17, "foreign_key": ["order_id"]} in document["parents"]
    assert "note" not in document
