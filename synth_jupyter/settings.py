"""Settings, read once at the edge (a front end) and passed down as a value; nothing below reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import SettingsError

PROGRESS_MODES = ("auto", "html", "plain", "off")


@dataclass(frozen=True)
class Settings:
    """`home` holds the workspace; `workers` 0 means as many as there are cores."""

    home: Path
    progress: str = "auto"
    workers: int = 0
    display_rows: int = 20

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """SYNTH_HOME, SYNTH_PROGRESS, SYNTH_WORKERS, SYNTH_DISPLAY_ROWS or the defaults; SettingsError on nonsense."""
        progress = environment.get("SYNTH_PROGRESS", "auto")
        if progress not in PROGRESS_MODES:
            raise SettingsError(f"SYNTH_PROGRESS is {progress!r}", hint=f"use one of {', '.join(PROGRESS_MODES)}")
        home = environment.get("SYNTH_HOME", "")
        return cls(
            home=Path(home).expanduser().absolute() if home else default_home(),
            progress=progress,
            workers=_whole(environment, "SYNTH_WORKERS", 0),
            display_rows=_whole(environment, "SYNTH_DISPLAY_ROWS", 20),
        )


def default_home() -> Path:
    """The per-user data folder of this system."""
    from platformdirs import user_data_path

    return Path(user_data_path("synth_jupyter"))


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise SettingsError(f"{name} is {text!r}", hint="use a whole number, 0 or more")
    return int(text)
