"""Loads into DuckDB, SQLite and PostgreSQL."""

import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.errors import ConflictError, GenerationError, NotFoundError, QueryError, WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table
from synth_jupyter.warehouses import Warehouse, open_target
from synth_jupyter.warehouses.parts import Part

Open = Callable[[], Warehouse]


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same empty target again and again."""
    if request.param != "postgres":
        yield lambda: open_target(f"{request.param}:{tmp_path}/shop.db", {})
        return
    url = request.getfixturevalue("postgres_url")

    def reset() -> None:
        with closing(open_target("env:PG", {"PG": url})) as warehouse, warehouse.transaction():  # type: ignore[attr-defined]
            warehouse.run("DROP SCHEMA IF EXISTS public CASCADE")  # type: ignore[attr-defined]
            warehouse.run("DROP SCHEMA IF EXISTS other CASCADE")  # type: ignore[attr-defined]
            warehouse.run("CREATE SCHEMA public")  # type: ignore[attr-defined]

    reset()
    yield lambda: open_target("env:PG", {"PG": url})


def rows(open_it: Open, sql: str) -> list[list[object]]:
    with closing(open_it()) as warehouse:
        return warehouse.query(sql).rows()


def change(open_it: Open, *statements: str) -> None:
    with closing(open_it()) as warehouse, warehouse.transaction():  # type: ignore[attr-defined]
        if warehouse.dialect == "sqlite":
            warehouse.run("PRAGMA defer_foreign_keys = ON")  # type: ignore[attr-defined]
        for statement in statements:
            warehouse.run(statement)  # type: ignore[attr-defined]


def load(open_it: Open, files: RunFiles, **options: object) -> dict[str, object]:
    with closing(open_it()) as warehouse:
        return warehouse.load(files, **options).to_dict()  # type: ignore[arg-type]


def test_a_load_brings_every_row_and_reports_what_is_enforced(target: Open, shop: RunFiles) -> None:
    report = load(target, shop)
    tables = report["tables"]
    assert isinstance(tables, dict)
    assert (report["run"], tables["orders"]["rows"], tables["customers"]["rows"]) == ("shop@1", 5, 4)
    assert {"primary_key", "foreign_key", "check", "not_null"} <= set(tables["orders"]["enforced"])
    assert {"primary_key", "unique", "foreign_key"} <= set(tables["customers"]["enforced"])
    assert tables["customers"]["not_enforced"] == []
    assert rows(target, "SELECT count(*), sum(amount) FROM orders")[0][0] == 5
    assert rows(target, "SELECT count(*) FROM orders WHERE amount = 12.30") == [[2]]
    assert rows(target, "SELECT email FROM customers WHERE customer_id = 4") == [["d\"'@x"]]


def test_the_same_load_again_changes_nothing(target: Open, shop: RunFiles) -> None:
    assert load(target, shop)["already_loaded"] is False
    assert load(target, shop)["already_loaded"] is True
    assert rows(target, "SELECT count(*) FROM orders") == [[5]]


def test_another_run_is_a_conflict_until_it_replaces(target: Open, shop: RunFiles) -> None:
    load(target, shop)
    other = replace(shop, run="shop@2", content_digest="sha256:" + "1" * 64, files=shop.files[:3])
    with pytest.raises(ConflictError, match="another run") as caught:
        load(target, other)
    assert "--replace" in caught.value.hint
    assert rows(target, "SELECT count(*) FROM orders") == [[5]]
    assert load(target, replace(shop, run="shop@2", content_digest="sha256:2"), replace=True)["already_loaded"] is False
    assert rows(target, "SELECT DISTINCT run FROM _synth_loads") == [["shop@2"]]


def test_a_table_of_somebody_else_is_never_dropped(target: Open, shop: RunFiles) -> None:
    change(target, "CREATE TABLE orders (mine INTEGER)", "INSERT INTO orders VALUES (7)")
    for swap in (False, True):
        with pytest.raises(ConflictError, match="not loaded from here"):
            load(target, shop, replace=swap)
    assert rows(target, "SELECT mine FROM orders") == [[7]]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(bytes(data))


def test_the_target_counts_the_rows_and_a_lost_one_is_no_load(
    target: Open, shop: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(target()) as warehouse:
        put = type(warehouse).put  # type: ignore[attr-defined]

        def losing(session: Any, part: Part, prefix: str) -> None:
            put(session, part, prefix)
            if part.design.table.name == "orders":
                session.run(f'DELETE FROM {prefix}"{part.name}" WHERE order_id = 3')

        with monkeypatch.context() as patch:
            patch.setattr(type(warehouse), "put", losing)
            with pytest.raises(WarehouseError, match="counts 4 rows of 'orders' instead of 5; what was there before"):
                warehouse.load(shop)
        assert not {"customers", "orders"} & warehouse.existing(None)  # type: ignore[attr-defined]
        assert warehouse.load(shop).tables["orders"].rows == 5


@pytest.mark.parametrize("harm", [cut, flip, Path.unlink])
def test_a_load_that_meets_a_damaged_file_leaves_nothing(
    target: Open, shop: RunFiles, harm: Callable[[Path], None]
) -> None:
    harm(shop.paths("orders")[1])
    with pytest.raises((GenerationError, WarehouseError, QueryError), match=r"damaged|missing"):
        load(target, shop)
    with pytest.raises(QueryError):
        rows(target, "SELECT * FROM customers")
    with pytest.raises(QueryError):
        rows(target, "SELECT * FROM _synth_loads")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO orders SELECT order_id, customer_id, amount, ordered_at, paid FROM orders WHERE order_id = 1",
        "UPDATE orders SET customer_id = NULL",
        "UPDATE orders SET amount = -1 WHERE order_id = 1",
        "INSERT INTO customers SELECT 9, email, tier, signup, NULL FROM customers WHERE customer_id = 1",
    ],
)
def test_the_target_enforces_keys_not_null_and_checks(target: Open, shop: RunFiles, statement: str) -> None:
    load(target, shop)
    with pytest.raises(WarehouseError):
        change(target, statement)


def test_foreign_keys_are_real(target: Open, shop: RunFiles, tmp_path: Path) -> None:
    load(target, shop)
    with closing(target()) as warehouse:
        dialect = warehouse.dialect
    if dialect == "sqlite":
        assert len(rows(target, "SELECT * FROM pragma_foreign_key_list('orders')")) == 1
        assert rows(target, "SELECT * FROM pragma_foreign_key_check") == []
        return
    with pytest.raises(WarehouseError):
        change(target, "UPDATE orders SET customer_id = 99 WHERE order_id = 1")


def cycle() -> tuple[Schema, dict[str, dict[str, list[object]]]]:
    def table(name: str, other: str) -> Table:
        columns = tuple(Column(one, DataType("bigint"), Rule("sequence"), one != "id") for one in ("id", "other"))
        return Table(name, columns, Rows(count=2), ("id",), foreign_keys=(ForeignKey(("other",), other, ("id",)),))

    data: dict[str, dict[str, list[object]]] = {name: {"id": [1, 2], "other": [2, 1]} for name in ("a", "b")}
    return Schema("ring", (table("a", "b"), table("b", "a"))), data


def test_cycles_of_foreign_keys_load_everywhere(target: Open, make_run: Callable[..., RunFiles]) -> None:
    report = load(target, make_run(*cycle(), run="ring@1"))
    tables = report["tables"]
    assert isinstance(tables, dict)
    left_out = tables["a"]["not_enforced"] + tables["b"]["not_enforced"]
    with closing(target()) as warehouse:
        assert len(left_out) == (1 if warehouse.dialect == "duckdb" else 0)
    assert rows(target, "SELECT count(*) FROM a JOIN b ON a.other = b.id") == [[2]]


def test_a_self_reference_with_a_loop_is_reported_where_it_cannot_be_enforced(
    target: Open, shop_rows: dict[str, dict[str, list[object]]], make_run: Callable[..., RunFiles]
) -> None:
    data = shop_rows
    data["customers"]["referred_by"] = [2, 1, None, 3]
    report = load(target, make_run(rows=data))
    tables = report["tables"]
    assert isinstance(tables, dict)
    with closing(target()) as warehouse:
        assert len(tables["customers"]["not_enforced"]) == (1 if warehouse.dialect == "duckdb" else 0)


def test_a_check_that_rows_violate_is_left_out_and_named(target: Open, shop: RunFiles) -> None:
    customers, orders = shop.schema.tables
    broken = replace(shop, schema=replace(shop.schema, tables=(customers, replace(orders, checks=("amount < 100",)))))
    tables = load(target, broken)["tables"]
    assert isinstance(tables, dict)
    assert "check" not in tables["orders"]["enforced"]
    assert "amount < 100" in tables["orders"]["not_enforced"][0]


KINDS: list[tuple[str, object]] = [
    ("smallint", -3), ("int", 4), ("bigint", 2**62), ("decimal(12,2)", Decimal("12.30")),
    ("decimal(20,4)", Decimal("1234567890123456.7891")), ("real", 1.5), ("double", 0.1), ("boolean", True),
    ("char(3)", "abc"), ("varchar(9)", "é'\"x"), ("text", "long"), ("time", time(1, 2, 3, 4)),
    ("interval", timedelta(seconds=90)), ("uuid", "00000000-0000-4000-8000-00000000000a"), ("json", '{"a": 1}'),
    ("binary", b"\x00\xff"), ("enum('a','b''c')", "b'c"),
]  # fmt: skip


def test_every_type_is_stored_with_nulls(target: Open, make_run: Callable[..., RunFiles]) -> None:
    columns = tuple(Column(f"c {n}", DataType.parse(kind), Rule("x"), True) for n, (kind, _) in enumerate(KINDS))
    table = Table('we"ird Tab', columns, Rows(count=2))
    data = {column.name: [value, None] for column, (_, value) in zip(columns, KINDS, strict=True)}
    files = make_run(Schema("kinds", (table,)), {table.name: data}, run="kinds@1")
    load(target, files)
    counted = ", ".join(f'count("{column.name}")' for column in columns)
    assert rows(target, f'SELECT count(*), {counted} FROM "we""ird Tab"') == [[2, *([1] * len(columns))]]
    stored = rows(target, 'SELECT "c 2", "c 3", "c 9", "c 13" FROM "we""ird Tab" WHERE "c 2" IS NOT NULL')[0]
    assert stored[0] == 2**62
    assert Decimal(str(stored[1])) == Decimal("12.30")
    assert stored[2:] == ["é'\"x", "00000000-0000-4000-8000-00000000000a"]


def test_keys_of_intervals_are_enforced_but_in_duckdb_which_says_so(
    target: Open, make_run: Callable[..., RunFiles]
) -> None:
    column = Column("span", DataType.parse("interval"), Rule("x"))
    spans = Table("spans", (column,), Rows(count=2), ("span",))
    uses = Table("uses", (column,), Rows(count=2), (), (), (ForeignKey(("span",), "spans", ("span",)),))
    data = {"span": [timedelta(1), timedelta(2)]}
    report = load(target, make_run(Schema("s", (spans, uses)), {"spans": data, "uses": data}, run="s@1"))
    enforced = {name: set(table["enforced"]) - {"not_null"} for name, table in report["tables"].items()}  # type: ignore[attr-defined]
    left_out = [reason for table in report["tables"].values() for reason in table["not_enforced"]]  # type: ignore[attr-defined]
    if str(report["target"]).startswith("duckdb:"):
        assert (enforced, len(left_out)) == ({"spans": set(), "uses": set()}, 2)
        assert all(reason.endswith("DuckDB has no keys of intervals and arrays") for reason in left_out)
    else:
        assert (enforced, left_out) == ({"spans": {"primary_key"}, "uses": {"foreign_key"}}, [])
    assert rows(target, "SELECT count(*) FROM uses") == [[2]]


def test_a_schema_of_the_target_is_made_and_used(target: Open, shop: RunFiles) -> None:
    with closing(target()) as warehouse:
        dialect = warehouse.dialect
    if dialect == "sqlite":
        with pytest.raises(WarehouseError, match="no schemas"):
            load(target, shop, schema="other")
        return
    load(target, shop, schema="other")
    assert rows(target, "SELECT count(*) FROM other.orders") == [[5]]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_files_are_for_this_user_alone(kind: str, tmp_path: Path, shop: RunFiles) -> None:
    load(lambda: open_target(f"{kind}:{tmp_path}/private.db", {}), shop)
    assert stat.S_IMODE((tmp_path / "private.db").stat().st_mode) == 0o600


def test_a_target_is_only_read_by_queries(target: Open, shop: RunFiles) -> None:
    load(target, shop)
    for sql in ("DELETE FROM orders", "SELECT 1; SELECT 2", "DROP TABLE orders"):
        with pytest.raises(QueryError):
            rows(target, sql)


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ("postgresql://u:s3cret@h/db", "password"), ("mysql:x", "no load target"), ("duckdb:", "no load target"),
        ("env:NOTHING", "NOTHING"), ("env:OTHER", "OTHER"), ("sqlite:/missing/folder/x.db", "folder"),
        ("env:DEAD", "DEAD"),
    ],
)  # fmt: skip
def test_a_wrong_target_is_refused_without_showing_secrets(spec: str, word: str) -> None:
    environment = {"OTHER": "mysql://u:s3cret@h/db", "DEAD": "postgresql://u:s3cret@localhost:1/db?options=s3cret"}
    with pytest.raises(WarehouseError) as caught:
        open_target(spec, environment)
    assert word in caught.value.message
    assert "s3cret" not in str(caught.value.to_dict())


def test_a_file_that_is_no_database_is_named(tmp_path: Path, shop: RunFiles) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database" * 500)
    for kind in ("duckdb", "sqlite"):
        with pytest.raises(WarehouseError, match=r"x\.db"):
            load(lambda kind=kind: open_target(f"{kind}:{tmp_path}/x.db", {}), shop)  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_file_that_must_exist_is_not_made(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="typo"):
        open_target(f"{kind}:{tmp_path}/typo.db", {}, existing=True)
    assert list(tmp_path.iterdir()) == []
