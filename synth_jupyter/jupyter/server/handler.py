"""The base of every handler: who may ask, how much may be sent, and how errors are told."""

import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import uuid4

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ...documents import to_json
from ...errors import SynthError
from .redaction import redacted
from .requests import read_json
from .service import SynthServer
from .statuses import Refused, error_document, status_of, with_id

_BYTES = "application/octet-stream"
_CHUNK = 1 << 18
_WORDS = {
    400: "the request is wrong",
    401: "say who you are: the token is missing or wrong",
    403: "this is not allowed: the token or the XSRF header is missing or wrong, or you may not do this",
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the request is too large",
}


@web.stream_request_body
class SynthHandler(APIHandler):
    """Answers only those whom the server knows and its authorizer lets, whatever the method.

    A subclass says what it asks of the authorizer: `action`, on the resource `synth`.
    """

    auth_resource: ClassVar[str] = "synth"

    def initialize(self, synth: SynthServer) -> None:
        """Tornado's constructor for what the routes give."""
        self.synth = synth
        self.request_id = uuid4().hex
        self._body = bytearray()
        self._is_large = False

    @property
    def action(self) -> str:
        """What the authorizer is asked for."""
        return "read" if self.request.method == "GET" else "write"

    async def prepare(self) -> None:  # type: ignore[override]
        """Before any of the body is read: host, token, XSRF, authorizer, size."""
        self.set_header("X-Request-ID", self.request_id)
        await super().prepare()
        if self._finished:
            return
        if self.current_user is None:
            raise web.HTTPError(403)
        allowed = self.authorizer.is_authorized(self, self.current_user, self.action, self.auth_resource)
        if not await ensure_async(allowed):
            raise web.HTTPError(403)
        self.check_size(int(self.request.headers.get("Content-Length") or 0))

    def check_size(self, announced: int) -> None:
        """Refuse a body by the length that is announced."""
        if announced > self.synth.json_bytes:
            raise web.HTTPError(413)

    def data_received(self, chunk: bytes) -> None:
        """Keep what is sent, up to the limit also where no length was announced."""
        self._is_large = self._is_large or len(self._body) + len(chunk) > self.synth.json_bytes
        if not self._is_large:
            self._body += chunk

    def sent_json(self) -> dict[str, Any]:
        """The object that was sent; CommandError or Refused when it is none."""
        if self._is_large:
            raise Refused(413, f"a request has at most {self.synth.json_bytes:,} bytes")
        if self._body and self.request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            raise Refused(415, "the body is no JSON", hint="send it with Content-Type: application/json")
        return read_json(bytes(self._body))

    def answer(self, document: Any, status: int = 200) -> None:
        """One JSON document."""
        self.set_status(status)
        self.finish(document if isinstance(document, str) else to_json(document))

    async def attach(self, path: Path) -> None:
        """A file for the disk, never for the page, in pieces."""
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(path.name, safe='')}")
        self.set_header("Content-Type", _BYTES)
        self.set_header("Content-Length", path.stat().st_size)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                self.write(chunk)
                await self.flush()
        await self.finish(set_content_type=_BYTES)

    def set_default_headers(self) -> None:
        """As the server has them, and nothing is guessed or kept."""
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def refuse(self, error: SynthError) -> None:
        """The error document of an error of ours."""
        self.answer(error_document(error, self.request_id), status_of(error))

    def relay(self, document: dict[str, Any], status: int) -> None:
        """The error document of another process."""
        self.answer(with_id(document, self.request_id), status)

    def write_error(self, status_code: int, **details: Any) -> None:
        """The error document of whatever was raised; what went wrong inside is in the log alone."""
        error = details["exc_info"][1] if "exc_info" in details else None
        if isinstance(error, SynthError):
            self.refuse(error)
            return
        hint = "the server's log has it under this request_id" if status_code == 500 else ""
        self.refuse(Refused(status_code, _WORDS.get(status_code, "something went wrong"), hint=hint))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Into the log, under the request's id and without secrets."""
        if isinstance(value, web.HTTPError):
            self.log.warning("%s: %s", self.request_id, redacted(value.log_message or str(value.status_code)))
            return
        text = "".join(traceback.format_exception(typ, value, tb))
        self.log.error("%s: %s", self.request_id, redacted(text))

    def _log(self) -> None:
        self.request.uri = redacted(self.request.uri or "")
        if "Referer" in self.request.headers:
            self.request.headers["Referer"] = redacted(self.request.headers["Referer"])
        super()._log()


class Nothing(SynthHandler):
    """Every other address below the API: unknown, and only to those who may ask."""

    @web.authenticated
    async def get(self, _: str) -> None:
        """There is nothing."""
        raise web.HTTPError(404)

    post = put = patch = delete = get
