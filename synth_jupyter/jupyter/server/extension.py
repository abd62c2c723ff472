"""The extension of Jupyter Server: one route for each verb, and those beside them."""

from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado.routing import URLSpec

from . import errands, uploads
from .handler import Nothing
from .routes import served
from .service import SynthServer
from .verbs import VerbHandler

ID = r"([^/]+)"


def load(app: Any) -> None:
    """Add the routes to a server."""
    synth = SynthServer(config=app.config)
    synth.root = Path(app.root_dir)
    app.web_app.add_handlers(".*$", routes(app.web_app.settings["base_url"], synth))
    app.log.info("synth_jupyter answers below %s", url_path_join(app.web_app.settings["base_url"], "synth/api/"))


def routes(base_url: str, synth: SynthServer) -> list[URLSpec]:
    """Every route; the last answers whatever no other does."""
    shared = {"synth": synth}
    others = {
        "": errands.Index,
        "openapi.json": errands.Description,
        "events": errands.History,
        "jobs": errands.AllJobs,
        f"jobs/{ID}": errands.OneJob,
        f"jobs/{ID}/cancel": errands.JobCancel,
        f"jobs/{ID}/events": errands.JobEvents,
        f"jobs/{ID}/file": errands.JobFile,
        "uploads": uploads.Uploads,
        f"uploads/{ID}": uploads.OneUpload,
        "(.*)": Nothing,
    }

    def at(path: str) -> str:
        return url_path_join(base_url, "synth/api", path) if path else url_path_join(base_url, "synth/api/")

    verbs = [URLSpec(at(verb), VerbHandler, {**shared, "verb": verb}) for verb in served()]
    return verbs + [URLSpec(at(path), handler, shared) for path, handler in others.items()]
