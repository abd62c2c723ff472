"""Settings, read once at the edge (a front end) and passed down as a value; nothing below reads the environment.

What a front end was given comes first, then the environment, then the nearest `pyproject.toml`, then the user's file.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import SettingsError, did_you_mean

PROGRESS_MODES = ("auto", "html", "plain", "off")

_VARIABLES = {
    "home": "SYNTH_HOME",
    "progress": "SYNTH_PROGRESS",
    "workers": "SYNTH_WORKERS",
    "display_rows": "SYNTH_DISPLAY_ROWS",
    "debug": "SYNTH_DEBUG",
}
_USER_FILE = "SYNTH_CONFIG"


@dataclass(frozen=True)
class Settings:
    """`home` holds the workspace; `workers` 0 means as many as there are cores."""

    home: Path
    progress: str = "auto"
    workers: int = 0
    display_rows: int = 20
    debug: bool = False

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] = os.environ,
        *,
        given: Mapping[str, Any] | None = None,
        folder: Path | None = None,
    ) -> "Settings":
        """Each setting from the first that has it: `given`, the environment, `[tool.synth]` of the `pyproject.toml`
        nearest to `folder` (the working folder), the user's file, the default.

        Raises:
            SettingsError: a value has a wrong form, or a file names a setting that there is not.
        """
        found: dict[str, Any] = {}
        for layer in _layers(environment, given or {}, folder):
            for name, (value, where) in layer.items():
                if name not in found:
                    found[name] = _READERS[name](value, where)
        return cls(**{"home": default_home()} | found)


Layer = dict[str, tuple[Any, str]]
"""By setting: the value as it is written, and where it stands."""


def user_file() -> Path:
    """Where the user's own settings stand, whether the file is there or not."""
    from platformdirs import user_config_path

    return Path(user_config_path("synth_jupyter")) / "settings.toml"


def default_home() -> Path:
    """The per-user data folder of this system."""
    from platformdirs import user_data_path

    return Path(user_data_path("synth_jupyter"))


def _layers(environment: Mapping[str, str], given: Mapping[str, Any], folder: Path | None) -> Iterator[Layer]:
    yield {name: (value, name) for name, value in given.items()}
    yield {name: (environment[key], key) for name, key in _VARIABLES.items() if environment.get(key)}
    project = _project_file(folder)
    if project is not None:
        yield _layer(project, _toml(project).get("tool", {}).get("synth", {}), "tool.synth.")
    named = environment.get(_USER_FILE)
    mine = Path(named).expanduser() if named else user_file()
    if named or mine.is_file():
        yield _layer(mine, _toml(mine), "")


def _project_file(folder: Path | None) -> Path | None:
    try:
        start = (folder or Path.cwd()).absolute()
    except FileNotFoundError:
        return None  # the working folder was removed: it has no project
    return next((file for each in (start, *start.parents) if (file := each / "pyproject.toml").is_file()), None)


def _toml(file: Path) -> dict[str, Any]:
    try:
        about = file.stat()
        return _parsed(file, about.st_mtime_ns, about.st_size)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"{file} cannot be read: {reason}", hint="mend the file, or take it away") from error


@lru_cache(maxsize=8)
def _parsed(file: Path, changed_ns: int, size: int) -> dict[str, Any]:
    """The file as it was at that time: settings are read for every command and every completion."""
    import tomllib

    return tomllib.loads(file.read_text("utf-8"))


def _layer(file: Path, table: Any, prefix: str) -> Layer:
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: {prefix.rstrip('.')} is no table", hint="write [tool.synth] above the settings")
    for name in table:
        if name not in _VARIABLES:
            raise SettingsError(
                f"{file}: there is no setting {prefix + name!r}{did_you_mean(name, _VARIABLES)}",
                hint=f"the settings are {', '.join(_VARIABLES)}",
            )
    layer = {name: (value, f"{prefix}{name} in {file}") for name, value in table.items()}
    if isinstance(table.get("home"), str):  # relative to the file that says it, wherever one stands
        layer["home"] = (str(file.parent / Path(table["home"]).expanduser()), layer["home"][1])
    return layer


def _folder(value: Any, where: str) -> Path:
    if not isinstance(value, str | Path):
        raise SettingsError(f"{where} is {value!r}", hint="name a folder")
    return Path(value).expanduser().absolute()


def _mode(value: Any, where: str) -> str:
    if value not in PROGRESS_MODES:
        raise SettingsError(f"{where} is {value!r}", hint=f"use one of {', '.join(PROGRESS_MODES)}")
    return str(value)


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        raise SettingsError(f"{where} is {value!r}", hint="use a whole number, 0 or more")
    if int(value) < 0:
        raise SettingsError(f"{where} is {value!r}", hint="use a whole number, 0 or more")
    return int(value)


def _switch(value: Any, where: str) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False}
    if str(value).lower() not in known:
        raise SettingsError(f"{where} is {value!r}", hint="use true or false")
    return known[str(value).lower()]


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "home": _folder, "progress": _mode, "workers": _whole, "display_rows": _whole, "debug": _switch,
}  # fmt: skip
