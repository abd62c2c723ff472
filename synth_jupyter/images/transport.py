"""HTTP to a registry or an engine: TLS everywhere but on loopback, connections kept, and no secret sent elsewhere."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..errors import ImageError

TIMEOUT = 60.0
SMALL = 4 << 20
Body = bytes | Iterable[bytes] | None


@dataclass(frozen=True)
class Reply:
    """A whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Broken(Exception):
    """The connection was lost or the other side answered nonsense: what was asked may be asked again."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket file, as an engine on this machine speaks it."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=None)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def is_loopback(host: str) -> bool:
    """Whether a host, as a URL has it, is this machine; only such a one is spoken to without TLS."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(url: str, *, home: str) -> None:
    """ImageError unless `url`, which the registry at the host `home` names, may be followed.

    From elsewhere nothing leads to this machine, and nothing to a place without TLS.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host and not is_loopback(host):
        return
    if parts.scheme in ("http", "https") and is_loopback(host) and is_loopback(home):
        return
    raise ImageError(
        f"{home} sends on to {parts.scheme}://{host}, which is not followed: only https is, and never to this machine"
    )


@dataclass
class Transport:
    """Requests over connections that are kept. State: the connections, by where they lead; for one thread at a time."""

    connections: dict[tuple[str, str], http.client.HTTPConnection] = field(default_factory=dict)

    def request(self, method: str, url: str, headers: Mapping[str, str], body: Body = None) -> Reply:
        """The whole answer. Broken when there is none, ImageError when it is larger than such an answer may be."""
        response = self.open(method, url, headers, body)
        try:
            data = response.read(SMALL + 1)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Broken(str(error) or type(error).__name__) from error
        if len(data) <= SMALL and response.length:
            self.close()
            raise Broken(f"{response.length:,} bytes are missing")
        if len(data) > SMALL:
            self.close()
            raise ImageError(f"{urlsplit(url).hostname} answers with more than {SMALL:,} bytes where few are expected")
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, data)

    def open(self, method: str, url: str, headers: Mapping[str, str], body: Body = None) -> http.client.HTTPResponse:
        """The answer, still to be read. Broken when there is none."""
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        origin = (parts.scheme, parts.netloc)
        fresh = origin not in self.connections
        try:
            return self._sent(origin, method, target, headers, body)
        except ssl.SSLCertVerificationError as error:
            raise ImageError(f"{parts.hostname} has no certificate that this machine trusts: {error.verify_message}",
                             hint="SSL_CERT_FILE names a file of further certificates") from error  # fmt: skip
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if fresh or method not in ("GET", "HEAD"):  # half of what was sent may have arrived
                raise Broken(str(error) or type(error).__name__) from error
        return self._again(origin, method, target, headers, body)

    def close(self) -> None:
        """Give up all connections."""
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()

    def _again(
        self, origin: tuple[str, str], method: str, target: str, headers: Mapping[str, str], body: Body
    ) -> http.client.HTTPResponse:
        """Once more: a kept connection may have been closed by the other side."""
        try:
            return self._sent(origin, method, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Broken(str(error) or type(error).__name__) from error

    def _sent(
        self, origin: tuple[str, str], method: str, target: str, headers: Mapping[str, str], body: Body
    ) -> http.client.HTTPResponse:
        connection = self.connections.get(origin) or _connection(*origin)
        self.connections[origin] = connection
        connection.request(method, target, body=body, headers=dict(headers), encode_chunked=_is_stream(body, headers))
        return connection.getresponse()


def _is_stream(body: Body, headers: Mapping[str, str]) -> bool:
    return not isinstance(body, bytes | None) and "Content-Length" not in headers


def _connection(scheme: str, place: str) -> http.client.HTTPConnection:
    parts = urlsplit(f"//{place}")
    assert parts.hostname is not None
    if scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    return http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=TIMEOUT, context=ssl.create_default_context()
    )
