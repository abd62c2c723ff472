"""Places outside the workspace that hold the files of runs: a shared folder, or any object store of `pyarrow.fs`.

Nothing is renamed and nothing is listed to find out what counts: a file is written under a name that nobody else has,
and it is part of a run when the store says so. What an object store shows half-written is therefore nobody's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

import pyarrow as pa
import pyarrow.fs as fs

from .errors import SettingsError
from .files import Beat, create, make_folder, remove, sha256_of

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Remote:
    """The files below a URL such as `s3://bucket/prefix` or `file:///shared/folder`, named relative to it."""

    url: str

    @classmethod
    def of(cls, text: str) -> "Remote":
        """The place that `text` means: a URL that `pyarrow.fs` knows, or the path of a folder.

        Raises:
            SettingsError: it is no such URL, or it holds a secret.
        """
        parts = urlsplit(text)
        if not parts.scheme:
            return cls(Path(text).expanduser().absolute().as_uri())
        if "@" in parts.netloc:
            raise SettingsError(
                "a place for files is named without a password",
                hint="leave it out of the URL, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where it runs",
            )
        place = cls(urlunsplit(parts._replace(path=parts.path.rstrip("/"))))
        try:
            _opened(place.url)
        except (pa.ArrowException, OSError) as error:
            raise SettingsError(
                f"{text!r} is no place for files: {error}", hint="use a folder, or a URL such as s3://bucket/prefix"
            ) from error
        return place

    def child(self, name: str) -> "Remote":
        """A folder of this place."""
        parts = urlsplit(self.url)
        return Remote(urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}")))

    @property
    def folder(self) -> Path | None:
        """Where it is when it is a folder of this machine, or mounted on it."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    @property
    def filesystem(self) -> fs.FileSystem:
        """How Arrow reads it."""
        return _opened(self.url)[0]

    def path(self, name: str) -> str:
        """How its filesystem calls a file."""
        return f"{_opened(self.url)[1].rstrip('/')}/{name}"

    def open(self, name: str) -> pa.NativeFile:
        """A file to read anywhere in it; OSError when it is missing."""
        return self.filesystem.open_input_file(self.path(name))

    def size(self, name: str) -> int | None:
        """Bytes of a file, None when there is none."""
        found = self.filesystem.get_file_info(self.path(name))
        return int(found.size) if found.type == fs.FileType.File else None

    def names(self) -> list[str]:
        """Every file below, by its name."""
        base = self.path("")
        selector = fs.FileSelector(base.rstrip("/"), recursive=True, allow_not_found=True)
        found = self.filesystem.get_file_info(selector)
        return sorted(info.path[len(base) :] for info in found if info.type == fs.FileType.File)

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        """A new file, durable when the block ends well and gone when it does not."""
        if self.folder is not None:
            make_folder((self.folder / name).parent)
            with create(self.folder / name) as file:
                yield file
            return
        stream: Any = self.filesystem.open_output_stream(self.path(name))
        try:
            yield stream
            stream.close()
        except BaseException:
            stream.close()
            self.remove(name)
            raise

    def remove(self, name: str) -> None:
        """The file is gone, whether or not it was there; of a folder, so are the folders that it leaves empty."""
        if self.folder is None:
            if self.size(name) is not None:
                self.filesystem.delete_file(self.path(name))
            return
        remove(self.folder / name)
        for empty in (self.folder / name).relative_to(self.folder).parents:
            at = self.folder / empty
            if at.is_dir() and not any(at.iterdir()):
                at.rmdir()


Root: TypeAlias = Path | Remote
"""Where the files of a run are: the folder of the workspace, or a place outside."""


def open_file(root: Root, name: str) -> pa.NativeFile:
    """A file to read anywhere in it; OSError when it is missing."""
    return root.open(name) if isinstance(root, Remote) else pa.OSFile(str(root / name))


def digest_of(root: Root, name: str, beat: Beat | None = None) -> str:
    """The hex sha256 of a file's bytes, calling `beat` for each MiB; OSError when it is missing."""
    if isinstance(root, Path):
        return sha256_of(root / name, beat)
    found = sha256()
    with root.open(name) as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            if beat is not None:
                beat()
    return found.hexdigest()


@lru_cache(maxsize=16)
def _opened(url: str) -> tuple[fs.FileSystem, str]:
    """A filesystem and the path in it, once for each process and URL."""
    filesystem, path = fs.FileSystem.from_uri(url)
    return filesystem, str(path)
