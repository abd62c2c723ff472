"""Every constraint counted, in files and in warehouses."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.errors import GenerationError, NotFoundError, WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema.model import Rule, Schema, Table
from synth_jupyter.verify import Check, VerifyReport, verify
from synth_jupyter.warehouses import Warehouse, open_target

Data = dict[str, dict[str, list[object]]]
RunMaker = Callable[..., RunFiles]

# A change of one value of the sound run, and the checks that must notice it.
DAMAGES: list[tuple[str, str, int, object, set[tuple[str, str, tuple[str, ...]]]]] = [
    ("orders", "order_id", 1, 1, {("orders", "primary_key", ("order_id",))}),
    ("orders", "customer_id", 0, 99, {("orders", "foreign_key", ("customer_id",))}),
    ("orders", "customer_id", 2, 1, {("orders", "children", ("customer_id",))}),
    ("orders", "amount", 0, Decimal("0.00"), {("orders", "range", ("amount",)), ("orders", "check", ())}),
    ("orders", "amount", 0, Decimal("500.01"), {("orders", "range", ("amount",))}),
    ("customers", "email", 1, "a@x", {("customers", "unique", ("email",))}),
    ("customers", "email", 1, "x" * 21, {("customers", "length", ("email",))}),
    ("customers", "tier", 0, "lead", {("customers", "distribution", ("tier",))}),
    ("customers", "signup", 0, date(2023, 12, 31), {("customers", "range", ("signup",))}),
    ("customers", "referred_by", 0, 77, {("customers", "foreign_key", ("referred_by",))}),
    ("orders", "ordered_at", 0, datetime(2023, 12, 31, 23, 59, 59), {("orders", "range", ("ordered_at",))}),
]


def violated(report: VerifyReport) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(check.table, check.kind, check.columns) for check in report.violated}


@pytest.fixture
def sound(shop: RunFiles) -> RunFiles:
    """The shop, in which an order is never before its customer's signup."""
    return replace(shop, schema=with_after(shop.schema))


def with_after(schema: Schema, **options: str) -> Schema:
    customers, orders = schema.tables
    rule = Rule("after", {"column": "customer_id.signup", "within": "2y"} | options)
    columns = tuple(replace(one, rule=rule) if one.name == "ordered_at" else one for one in orders.columns)
    return replace(schema, tables=(customers, replace(orders, columns=columns)))


def test_a_sound_run_has_every_check_and_no_violation(sound: RunFiles) -> None:
    report = verify(sound)
    assert report.ok
    kinds = {(check.table, check.kind) for check in report.checks}
    assert {
        ("orders", kind) for kind in ("row_count", "primary_key", "foreign_key", "not_null", "check", "children")
    } <= kinds
    assert {("customers", kind) for kind in ("unique", "range", "length", "distribution")} <= kinds
    document = report.to_dict()
    assert document["checks"][0] == {
        "table": "customers", "kind": "row_count", "columns": [], "violations": 0, "examples": [],
    }  # fmt: skip


@pytest.mark.parametrize(("table", "column", "row", "value", "expected"), DAMAGES)
def test_one_wrong_value_is_found_by_its_checks_alone(
    make_run: RunMaker, shop_rows: Data, table: str, column: str, row: int, value: object, expected: object
) -> None:
    shop_rows[table][column][row] = value
    run = make_run(rows=shop_rows)
    report = verify(replace(run, schema=with_after(run.schema)))
    assert not report.ok
    assert violated(report) == expected


def test_examples_are_keys_of_the_violating_rows(make_run: RunMaker, shop_rows: Data) -> None:
    shop_rows["orders"]["customer_id"][1] = 99
    check = next(check for check in verify(make_run(rows=shop_rows)).violated if check.kind == "foreign_key")
    assert check == Check("orders", "foreign_key", ("customer_id",), 1, (2,))


