"""What an image brings for warehouses is run as its README says, by the engines themselves, on an unpacked image."""

import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import duckdb
import pytest

from synth_jupyter.errors import CommandError, ConflictError
from synth_jupyter.workspace import Experiment, Workspace

CANARY = "c4n4ry-of-this-machine"
DOCUMENT = """
experiment: shop
seed: 7
tables:
  customers:
    rows: 300
    columns:
      customer_id: {type: bigint, primary_key: true}
      'odd "name': {type: varchar(40), choices: ["a\\tb", "c\\\\N", 'q"x', "Zürich"], nulls: 0.2}
      referred_by: {references: customers.customer_id, nulls: 0.5}
      token: {type: uuid, unique: true}
      active: {type: boolean, nulls: 0.3}
      weight: {type: double, min: 0, max: 1}
      at: {type: time}
      wait: {type: interval, nulls: 0.2}
      blob: {type: binary, nulls: 0.2}
  orders:
    rows: {per: customers, min: 0, max: 4}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      price: {type: "decimal(10,2)", min: 1, max: 500}
      huge: {type: "decimal(30,4)", min: 1, max: 500, nulls: 0.1}
      made: {type: timestamp, min: 2020-01-01, max: 2024-12-31}
      sent: {type: timestamptz, min: 2020-01-01, max: 2024-12-31, nulls: 0.2}
      day: {type: date, min: 2020-01-01, max: 2024-12-31}
    checks: ["price >= 1"]
"""
FACTS = "SELECT count(*), sum(price), min(day), max(customer_id) FROM orders"
ODD = """SELECT "odd ""name", count(*) FROM customers GROUP BY 1 ORDER BY 2, 1"""


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, in_threads: Callable[[], AbstractContextManager[None]]
) -> Experiment:
    """A run with a saved query and a derived table, in a home whose path and loads must not leave it."""
    folder = tmp_path_factory.mktemp(CANARY)
    with in_threads():
        workspace = Workspace.open(folder / "home")
        workspace.define(DOCUMENT)
        shop = workspace.experiment("shop")
        shop.generate()
    shop.load(f"sqlite:{folder / 'loaded.sqlite'}")
    shop.save_query("how_many", "SELECT count(*) FROM orders")
    shop.transform("SELECT customer_id, sum(price) AS spent FROM orders GROUP BY 1", "spending")
    return shop


