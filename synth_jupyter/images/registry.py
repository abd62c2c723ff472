"""One repository of one registry, by the distribution protocol: what is there, what is taken, what is sent."""

import hashlib
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from ..errors import ImageError
from .credentials import Login, login_for
from .layout import INDEX_TYPE, MANIFEST_TYPE
from .references import Reference
from .transport import Broken, Reply, Transport, check_url

CHUNK = 8 << 20
TRIES = 5
_PIECE = 1 << 20
_ACCEPT = ", ".join((
    MANIFEST_TYPE, INDEX_TYPE, "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
))  # fmt: skip
_WORDS = re.compile(r'([a-zA-Z]+)="([^"]*)"')


@dataclass
class Registry:
    """A client for one repository, for one thread at a time. State: connections, the token, whether TLS is spoken."""

    reference: Reference
    writes: bool = False
    sent: int = 0
    transport: Transport = field(default_factory=Transport)
    login: Login | None = None
    _scheme: str = ""
    _token: str = ""

    def manifest(self, version: str) -> tuple[bytes, str] | None:
        """The bytes and the media type of the manifest of a tag or a digest; None when there is none."""
        reply = self._ask("GET", f"manifests/{version}", {"Accept": _ACCEPT}, known=(200, 404))
        if reply.status == 404:
            return None
        digest = f"sha256:{hashlib.sha256(reply.body).hexdigest()}"
        if version.startswith("sha256:") and digest != version:
            raise ImageError(f"{self.reference.host} serves another manifest than {version}: nothing was kept")
        return reply.body, reply.headers.get("content-type", "").partition(";")[0]

    def has(self, digest: str) -> bool:
        """Whether the repository holds the blob."""
        return self._ask("HEAD", f"blobs/{digest}", {}, known=(200, 404)).status == 200

    def mount(self, digest: str, repository: str) -> bool:
        """Whether the blob could be taken over from another repository of this registry, without sending it."""
        query = urlencode({"mount": digest, "from": repository})
        reply = self._ask(
            "POST", f"blobs/uploads/?{query}", {"Content-Length": "0"}, known=(201, 202, 401, 403, 404, 405)
        )
        if reply.status == 202:
            self._send("DELETE", self._next(reply), {}, None)
        return reply.status == 201

    def blob(self, digest: str, size: int) -> Iterator[bytes]:
        """A blob in pieces, gone on with where a connection broke; its size and digest are checked at the end."""
        read, found, tries = 0, hashlib.sha256(), 0
        while read < size:
            try:
                for piece in self._pieces(digest, read, size):
                    read += len(piece)
                    found.update(piece)
                    yield piece
            except Broken as error:
                tries += 1
                if tries >= TRIES + size // CHUNK:
                    raise self._lost(error) from error
        if read != size or f"sha256:{found.hexdigest()}" != digest:
            raise ImageError(f"{self.reference.host} serves other bytes than {digest}: nothing was kept")

    def upload(self, digest: str, size: int, content: Iterator[bytes]) -> None:
        """Send a blob in chunks; a chunk that was lost is sent again from where the registry says it has it."""
        reply = self._ask("POST", "blobs/uploads/", {"Content-Length": "0"}, known=(202,))
        place, start = self._next(reply), 0
        for chunk in _chunks(content):
            place = self._chunk(place, start, chunk)
            start += len(chunk)
        if start != size:
            raise ImageError(f"{digest} has {start:,} bytes, not {size:,}; no image was pushed")
        self._put(place, digest)

    def put_manifest(self, version: str, data: bytes, media_type: str) -> None:
        """Give the repository a manifest, under a tag or its digest."""
        self._ask("PUT", f"manifests/{version}", {"Content-Type": media_type}, data, known=(201, 200))

    def _pieces(self, digest: str, start: int, size: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={start}-"} if start else {}
        response = self._open(self._url(f"blobs/{digest}"), headers)
        if start and response.status == 200:
            self.transport.close()
            raise ImageError(
                f"{self.reference.host} cannot go on with a blob whose connection broke", hint="pull again"
            )
        left = size - start
        try:
            while piece := response.read(min(_PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise ImageError(f"{self.reference.host} serves more bytes than {digest} has")
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise Broken(str(error)) from error
        finally:
            self.transport.close()
        if left:
            raise Broken(f"{left:,} bytes are missing")

    def _open(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The answer to a GET, redirections followed; the login stays with the registry."""
        self._ask("HEAD", urlsplit(url).path.partition(f"/{self.reference.repository}/")[2], {}, known=(200, 404, 405))
        for _ in range(TRIES):
            mine = urlsplit(url).netloc == self.reference.host
            response = self.transport.open("GET", url, {**headers, **(self._authorization() if mine else {})})
            if response.status in (200, 206):
                return response
            self.transport.close()
            if response.status not in (301, 302, 303, 307, 308):
                raise ImageError(f"{urlsplit(url).netloc} answers {response.status} for a blob of {self.reference}")
            url = urljoin(url, response.getheader("Location", ""))
            check_url(url, home=self.reference.hostname)
        raise ImageError(f"{self.reference.host} sends on more than {TRIES} times")

    def _chunk(self, place: str, start: int, chunk: bytes) -> str:
        """Send a chunk that begins at `start`; where the next one goes."""
        done, problem = 0, Broken("no answer")
        for _ in range(TRIES):
            part = chunk[done:]
            first = start + done
            headers = {
                "Content-Type": "application/octet-stream", "Content-Length": str(len(part)),
                "Content-Range": f"{first}-{first + len(part) - 1}",
            }  # fmt: skip
            try:
                reply = self._send("PATCH", place, headers, part) if part else self._send("GET", place, {}, None)
                if reply.status in (202, 204):
                    self.sent += len(part)
                    return self._next(reply)
                problem = Broken(f"it answers {reply.status}")
                place, done = self._standing(place, start, len(chunk))
            except Broken as error:
                problem = error
                try:
                    place, done = self._standing(place, start, len(chunk))
                except Broken:
                    continue
        raise self._lost(problem) from problem

    def _standing(self, place: str, start: int, size: int) -> tuple[str, int]:
        """Where an upload goes on, and how much of the chunk that begins at `start` has arrived."""
        reply = self._send("GET", place, {}, None)
        if reply.status != 204:
            raise ImageError(
                f"{self.reference.host} has lost an upload ({reply.status}); no image was pushed", hint="push again"
            )
        last = reply.headers.get("range", "0-0").rpartition("-")[2]
        held = int(last) + 1 if last.isdigit() and int(last) else 0
        return self._next(reply), min(max(0, held - start), size)

    def _put(self, place: str, digest: str) -> None:
        url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': digest})}"
        try:
            reply = self._send("PUT", url, {"Content-Length": "0"}, None)
        except Broken as error:
            if self.has(digest):
                return
            raise self._lost(error) from error
        if reply.status not in (201, 204):
            raise self._refused("PUT", reply)

    def _next(self, reply: Reply) -> str:
        url = urljoin(self._url(""), reply.headers.get("location", ""))
        check_url(url, home=self.reference.hostname)
        return url

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None, *, known: tuple[int, ...]
    ) -> Reply:
        """The answer to a small request; ImageError for one of another status than `known`."""
        problem = Broken("no answer")
        for _ in range(TRIES):
            try:
                reply = self._send(method, self._url(path), headers, body)
            except Broken as error:
                problem = error
                continue
            if reply.status in known:
                return reply
            raise self._refused(method, reply)
        raise self._lost(problem) from problem

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """One request to the registry; where it asks who this is, it is told, and asked once more."""
        mine = urlsplit(url).netloc == self.reference.host
        reply = self.transport.request(method, url, {**headers, **(self._authorization() if mine else {})}, body)
        if reply.status == 401 and mine and self._identify(reply.headers.get("www-authenticate", "")):
            return self.transport.request(method, url, {**headers, **self._authorization()}, body)
        return reply

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": self._token} if self._token else {}

    def _identify(self, challenge: str) -> bool:
        """Answer what the registry asks for; False when there is nothing to answer with."""
        if self._scheme != "https" and not self.reference.is_local:
            return False
        self.login = self.login or login_for(self.reference.host)
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "bearer":
            return self._fetch_token(dict(_WORDS.findall(rest)))
        if kind.lower() != "basic" or self.login is None or self._token == self.login.basic:
            return False
        self._token = self.login.basic
        return True

    def _fetch_token(self, asked: Mapping[str, str]) -> bool:
        realm = asked.get("realm", "")
        check_url(realm, home=self.reference.hostname)
        actions = "pull,push" if self.writes else "pull"
        words = {
            "service": asked.get("service", ""),
            "scope": asked.get("scope") or f"repository:{self.reference.repository}:{actions}",
        }
        url, headers = f"{realm}{'&' if '?' in realm else '?'}{urlencode(words)}", {}
        if self.login and self.login.identity:
            body = urlencode(
                {**words, "grant_type": "refresh_token", "refresh_token": self.login.identity, "client_id": "synth"}
            )
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            reply = self.transport.request("POST", realm, form, body.encode())
        else:
            headers = {"Authorization": self.login.basic} if self.login else {}
            reply = self.transport.request("GET", url, headers)
        try:
            found = json.loads(reply.body) if reply.status == 200 else {}
            token = found.get("token") or found.get("access_token")
        except (ValueError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            return False
        self._token = f"Bearer {token}"
        return True

    def _url(self, path: str) -> str:
        return f"{self._spoken()}://{self.reference.host}/v2/{self.reference.repository}/{path}"

    def _spoken(self) -> str:
        """`https`; on this machine `http` where no TLS is spoken."""
        if not self._scheme:
            self._scheme = "https"
            if self.reference.is_local:
                try:
                    self.transport.request("GET", f"https://{self.reference.host}/v2/", {})
                except Broken:
                    self._scheme = "http"
        return self._scheme

    def _lost(self, error: Broken) -> ImageError:
        return ImageError(
            f"{self.reference.host} cannot be reached, or breaks off: {error}",
            hint="is it running, and is its name right?",
        )

    def _refused(self, method: str, reply: Reply) -> ImageError:
        if reply.status in (401, 403):
            known = f"as {self.login.user!r}" if self.login and self.login.user else "without a login"
            what = f"{'write to' if self.writes else 'read'} {self.reference.repository}"
            return ImageError(
                f"{self.reference.host} lets nobody {known} {what}",
                hint=f"`docker login {self.reference.host}`; its config file is read here",
            )
        return ImageError(
            f"{self.reference.host} answers {reply.status} to {method} for {self.reference}: {_said(reply)}"
        )


def _said(reply: Reply) -> str:
    """The registry's own words, where they are plain ones."""
    try:
        text = str(json.loads(reply.body)["errors"][0]["message"])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        text = ""
    return "".join(letter for letter in text if letter.isprintable())[:200] or "it does not say why"


def _chunks(content: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of CHUNK, the last one shorter."""
    waiting, size = [], 0
    for piece in content:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
