"""A real Jupyter Server with the extension, and a client that holds every answer against the OpenAPI document."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psutil
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from synth_jupyter.jupyter.server.openapi import description

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "a-token-of-the-tests"
CANARY = "hunter2-canary"
SECRETS = {
    "WAREHOUSE": f"postgresql://user:{CANARY}@127.0.0.1:1/db?sslpassword={CANARY}",
    "BROKEN": f"mysql://u:{CANARY}@h",
}
"""Variables of the server's environment that hold what nobody may see."""
SHOP = (ROOT / "tests/server/shop.yaml").read_text(encoding="utf-8")
LASTING = "seed: 7\ntables: {t: {rows: 12_000_000, columns: {a: {type: bigint, primary_key: true}}}}"
"""Long enough to be stopped or survived."""
_DESCRIBED = description()
_REGISTRY = Registry().with_resource("urn:api", Resource.from_contents(_DESCRIBED, default_specification=DRAFT202012))


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A server process: where it listens, what it shows, where its workspace and its log are."""

    port: int
    root: Path
    home: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        """A request just as it is given, with no token."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def call(self, method: str, path: str, values: Any = None, **query: Any) -> Reply:
        """A request of the API with the token; its answer agrees with the OpenAPI document."""
        headers = {"Authorization": f"token {TOKEN}"}
        body = None
        if values is not None:
            body = values if isinstance(values, bytes) else json.dumps(values).encode()
            headers["Content-Type"] = "application/octet-stream" if isinstance(values, bytes) else "application/json"
        words = "?" + urlencode(query, doseq=True, quote_via=quote) if query else ""
        reply = self.send(method, f"/synth/api/{path}{words}", body, headers)
        agree(method, path, reply)
        return reply

    def get(self, path: str, **query: Any) -> Any:
        """The document of a reading verb."""
        reply = self.call("GET", path, **query)
        assert reply.status == 200, reply.body
        return reply.document

    def post(self, path: str, **values: Any) -> Any:
        """The document of a changing verb, or of the job that it becomes when it has ended."""
        reply = self.call("POST", path, values)
        assert reply.status in (200, 201, 202), reply.body
        return self.ended(reply.document) if reply.status == 202 and "job" in reply.document else reply.document

    def ended(self, job: Any) -> Any:
        """A job after its end."""
        since = 0
        while job["status"] == "running":
            events = self.get(f"jobs/{job['job']}/events", since=since, wait=20)
            since = events["next"]
            job = self.get(f"jobs/{job['job']}")
        return job


def agree(method: str, path: str, reply: Reply) -> None:
    """The status and the document are among those that are described for this path and method."""
    described = re.sub(r"/[0-9a-f]{32}", "/{id}", f"/synth/api/{path}")
    operation = _DESCRIBED["paths"].get(described, {}).get(method.lower())
    if operation is None:
        assert reply.status in (403, 404, 405)
        return
    assert str(reply.status) in operation["responses"], (reply.status, reply.body[:500])
    response = operation["responses"][str(reply.status)]
    if "$ref" in response:
        response = _DESCRIBED["components"]["responses"][response["$ref"].rpartition("/")[2]]
    kind = reply.headers["content-type"].partition(";")[0]
    assert kind in response["content"]
    if kind == "application/json":
        schema = response["content"][kind]["schema"]["$ref"]
        Draft202012Validator({"$ref": f"urn:api{schema}"}, registry=_REGISTRY).validate(reply.document)


def start_server(
    folder: Path, *options: str, extensions: tuple[str, ...] = (), packages: Path | None = None, **environment: str
) -> Server:
    """A server of its own in `folder`; it listens when this returns."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("root", "jupyter"):
        (folder / name).mkdir(parents=True)
    enabled = dict.fromkeys(("synth_jupyter", *extensions), True)
    off = {"jupyterlab": False, "jupyter_lsp": False, "notebook_shim": False, "jupyter_server_terminals": False}
    command = [
        sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", f"--port={port}", "--ip=127.0.0.1",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder / 'root'}", "--ServerApp.port_retries=0",
        f"--ServerApp.jpserver_extensions={enabled | off}", *options,
    ]  # fmt: skip
    places = {f"JUPYTER_{name}_DIR": str(folder / "jupyter") for name in ("CONFIG", "DATA", "RUNTIME")}
    paths = os.pathsep.join(map(str, filter(None, (ROOT, Path(__file__).parent, packages))))
    own = {"SYNTH_HOME": str(folder / "home"), "PYTHONPATH": paths, "HOME": str(folder / "jupyter"), **places}
    settings = os.environ | own | environment
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, cwd=folder, env=settings)
    _await_start(process, log)
    _await_listening(port)
    return Server(port, folder / "root", Path(settings["SYNTH_HOME"]), log, process)


def _await_start(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Copy what the server says into its log, and return when it says that it runs."""
    assert process.stderr is not None
    said = process.stderr
    with log.open("ab") as kept:
        for line in said:
            kept.write(line)
            if b"is running at" in line:
                break
        else:
            raise AssertionError(log.read_text())

    def copy() -> None:
        with log.open("ab") as kept, said:
            for line in said:
                kept.write(line)
                kept.flush()

    threading.Thread(target=copy, daemon=True).start()


def waiting(server: Server) -> list[psutil.Process]:
    """The processes that a server keeps for questions."""
    found = psutil.Process(server.process.pid).children()
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE and "question" in each.cmdline()]


def stop_server(server: Server) -> None:
    """The server is gone."""
    server.process.terminate()
    server.process.wait(20)


def _await_listening(port: int) -> None:
    """The server says that it runs an instant before it listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
    raise AssertionError("the server does not listen")
