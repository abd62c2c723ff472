"""The main job from end to end, on the tutorial's experiment, against the plain ways to do the same."""

import csv
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from faker import Faker

import synth_jupyter

from .measure import Figure, Work

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/tutorial/shop.yaml"
PEER_ROWS = 20_000


def figures(scale: float) -> Iterator[Figure]:
    """Rows per second of each verb; `scale` 1.0 is a million customers, about 17 million rows in all."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        workspace = synth_jupyter.open(home / "home")
        workspace.define(DOCUMENT.read_text(), "shop")
        yield from _verbs(workspace.experiment("shop"), home, scale)


def _verbs(experiment: Any, home: Path, scale: float) -> Iterator[Figure]:
    size = {"customers": max(1_000, int(1_000_000 * scale))}
    preview = _once(lambda: experiment.preview("order_items", n=1_000))
    yield Figure("preview of 1,000 rows", 1_000, preview)
    taken = _once(lambda: experiment.generate(rows=size, load=False))
    rows = sum(experiment.run().rows.values())
    yield Figure("generate, all tables", rows, taken, rows * _faker_row(home), "a Faker loop into CSV")
    yield Figure("verify, all constraints", rows, _once(experiment.verify))
    statement = "SELECT tier, count(*) FROM orders JOIN customers USING (customer_id) GROUP BY tier"
    orders = experiment.run().rows["orders"]
    yield Figure("join and group, orders x customers", orders, _once(lambda: list(experiment.sql(statement).rows())))
    yield Figure("load into DuckDB", rows, _once(lambda: experiment.load(f"duckdb:{home / 'shop.duckdb'}")))
    taken = _once(lambda: experiment.load(f"sqlite:{home / 'shop.sqlite'}"))
    yield Figure("load into SQLite", rows, taken, rows * _sqlite_row(home), "executemany, no constraints")
    yield Figure("export", rows, _once(lambda: experiment.export(home / "shop.tar")))


def _once(work: Work) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _customers(count: int) -> Iterator[tuple[object, ...]]:
    faker, random = Faker(), Random(42)
    faker.seed_instance(42)
    for number in range(1, count + 1):
        tier = random.choices(("gold", "silver", "basic"), (1, 3, 6))[0]
        yield number, faker.name(), faker.unique.email(), tier, faker.date_between("-2y"), random.lognormvariate(4, 1)


def _faker_row(home: Path) -> float:
    """Seconds a row of the customers table takes in the loop everybody writes first."""
    with (home / "faker.csv").open("w", newline="") as file:
        return _once(lambda: csv.writer(file).writerows(_customers(PEER_ROWS))) / PEER_ROWS


def _sqlite_row(home: Path) -> float:
    """Seconds a row of six columns takes through executemany, values already made, nothing checked."""
    file = sqlite3.connect(home / "peer.sqlite")
    file.execute("CREATE TABLE customers (a INTEGER, b TEXT, c TEXT, d TEXT, e TEXT, f REAL)")
    values = [(n, "name", "name@example.org", "basic", "2024-01-01", 1.5) for n in range(10 * PEER_ROWS)]
    start = perf_counter()
    file.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)", values)
    file.commit()
    taken = perf_counter() - start
    file.close()
    return taken / len(values)
