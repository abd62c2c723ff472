"""A PostgreSQL whose disk is full: one clear error, nothing lost, and the same command loads when there is room."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.errors import WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema.model import Column, Rows, Rule, Schema, Table
from synth_jupyter.verify import verify
from synth_jupyter.warehouses import Warehouse, loading, open_target
from synth_jupyter.warehouses.ledger import Ledger

pytestmark = pytest.mark.postgres
MIB = 1 << 20
ROWS = 40_000
FULL = r"^the disk of env:TARGET is full: could not extend file \S+: No space left on device; nothing was changed$"


class Disk:
    """A file system of its own, with a database whose tables, indexes and catalogs are all on it."""

    def __init__(self, programs: str, socket: str, mounted: Path) -> None:
        self._psql = [f"{programs}/psql", "-q", "-h", socket, "-U", "postgres", "-c"]
        self._mounted = mounted
        self._name = f"full_{os.urandom(4).hex()}"
        space, owner = mounted / "space", Path(socket, "data").stat()
        space.mkdir()
        os.chown(space, owner.st_uid, owner.st_gid)
        self._ask(f"CREATE TABLESPACE {self._name} LOCATION '{space}'")
        self._ask(f"CREATE DATABASE {self._name} TABLESPACE {self._name}")
        self.url = f"postgresql:///{self._name}?host={socket}&user=postgres"

    def leave(self, room: int) -> None:
        """So many bytes are free from now on."""
        self._ask("CHECKPOINT")  # what was dropped goes from the disk then
        state = os.statvfs(self._mounted)
        used = (state.f_blocks - state.f_bfree) * state.f_frsize
        run("mount", "-o", f"remount,size={used + room}", str(self._mounted))

    def give_back(self) -> None:
        self._ask(f"DROP DATABASE {self._name}")
        self._ask(f"DROP TABLESPACE {self._name}")

    def _ask(self, sql: str) -> None:
        run(*self._psql, sql)


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def disk(postgres_server: tuple[str, str]) -> Iterator[Disk]:
    with tempfile.TemporaryDirectory(prefix="synth-full-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        words = ["mount", "-t", "tmpfs", "-o", f"size={64 * MIB},mode=755", "synth-full", folder]
        mounting = subprocess.run(words, capture_output=True, text=True, check=False)
        if mounting.returncode:
            pytest.skip(f"no small file system can be mounted here: {mounting.stderr.strip()}")
        try:
            disk = Disk(*postgres_server, Path(folder))
            yield disk
            disk.give_back()
        finally:
            run("umount", folder)


@pytest.fixture
def clients(make_run: Callable[..., RunFiles]) -> RunFiles:
    """Four parts: 3.2 MiB of rows, and as much of keys."""
    columns = (
        Column("client_id", DataType.parse("bigint"), Rule("sequence")),
        Column("code", DataType.parse("varchar(40)"), Rule("pattern", {"pattern": "[0-9]{40}"})),
    )
    table = Table("clients", columns, Rows(count=ROWS), primary_key=("client_id",), unique=(("code",),))
    rows = {"client_id": list(range(1, ROWS + 1)), "code": [f"{row:040}" for row in range(ROWS)]}
    return make_run(Schema("crm", (table,)), {"clients": rows}, partitions=4, run="crm@1")


def relations(warehouse: Warehouse) -> list[list[object]]:
    """Every table and index with the bytes that tables take."""
    sizes = "SELECT relname::text, CASE relkind WHEN 'r' THEN pg_relation_size(oid) END FROM pg_class"
    return warehouse.query(f"{sizes} WHERE relnamespace = 'public'::regnamespace ORDER BY 1").rows()


def test_a_full_disk_is_one_error_that_loses_nothing_and_the_same_command_loads_when_there_is_room(
    disk: Disk, shop: RunFiles, clients: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smaller room ends in the third part, the larger one in the keys that are made after the rows."""
    monkeypatch.setattr(loading, "_PART_ROWS", 1)
    parts: list[int] = []
    add = Ledger.add
    monkeypatch.setattr(Ledger, "add", lambda ledger, *words: (parts.append(words[1]), add(ledger, *words)))
    with closing(open_target("env:TARGET", {"TARGET": disk.url})) as warehouse:
        warehouse.load(shop)
        held = relations(warehouse)
        for room, brought in ((2 * MIB, [0, 1]), (9 * MIB // 2, [0, 1, 2, 3])):
            disk.leave(room)
            parts.clear()
            with pytest.raises(WarehouseError, match=FULL) as caught:
                warehouse.load(clients)
            assert parts == brought
            assert caught.value.hint == "make room on its disk, then load again"
            assert relations(warehouse) == held
            assert verify(shop, warehouse).ok
        disk.leave(32 * MIB)
        assert warehouse.load(clients).tables["clients"].rows == ROWS
        assert verify(clients, warehouse).ok
        assert verify(shop, warehouse).ok
