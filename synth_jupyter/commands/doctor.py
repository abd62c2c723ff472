"""The `doctor` verb: versions, folders, and whatever is not as it should be."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ..errors import SynthError

if TYPE_CHECKING:
    from ..workspace import Workspace

_LIBRARIES = ("duckdb", "pyarrow", "numpy", "SQLAlchemy", "sqlglot", "Faker", "ipywidgets", "jupyterlab", "tqdm")
_LEAST_FREE = 1 << 30


def examine(open_workspace: "Callable[[], Workspace]") -> dict[str, Any]:
    """`{"ok": bool, "checks": [{"what", "found", "ok", "hint"}]}`; never raises for what it looks for."""
    checks = [*_versions(), *_workspace(open_workspace), *_drawing()]
    return {"ok": all(check["ok"] for check in checks), "checks": checks}


def _check(what: str, found: str, ok: bool = True, hint: str = "") -> dict[str, Any]:
    return {"what": what, "found": found, "ok": ok, "hint": hint}


def _versions() -> Iterator[dict[str, Any]]:
    from .. import __version__

    yield _check("synth_jupyter", __version__)
    yield _check("python", platform.python_version())
    yield _check("processor cores", str(os.cpu_count()))
    for name in _LIBRARIES:
        try:
            yield _check(name, version(name))
        except PackageNotFoundError:
            yield _check(name, "missing", False, f"pip install {name}")


def _workspace(open_workspace: "Callable[[], Workspace]") -> Iterator[dict[str, Any]]:
    try:
        workspace = open_workspace()
        experiments = len(workspace.list())
    except SynthError as error:
        yield _check("workspace", error.message, False, error.hint)
        return
    yield _check("workspace", str(workspace.home))
    yield _check("experiments", str(experiments))
    free = shutil.disk_usage(workspace.home).free
    yield _check(
        "free space", f"{free / (1 << 30):,.1f} GiB", free > _LEAST_FREE, "make room: synth prune NAME --keep 1"
    )


def _drawing() -> Iterator[dict[str, Any]]:
    from ..lineage.dot import engines

    found = next(engines(), None)
    if found is None:
        yield _check("graph engine", "missing", False, "pip install graphviz-pure, or install Graphviz")
    else:
        yield _check("graph engine", found.name)
