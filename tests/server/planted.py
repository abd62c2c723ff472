"""A server extension that adds a route without any check to ours, as a careless change would."""

from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado.routing import URLSpec

from synth_jupyter.jupyter.server import extension

_ours = extension.routes


class Careless(APIHandler):
    """Answers anybody."""

    def get(self) -> None:
        """No check at all."""
        self.finish("{}")


def routes(base_url: str, synth: Any) -> list[URLSpec]:
    """Ours with one more."""
    return [URLSpec(f"{base_url}synth/api/planted", Careless), *_ours(base_url, synth)]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "planted"}]


def _load_jupyter_server_extension(app: Any) -> None:
    extension.routes = routes
