"""Questions and CSV files against DuckDB alone on the same rows, each side with a connection of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

import synth_jupyter

from .measure import Figure, compare, ratio
from .run import DOCUMENT

QUESTIONS = (
    "SELECT count(*) FROM orders",
    "SELECT status, count(*) FROM orders GROUP BY status",
    "SELECT tier, count(*) FROM orders JOIN customers USING (customer_id) GROUP BY tier",
    "SELECT sum(price * quantity) FROM order_items WHERE quantity > 5",
    "SELECT * FROM orders WHERE order_id = 777",
)


def figures(scale: float) -> Iterator[Figure | str]:
    """Seconds of a whole question, from its words to its rows; `scale` 1.0 is 300,000 customers, 4.8 million rows."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        workspace = synth_jupyter.open(home / "home")
        workspace.define(DOCUMENT.read_text(), "shop")
        shop = workspace.experiment("shop")
        shop.generate(rows={"customers": max(1_000, int(300_000 * scale))}, load=False)
        views = _views(shop)
        for sql in QUESTIONS:
            figure = _question(shop, views, sql)
            yield from (figure, ratio(figure, 1.1, 0.02))
        rows = shop.run().rows["orders"]
        figure = compare(
            "export to CSV", rows, lambda: shop.sql("FROM orders").export(home / "ours.csv", replace=True),
            lambda: _alone(views, f"COPY orders TO '{home / 'theirs.csv'}'"), "DuckDB's COPY",
        )  # fmt: skip
        yield from (figure, ratio(figure, 1.2))


def _question(shop: Any, views: list[str], sql: str) -> Figure:
    return compare(sql[:46], 1, lambda: shop.sql(sql).to_arrow(), lambda: _alone(views, sql), "DuckDB")


def _views(shop: Any) -> list[str]:
    """The same files, as anybody would ask DuckDB for them."""
    files = shop.files()
    return [
        f"CREATE VIEW {table.name} AS FROM read_parquet({[str(path) for path in files.paths(table.name)]})"
        for table in shop.schema.tables
    ]


def _alone(views: list[str], sql: str) -> object:
    connection = duckdb.connect()
    for view in views:
        connection.execute(view)
    if sql.startswith("COPY"):
        return connection.execute(sql)
    return connection.sql(sql).to_arrow_table()