@pytest.fixture(scope="module")
def inside(shop: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `experiment` of an image with a SQLite dump."""
    folder = tmp_path_factory.mktemp("unpacked")
    shop.export(folder / "shop.tar", dump="sqlite")
    return unpacked(folder / "shop.tar", folder)


def unpacked(image: Path, folder: Path) -> Path:
    """Every layer of an image, one above the other."""
    with tarfile.open(image) as archive:
        for member in archive:
            blob = archive.extractfile(member) if member.name.startswith("blobs/sha256/") else None
            if blob and not blob.peek(1).startswith(b"{"):
                with tarfile.open(fileobj=blob) as layer:
                    layer.extractall(folder, filter="data")
    return folder / "experiment"


def values(shop: Experiment, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in shop.sql(sql).rows()]


def test_every_listed_file_is_there_and_has_its_checksum(inside: Path) -> None:
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=inside, check=True)
    text = (inside / "README.md").read_text("utf-8")
    for name in ("warehouse/load.py", "warehouse/queries.json", "warehouse/derived.json", "lineage/", "dump/"):
        assert name in text
        assert (inside / name).exists()


def test_duckdb_loads_the_parquet_files_with_every_key(inside: Path, shop: Experiment, tmp_path: Path) -> None:
    scripts = [inside / "warehouse" / "duckdb" / f"{name}.sql" for name in ("schema", "load", "derived")]
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); [c.execute(open(name).read()) for name in sys.argv[2:]]"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "shop.duckdb", *scripts], cwd=inside, check=True)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        for sql in (FACTS, ODD, "SELECT sum(epoch(wait)), count(blob) FROM customers"):
            assert [tuple(map(str, row)) for row in connection.execute(sql).fetchall()] == [
                tuple(map(str, row)) for row in values(shop, sql)
            ]
        kinds = "SELECT constraint_type, count(*) FROM duckdb_constraints() GROUP BY 1"
        found = dict(connection.execute(kinds).fetchall())
        assert (found["PRIMARY KEY"], found["FOREIGN KEY"], found["UNIQUE"], found["CHECK"]) == (2, 1, 1, 1)
        assert connection.execute("SELECT count(*) FROM spending").fetchall() == values(
            shop, "SELECT count(*) FROM spending"
        )


@pytest.mark.parametrize("form", ["script", "dump"])
def test_sqlite_gets_the_rows_and_every_key(form: str, inside: Path, shop: Experiment, tmp_path: Path) -> None:
    target = inside / "dump" / "shop.sqlite"
    if form == "script":
        target = tmp_path / "shop.sqlite"
        load = [sys.executable, "-I", inside / "warehouse" / "load.py", "sqlite", target]
        subprocess.run(load, cwd=tmp_path, check=True, env={"PATH": os.environ["PATH"]})
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        count, total, day, most = connection.execute(FACTS).fetchone()
        assert (count, round(total, 2), day, most) == tuple(
            kind(value) for kind, value in zip((int, float, str, int), values(shop, FACTS)[0], strict=True)
        )
        assert sorted(map(str, connection.execute(ODD))) == sorted(map(str, values(shop, ODD)))
        assert len(connection.execute("PRAGMA foreign_key_list(customers)").fetchall()) == 1


def test_a_load_into_sqlite_that_fails_leaves_no_file(inside: Path, tmp_path: Path) -> None:
    copy = tmp_path / "experiment"
    subprocess.run(["cp", "-r", inside, copy], check=True)
    (copy / "data" / "customers" / "part-00000.parquet").unlink()
    load = [sys.executable, copy / "warehouse" / "load.py", "sqlite", tmp_path / "shop.sqlite"]
    done = subprocess.run(load, check=False, capture_output=True, text=True)
    assert (done.returncode, "no parent" in done.stderr) == (1, True)
    assert not (tmp_path / "shop.sqlite").exists()


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["script", "dump"])
def test_psql_restores_the_rows_and_every_key(
    form: str, inside: Path, shop: Experiment, tmp_path: Path, postgres_url: str
) -> None:
    psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", postgres_url]
    subprocess.run([*psql, "-c", f"CREATE SCHEMA image_{form}"], check=True)
    environment = os.environ | {"PGOPTIONS": f"-c search_path=image_{form}"}
    if form == "script":
        load = [sys.executable, inside / "warehouse" / "load.py", "postgres"]
        text = subprocess.run(load, check=True, capture_output=True).stdout
    else:
        shop.export(tmp_path / "shop.tar", dump="postgres")
        text = (unpacked(tmp_path / "shop.tar", tmp_path) / "dump" / "shop.sql").read_bytes()
    subprocess.run(psql, input=text, check=True, env=environment, capture_output=True)

    def asked(sql: str) -> list[list[str]]:
        done = subprocess.run(
            [*psql, "-F", "|", "-c", sql], check=True, env=environment, capture_output=True, text=True
        )
        return [line.split("|") for line in done.stdout.splitlines()]

    assert asked(FACTS) == [[str(value) for value in values(shop, FACTS)[0]]]
    assert sorted(asked(ODD)) == sorted([str(name or ""), str(count)] for name, count in values(shop, ODD))
    waits = "SELECT sum(extract(epoch FROM wait))::bigint, sum(length(blob)), max(sent) FROM customers, orders"
    own = waits.replace("length", "octet_length")
    assert asked(waits)[0][:2] == [str(value) for value in values(shop, own)[0][:2]]
    keys = f"SELECT contype, count(*) FROM pg_constraint WHERE connamespace = 'image_{form}'::regnamespace GROUP BY 1"
    found = dict(map(tuple, asked(keys)))
    assert {kind: found[kind] for kind in "pfuc"} == {"p": "2", "f": "2", "u": "1", "c": "1"}


def test_lineage_travels_as_lines_and_as_a_clean_database(inside: Path) -> None:
    with closing(sqlite3.connect(f"file:{inside / 'lineage' / 'lineage.sqlite'}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT run, experiment, seed FROM run").fetchall() == [("shop@1", "shop", "7")]
        edges = connection.execute("SELECT source, target FROM edges WHERE level = 'table'").fetchall()
        assert ("customers", "orders") in edges
        assert connection.execute("SELECT name FROM derived").fetchall() == [("spending",)]
    assert not list((inside / "lineage").glob("*-*"))


def test_nothing_of_the_machine_is_in_an_image(shop: Experiment, tmp_path: Path) -> None:
    secrets = [CANARY, os.uname().nodename, str(Path.home()), os.environ.get("USER", CANARY), str(os.getpid())]
    for options in ({"dump": "sqlite"}, {"dump": "postgres"}, {"thin": True}):
        shop.export(tmp_path / "shop.tar", replace=True, **options)
        data = (tmp_path / "shop.tar").read_bytes()
        paths = [secret for secret in secrets[:3] if len(secret) > 3 and secret.encode() in data]
        assert not paths
        assert b"loaded.sqlite" not in data


def test_the_same_run_gives_the_same_image_again(shop: Experiment, tmp_path: Path) -> None:
    for dump in ("sqlite", "postgres"):
        for name in ("a.tar", "b.tar"):
            shop.export(tmp_path / name, dump=dump, replace=True)
        assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_saved_and_derived_statements_come_along_and_are_not_run(shop: Experiment, tmp_path: Path) -> None:
    shop.export(tmp_path / "shop.tar")
    elsewhere = Workspace.open(tmp_path / "elsewhere")
    elsewhere.import_image(tmp_path / "shop.tar", "shop2")
    found = {query.name: query.sql for query in elsewhere.experiment("shop2").queries()}
    assert found["how_many"] == "SELECT count(*) FROM orders"
    assert "sum(price)" in found["spending"]
    assert elsewhere.experiment("shop2").files().derived == ()
    made = elsewhere.experiment("shop2").transform(found["spending"], "spending")
    assert made.record.digest == shop.workspace.store.derived.of(shop.run().key)[0].digest


def test_a_dump_is_not_for_thin_images_nor_for_other_engines(shop: Experiment, tmp_path: Path) -> None:
    for options in ({"dump": "sqlite", "thin": True}, {"dump": "oracle"}):
        with pytest.raises(CommandError, match="nothing was written"):
            shop.export(tmp_path / "shop.tar", **options)
    assert list(tmp_path.iterdir()) == []
    shop.export(f"oci:{tmp_path / 'layout'}")
    with pytest.raises(ConflictError, match="exists"):
        shop.export(f"oci:{tmp_path / 'layout'}")