def test_a_null_where_none_may_be_is_counted(make_run: RunMaker, shop_rows: Data, shop: RunFiles) -> None:
    table = shop.schema.table("orders")
    rows = pa.table(shop_rows["orders"], schema=table.arrow_schema).set_column(
        2, "amount", pa.array([None, *shop_rows["orders"]["amount"][1:]], pa.decimal128(10, 2))
    )
    pq.write_table(rows.slice(0, 3), shop.paths("orders")[0])
    assert ("orders", "not_null", ("amount",)) in violated(verify(shop))


def test_a_missing_row_is_a_row_count(shop: RunFiles) -> None:
    path = shop.paths("orders")[0]
    pq.write_table(pq.read_table(path).slice(0, 2), path)
    assert ("orders", "row_count", ()) in violated(verify(shop))


def test_a_change_that_breaks_no_constraint_is_an_error_naming_the_file(shop: RunFiles) -> None:
    path = shop.paths("orders")[1]
    pq.write_table(pq.read_table(path), path, compression="zstd")
    with pytest.raises(GenerationError, match=r"part-00001\.parquet"):
        verify(shop)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:99])])
def test_a_missing_or_cut_file_is_an_error_naming_it(shop: RunFiles, harm: Callable[[Path], object]) -> None:
    harm(shop.paths("customers")[0])
    with pytest.raises(GenerationError, match=r"part-00000\.parquet"):
        verify(shop)


def test_the_last_day_of_a_moment_is_included_and_the_next_is_not(make_run: RunMaker, shop_rows: Data) -> None:
    def bounded(schema: Schema) -> Schema:
        customers, orders = schema.tables
        rule = Rule("uniform", {"min": "2024-05-01", "max": "2024-05-05"})
        columns = tuple(replace(one, rule=rule) if one.name == "ordered_at" else one for one in orders.columns)
        return replace(schema, tables=(customers, replace(orders, columns=columns)))

    shop_rows["orders"]["ordered_at"][4] = datetime(2024, 5, 5, 23, 59, 59, 999_999)
    run = make_run(rows=shop_rows)
    assert verify(replace(run, schema=bounded(run.schema))).ok
    shop_rows["orders"]["ordered_at"][4] = datetime(2024, 5, 6)
    run = make_run(rows=shop_rows, run="shop@2")
    assert violated(verify(replace(run, schema=bounded(run.schema)))) == {("orders", "range", ("ordered_at",))}


def test_too_late_after_another_moment_is_a_range(sound: RunFiles) -> None:
    late = replace(sound, schema=with_after(sound.schema, within="100d"))
    check = next(check for check in verify(late).violated if check.columns == ("ordered_at",))
    assert (check.kind, check.violations) == ("range", 2)


