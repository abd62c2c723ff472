"""Schemas inferred from databases, files and frames: alike, sound, and without a value that is too rare to be told."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.errors import CommandError, NotFoundError, SchemaError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema.document import read
from synth_jupyter.workspace import Workspace

SHOP = """
experiment: shop
seed: 3
tables:
  customers:
    rows: 2000
    columns:
      customer_id: {type: bigint, primary_key: true}
      email: {type: varchar(120), unique: true, faker: email}
      tier: {type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}
      signup: {type: date, min: 2023-01-01, max: 2024-12-31}
      credit: {type: "decimal(10,2)", distribution: {lognormal: {mean: 4, sigma: 1}}, max: 10000, nulls: 5%}
      code: {type: varchar(9), pattern: "[A-Z]{3}-[0-9]{4}"}
      age: {type: int, min: 18, max: 90}
  orders:
    rows: {per: customers, min: 0, max: 6, mean: 3}
    checks: ["amount >= 5"]
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      ordered_at: {type: timestamp, min: 2024-01-01, max: 2024-12-31}
      amount: {type: "decimal(10,2)", min: 5, max: 500}
  lines:
    rows: {per: orders, min: 1, max: 4}
    primary_key: [order_id, line_no]
    columns:
      order_id: {references: orders.order_id}
      line_no: {type: int, position: true}
      score: {type: double, distribution: {normal: {mean: 100, stddev: 15}}}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace.open(tmp_path_factory.mktemp("home"))
    made.define(SHOP)
    made.experiment("shop").generate(load=False)
    return made


