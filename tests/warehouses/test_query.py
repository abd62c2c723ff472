"""Questions to a run."""

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from duckdb import connect as duckdb_connection

from synth_jupyter.datatypes import DataType
from synth_jupyter.duck import Error, Question, check_one_question, connect_sealed
from synth_jupyter.errors import QueryError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema.model import Column, Rows, Rule, Schema, Table
from synth_jupyter.warehouses.query import open_session, query

ATTACKS: list[str] = yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text())


@pytest.mark.parametrize("name", ["orders", "ORDERS", "shop.orders", '"shop@1".orders', "shop__orders"])
def test_a_table_answers_to_all_its_names(shop: RunFiles, name: str) -> None:
    assert query(shop, f"select count(*) from {name}").rows() == [[5]]


@pytest.mark.parametrize("dialect", [None, "postgres", "redshift", "snowflake", "sqlite"])
def test_heads_are_written_as_in_the_schema(make_run: Callable[..., RunFiles], dialect: str | None) -> None:
    odd = Table("Sales", (Column("OrderId", DataType("bigint"), Rule("sequence")),
                          Column("Order Date", DataType("bigint"), Rule("sequence"))), Rows(count=2), ("OrderId",))  # fmt: skip
    run = make_run(Schema("odd", (odd,)), {"Sales": {"OrderId": [1, 2], "Order Date": [3, 4]}}, run="odd@1")
    joined = "select s.* from sales s join sales t on s.ORDERID = t.orderid"
    for sql in ("select * from SALES", 'select orderid, "ORDER DATE" from sales', joined):
        assert query(run, sql, dialect=dialect).columns == ("OrderId", "Order Date")


def test_the_document_has_json_values_in_row_order(shop: RunFiles) -> None:
    assert query(shop, "select order_id, amount, ordered_at, paid from orders").to_dict(2) == {
        "columns": ["order_id", "amount", "ordered_at", "paid"],
        "rows": [[1, "12.30", "2024-05-01T12:30:01.500000", True], [2, "1.00", "2024-05-02T12:30:01.500000", False]],
        "row_count": 5, "truncated": True, "verdict": "native",
    }  # fmt: skip


def test_a_limit_that_holds_everything_truncates_nothing(shop: RunFiles) -> None:
    for limit in (5, 6, None):
        document = query(shop, "from orders").to_dict(limit)
        assert (len(document["rows"]), document["row_count"], document["truncated"]) == (5, 5, False)


def test_a_result_speaks_arrow_pandas_and_polars(shop: RunFiles) -> None:
    result = query(shop, "select order_id, amount from orders order by order_id")
    assert pa.table(result).equals(result.reader().read_all())
    assert pa.table(result).equals(result.to_arrow())
    assert result.to_pandas()["order_id"].tolist() == [1, 2, 3, 4, 5]
    assert result.to_polars()["order_id"].to_list() == [1, 2, 3, 4, 5]


def test_a_stream_may_be_read_while_the_result_is_asked_again(shop: RunFiles) -> None:
    result = query(shop, "from orders")
    reader = result.reader()
    assert result.row_count == 5
    assert reader.read_all().num_rows == 5


def test_a_run_without_files_answers_over_typed_empty_tables(shop: RunFiles) -> None:
    empty = RunFiles("shop", shop.schema, shop.root, ())
    assert query(empty, "select sum(amount), count(*) from orders").rows() == [[None, 0]]
    assert query(empty, "from shop.orders").to_arrow().schema.field("amount").type == pa.decimal128(10, 2)


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        ("select amont from orders", ["amont", "line 1, column 8", "did you mean 'amount'"]),
        ("select order_id,\n  o.amont\nfrom orders o", ["amont", "line 2, column 3", "did you mean 'amount'"]),
        ("select * from ordrs", ["ordrs", "did you mean 'orders'", "line 1, column 15"]),
        ("select lengt(email) from customers", ["lengt", "did you mean 'length'"]),
        ("select 1 +", ["syntax error"]),
        ("select cast(email as int) from customers", ["Could not convert"]),
        ("select $x", ["x"]),
    ],
)
def test_a_mistake_is_one_short_line_with_its_place(shop: RunFiles, sql: str, parts: list[str]) -> None:
    with pytest.raises(QueryError) as caught:
        query(shop, sql).rows()
    assert "\n" not in caught.value.message
    assert all(part in caught.value.message for part in parts), caught.value.message


def test_parameters_are_bound_and_never_become_sql(shop: RunFiles) -> None:
    result = query(shop, "select count(*) from customers where email = $mail", parameters={"mail": "d\"'@x"})
    assert result.rows() == [[1]]


