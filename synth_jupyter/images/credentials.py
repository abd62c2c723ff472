"""Who this user is to a registry, as `docker login` left it: read from Docker's config file and its helpers."""

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ImageError

SECONDS = 30
_HELPER = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True)
class Login:
    """A name and its password; with `identity`, a token that is traded for others instead."""

    user: str
    password: str = field(repr=False)
    identity: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def login_for(host: str, environment: Mapping[str, str] = os.environ) -> Login | None:
    """The login for a registry's host, or None when there is none; nothing is written.

    Raises:
        ImageError: Docker's config file or its helper cannot be read.
    """
    folder = environment.get("DOCKER_CONFIG") or Path(environment.get("HOME", "~")).expanduser() / ".docker"
    path = Path(folder) / "config.json"
    config = _config(path)
    helper = _text(_map(config, "credHelpers").get(host)) or _text(config.get("credsStore"))
    if helper and (found := _asked(helper, host, path)):
        return found
    for name in (host, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/"):
        if isinstance(entry := _map(config, "auths").get(name), dict) and (
            entry.get("auth") or entry.get("identitytoken")
        ):
            return _login(entry, path)
    return None


def _config(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ImageError(f"{path} cannot be read, which tells who you are to a registry") from error
    return found if isinstance(found, dict) else {}


def _map(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = config.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _login(entry: Mapping[str, Any], path: Path) -> Login:
    try:
        plain = base64.b64decode(_text(entry.get("auth")), validate=True).decode().rstrip("\0")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ImageError(f"{path} holds a login that is not readable", hint="`docker login` writes it anew") from error
    user, _, password = plain.partition(":")
    return Login(user, password, _text(entry.get("identitytoken")))


def _asked(helper: str, host: str, path: Path) -> Login | None:
    """What `docker-credential-HELPER get` answers; None when it knows nothing of the host."""
    if not _HELPER.fullmatch(helper):
        raise ImageError(f"{path} names a credential helper with an unfit name")
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run([program, "get"], input=host.encode(), capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImageError(f"{program}, which {path} asks for, cannot be run") from error
    if done.returncode:
        return None
    try:
        found = json.loads(done.stdout)
        user, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"{program} does not answer as such programs do") from error
    return Login("", "", secret) if user == "<token>" else Login(user, secret)