def test_a_share_of_childless_parents_is_exact(shop: RunFiles) -> None:
    def childless(share: str) -> RunFiles:
        customers, orders = shop.schema.tables
        rows = replace(orders.rows, childless=Decimal(share))
        return replace(shop, schema=replace(shop.schema, tables=(customers, replace(orders, rows=rows))))

    assert verify(childless("0.25")).ok
    assert violated(verify(childless("0.5"))) == {("orders", "children", ("customer_id",))}


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    environment = {"PG": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    spec = "env:PG" if environment else f"{request.param}:{tmp_path}/verified.db"
    with closing(open_target(spec, environment)) as opened:
        if environment:
            with opened.transaction():  # type: ignore[attr-defined]
                opened.run("DROP SCHEMA IF EXISTS public CASCADE")  # type: ignore[attr-defined]
                opened.run("CREATE SCHEMA public")  # type: ignore[attr-defined]
        yield opened


def bare(table: Table) -> Table:
    """Without keys and checks, so that a warehouse takes what is wrong."""
    columns = tuple(replace(column, nullable=True) for column in table.columns)
    return replace(table, columns=columns, primary_key=(), unique=(), foreign_keys=(), checks=())


@pytest.mark.parametrize(("table", "column", "row", "value", "expected"), DAMAGES)
def test_a_warehouse_is_asked_the_same_questions(
    warehouse: Warehouse, make_run: RunMaker, shop_rows: Data,
    table: str, column: str, row: int, value: object, expected: object,
) -> None:  # fmt: skip
    shop_rows[table][column][row] = value
    run = make_run(rows=shop_rows)
    loose = replace(run, schema=replace(run.schema, tables=tuple(map(bare, run.schema.tables))))
    if warehouse.dialect == "postgres" and expected == {("customers", "length", ("email",))}:
        with pytest.raises(WarehouseError, match="too long"):
            warehouse.load(loose)
        return
    warehouse.load(loose)
    report = verify(replace(run, schema=with_after(run.schema)), warehouse)
    assert report.target == warehouse.target
    assert violated(report) == expected


def test_a_sound_load_holds_in_the_warehouse(warehouse: Warehouse, sound: RunFiles) -> None:
    warehouse.load(sound)
    assert verify(sound, warehouse).to_dict()["ok"] is True


def test_a_check_that_the_warehouse_cannot_express_is_counted_all_the_same(
    warehouse: Warehouse, shop: RunFiles
) -> None:
    customers, orders = shop.schema.tables
    checks = ("date_diff('day', ordered_at, timestamp '2024-05-03') >= 0", "length(cast(amount as varchar)) > 2")
    strict = replace(shop, schema=replace(shop.schema, tables=(customers, replace(orders, checks=checks))))
    tables = warehouse.load(strict).to_dict()["tables"]
    assert tables["orders"]["not_enforced"]
    counted = {check.detail: check.violations for check in verify(strict, warehouse).checks if check.kind == "check"}
    assert counted == {checks[0]: 2, checks[1]: 0}


def test_a_warehouse_without_the_run_says_so_and_how_to_load_it(warehouse: Warehouse, shop: RunFiles) -> None:
    with pytest.raises(NotFoundError, match="shop@1 is not loaded in") as caught:
        verify(shop, warehouse)
    assert caught.value.hint.startswith(f"load it with `synth load shop@1 --into {warehouse.target}")
    warehouse.load(shop)
    other = replace(shop, run="shop@2", content_digest="sha256:2")
    with pytest.raises(NotFoundError, match="which holds shop@1") as caught:
        verify(other, warehouse)
    assert caught.value.hint.endswith("--replace`")


def test_a_run_in_another_schema_of_the_warehouse_is_found(warehouse: Warehouse, shop: RunFiles) -> None:
    if warehouse.dialect == "sqlite":
        return
    warehouse.load(replace(shop, run="shop@2", content_digest="sha256:2"), schema="other", replace=True)
    warehouse.load(shop, replace=True)
    assert verify(replace(shop, run="shop@2", content_digest="sha256:2"), warehouse).ok


def test_a_missing_row_is_named(warehouse: Warehouse, shop: RunFiles) -> None:
    warehouse.load(shop)
    with warehouse.transaction():  # type: ignore[attr-defined]
        warehouse.run("DELETE FROM orders WHERE order_id = 3")  # type: ignore[attr-defined]
    (missing,) = [check for check in verify(shop, warehouse).violated if check.kind == "row_count"]
    assert (missing.table, missing.detail) == ("orders", "4 rows instead of 5")


def test_a_null_in_the_warehouse_is_named(warehouse: Warehouse, shop: RunFiles) -> None:
    warehouse.load(replace(shop, schema=replace(shop.schema, tables=tuple(map(bare, shop.schema.tables)))))
    with warehouse.transaction():  # type: ignore[attr-defined]
        warehouse.run("UPDATE orders SET amount = NULL WHERE order_id = 3")  # type: ignore[attr-defined]
    (null,) = verify(shop, warehouse).violated
    assert (null.kind, null.columns, null.violations, null.examples) == ("not_null", ("amount",), 1, (3,))
