"""Nobody can make the server hold, wait or write more than it says."""

import json
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from serving import start_server, stop_server

pytestmark = pytest.mark.xdist_group("server")

AUTHORIZED = {"Authorization": "token a-token-of-the-tests", "Content-Type": "application/json"}
ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server of small limits."""
    limits = ("sql_seconds=0.5", "jobs_at_once=1", "upload_bytes=40000000")
    server = start_server(tmp_path_factory.mktemp("narrow"), *(f"--SynthServer.{limit}" for limit in limits))
    yield server
    stop_server(server)


def refused(server: Any, path: str, body: Any) -> bool:
    """Whether the answer is 413; a client that still sends may see the connection closed behind it."""
    chunked = {} if isinstance(body, bytes) else {"Transfer-Encoding": "chunked"}
    try:
        return bool(server.send("POST", f"/synth/api/{path}", body, AUTHORIZED | chunked).status == 413)
    except (BrokenPipeError, ConnectionResetError):
        return True


def test_a_large_body_is_refused_by_its_length_and_not_held(server: Any) -> None:
    memory = psutil.Process(server.process.pid).memory_info().rss
    body = b'{"name": "' + b"x" * (30 << 20) + b'"}'
    assert refused(server, "define", body)
    assert psutil.Process(server.process.pid).memory_info().rss - memory < 50 << 20
    assert server.get("list")


def test_a_large_body_without_a_length_is_refused_too(server: Any) -> None:
    memory = psutil.Process(server.process.pid).memory_info().rss
    chunks = (b"x" * (1 << 20) for _ in range(30))
    assert refused(server, "define", chunks)
    assert psutil.Process(server.process.pid).memory_info().rss - memory < 50 << 20


@pytest.mark.parametrize(
    "body", [b"[1]", b"{", b'{"name": 1, "name": 2}', b'{"name": NaN}', b"[" * 100_000, b'"x"', b"\xff"]
)
def test_what_is_no_json_object_is_refused(server: Any, body: bytes) -> None:
    reply = server.send("POST", "/synth/api/define", body, AUTHORIZED)
    assert (reply.status, reply.document["error"]["type"]) == (400, "CommandError")


def test_a_form_is_no_request(server: Any) -> None:
    headers = AUTHORIZED | {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.send("POST", "/synth/api/define", b"name=shop", headers).status == 415


def test_a_statement_gets_10000_rows_and_says_that_there_are_more(server: Any) -> None:
    reply = server.post("sql", name="shop", sql="SELECT * FROM range(20000)")
    assert (len(reply["rows"]), reply["row_count"], reply["truncated"]) == (10_000, 20_000, True)
    assert server.call("POST", "sql", {"name": "shop", "sql": "SELECT 1", "limit": 10_001}).status == 400
    assert server.call("GET", "preview", name="shop", table="orders", limit=10_001).status == 400


def test_a_statement_that_takes_too_long_is_killed_with_its_process(narrow: Any) -> None:
    server = narrow
    server.post("define", name="one", document="tables: {t: {rows: 1, columns: {a: {type: int, primary_key: true}}}}")
    reply = server.call("POST", "sql", {"name": "one", "sql": ENDLESS})
    assert reply.status == 422
    assert "0.5 seconds" in reply.document["error"]["message"]
    assert len(psutil.Process(server.process.pid).children()) <= 1  # the one that waits for the next question


def test_a_statement_that_needs_too_much_memory_is_refused_and_the_server_lives(server: Any) -> None:
    sql = "SELECT repeat('x', 3_000_000_000)"
    reply = server.call("POST", "sql", {"name": "shop", "sql": sql})
    assert reply.status == 422, reply.body
    assert server.post("sql", name="shop", sql="SELECT 1 AS a")["rows"] == [[1]]


def test_an_answer_of_too_many_bytes_is_refused(server: Any) -> None:
    sql = "SELECT repeat('x', 40_000_000)"
    reply = server.call("POST", "sql", {"name": "shop", "sql": sql})
    assert (reply.status, "32" in reply.document["error"]["message"]) == (422, True)


def test_one_job_more_than_allowed_is_refused(narrow: Any) -> None:
    server = narrow
    document = "tables: {t: {rows: 40_000_000, columns: {a: {type: bigint, primary_key: true}}}}"
    server.post("define", name="long", document=document)
    first = server.call("POST", "generate", {"name": "long", "workers": 1})
    second = server.call("POST", "generate", {"name": "long", "workers": 1})
    assert (first.status, second.status) == (202, 429)
    assert server.call("POST", f"jobs/{first.document['job']}/cancel", {}).status in (202, 409)
    assert server.ended(first.document)["status"] in ("failed", "lost", "done")


def test_an_upload_is_streamed_under_a_quota(narrow: Any) -> None:
    server = narrow
    memory = psutil.Process(server.process.pid).memory_info().rss
    reply = server.call("POST", "uploads", b"x" * 35_000_000)
    assert (reply.status, reply.document["bytes"]) == (201, 35_000_000)
    assert psutil.Process(server.process.pid).memory_info().rss - memory < 50 << 20
    assert refused(server, "uploads", b"x" * 6_000_000)
    assert server.call("DELETE", f"uploads/{reply.document['upload']}").document["done"]
    assert list((server.home / "uploads").iterdir()) == []
    assert json.loads(server.call("POST", "uploads", b"x").body)["bytes"] == 1
