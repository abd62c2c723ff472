"""Registries on this machine's loopback: the real one, as Debian packages it, and one that lies or breaks off."""

import hashlib
import http.server
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CANARY = "wonder-canary"
HTPASSWD = "alice:$2b$04$abcdefghijklmnopqrstuuzKIUvKaUDPxaf2iOyKhDDN/LLC268ge\n"  # CANARY


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def registry(program: str, folder: Path, *, more: str = "", port: int = 0) -> Iterator[str]:
    """The address of a docker-registry that keeps what it gets in `folder`; `more` are lines of its settings."""
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    config = folder / "registry.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http:\n  addr: '127.0.0.1:{port}'\n{more}"
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([program, "serve", config], **quiet)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 30
        while server.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate that this machine's loopback can show with it."""
    key, shown = folder / "key.pem", folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=here"]
    subprocess.run([*words, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", shown],
                   check=True, capture_output=True)  # fmt: skip
    return key, shown


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[tuple[str, Any]]:
    """The address of a server of our own, and the server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


class FalseRegistry(http.server.BaseHTTPRequestHandler):
    """A registry in memory that does what `Memory` says, and breaks off as often as it says."""

    protocol_version = "HTTP/1.1"
    memory: "Memory"

    def log_message(self, *words: Any) -> None:
        """Nothing is told."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self.memory.said.append(("POST", self.path, dict(self.headers)))
        self._read()
        self._answer(202, {"Location": "/v2/r/blobs/uploads/1", "Range": "0-0"})

    def do_PATCH(self) -> None:
        start = int(self.headers["Content-Range"].partition("-")[0])
        assert start == len(self.memory.arrived), "an upload goes on where it broke off"
        if self.memory.drops:
            self.memory.drops -= 1
            self.memory.arrived += self.rfile.read(int(self.headers["Content-Length"]) // 2)
            self.close_connection = True
            self.connection.close()
            return
        self.memory.arrived += self._read()
        self._stand()

    def do_PUT(self) -> None:
        data = self._read()
        name = self.path.partition("?")[0].rpartition("/")[2]
        if "digest=" in self.path:
            digest = f"sha256:{hashlib.sha256(self.memory.arrived).hexdigest()}"
            self.memory.blobs[digest] = self.memory.arrived
            self.memory.arrived = b""
        else:
            self.memory.manifests[name] = data
        self._answer(201, {})

    def _serve(self) -> None:
        memory = self.memory
        memory.said.append((self.command, self.path, dict(self.headers)))
        if "/uploads/" in self.path:
            self._stand()
            return
        if memory.challenge and "Authorization" not in self.headers:
            self._answer(401, {"WWW-Authenticate": memory.challenge})
            return
        name = self.path.rpartition("/")[2]
        if "/manifests/" in self.path:
            held = memory.manifests.get(name)
        else:
            held = memory.blobs.get(name)
            if held is not None and memory.redirect and self.command == "GET":
                self._answer(307, {"Location": memory.redirect})
                return
        if held is None:
            self._answer(404, {})
        else:
            self._give(memory.lies.get(name, held))

    def _give(self, data: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        kind = "index" if b'"manifests":' in data else "manifest"
        self.send_header("Content-Type", f"application/vnd.oci.image.{kind}.v1+json")
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.memory.drops and "/blobs/" in self.path and len(data) - start > 1000:
            self.memory.drops -= 1
            self.wfile.write(data[start : start + 1000])
            self.close_connection = True
            return
        self.wfile.write(data[start:])

    def _stand(self) -> None:
        held = len(self.memory.arrived)
        self._answer(204 if self.command == "GET" else 202, {
            "Location": "/v2/r/blobs/uploads/1", "Range": f"0-{max(0, held - 1)}",
        })  # fmt: skip

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()


class Memory:
    """What a false registry holds and how it behaves: `lies` are served for what they are named, `drops` break off."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.lies: dict[str, bytes] = {}
        self.arrived = b""
        self.drops = 0
        self.challenge = self.redirect = ""
        self.said: list[tuple[str, str, dict[str, str]]] = []


@contextmanager
def false_registry() -> Iterator[tuple[str, Memory]]:
    """Its address and its memory."""
    memory = Memory()
    with serving(type("Handler", (FalseRegistry,), {"memory": memory})) as (address, _):
        yield address, memory
