"""Results as files: every format, whole or not at all, in bounded memory."""

import csv
import json
import os
import signal
import threading
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.errors import ConflictError, QueryError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.warehouses.query import query

ROWS = "SELECT order_id, amount, ordered_at, paid, sum(order_id) OVER () AS total, [order_id] AS list FROM orders"


def test_csv_has_heads_every_row_and_nothing_for_null(shop: RunFiles, tmp_path: Path) -> None:
    report = query(shop, ROWS).export(tmp_path / "x.csv")
    rows = list(csv.reader((tmp_path / "x.csv").open(newline="")))
    assert rows[0] == ["order_id", "amount", "ordered_at", "paid", "total", "list"]
    assert rows[3][:1] + rows[3][3:] == ["3", "", "15", "[3]"]
    assert (report.rows, report.format, report.bytes) == (5, "csv", (tmp_path / "x.csv").stat().st_size)


def test_times_of_whole_seconds_have_no_fraction_and_others_keep_theirs(shop: RunFiles, tmp_path: Path) -> None:
    sql = """SELECT TIMESTAMP '2024-02-29 23:59:59' + INTERVAL (range) SECOND AS whole, CASE range WHEN 1 THEN NULL ELSE
        TIMESTAMP '1969-12-31 23:59:59' + INTERVAL (range) MICROSECOND END AS part FROM range(3)"""
    query(shop, sql).export(tmp_path / "x.csv")
    assert list(csv.reader((tmp_path / "x.csv").open(newline=""))) == [
        ["whole", "part"],
        ["2024-02-29 23:59:59", "1969-12-31 23:59:59.000000"],
        ["2024-03-01 00:00:00", ""],
        ["2024-03-01 00:00:01", "1969-12-31 23:59:59.000002"],
    ]


def test_json_holds_the_values_of_json_documents(shop: RunFiles, tmp_path: Path) -> None:
    query(shop, ROWS).export(tmp_path / "x.json")
    query(shop, ROWS).export(tmp_path / "x.jsonl")
    array = json.loads((tmp_path / "x.json").read_text())
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert (
        array == lines == [dict(zip(query(shop, ROWS).columns, row, strict=True)) for row in query(shop, ROWS).rows()]
    )
    assert array[0]["total"] == 15


def test_parquet_keeps_the_types(shop: RunFiles, tmp_path: Path) -> None:
    query(shop, ROWS).export(tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.schema.field("amount").type == pa.decimal128(10, 2)
    assert table.drop_columns("total").equals(query(shop, ROWS).to_arrow().drop_columns("total"))


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_no_rows_make_a_sound_file(shop: RunFiles, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"none.{ending}"
    assert query(shop, "SELECT order_id FROM orders WHERE false").export(path).rows == 0
    text = path.read_bytes()
    if ending == "parquet":
        assert pq.read_table(path).num_rows == 0
    else:
        assert text == {"csv": b'"order_id"\n', "json": b"[\n\n]\n", "jsonl": b""}[ending]


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(shop: RunFiles, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mine")
    with pytest.raises(ConflictError, match=r"x\.csv") as caught:
        query(shop, ROWS).export(path)
    assert "--replace" in caught.value.hint
    assert path.read_text() == "mine"
    assert query(shop, ROWS).export(path, replace=True).rows == 5
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_export_is_on_the_disk_before_it_has_its_name(
    shop: RunFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Whole or not at all, also when the power fails: a rename may come to the disk before what the file holds."""
    synced: dict[int, int] = {}
    fsync, replace, replaced = os.fsync, os.replace, []

    def syncing(descriptor: int) -> None:
        fsync(descriptor)
        synced[os.fstat(descriptor).st_ino] = os.fstat(descriptor).st_size

    def replacing(source: Path, target: Path) -> None:
        assert synced[source.stat().st_ino] == source.stat().st_size
        replaced.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", replacing)
    report = query(shop, "SELECT * FROM range(300000)").export(tmp_path / f"x.{ending}", replace=True)
    assert replaced == [report.file]
    assert tmp_path.stat().st_ino in synced


@pytest.mark.parametrize("name", ["x.xlsx", "x", "missing/x.csv"])
def test_a_file_that_cannot_be_is_one_short_error(shop: RunFiles, tmp_path: Path, name: str) -> None:
    with pytest.raises(QueryError, match="x"):
        query(shop, ROWS).export(tmp_path / name)
    assert not (tmp_path / "missing").exists()


def test_a_statement_that_fails_half_way_leaves_no_file(shop: RunFiles, tmp_path: Path) -> None:
    failing = "SELECT CASE WHEN range = 900000 THEN error('stop here') ELSE range END AS a FROM range(1000000)"
    for replace in (False, True):
        with pytest.raises(QueryError, match="stop here"):
            query(shop, failing).export(tmp_path / "x.csv", replace=replace)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_two_columns_of_one_name_become_two(shop: RunFiles, tmp_path: Path) -> None:
    query(shop, "SELECT 1 AS a, 2 AS a").export(tmp_path / "x.json")
    assert list(json.loads((tmp_path / "x.json").read_text())[0].values()) == [1, 2]


def test_an_interrupt_leaves_no_file_and_takes_less_than_a_second(shop: RunFiles, tmp_path: Path) -> None:
    slow = query(shop, "SELECT a.range * b.range AS x FROM range(20000000) a, range(100000) b")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        slow.export(tmp_path / "x.csv")
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    assert query(shop, "SELECT 1").rows() == [[1]]


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_memory_does_not_grow_with_the_rows(shop: RunFiles, tmp_path: Path, ending: str) -> None:
    def most(rows: int) -> int:
        start = pa.default_memory_pool().bytes_allocated()
        seen: list[int] = []
        tracemalloc.start()
        query(shop, f"SELECT range, 'a text of some length ' || range AS t FROM range({rows})").export(
            tmp_path / f"x.{ending}", replace=True,
            on_rows=lambda _: seen.append(pa.default_memory_pool().bytes_allocated() - start),
        )  # fmt: skip
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak + max(seen)

    small, large = most(70_000), most(280_000)
    assert large < 1.6 * small + 16_000_000


def test_progress_is_told_after_each_batch(shop: RunFiles, tmp_path: Path) -> None:
    told: list[int] = []
    query(shop, "SELECT * FROM range(200000)").export(tmp_path / "x.csv", on_rows=told.append)
    assert told[-1] == 200_000
    assert told == sorted(told)
    assert len(told) > 1


def test_sums_of_integers_are_numbers_and_decimals_are_texts(shop: RunFiles) -> None:
    result = query(shop, "SELECT sum(order_id) AS n, sum(amount) AS a, 1::DECIMAL(38, 0) AS d FROM orders")
    assert result.to_dict()["rows"] == [[15, "526.70", "1"]]
    assert result.to_pandas()["n"].tolist() == [15]
    assert query(shop, "SELECT 2::HUGEINT ** 100 > 1, (10::HUGEINT * 10) AS n").rows()[0][1] == 100


def test_several_experiments_are_asked_at_once(shop: RunFiles, make_run: object) -> None:
    other = make_run(run="bank@2")  # type: ignore[operator]
    sql = "SELECT (SELECT count(*) FROM orders), count(*) FROM bank.orders b JOIN shop.orders o USING (order_id)"
    assert query(shop, sql, others=[other]).rows() == [[5, 5]]
    assert query(shop, 'SELECT count(*) FROM "bank@2".customers, bank__orders', others=[other]).rows() == [[20]]
    with pytest.raises(QueryError, match="bank"):
        query(shop, sql)
