"""OpenLineage events to an endpoint: only when somebody asks, and only to the address that the environment names."""

import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..documents import to_json
from ..errors import SettingsError, WarehouseError

VARIABLE = "SYNTH_OPENLINEAGE_URL"
KEY_VARIABLE = "SYNTH_OPENLINEAGE_API_KEY"
_PATH = "/api/v1/lineage"
TIME_LIMIT = 10
"""Seconds for one event."""


def send(events: Sequence[Mapping[str, Any]], environment: Mapping[str, str]) -> str:
    """POST each event in order; returns the address, without user or password.

    Raises:
        SettingsError: no address is set, or it is no http address.
        WarehouseError: it cannot be reached or refused an event; says how many it took.
    """
    base = environment.get(VARIABLE, "").rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        told = f"{VARIABLE} is no http address" if base else f"{VARIABLE} is not set, so nothing was sent"
        raise SettingsError(told, hint=f"set {VARIABLE} to the address of your OpenLineage endpoint")
    shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "") + (parts.path or "")
    address = base if parts.path not in ("", "/") else base + _PATH
    for count, event in enumerate(events):
        try:
            _post(address, to_json(event).encode(), environment.get(KEY_VARIABLE, ""))
        except (urllib.error.URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise WarehouseError(f"{shown} took {count} of {len(events)} events, then failed: {reason}") from error
    return shown


def _post(address: str, body: bytes, key: str) -> None:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(address, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=TIME_LIMIT) as answer:
        answer.read()
