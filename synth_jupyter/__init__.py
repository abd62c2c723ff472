"""Relational data you may not have: define it, generate it at any size, query, load, explain and ship it.

Importing this package does nothing: `open` and the other names import what they need when they are called.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .workspace import Workspace

__version__ = "0.1.0"
__all__ = ["__version__", "generator", "import_image", "load_ipython_extension", "open"]


def open(path: Any = None) -> "Workspace":
    """The workspace in folder `path` (default: SYNTH_HOME, else the user's data folder), made when missing."""
    from .workspace import Workspace

    return Workspace.open(path)


def import_image(source: Any, name: str | None = None) -> Any:
    """Import an experiment image (a tar or a folder) into the default workspace; returns its run."""
    return open().import_image(source, name=name)


def generator(name: str) -> Any:
    """A class decorator: register a frozen dataclass with `needs` and `generate` as the generator `name`."""
    from .generators import GENERATORS

    return GENERATORS.register(name)


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext synth_jupyter`."""
    from .jupyter.magics import load

    load(ipython)


def _jupyter_server_extension_points() -> "list[dict[str, str]]":
    """Where Jupyter Server finds the HTTP API."""
    return [{"module": "synth_jupyter"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """`jupyter server extension enable synth_jupyter`; the wheel's data files do it."""
    from .jupyter.server.extension import load

    load(server)


def _jupyter_labextension_paths() -> "list[dict[str, str]]":
    """Where JupyterLab finds the sidebar; the wheel's data files put it there."""
    return [{"src": "jupyter/labextension", "dest": "synth-jupyter"}]
