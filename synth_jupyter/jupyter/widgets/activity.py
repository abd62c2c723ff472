"""The runs and images of an experiment, live: the sidebar's own module in a notebook, answered by the kernel."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Unicode

from ...commands import answer
from ...commands.named import named_request
from ...documents import plain
from ...errors import CommandError, SynthError

MODULE = Path(__file__).parents[1] / "labextension/static/activity.js"
"""The source of both: JupyterLab loads it for the sidebar, and the widget brings it along."""
_GIVEN: dict[str, dict[str, Any]] = {
    "runs": {}, "images": {}, "cancel": {}, "resume": {"background": True}, "restore": {},
}  # fmt: skip
"""The verbs that a page may ask for, with what it does not say."""


class Activity(anywidget.AnyWidget):
    """What the page asks is one of a few verbs by name; the answer is the verb's document.

    State: the runs as they were told last, changed by the kernel's event loop alone.
    """

    _esm = MODULE
    experiment = Unicode(help="the experiment that it is about").tag(sync=True)

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(experiment=experiment)
        self.workspace = workspace
        self.listeners: list[Callable[[], None]] = []
        self._told: Any = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_msg(self._heard)

    def refresh(self) -> None:
        """Let the page look again now."""
        self.send({"changed": True})

    def answered(self, path: str, given: Mapping[str, Any]) -> Any:
        """The document of the verb `path`; a resumed run goes on in a process of its own.

        Raises:
            SynthError: the verb is not one of these, or the call failed.
        """
        if path not in _GIVEN:
            raise CommandError(f"{path!r} cannot be asked here")
        request = named_request(path, {**given, **_GIVEN[path]})
        return plain(answer(request, lambda: self.workspace).document)

    async def reply(self, asked: Mapping[str, Any]) -> None:
        """Answer one message of the page, and tell the listeners when the runs are not what they were."""
        try:
            document = await asyncio.to_thread(self.answered, asked["path"], asked["given"])
        except SynthError as error:
            self.send({"id": asked["id"], "error": {"message": error.message, "hint": error.hint}})
            return
        self.send({"id": asked["id"], "document": document})
        if asked["path"] == "runs":
            now = [(run["run"], run["status"]) for run in document["runs"]]
            if self._told not in (None, now):
                for listener in self.listeners:
                    listener()
            self._told = now

    def _heard(self, _: Any, asked: Mapping[str, Any], buffers: Any) -> None:
        task = asyncio.ensure_future(self.reply(asked))
        self._tasks.add(task)  # the loop itself holds no task
        task.add_done_callback(self._tasks.discard)

    def __repr__(self) -> str:
        return f"runs of {self.experiment}"