def test_another_dialect_is_rewritten_and_says_so(shop: RunFiles) -> None:
    result = query(shop, "select nvl(paid, false) from orders order by amount desc", dialect="redshift")
    assert result.verdict == "rewritten"
    assert result.row_count == 5
    assert query(shop, "select order_id from orders", dialect="postgres").verdict == "native"


def test_what_another_dialect_gets_wrong_shows_the_translation(shop: RunFiles) -> None:
    with pytest.raises(QueryError) as caught:
        query(shop, "select nvl(payd, false) from orders", dialect="redshift")
    assert "COALESCE" in caught.value.hint


def test_there_are_seventy_attacks() -> None:
    assert len(set(ATTACKS)) >= 70


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_query_only_reads_and_only_this_run(shop: RunFiles, attack: str) -> None:
    secret = pa.table({"x": [1]})
    assert secret.num_rows == 1
    aimed = _aimed(attack, shop)
    before = _contents(shop.root)
    with pytest.raises(QueryError):
        query(shop, aimed).rows()
    assert _contents(shop.root) == before


@pytest.mark.parametrize("attack", [one for one in ATTACKS if "TO '{file}'" not in one])
def test_the_settings_alone_keep_every_file_as_it_is(shop: RunFiles, attack: str) -> None:
    """All but the run's own files, which a session has to read: those only the gate keeps from being written."""
    aimed = _aimed(attack, shop)
    before = _contents(shop.root)
    with contextlib.suppress(Error):
        open_session(shop).execute(aimed)
    assert _contents(shop.root) == before


@pytest.mark.parametrize("attack", [one for one in ATTACKS if not one.startswith(("SELECT", "WITH"))])
def test_the_gate_alone_refuses_what_is_no_question(attack: str, shop: RunFiles) -> None:
    """On a connection that may do everything, so that only the gate stands in the way."""
    with pytest.raises(QueryError):
        check_one_question(duckdb_connection(), _aimed(attack, shop))


def _aimed(attack: str, shop: RunFiles) -> str:
    """What is read is the file of another run, what is written over is one of this run."""
    own, other = shop.paths("orders")[0], shop.root / "other.parquet"
    if not other.exists():
        shutil.copy(own, other)
    return (
        attack.replace("{file}", str(own if "TO '{file}'" in attack else other))
        .replace("{out}", str(shop.root / "data" / "new.csv"))
        .replace("{target}", str(shop.root / "data" / "new.db"))
    )


def _contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("attack", ["SELECT * FROM read_text('{file}')", "SELECT * FROM secret", "SET threads = 1"])
def test_the_settings_alone_refuse_files_variables_and_other_settings(shop: RunFiles, attack: str) -> None:
    secret = pa.table({"x": [1]})
    assert secret.num_rows == 1
    with pytest.raises(Error):
        open_session(shop).execute(attack.format(file=shop.paths("orders")[0]))


def test_describe_summarize_and_show_tables_are_answered(shop: RunFiles) -> None:
    assert ["order_id", "BIGINT"] in [row[:2] for row in query(shop, "describe orders").rows()]
    assert query(shop, "summarize orders").row_count == 5
    assert ["orders"] in query(shop, "show tables").rows()
    assert query(shop, "values (1, 2)").rows() == [[1, 2]]


def test_the_plan_of_a_statement_is_text(shop: RunFiles) -> None:
    assert "orders" in query(shop, "from orders").explain().lower() or query(shop, "from orders").explain()


def test_an_interrupt_stops_the_statement_and_keeps_the_connection_usable() -> None:
    connection = connect_sealed()
    question = Question(connection, "select count(*) from range(2000000000000) a where a.range % 7 = 3")
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        question.table()
    assert Question(connection, "select 1 as one").table().to_pydict() == {"one": [1]}


def test_a_table_of_another_schema_is_reached_by_both_names(shop: RunFiles) -> None:
    tables = tuple(replace(table, name=f"sales.{table.name}", foreign_keys=()) for table in shop.schema.tables)
    empty = RunFiles("shop@1", replace(shop.schema, tables=tables), shop.root, ())
    for name in ("sales.orders", '"sales.orders"', 'shop."sales.orders"'):
        assert query(empty, f"select count(*) from {name}").rows() == [[0]]


def test_intervals_are_iso_durations(shop: RunFiles) -> None:
    spans = ["INTERVAL 90 SECOND", "INTERVAL 14 MONTH", "INTERVAL 2 DAY + INTERVAL 500 MILLISECOND", "INTERVAL 0 DAY"]
    assert query(shop, f"SELECT {', '.join(spans)}").rows() == [["PT90S", "P14M", "P2DT0.5S", "PT0S"]]
