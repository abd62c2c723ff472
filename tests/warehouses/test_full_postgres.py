"""A PostgreSQL whose disk is full: one clear error, nothing lost, and the same command loads when there is room."""

import os
import shutil
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
        leave(self._mounted, room)

    def give_back(self) -> None:
        self._ask(f"DROP DATABASE {self._name}")
        self._ask(f"DROP TABLESPACE {self._name}")

    def _ask(self, sql: str) -> None:
        run(*self._psql, sql)


class Server:
    """A PostgreSQL of one test, its data in one folder and its log in another."""

    def __init__(self, programs: str, data: Path, log: Path) -> None:
        self._programs, self._data = programs, data
        self.url = f"postgresql:///postgres?host={data}&user=postgres"
        if os.geteuid() == 0:
            for folder in (data, log):
                shutil.chown(folder, "postgres")
        self._do("initdb", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--wal-segsize=1", "-X", f"{log}/wal")
        self.start()

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self._data}"
        self._do("pg_ctl", "-w", "-l", f"{self._data}/said", "-o", options, "start")

    def fill_log(self) -> None:
        """What initdb has set aside for the log is used up."""
        words = [f"{self._programs}/psql", "-q", "-h", str(self._data), "-U", "postgres"]
        run(*words, *4 * ("-c", "SELECT pg_logical_emit_message(true, '', repeat('-', 1000000))"))

    def stop(self) -> None:
        self._do("pg_ctl", "-m", "immediate", "-w", "stop", check=False)  # it may have stopped by itself

    def _do(self, program: str, *words: str, check: bool = True) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*user, f"{self._programs}/{program}", "-D", f"{self._data}/base", *words]
        subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")


def leave(mounted: Path, room: int) -> None:
    """So many bytes of a file system are free from now on."""
    state = os.statvfs(mounted)
    used = (state.f_blocks - state.f_bfree) * state.f_frsize
    run("mount", "-o", f"remount,size={used + room}", str(mounted))


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def mounted() -> Iterator[Path]:
    """The folder of a small file system."""
    with tempfile.TemporaryDirectory(prefix="synth-full-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        words = ["mount", "-t", "tmpfs", "-o", f"size={64 * MIB},mode=755", "synth-full", folder]
        mounting = subprocess.run(words, capture_output=True, text=True, check=False)
        if mounting.returncode:
            pytest.skip(f"no small file system can be mounted here: {mounting.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            run("umount", folder)


@pytest.fixture
def disk(postgres_server: tuple[str, str], mounted: Path) -> Iterator[Disk]:
    disk = Disk(*postgres_server, mounted)
    yield disk
    disk.give_back()


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


@pytest.mark.slow
def test_a_server_that_stops_for_want_of_room_gets_every_row_once_when_it_is_back(
    postgres_server: tuple[str, str], mounted: Path, clients: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room for its write-ahead log PostgreSQL stops at once, in the middle of whatever it did."""
    monkeypatch.setattr(loading, "_PART_ROWS", 1)
    with tempfile.TemporaryDirectory(prefix="synth-pg-", dir="/tmp") as data:
        server = Server(postgres_server[0], Path(data), mounted)
        try:
            with closing(open_target("env:TARGET", {"TARGET": server.url})) as warehouse:
                server.fill_log()
                leave(mounted, MIB)
                with pytest.raises(WarehouseError, match="the parts of crm@1 that are in are kept") as caught:
                    warehouse.load(clients)
            assert caught.value.hint == "the same command goes on from there"
            leave(mounted, 48 * MIB)
            server.stop()
            server.start()
            with closing(open_target("env:TARGET", {"TARGET": server.url})) as warehouse:
                assert warehouse.load(clients).tables["clients"].rows == ROWS
                assert verify(clients, warehouse).ok
        finally:
            server.stop()