def _same_shop(workspace: Workspace, source: str, name: str) -> None:
    schema = workspace.define_from(source, name).schema
    customers, orders, lines = (schema.table(table) for table in ("customers", "orders", "lines"))
    assert {column.name: column.rule.name for column in customers.columns} == {
        "customer_id": "sequence", "email": "faker", "tier": "choices", "signup": "uniform", "credit": "distribution",
        "code": "pattern", "age": "uniform",
    }  # fmt: skip
    assert customers.column("credit").nulls == pytest.approx(0.05, abs=0.02)
    law = customers.column("credit").rule.options
    assert (law["law"], law["parameters"]["mean"]) == ("lognormal", pytest.approx(4, abs=0.15))
    assert (orders.rows.per, orders.rows.min, orders.rows.max, orders.rows.total) == ("customers", 0, 6, 6000)
    assert (lines.rows.per, lines.rows.min, lines.rows.max) == ("orders", 1, 4)
    assert lines.column("line_no").rule.name == "position"
    assert lines.column("score").rule.options["law"] == "normal"
    assert float(orders.column("amount").rule.options["min"]) >= 5
    assert ("email",) in customers.unique
    workspace.experiment(name).generate(load=False, seed=7)
    report = workspace.experiment(name).verify()
    assert report.ok, report.violated
    for sql, within in (
        ("SELECT avg(age) FROM customers", 2), ("SELECT avg(score) FROM lines", 2), ("SELECT avg(amount) FROM orders", 12),
        ("SELECT median(credit) FROM customers", 6), ("SELECT count(*) FILTER (tier = 'gold') FROM customers", 50),
        ("SELECT epoch(avg(signup)) / 86400 FROM customers", 20),
    ):  # fmt: skip
        (one,), (other,) = (
            workspace.experiment(each).sql(sql).to_arrow().column(0).to_pylist() for each in ("shop", name)
        )
        assert float(other) == pytest.approx(float(one), abs=within), sql


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_what_was_loaded_is_inferred_and_made_again(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    target = f"{kind}:{tmp_path / f'shop.{kind}'}"
    workspace.experiment("shop").load(target)
    _same_shop(workspace, target, f"from_{kind}")


@pytest.mark.postgres
def test_postgresql_is_inferred_and_made_again(workspace: Workspace, postgres_url: str) -> None:
    there = Workspace.open(workspace.home, {"SHOP_URL": postgres_url})
    there.experiment("shop").load("env:SHOP_URL")
    _same_shop(there, "env:SHOP_URL", "from_postgres")


@pytest.fixture
def planted(tmp_path: Path) -> pa.Table:
    """A table in which some values are rare: names, a place, a large sum, a date, a code."""
    rows = 5_000
    return pa.table({
        "id": list(range(1, rows + 1)),
        "city": ["Canary Wharf" if at == 7 else ("Paris", "Lyon", "Nice")[at % 3] for at in range(rows)],
        "name": [f"Person {at} Zebedee{at}" for at in range(rows)],
        "code": [f"QX-{at % 977:04}" for at in range(rows)],
        "salary": [987_654_321 if at == 11 else 30_013 + at * 7 for at in range(rows)],
        "grade": [77 if at == 3 else at % 4 for at in range(rows)],
        "born": pa.array([-20_000 if at == 5 else at for at in range(rows)], pa.int32()).cast(pa.date32()),
        "gone": pa.array([None] * rows, pa.string()),
    })  # fmt: skip


RARE = ("Canary", "Zebedee", "QX-", "987654321", "987_654_321", "77", "30013", "65006", "1983-09-09", "1915", "Person")


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb", "sqlite", "frame", "arrow"])
def test_no_rare_value_leaves_its_source(planted: pa.Table, tmp_path: Path, kind: str) -> None:
    home = Workspace.open(tmp_path / "home")
    definition = home.define_from(_source(planted, tmp_path, kind), "planted")
    texts = str(definition.to_dict()) + (tmp_path / "home/store.db").read_bytes().decode("latin-1")
    texts += "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "home").glob("store.db-*"))
    document = home.experiment("planted").definition().text("yaml")
    # The pattern of the code holds its letters as classes; digits alone may stand in digests of the store.
    assert [rare for rare in RARE if rare in document] == []
    assert [rare for rare in RARE if len(rare) > 6 and rare in texts] == []
    city = definition.schema.tables[0].column("city").rule
    assert sorted(city.options["values"]) == ["Lyon", "Nice", "Paris"]
    told = home.define_from(_source(planted, tmp_path, kind), "planted", replace=True, values=True)
    assert "Canary Wharf" in told.schema.tables[0].column("city").rule.options["values"]


@pytest.mark.parametrize(
    ("kind", "rows", "away"),
    [("parquet", 5, 0.3), ("parquet", 79, 0.3), ("parquet", 399, 0.05), ("parquet", 5_000, 0.005), ("sqlite", 79, 0.3),
     ("sqlite", 1_999, 0.02)],
)  # fmt: skip
def test_bounds_are_no_value_of_the_source(tmp_path: Path, kind: str, rows: int, away: float) -> None:
    """The least and the most are rare by nature: what is told of them is round, and one wild value does not move it."""
    numbers = [31_337 + at * 40_009 // rows for at in range(rows)]
    days = [4_001 + at * 4_003 // rows for at in range(rows)]
    wild = rows // 2
    table = pa.table({
        "id": list(range(1, rows + 1)), "salary": [2_987_654_321 if at == wild and rows > 5 else value for at, value in enumerate(numbers)],
        "born": pa.array(days, pa.int32()).cast(pa.date32()),
    })  # fmt: skip
    source = _source(table, tmp_path, kind)
    columns = {
        one.name: one.rule.options
        for one in Workspace.open(tmp_path / "home").define_from(source, "planted").schema.tables[0].columns
    }
    low, high = int(columns["salary"]["min"]), int(columns["salary"]["max"])
    step = 10_000 if rows < 80 else 1_000
    assert {low % step, high % step} == {0}
    assert not {low, high} & {*numbers, 2_987_654_321}
    assert 0 <= low <= 31_337 + away * 40_009
    assert high <= 31_337 + 2.5 * 40_009 if rows > 5 else high
    born = columns["born"]["min"], columns["born"]["max"]
    assert all(day.endswith(("-01-01", "-12-31") if rows < 80 else "-01") for day in born)
    if rows < 399:
        return
    told = Workspace.open(tmp_path / "home").define_from(source, "planted", replace=True, values=True).schema
    assert abs(int(told.tables[0].column("salary").rule.options["min"]) - min(numbers)) <= 0.011 * 40_009 + 1


@pytest.mark.parametrize(
    ("law", "bounds", "rows"),
    [
        ("lognormal: {mean: 4, sigma: 1}", "", 1_900), ("lognormal: {mean: 4, sigma: 1}", "", 500),
        ("lognormal: {mean: 10, sigma: 0.6}", "", 20_000), ("normal: {mean: 30, stddev: 14}", ", min: 0", 5_000),
        ("normal: {mean: 500, stddev: 90}", "", 400),
    ],
)  # fmt: skip
def test_quartiles_come_out_as_they_went_in_though_the_told_bounds_cut_the_tails(
    tmp_path: Path, law: str, bounds: str, rows: int
) -> None:
    column = f'{{type: "decimal(12,2)", distribution: {{{law}}}{bounds}}}'
    given = read(f"experiment: x\ntables: {{t: {{rows: {rows}, columns: {{a: {column}}}}}}}").schema
    source = evaluate(build_plan(given, 5), "t", np.arange(rows))
    inferred = Workspace.open(tmp_path).define_from(source, "again").schema
    made = evaluate(build_plan(inferred, 6, rows={"again": 200_000}), "again", np.arange(200_000))
    wanted, found = (np.quantile(each["a"].to_numpy().astype(float), [0.25, 0.5, 0.75]) for each in (source, made))
    assert found == pytest.approx(wanted, rel=0.025)


def test_a_parent_with_more_children_than_any_other_is_not_told(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "planted.db") as lite:
        lite.executescript("CREATE TABLE p (id INTEGER PRIMARY KEY); "
                           "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p);")  # fmt: skip
        lite.executemany("INSERT INTO p VALUES (?)", [(at,) for at in range(100)])
        lite.executemany("INSERT INTO c (p) VALUES (?)", [(at if at < 100 else 7,) for at in range(437)])
    workspace, source = Workspace.open(tmp_path / "home"), f"sqlite:{tmp_path / 'planted.db'}"
    rows = workspace.define_from(source, "inferred").schema.table("c").rows
    assert (rows.per, rows.min, rows.max, rows.total) == ("p", 1, 500, 437)
    assert workspace.define_from(source, "told", values=True).schema.table("c").rows.max == 338


def _source(table: pa.Table, folder: Path, kind: str) -> object:
    path = folder / f"planted.{kind}"
    frame = table.to_pandas()
    if kind == "arrow":
        return table
    if kind == "frame":
        return frame
    if kind == "parquet":
        frame.to_parquet(path)
        return str(path)
    if kind == "csv":
        frame.to_csv(path, index=False)
        return str(path)
    if path.exists():
        return f"{kind}:{path}"
    if kind == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.register("given", table)
            connection.execute("CREATE TABLE planted AS FROM given")
    else:
        frame["born"] = frame["born"].astype(str)
        with sqlite3.connect(path) as lite:
            frame.to_sql("planted", lite, index=False)
    return f"{kind}:{path}"


def test_a_frame_gets_a_key_shares_of_nulls_and_lengths(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "id": range(400), "flag": [at % 4 == 0 for at in range(400)], "said": ["x" * (5 + at % 9) + str(at) for at in range(400)],
        "part": [None if at % 2 else at * 1.5 for at in range(400)],
    })  # fmt: skip
    definition = Workspace.open(tmp_path).define_from(frame, "framed", check=True)
    table = definition.schema.table("framed")
    assert table.primary_key == ("id",)
    assert table.rows.count == 400
    assert table.column("part").nulls == 0.5
    assert table.column("flag").rule.options["values"] == [False, True]
    assert {
        "construct": "primary key (id): every value is another",
        "where": "framed",
        "outcome": "kept",
    } in definition.report
    assert Workspace.open(tmp_path).list() == []  # a check stores nothing


def test_several_frames_are_tables(tmp_path: Path) -> None:
    frames = {"a": pa.table({"x": [1, 2]}), "b": pa.table({"y": ["q"]})}
    schema = Workspace.open(tmp_path).define_from(frames, "two").schema
    assert {table.name: table.rows.count for table in schema.tables} == {"a": 2, "b": 1}


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    schema = Workspace.open(tmp_path).define_from(pa.table({"x": pa.array([], pa.int64())}), "none").schema
    assert schema.tables[0].rows.count == 0


@pytest.fixture
def bad_sources(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "no.sqlite").write_bytes(b"this is no database, and it never was one" * 100)
    (tmp_path / "no.duckdb").write_bytes(b"neither is this" * 1000)
    (tmp_path / "no.parquet").write_bytes(b"PAR1 nothing")
    return tmp_path  # type: ignore[return-value]


def test_what_is_no_source_is_refused_with_its_reason(bad_sources: Path) -> None:
    secret = "postgresql://me:s3cr3t@127.0.0.1:9/none"
    workspace = Workspace.open(bad_sources / "home", {"URL": secret, "WORD": "s3cr3t"})
    for source in ("sqlite:no.sqlite", "duckdb:no.duckdb", "no.parquet"):
        kind, colon, name = source.rpartition(":")
        with pytest.raises(Exception, match=r"no\.(sqlite|duckdb|parquet)") as failure:
            workspace.define_from(f"{kind}{colon}{bad_sources / name}", "x")
        assert type(failure.value).__module__ == "synth_jupyter.errors"
    for source, error in (("env:URL", SchemaError), ("env:WORD", SchemaError), ("env:NONE", SchemaError),
                          ("mail:me", SchemaError), ("sqlite:gone.db", NotFoundError)):  # fmt: skip
        with pytest.raises(error) as refused:
            workspace.define_from(source, "x")
        assert "s3cr3t" not in str(refused.value)
    with pytest.raises(CommandError):
        workspace.define_from(pa.table({"x": [1]}), "no name")
    assert workspace.list() == []
