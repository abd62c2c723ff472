"""Which columns a query's columns are made from: cases with their expected edges, run by DuckDB for their width."""

from pathlib import Path

import pytest

from synth_jupyter.plan.model import DerivedFile, RunFiles
from synth_jupyter.warehouses.derived import Made, materialise

# Each edge is "table.column", with (e) when an expression and (a) when an aggregate or window makes something of it.
CASES: dict[str, tuple[str, list[str]]] = {
    "a star": ("SELECT * FROM products", ["products.product_id", "products.price"]),
    "a table alone": ("FROM shop.products", ["products.product_id", "products.price"]),
    "an expression and a literal": ("SELECT price * 2 AS twice, 'x' AS x FROM products", ["products.price(e)", ""]),
    "a star of one side of a join": (
        "SELECT o.*, c.code FROM orders o JOIN customers c USING (customer_id)",
        ["orders.order_id", "orders.customer_id", "orders.ordered_at", "orders.status", "orders.paid_at", "customers.code"],
    ),
    "a star over a join": (
        "SELECT * FROM products p JOIN order_items i ON p.product_id = i.product_id AND i.line_no = 1",
        ["refused: two columns"],
    ),
    "CASE": (
        "SELECT CASE WHEN status = 'paid' THEN paid_at ELSE ordered_at END AS at FROM orders",
        ["orders.ordered_at(e) orders.paid_at(e) orders.status(e)"],
    ),
    "an aggregate by group": (
        "SELECT customer_id, count(*) AS n, max(ordered_at) AS last FROM orders GROUP BY 1",
        ["orders.customer_id", "", "orders.ordered_at(a)"],
    ),
    "GROUP BY ALL over three tables": (
        "SELECT signup, sum(i.price * (1 - discount)) AS net FROM customers JOIN orders USING (customer_id) "
        "JOIN order_items i USING (order_id) GROUP BY ALL",
        ["customers.signup", "order_items.discount(a) order_items.price(a)"],
    ),
    "a window": (
        "SELECT order_id, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at) AS nth FROM orders",
        ["orders.order_id", "orders.customer_id(a) orders.ordered_at(a)"],
    ),
    "a CTE with a star": (
        "WITH paid AS (SELECT * FROM orders WHERE status = 'paid') SELECT order_id, paid_at FROM paid",
        ["orders.order_id", "orders.paid_at"],
    ),
    "a CTE that hides a table": (
        "WITH orders AS (SELECT product_id AS order_id FROM products) SELECT order_id FROM orders", ["products.product_id"],
    ),
    "a CTE with other names": (
        "WITH p(a, b) AS (SELECT * FROM products) SELECT b, a + 1 AS c FROM p", ["products.price", "products.product_id(e)"],
    ),
    "a subquery in FROM": (
        "SELECT s.c FROM (SELECT code AS c FROM customers) s", ["customers.code"],
    ),
    "a scalar subquery": (
        "SELECT order_id, (SELECT max(code) FROM customers c WHERE c.customer_id = o.customer_id) AS m FROM orders o",
        ["orders.order_id", "customers.code(a)"],
    ),
    "UNION ALL": (
        "SELECT customer_id AS id FROM customers UNION ALL SELECT product_id FROM products",
        ["customers.customer_id products.product_id"],
    ),
    "EXCLUDE and REPLACE": (
        "SELECT * EXCLUDE (signup, referred_by) REPLACE (code + 1 AS code) FROM customers",
        ["customers.customer_id", "customers.code(e)"],
    ),
    "a self-join": (
        "SELECT a.customer_id, b.code FROM customers a JOIN customers b ON a.referred_by = b.customer_id",
        ["customers.customer_id", "customers.code"],
    ),
    "two columns into one": (
        "SELECT coalesce(paid_at, ordered_at) AS at FROM \"shop@1\".orders", ["orders.ordered_at(e) orders.paid_at(e)"],
    ),
    "DISTINCT ON": (
        "SELECT DISTINCT ON (customer_id) customer_id, status FROM orders ORDER BY ordered_at",
        ["orders.customer_id", "orders.status"],
    ),
    "a lateral subquery": (
        "SELECT o.order_id, x.code FROM orders o, LATERAL (SELECT code FROM customers c "
        "WHERE c.customer_id = o.customer_id) x",
        ["orders.order_id", "customers.code"],
    ),
    "QUALIFY": (
        "SELECT order_id FROM orders QUALIFY rank() OVER (PARTITION BY customer_id ORDER BY ordered_at) = 1",
        ["orders.order_id"],
    ),
    "a filter in an aggregate": (
        "SELECT count(*) FILTER (status = 'paid') AS paid FROM orders", ["orders.status(a)"],
    ),
}  # fmt: skip
MARKS = {"identity": "", "expression": "(e)", "aggregate": "(a)"}


