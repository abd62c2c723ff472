"""What every handler shares: the limits, the workspace, the folder that the server shows, and the jobs."""

import asyncio
from functools import cached_property
from pathlib import Path

from traitlets import Float, Int
from traitlets.config import Configurable

from ...settings import Settings
from ...workspace import Workspace
from .jobs import Jobs
from .places import Places
from .questions import Bounds, Questions


class SynthServer(Configurable):
    """Limits of the HTTP API; `c.SynthServer.sql_seconds = 60` in jupyter_server_config.py changes one.

    State: the open workspace, the jobs that this server started, and the turns of questions; the event loop's thread
    alone changes them.
    """

    json_bytes = Int(1 << 20, min=1, help="bytes of a JSON request").tag(config=True)
    upload_bytes = Int(20 << 30, min=1, help="bytes of all uploads together").tag(config=True)
    rows = Int(10_000, min=1, help="rows of a result or preview").tag(config=True)
    answer_bytes = Int(32 << 20, min=1, help="bytes of a result").tag(config=True)
    memory_bytes = Int(1536 << 20, min=1, help="bytes of memory of a question's process").tag(config=True)
    sql_seconds = Float(30.0, min=0, help="seconds of a statement").tag(config=True)
    reading_seconds = Float(300.0, min=0, help="seconds of verify, inspect and other readings").tag(config=True)
    questions = Int(4, min=1, help="questions that are answered at the same time; the rest waits").tag(config=True)
    jobs_at_once = Int(4, min=1, help="jobs under way at the same time; one more is refused").tag(config=True)

    root: Path = Path()

    @cached_property
    def settings(self) -> Settings:
        """Of the server's environment, and of the project that it shows; SettingsError when one is wrong."""
        return Settings.from_environment(folder=self.root)

    @cached_property
    def workspace(self) -> Workspace:
        """Opened by the first request that needs it."""
        return Workspace.open(self.settings.home)

    def open(self) -> Workspace:
        """The workspace, made anew where its folder was taken away."""
        if not self.settings.home.exists():
            self.__dict__.pop("workspace", None)
        return self.workspace

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.settings.home, self.jobs_at_once)

    @cached_property
    def asking(self) -> Questions:
        return Questions(self.settings.home)

    @cached_property
    def turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.questions)

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files, by id."""
        return self.settings.home / "uploads"

    def places(self, downloads: Path) -> Places:
        """Where a request may read and write."""
        return Places(self.root, self.uploads, downloads)

    def bounds(self, verb: str) -> Bounds:
        """What a question may take."""
        seconds = self.sql_seconds if verb == "sql" else self.reading_seconds
        return Bounds(seconds, self.memory_bytes, self.answer_bytes)
