"""Files that are sent: streamed to the disk under a quota, named by an id, and removed after a day."""

import hashlib
import shutil
import time
from pathlib import Path
from typing import Any, BinaryIO

from tornado import web

from ...errors import NotFoundError
from ...files import make_folder, remove, sync_file
from ...workspace.home import is_key, new_key
from .errands import told
from .handler import SynthHandler
from .service import SynthServer
from .statuses import Refused

_DAY = 86_400
_SPARE = 256 << 20


class Uploads(SynthHandler):
    """Where a file is sent."""

    def initialize(self, synth: SynthServer) -> None:
        """Nothing is open before the request was allowed."""
        super().initialize(synth)
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._size = 0
        self._room = 0

    def check_size(self, announced: int) -> None:
        """The length must be announced for a POST, and fit the quota and the disk."""
        if self.request.method != "POST":
            super().check_size(announced)
            return
        make_folder(self.synth.uploads)
        _remove_old(self.synth.uploads)
        self._room = self.synth.upload_bytes - sum(each.stat().st_size for each in self.synth.uploads.iterdir())
        free = shutil.disk_usage(self.synth.uploads).free - _SPARE
        if announced > min(self._room, free):
            raise web.HTTPError(413)
        connection: Any = self.request.connection
        connection.set_max_body_size(max(0, min(self._room, free)))
        self._path = self.synth.uploads / f"{new_key()}.part"
        self._file = self._path.open("xb")

    def data_received(self, chunk: bytes) -> None:
        """To the disk."""
        self._size += len(chunk)
        if self._file is not None and self._size <= self._room:
            self._digest.update(chunk)
            self._file.write(chunk)

    @web.authenticated
    @told
    async def post(self) -> None:
        """The whole file was sent: its id, for `upload:ID` in place of a path."""
        assert self._file is not None
        if self._size > self._room:
            raise Refused(413, "the upload is larger than the room that is left")
        if not self._size:
            raise Refused(400, "the upload is empty", hint="send the file as the body")
        sync_file(self._file)
        self._file.close()
        kept = self._path.with_suffix("")
        self._path.rename(kept)
        self.answer({"upload": kept.name, "bytes": self._size, "sha256": self._digest.hexdigest()}, 201)

    def on_finish(self) -> None:
        """What was not kept is removed."""
        super().on_finish()
        self._drop()

    def on_connection_close(self) -> None:
        """Half a file is none."""
        super().on_connection_close()
        self._drop()

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            remove(self._path)


class OneUpload(SynthHandler):
    """A file that was sent."""

    @web.authenticated
    @told
    async def delete(self, key: str) -> None:
        """It is gone."""
        path = self.synth.uploads / key
        if not is_key(key) or not path.is_file():
            raise NotFoundError("there is no upload of that id")
        remove(path)
        self.answer({"upload": key, "done": True})


def _remove_old(folder: Path) -> None:
    for each in folder.iterdir():
        if time.time() - each.stat().st_mtime > _DAY:
            remove(each)