def edges(made: Made) -> list[str]:
    return [" ".join(f"{o.table}.{o.column}{MARKS[o.how]}" for o in column) for column in made.followed.columns]


@pytest.mark.parametrize("case", CASES)
def test_columns_are_followed_to_the_tables(case: str, files: RunFiles, tmp_path: Path) -> None:
    sql, expected = CASES[case]
    if expected == ["refused: two columns"]:
        with pytest.raises(Exception, match="two columns of the result are called 'product_id'"):
            materialise(files, sql, tmp_path / "t.parquet")
        return
    made = materialise(files, sql, tmp_path / "t.parquet")
    assert (made.followed.note, edges(made)) == ("", expected)


def test_what_only_the_engine_can_name_is_said_and_its_tables_are_known(files: RunFiles, tmp_path: Path) -> None:
    made = materialise(files, "SELECT COLUMNS('.*_id') FROM orders", tmp_path / "t.parquet")
    assert made.followed.columns == ()
    assert "not followed" in made.followed.note
    assert made.inputs == ("orders",)


def test_three_chained_tables_with_stars_and_a_join_are_followed_exactly(files: RunFiles, tmp_path: Path) -> None:
    chain = (
        ("paid", "SELECT * FROM orders WHERE status = 'paid'"),
        ("wide", "SELECT p.*, c.code * 2 AS double_code FROM paid p JOIN customers c USING (customer_id)"),
        ("latest", "SELECT *, max(paid_at) OVER (PARTITION BY customer_id) AS latest FROM wide"),
    )
    made = {}
    held = files
    for name, sql in chain:
        made[name] = materialise(held, sql, tmp_path / f"{name}.parquet")
        columns = tuple(column for column, _ in made[name].columns)
        path = str((tmp_path / f"{name}.parquet").absolute())
        derived = DerivedFile(name, path, made[name].rows, made[name].digest, columns)
        held = RunFiles(
            held.run, held.schema, held.root, held.files, held.content_digest, held.seed, (*held.derived, derived)
        )
    orders = ["order_id", "customer_id", "ordered_at", "status", "paid_at"]
    assert edges(made["paid"]) == [f"orders.{name}" for name in orders]
    assert edges(made["wide"]) == [*(f"paid.{name}" for name in orders), "customers.code(e)"]
    assert edges(made["latest"]) == [
        *(f"wide.{name}" for name in [*orders, "double_code"]), "wide.customer_id(a) wide.paid_at(a)",
    ]  # fmt: skip
    assert [each.inputs for each in made.values()] == [("orders",), ("customers", "paid"), ("wide",)]
    assert made["latest"].rows == made["paid"].rows > 0


def test_equal_statements_make_equal_digests(files: RunFiles, tmp_path: Path) -> None:
    sql = "SELECT status, sum(CAST(order_id AS DOUBLE) / 3) AS s FROM orders GROUP BY status"
    digests = {materialise(files, sql, tmp_path / f"{turn}.parquet").digest for turn in range(3)}
    assert len(digests) == 1
