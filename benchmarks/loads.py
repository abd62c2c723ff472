"""Loads against the engine's own quickest way into the same tables, with the same constraints, from the same files."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

import synth_jupyter
from synth_jupyter.warehouses.creation import create_script
from synth_jupyter.warehouses.types import accepted_batch, accepted_schema

from .measure import Figure, compare, ratio, seconds, within
from .run import DOCUMENT

ROWS_A_CUSTOMER = 16.9
SIZE = 10_000_000
REPEATS = 3


def figures(scale: float) -> Iterator[Figure | str]:
    """Rows per second of whole loads; `scale` 1.0 is ten million rows in three tables."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        workspace = synth_jupyter.open(home / "home")
        workspace.define(_without_trees(DOCUMENT.read_text()), "shop")
        shop = workspace.experiment("shop")
        size = {"customers": max(1_000, int(SIZE * scale / ROWS_A_CUSTOMER))}
        once = seconds(lambda: _generate_and_load(shop, home, size), 1)
        rows = sum(shop.run().rows.values())
        for figure, most in (
            (Figure("generate and load into DuckDB", rows, once), 30),
            (Figure("verify, all constraints", rows, seconds(shop.verify, REPEATS)), 10),
        ):
            yield from (figure, within(figure, most, SIZE))
        for figure in (_into_duckdb(shop, home, rows), _into_sqlite(shop, home, rows)):
            yield from (figure, ratio(figure, 1.3))
        yield from _into_postgres(shop, rows)


def _without_trees(document: str) -> str:
    """DuckDB takes no tree in one statement, so there would be nothing to compare with."""
    return "\n".join(line for line in document.splitlines() if "referred_by" not in line)


def _generate_and_load(shop: Any, home: Path, size: dict[str, int]) -> None:
    (home / "both.duckdb").unlink(missing_ok=True)
    shop.generate(rows=size, load=False)
    shop.load(f"duckdb:{home / 'both.duckdb'}")


def _into_duckdb(shop: Any, home: Path, rows: int) -> Figure:
    def ours() -> None:
        shop.load(f"duckdb:{_fresh(home / 'ours.duckdb')}")

    def theirs() -> None:
        with duckdb.connect(_fresh(home / "theirs.duckdb")) as connection:
            connection.execute(create_script(shop.schema, "duckdb"))
            for table in shop.schema.parents_first():
                paths = [str(path) for path in shop.files().paths(table.name)]
                connection.execute(f"INSERT INTO {table.name} SELECT * FROM read_parquet({paths})")

    return compare("load into DuckDB", rows, ours, theirs, "INSERT ... SELECT", REPEATS)


def _into_sqlite(shop: Any, home: Path, rows: int) -> Figure:
    from adbc_driver_sqlite import dbapi

    def ours() -> None:
        shop.load(f"sqlite:{_fresh(home / 'ours.sqlite')}")

    def theirs() -> None:
        with dbapi.connect(_fresh(home / "theirs.sqlite")) as connection, connection.cursor() as cursor:
            for statement in filter(None, create_script(shop.schema, "sqlite").split(";\n")):
                cursor.execute(statement)
            _ingest(shop, cursor, "sqlite")
            cursor.execute("SELECT count(*) FROM pragma_foreign_key_check")
            cursor.fetchall()
            connection.commit()

    return compare("load into SQLite", rows, ours, theirs, "adbc_ingest", REPEATS)


def _into_postgres(shop: Any, rows: int) -> Iterator[Figure | str]:
    from adbc_driver_postgresql import dbapi

    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        yield "load into PostgreSQL: not measured, there is no server program here"
        return
    with (
        tempfile.TemporaryDirectory(prefix="synth-pg-", dir="/tmp") as folder,
        closing(_Cluster(programs[-1], folder)) as cluster,
    ):
        os.environ["SYNTH_BENCH_TARGET"] = cluster.url

        def ours() -> None:
            cluster.empty()
            shop.load("env:SYNTH_BENCH_TARGET")

        def theirs() -> None:
            cluster.empty()
            made, after = _parted(create_script(shop.schema, "postgres"))
            with dbapi.connect(cluster.url) as connection, connection.cursor() as cursor:
                for statement in made:
                    cursor.execute(statement)
                _ingest(shop, cursor, "postgres")
                for statement in after:
                    cursor.execute(statement)
                connection.commit()

        repeats = REPEATS if rows < SIZE / 4 else 1  # ten million rows take most of a minute, on either side
        figure = compare("load into PostgreSQL", rows, ours, theirs, "adbc_ingest", repeats)
        yield from (figure, ratio(figure, 1.3))


class _Cluster:
    """A PostgreSQL of this benchmark alone, on a socket in its folder."""

    def __init__(self, programs: Path, folder: str) -> None:
        self._programs, self._data = programs, f"{folder}/data"
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        self.url = f"postgresql:///postgres?host={folder}&user=postgres"

    def empty(self) -> None:
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.url) as connection, connection.cursor() as cursor:
            for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
                cursor.execute(statement)
            connection.commit()

    def close(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *words: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*user, str(self._programs / program), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")


def _parted(script: str) -> tuple[list[str], list[str]]:
    """The statements that make tables, and those that add constraints."""
    statements = [one for one in script.split(";\n") if one]
    after = sorted((one for one in statements if one.startswith("ALTER")), key=lambda one: "FOREIGN KEY" in one)
    return [one for one in statements if one.startswith("CREATE")], after


def _ingest(shop: Any, cursor: Any, dialect: str) -> None:
    for table in shop.schema.parents_first():
        source = ds.dataset([str(path) for path in shop.files().paths(table.name)], schema=table.arrow_schema)
        batches = (accepted_batch(batch, table, dialect) for batch in source.to_batches())
        reader = pa.RecordBatchReader.from_batches(accepted_schema(table, dialect), batches)
        cursor.adbc_ingest(table.name, reader, mode="append")


def _fresh(path: Path) -> str:
    for file in path.parent.glob(path.name + "*"):
        file.unlink()
    return str(path)
