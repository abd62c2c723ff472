"""`registry.example/team/shop:v1`: the name of an image in a registry, read as engines read it."""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ..errors import ImageError
from .transport import is_loopback

_HOST = re.compile(
    r"(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?)(:[0-9]{1,5})?"
)
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Reference:
    """An image in a registry: its `host` with the port, the repository there, and a tag or a digest."""

    host: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def hostname(self) -> str:
        """The host without its port."""
        return urlsplit(f"//{self.host}").hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether the registry runs on this machine."""
        return is_loopback(self.hostname)

    @property
    def version(self) -> str:
        """What stands for the image in the registry's addresses."""
        return self.digest or self.tag

    def tagged(self, tag: str) -> "Reference":
        """The same with `tag`, if it has none."""
        return self if self.version else replace(self, tag=tag)

    def __str__(self) -> str:
        ending = f"@{self.digest}" if self.digest else f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.repository}{ending}"


def parse_reference(text: str) -> Reference:
    """What `HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]` names; ImageError for anything else."""
    plain, _, digest = text.removeprefix("docker://").partition("@")
    host, slash, rest = plain.partition("/")
    repository, _, tag = rest.partition(":")
    fits = (
        slash
        and _HOST.fullmatch(host)
        and _REPOSITORY.fullmatch(repository)
        and (not tag or _TAG.fullmatch(tag))
        and ("@" not in text or _DIGEST.fullmatch(digest))
        and not plain.endswith(":")
    )
    if not fits or len(repository) > 255:
        raise ImageError(
            f"{text[:200]!r} names no image in a registry",
            hint="write it as registry.example/team/shop:v1, the repository in small letters",
        )
    return Reference(host, repository, tag, digest)
