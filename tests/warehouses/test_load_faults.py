"""Loads over a connection that breaks: nothing is lost, nothing is there twice."""

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from synth_jupyter.errors import WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.warehouses import loading, open_target

pytestmark = pytest.mark.postgres
SEED = random.SystemRandom().randrange(1 << 32)


class Proxy:
    """A loopback TCP proxy to a PostgreSQL socket; `break_after(n, how)` meets the next n-th byte or COMMIT once.

    `_left` and `_how` are changed under `_guard`.
    """

    def __init__(self, path: str, database: str) -> None:
        self._path, self._database, self._guard = path, database, threading.Lock()
        self._left, self._how = 0, ""
        self.broken = 0
        self.on_reach: Callable[[], object] = lambda: None
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"postgresql://postgres:s3cr3t-canary@127.0.0.1:{self._listener.getsockname()[1]}/{self._database}"

    def break_after(self, count: int, how: str) -> None:
        with self._guard:
            self._left, self._how = count, how

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                muted = threading.Event()
                for ends in ((client, server, muted, True), (server, client, muted, False)):
                    threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, muted: threading.Event, asking: bool) -> None:
        with suppress(OSError):
            while data := source.recv(8192):
                if not asking and muted.is_set():
                    break  # the server has answered, the client never hears it
                reached = asking and self._reached(data)
                if reached == "cut":
                    target.sendall(data[: len(data) // 2])
                    break
                if reached == "mute":
                    muted.set()
                if reached == "tell":
                    self.on_reach()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            if end is source:
                end.close()

    def _reached(self, data: bytes) -> str:
        with self._guard:
            if not self._how:
                return ""
            self._left -= data.count(b"COMMIT") if self._how == "mute" else len(data)
            if self._left > 0:
                return ""
            how, self._how = self._how, ""
            self.broken += 1
            return how


@pytest.fixture
def bare(shop: RunFiles, monkeypatch: pytest.MonkeyPatch) -> RunFiles:
    """Each file a part; without the check, whose evaluation before each load would take most of the time."""
    monkeypatch.setattr(loading, "_PART_ROWS", 1)
    tables = tuple(replace(table, checks=()) for table in shop.schema.tables)
    return replace(shop, schema=replace(shop.schema, tables=tables))


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    parts = urlsplit(postgres_url)
    made = Proxy(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432", parts.path.removeprefix("/"))
    yield made
    made.close()


@pytest.fixture
def admin(postgres_url: str) -> Iterator[Callable[[str], list[list[object]]]]:
    with closing(open_target("env:PG", {"PG": postgres_url})) as warehouse:

        def ask(sql: str) -> list[list[object]]:
            with warehouse.transaction():  # type: ignore[attr-defined]
                return warehouse.rows(sql)  # type: ignore[attr-defined, no-any-return]

        yield ask


def check_whole(ask: Callable[[str], list[list[object]]], schema: str) -> None:
    counted = ask(
        f"SELECT (SELECT count(*) FROM {schema}.customers), (SELECT count(*) FROM {schema}.orders), "
        f"(SELECT count(DISTINCT order_id) FROM {schema}.orders), (SELECT count(*) FROM {schema}._synth_loads), "
        f"(SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}')"
    )
    assert [tuple(row) for row in counted] == [(4, 5, 5, 2, 3)], f"seed {SEED}"
    names = ask(f"SELECT count(*) FROM pg_constraint WHERE connamespace = '{schema}'::regnamespace AND convalidated")
    assert int(str(names[0][0])) == 6  # two primary keys, a unique one, two foreign ones; and the ledger's


def disturbed_loads(
    proxy: Proxy, ask: Callable[[str], list[list[object]]], bare: RunFiles, times: int, how: str, most: int
) -> None:
    """Load again and again, each load disturbed once somewhere, until it was disturbed so often."""
    chance = random.Random(SEED)
    while proxy.broken < times:
        ask("DROP SCHEMA IF EXISTS torn CASCADE")
        proxy.break_after(10**9, "")
        with closing(open_target("env:TORN", {"TORN": proxy.url})) as warehouse:
            proxy.break_after(chance.randint(1, most), how)
            report = warehouse.load(bare, schema="torn")
        assert report.tables["orders"].rows == 5
        check_whole(ask, "torn")


def counts(gate: int, nightly: int) -> list[object]:
    return [pytest.param(gate, id="gate"), pytest.param(nightly, id="nightly", marks=pytest.mark.slow)]


@pytest.mark.parametrize("times", counts(100, 200))
def test_cut_connections_cost_no_row(proxy: Proxy, admin: Callable[..., object], bare: RunFiles, times: int) -> None:
    disturbed_loads(proxy, admin, bare, times, "cut", 12_000)  # type: ignore[arg-type]


@pytest.mark.parametrize("times", counts(20, 50))
def test_a_lost_answer_to_a_commit_repeats_nothing(
    proxy: Proxy, admin: Callable[..., object], bare: RunFiles, times: int
) -> None:
    disturbed_loads(proxy, admin, bare, times, "mute", 6)  # type: ignore[arg-type]


@pytest.mark.parametrize("times", counts(5, 20))
def test_terminated_backends_cost_no_row(
    proxy: Proxy, admin: Callable[[str], list[list[object]]], postgres_url: str, bare: RunFiles, times: int
) -> None:
    with closing(open_target("env:PG", {"PG": postgres_url})) as other:
        everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'torn'"
        proxy.on_reach = lambda: other.query(everybody).rows()
        environment = {"TORN": f"{proxy.url}?application_name=torn"}
        chance = random.Random(SEED)
        while proxy.broken < times:
            admin("DROP SCHEMA IF EXISTS torn CASCADE")
            with closing(open_target("env:TORN", environment)) as warehouse:
                proxy.break_after(chance.randint(1, 8_000), "tell")
                warehouse.load(bare, schema="torn")
            check_whole(admin, "torn")


def test_a_target_that_stays_away_is_an_error_without_secrets(proxy: Proxy, shop: RunFiles) -> None:
    with closing(open_target("env:TORN", {"TORN": proxy.url})) as warehouse:
        proxy.close()
        proxy.break_after(1, "cut")
        with pytest.raises(WarehouseError, match="env:TORN") as caught:
            warehouse.load(shop, schema="torn")
    assert "goes on" in caught.value.hint
    assert "s3cr3t" not in str(caught.value.to_dict())
