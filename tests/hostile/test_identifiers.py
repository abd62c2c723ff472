"""Names that databases mistake for something else: each is made, loaded, asked, verified and dropped in each engine."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.documents import to_json
from synth_jupyter.errors import ConflictError, SchemaError, WarehouseError
from synth_jupyter.files import sha256_of
from synth_jupyter.plan.model import PartitionFile, RunFiles
from synth_jupyter.schema.document import read
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table
from synth_jupyter.sql import quote
from synth_jupyter.verify import verify
from synth_jupyter.warehouses import Warehouse, open_target, query

NAMES = (
    "order", "select", "null", "Mixed Case", 'dou"ble', '"', "o'brien", "semi;colon", "--", "/* x */", "back`tick",
    "[bracket]", "back\\slash", "per%cent", "{{braces}}", "$1", ":p", "?", "dot.ted", "../up", "ünïcödé", "表",
    "😀", "x" * 63, "é" * 31, "1st", "rowid", "oid", "ctid", "xmin", "sqlite_x", "pg_x", "main", "_synth_loads",
)  # fmt: skip
# What an engine keeps for itself: refused by name, with nothing left there.
REFUSED = {
    ("postgres", "column"): {"ctid", "xmin"},
    ("sqlite", "table"): {"sqlite_x", "_synth_loads"},
    ("duckdb", "table"): {"_synth_loads"},
    ("postgres", "table"): {"_synth_loads"},
}
ROWS = 3


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Warehouse]]:
    """Opens the same empty target again and again."""
    if request.param != "postgres":
        yield lambda: open_target(f"{request.param}:{tmp_path}/names.db", {})
        return
    url = request.getfixturevalue("postgres_url")
    with closing(open_target("env:PG", {"PG": url})) as warehouse, warehouse.transaction():  # type: ignore[attr-defined]
        for sql in ("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public"):
            warehouse.run(sql)  # type: ignore[attr-defined]
    yield lambda: open_target("env:PG", {"PG": url})


def named(table: str, column: str, number: int) -> list[Table]:
    """A table and its child, with a key, a text and a comment, all of that name."""
    key = Column(column, DataType("bigint"), Rule("sequence"), comment=table)
    text = Column("text", DataType("text"), Rule("text"), nullable=True)
    link = Column(column, DataType("bigint"), Rule("reference"))
    own = Column("id", DataType("bigint"), Rule("sequence"))
    parent = Table(table, (key, text), Rows(count=ROWS), (column,), comment=column)
    references = (ForeignKey((column,), table, (column,)),)
    return [parent, Table(f"child{number}", (own, link), Rows(count=ROWS), ("id",), foreign_keys=references)]


def written(tables: Sequence[Table], root: Path, run: str) -> RunFiles:
    files = []
    for number, table in enumerate(tables):
        values = {one.name: (["x'\"", None, "y"] if one.name == "text" else [1, 2, 3]) for one in table.columns}
        path = root / "data" / f"t{number}" / "part-00000.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(pa.table(values, schema=table.arrow_schema), path, write_page_checksum=True)
        name = str(path.relative_to(root))
        files.append(PartitionFile(table.name, 0, name, ROWS, path.stat().st_size, sha256_of(path), {}))
    return RunFiles(run, Schema("names", tuple(tables)), root, tuple(files), f"sha256:{run}", 1)


def round_trip(files: RunFiles, opened: Callable[[], Warehouse]) -> None:
    """Everything that is done with a loaded run."""
    with closing(opened()) as warehouse:
        warehouse.load(files)
        for table in files.schema.tables:
            first = quote(table.columns[0].name)
            sql = f"SELECT count(*), sum({first}) FROM {quote(table.name)}"
            assert [[int(str(value)) for value in row] for row in warehouse.query(sql).rows()] == [[ROWS, 6]]
            assert query(files, sql).rows() == [[ROWS, 6]]
        assert verify(files, warehouse).ok
    with closing(opened()) as warehouse:
        gone = warehouse.unload([(files.run, files.content_digest)])
        assert gone == {table.name: ROWS for table in files.schema.tables}
    with closing(opened()) as warehouse, warehouse.transaction():  # type: ignore[attr-defined]
        assert warehouse.existing(None) == set()  # type: ignore[attr-defined]


def in_roles(names: Sequence[str], roles: Sequence[str]) -> list[Table]:
    pairs = [(name, f"id{place}") for place, name in enumerate(names) if "table" in roles]
    pairs += [(f"parents{place}", name) for place, name in enumerate(names) if "column" in roles]
    return [table for number, pair in enumerate(pairs) for table in named(*pair, number)]


@pytest.mark.parametrize("start", range(0, len(NAMES), 9))
def test_a_name_means_itself_everywhere(start: int, opened: Callable[[], Warehouse], tmp_path: Path) -> None:
    names = NAMES[start : start + 9]
    assert [table.name for table in read(document_of(names)).schema.tables] == list(names)
    with closing(opened()) as warehouse:
        refused = {role: REFUSED.get((warehouse.dialect, role), set()) for role in ("table", "column")}
    tables = [
        table for role in refused for table in in_roles([name for name in names if name not in refused[role]], [role])
    ]
    children = [replace(table, name=f"{table.name}_{place}") if table.name.startswith("child") else table
                for place, table in enumerate(tables)]  # fmt: skip
    round_trip(written(children, tmp_path / "run", "names@1"), opened)


@pytest.mark.parametrize(("dialect", "role", "name"), [(*at, name) for at, names in REFUSED.items() for name in names])
def test_a_name_that_an_engine_keeps_for_itself_is_refused(
    dialect: str, role: str, name: str, opened: Callable[[], Warehouse], tmp_path: Path
) -> None:
    with closing(opened()) as warehouse:
        if warehouse.dialect != dialect:
            return
        with pytest.raises((WarehouseError, ConflictError), match=name):
            warehouse.load(written(in_roles([name], [role]), tmp_path / "run", "names@1"))
        with warehouse.transaction():  # type: ignore[attr-defined]
            assert warehouse.existing(None) == set()  # type: ignore[attr-defined]


def document_of(names: Sequence[str]) -> str:
    """A document of tables and columns of these names."""
    tables = {name: {"rows": ROWS, "columns": {name: {"type": "bigint"}}} for name in names}
    return str(to_json({"experiment": "names", "tables": tables}))


SIGNS = "abcXYZ019 _-.,:;'\"`´()[]{}<>|\\/?!@#$%^&*+=~äßÆøλжא漢字カ한ไ🙂𝔘\u00a0\u200b\u0301"


def fuzzed(chance: Random, count: int) -> list[str]:
    """Different names that the rule of names takes."""
    found: dict[str, str] = {}
    while len(found) < count:
        name = unicodedata.normalize("NFC", "".join(chance.choices(SIGNS, k=chance.randint(1, 20))))
        try:
            read(document_of([name]))
        except SchemaError:
            continue
        found.setdefault(unicodedata.normalize("NFC", name.casefold()), name)
    return list(found.values())


@pytest.mark.parametrize(
    "count", [pytest.param(20, id="gate"), pytest.param(500, id="nightly", marks=pytest.mark.slow)]
)
def test_any_name_means_itself_everywhere(count: int, opened: Callable[[], Warehouse], tmp_path: Path) -> None:
    names = fuzzed(Random(count), count)
    for start in range(0, count, 20):
        some = names[start : start + 20]
        pairs = enumerate(zip(some, reversed(some), strict=True))
        tables = [table for number, (one, other) in pairs for table in named(one, other, number)]
        round_trip(written(tables, tmp_path / f"run{start}", f"names@{start + 1}"), opened)
