"""What one feels over HTTP: how long a list of runs takes while a large run is made, and a question to a small run."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from .measure import Figure

DOCUMENT = """\
tables:
  customers:
    rows: 1_000
    columns:
      customer_id: {type: bigint, primary_key: true}
      email: {type: varchar(120), unique: true, faker: email}
      credit: {type: "decimal(10,2)", min: 1, max: 500}
"""
TOKEN = "benchmark"
QUESTIONS = 10


def figures(scale: float) -> Iterator[Figure | str]:
    """`scale` 1.0 makes ten million rows beside the requests."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        _ask(connection, "POST", "define", {"name": "shop", "document": DOCUMENT})
        yield _line("GET runs, p99, idle", _runs(connection, lambda number: number < 300), 50)
        rows = int(10_000_000 * scale)
        job = _ask(connection, "POST", "generate", {"name": "shop", "rows": {"customers": rows}})["job"]
        watch = http.client.HTTPConnection("127.0.0.1", port)
        times = _runs(connection, lambda number: number % 20 or _is_running(watch, job))
        yield _line(f"GET runs, p99 of {len(times)}, beside {rows:,} rows", times, 50)
        _ask(connection, "POST", "sql", {"name": "shop", "sql": "SELECT 1 AS a"})
        yield _line("a question that a process waits for, median", _questions(connection), 100, part=50)


def _line(what: str, times: list[float], most: int, part: int = 99) -> str:
    found = sorted(times)[len(times) * part // 100]
    return f"{what:<56} {found * 1000:8.1f} ms   (at most {most} ms)"


def _runs(connection: http.client.HTTPConnection, go_on: Any) -> list[float]:
    times: list[float] = []
    while go_on(len(times)):
        start = perf_counter()
        assert "runs" in _ask(connection, "GET", "runs")
        times.append(perf_counter() - start)
    return times


def _is_running(connection: http.client.HTTPConnection, job: str) -> bool:
    found = _ask(connection, "GET", f"jobs/{job}")
    assert found["status"] in ("running", "done"), found
    return bool(found["status"] == "running")


def _questions(connection: http.client.HTTPConnection) -> list[float]:
    times = []
    for _ in range(QUESTIONS):
        threading.Event().wait(3)  # as a person reads the answer before
        start = perf_counter()
        found = _ask(connection, "POST", "sql", {"name": "shop", "sql": "SELECT count(*) AS n FROM customers"})
        assert found["rows"], found
        times.append(perf_counter() - start)
    return times


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    connection.request(method, f"/synth/api/{path}", None if body is None else json.dumps(body), headers)
    return json.loads(connection.getresponse().read())


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    extensions = {"synth_jupyter": True, "jupyterlab": False, "jupyter_lsp": False, "notebook_shim": False}
    command = [
        sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", f"--port={port}", "--ip=127.0.0.1",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0",
        f"--ServerApp.jpserver_extensions={extensions}",
    ]  # fmt: skip
    places = {f"JUPYTER_{name}_DIR": str(folder / "jupyter") for name in ("CONFIG", "DATA", "RUNTIME")}
    own = {"SYNTH_HOME": str(folder / "home"), "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path), **places}
    process = subprocess.Popen(command, env=os.environ | own, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)
