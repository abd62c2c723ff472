"""Where a request may read and write: below the folder that the server shows, never through a link out of it.

A path is relative to that folder, has no hidden part, and names what is there or, to write, a new file. In place of
one, `upload:ID` names an uploaded file, and `download:NAME` a file that comes back as the answer or with the job.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import CommandError, ConflictError, NotFoundError
from ...presets import is_preset
from ...workspace.comparing import DOCUMENTS
from ...workspace.home import is_key

_FILE = re.compile(r"\w[\w.@-]{0,120}")
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,120}", re.ASCII)
_ADDRESS = re.compile(r"\w+(?:@\d+|:[\w.-]+)?(?:\.[^/\\\x00]+)?")
_STORED = re.compile(r"\w+(?:[@#]\d+|:[\w.-]+)?")
_LONGEST = 1_000
_TARGETS = "over HTTP a target is duckdb:FILE or sqlite:FILE below the server's folder, or env:VARIABLE"


@dataclass(frozen=True)
class Places:
    """`root` is the folder that the server shows, `uploads` holds what was sent, `downloads` what this answer makes."""

    root: Path
    uploads: Path
    downloads: Path

    def reading(self, text: str) -> str:
        """The file or folder to read.

        Raises:
            CommandError: the path leaves the server's folder.
            NotFoundError: there is nothing.
        """
        if text.startswith("upload:"):
            return str(self.uploaded(text.removeprefix("upload:")))
        if is_preset(text):
            return text
        path = self._below(text)
        if not (path.is_file() or path.is_dir()):
            raise NotFoundError(f"there is no file {text!r}", hint="paths begin at the server's folder")
        return str(path)

    def uploaded(self, key: str) -> Path:
        """The uploaded file of that id; NotFoundError when there is none."""
        path = self.uploads / key if is_key(key) else None
        if path is None or not path.is_file():
            raise NotFoundError("there is no upload of that id", hint="POST the file to /synth/api/uploads first")
        return path

    def writing(self, text: str) -> str:
        """The new file to write.

        Raises:
            CommandError: the path leaves the server's folder, or its folder is missing.
            ConflictError: there is such a file; over HTTP none is replaced.
        """
        if text.startswith("download:"):
            name = text.removeprefix("download:")
            if not _FILE.fullmatch(name):
                raise CommandError(f"{name!r} cannot name a download", hint="use letters, digits and . _ - @")
            return str(self.downloads / name)
        path = self._below(text)
        if not path.parent.is_dir():
            raise CommandError(f"there is no folder for {text!r}")
        if path.exists():
            raise ConflictError(f"{text!r} is there already; nothing was written", hint="give another name")
        return str(path)

    def target(self, text: str) -> str:
        """The target of a load; CommandError for every other kind of address, which is not repeated."""
        kind, _, rest = text.partition(":")
        if kind in ("duckdb", "sqlite") and not rest.startswith("//"):
            path = self._below(rest)
            if not path.parent.is_dir():
                raise CommandError(f"there is no folder for {rest!r}")
            return f"{kind}:{path}"
        if kind == "env" and _VARIABLE.fullmatch(rest):
            return text
        raise CommandError("this is no load target over HTTP", hint=_TARGETS)

    def existing(self, given: Any) -> dict[str, str]:
        """The sources of tables that exist: files below the folder, or runs.

        Raises:
            CommandError: it is neither.
        """
        if not isinstance(given, Mapping):
            raise CommandError("existing is an object of sources by table", hint='{"cities": "cities.parquet"}')
        return {str(table): self._source(str(source)) for table, source in given.items()}

    def schema(self, text: str) -> str:
        """What has a schema: the file of a document below the folder, or an experiment, version, run or tag.

        Raises:
            CommandError: it is neither.
        """
        if Path(text).suffix.lower() in DOCUMENTS:
            return self.reading(text)
        if not _STORED.fullmatch(text):
            raise CommandError(f"{text[:80]!r} is neither a document's file nor an experiment, version, run or tag")
        return text

    def _source(self, text: str) -> str:
        if Path(text).suffix.lower() in (".parquet", ".csv"):
            return self.reading(text)
        if not _ADDRESS.fullmatch(text):
            raise CommandError(f"{text!r} is neither a .parquet or .csv file nor a run")
        return text

    def _below(self, text: str) -> Path:
        parts = text.split("/")
        is_plain = text.isprintable() and not {"\\", ":"} & set(text) and 0 < len(text) <= _LONGEST
        if not is_plain or not all(map(_is_name, parts)):
            raise CommandError(
                f"{text[:80]!r} is no path below the server's folder",
                hint="write it like data/shop.yaml: no leading slash, no .., nothing hidden",
            )
        root = self.root.resolve()
        try:
            path = (root / text).resolve()
            path.exists()  # a name that is too long is found here
        except (OSError, RuntimeError) as error:
            raise CommandError(f"{text[:80]!r} cannot be followed") from error
        if not path.is_relative_to(root):
            raise CommandError(f"{text[:80]!r} leads out of the server's folder")
        return path


def _is_name(part: str) -> bool:
    """Whether a part of a path is there, not hidden, no way up, no option and no home."""
    return bool(part.strip()) and not part.startswith((".", "~", "-"))
